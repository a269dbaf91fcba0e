"""Undo of changes of words: the inverse of what an event tells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.tickets.actions import asking_fields, customer_fields, sorting_words, words
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.words import KINDS, Word, kind_of
from vikno.tickets.models import Status

_ABOUT = (words.IN_FIELD, words.OPTIONS)  # told besides: there is nothing to be put back
VERBS = frozenset(one.verb for one in KINDS.values())


def as_before(event: Event, tickets: list[int], by: Act) -> None:
    """The inverse of what an event tells. Raises Invalid if it was changed again since, or another name was given."""
    kind = next(one for one in KINDS.values() if one.code in event.delta)
    row = kind.model.objects.filter(id=event.delta[kind.code][1]).first()
    told = {name: pair for name, pair in event.delta.items() if name not in (kind.code, *_ABOUT)}
    if row is None or not told.keys() <= _BACK.keys():
        raise Invalid(_("This cannot be undone."))
    for name, (before, after) in told.items():
        if name in _NOW and _NOW[name](row) != after:
            raise Invalid(_("It was changed again since. Nothing was undone."))
        _BACK[name](row, before, event, by)


def _rule_back(name: str, row: Any, before: Any, event: Event, by: Act) -> None:
    asking_fields.set_rules(row, {name: before}, by=by)


_NOW: dict[str, Callable[[Any], Any]] = {
    "archived": lambda row: row.archived_at is not None, "hue": lambda row: row.hue, "stage": lambda row: row.stage,
    "default": lambda row: row.id if row.default else None, "required": lambda row: row.required,
    "team": lambda row: row.team_id, "category": lambda row: row.category_id,
    "shown": lambda row: row.shown_to_customers, "beside": lambda row: row.beside,
}  # fmt: skip
_BACK: dict[str, Callable[[Any, Any, Event, Act], None]] = {
    "created": lambda row, before, event, by: words.delete(row, by=by),
    "place": lambda row, before, event, by: words.place(row, lambda _now: before, by),
    "archived": lambda row, before, event, by: (words.archive if before else words.restore)(row, by=by),
    "hue": lambda row, before, event, by: sorting_words.set_hue(row, before, by=by),
    "stage": lambda row, before, event, by: sorting_words.set_stage(row, before, by=by),
    "default": lambda row, before, event, by: sorting_words.make_default(Status.objects.get(id=before), by=by),
    "beside": lambda row, before, event, by: customer_fields.set_beside(row, before, by=by),
    **{name: partial(_rule_back, name) for name in asking_fields.RULES},
    "merged": lambda row, before, event, by: _merged_back(row, before, event, by),
}


def _merged_back(row: Word, before: int | None, event: Event, by: Act) -> None:
    if before is None:
        sorting_words.unmerge(row, event, by=by)
    else:
        sorting_words.merge(row, kind_of(row).model.objects.get(id=before), by=by)
