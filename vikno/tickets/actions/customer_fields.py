"""Verbs on the custom fields of customers and organisations that other words of a company do not share. What they say
of somebody is changed by vikno.people.actions.custom."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.people.models import CustomField, CustomOption
from vikno.tickets.actions import words
from vikno.tickets.actions.asking_fields import key_for
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.words import changed, locked


@transaction.atomic
def add_field(
    name: str, kind: str, of: str, *, by: Act, key: str = "", options: Sequence[str] = ()
) -> CustomField:  # fmt: skip
    """A new field of customers or of organisations (`of`: CustomField.Of), the last one of these. `key` is its name for
    programs; without one it is made. `options`: what can be chosen. Raises Invalid."""
    if kind not in CustomField.Kind.values or of not in CustomField.Of.values:
        raise Invalid(_("Choose a kind."))
    if options and kind != CustomField.Kind.CHOICE:
        raise ValueError(kind)
    row = CustomField(name=name, kind=kind, of=of, key=key_for(CustomField, key, name))
    made: CustomField = words.add(row, by=by, **({words.OPTIONS: [0, len(options)]} if options else {}))
    rows = [CustomOption(field=made, name=one, position=place) for place, one in enumerate(options)]
    CustomOption.objects.bulk_create(rows)
    return made


@transaction.atomic
def set_beside(field: CustomField, beside: bool, *, by: Act) -> None:
    """Whether it stands beside the requests of whom it tells something."""
    row = locked(field)
    if row.beside != beside:
        row.beside = beside
        row.save(update_fields=["beside"])
        changed(row, by, beside=[not beside, beside])


@transaction.atomic
def add_option(field: CustomField, name: str, *, by: Act) -> CustomOption:
    """One more thing to choose, the last one. Raises Invalid."""
    row = locked(field)
    if row.kind != CustomField.Kind.CHOICE:
        raise Invalid(_("What was chosen is no longer there. Choose again."))
    made: CustomOption = words.add(CustomOption(field=row, name=name), by=by)
    return made
