"""Verbs that only custom fields have: of whom they are asked, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.people.models import CustomField
from vikno.tickets.actions import words
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.words import changed, locked
from vikno.tickets.models import Field, FieldOption

# What says of whom a field is asked and who reads it: its name in events → its column.
RULES = {"team": "team_id", "category": "category_id", "required": "required", "shown": "shown_to_customers"}
WITH_OPTIONS = frozenset({Field.Kind.CHOICE, Field.Kind.TREE})
DEEPEST = 5  # levels of a tree


@transaction.atomic
def add_field(
    name: str, kind: str, *, by: Act, key: str = "", options: Sequence[tuple[str, ...]] = ()
) -> Field:  # fmt: skip
    """A new field, the last one, asked of nobody in particular. `key` is its name for programs and in search; without
    one it is made. `options`: what can be chosen, each as the names from the top down to it, and after what it belongs
    to. Raises Invalid."""
    if kind not in Field.Kind.values:
        raise Invalid(_("Choose a kind."))
    if options and kind not in WITH_OPTIONS:
        raise ValueError(kind)
    told = {words.OPTIONS: [0, len(options)]} if options else {}
    made: Field = words.add(Field(name=name, kind=kind, key=key_for(Field, key, name)), by=by, **told)
    rows: dict[tuple[str, ...], FieldOption | None] = {(): None}
    for place, path in enumerate(options):
        above = rows[path[:-1]]
        rows[path] = FieldOption.objects.create(field=made, parent=above, name=path[-1], position=place)
    return made


def key_for(model: type[Field] | type[CustomField], wanted: str, name: str) -> str:
    """The name for programs of a new field: the one that is wanted, else made from its name. Raises Invalid."""
    plain = re.sub(r"[^a-z0-9_]+", "_", slugify(wanted or name)).strip("_")[:36]
    taken = set(model.objects.values_list("key", flat=True))
    if wanted and (plain != wanted or wanted in taken):
        raise Invalid(
            _("The name for programs has small Latin letters, digits and underscores, and is there only once.")
        )
    if plain and not plain[0].isdigit() and plain not in taken:
        return plain
    number = len(taken) + 1
    while f"field_{number}" in taken:
        number += 1
    return f"field_{number}"


@transaction.atomic
def set_rules(field: Field, rules: Mapping[str, Any], *, by: Act) -> None:
    """Of which team and category a field is asked (None: of all), when it is required, whether customers see it."""
    row = locked(field)
    delta = {}
    for name, value in rules.items():
        before = getattr(row, RULES[name])
        if before != value:
            setattr(row, RULES[name], value)
            delta[name] = [before, value]
    if delta:
        row.save(update_fields=[RULES[name] for name in delta])
        changed(row, by, **delta)


@transaction.atomic
def add_option(field: Field, name: str, *, parent: FieldOption | None = None, by: Act) -> FieldOption:
    """One more thing to choose, the last of its place; only a tree has options below others. Raises Invalid."""
    row = locked(field)
    if row.kind not in WITH_OPTIONS or (
        parent is not None and (row.kind != Field.Kind.TREE or parent.field_id != row.id)
    ):
        raise Invalid(_("What was chosen is no longer there. Choose again."))
    depth, above = 1, parent
    while above is not None:
        depth, above = depth + 1, above.parent
    if depth > DEEPEST:
        raise Invalid(_("A tree has at most %(count)s levels.") % {"count": DEEPEST})
    made: FieldOption = words.add(FieldOption(field=row, name=name, parent=parent), by=by)
    return made
