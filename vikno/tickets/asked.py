"""Custom fields as tickets have them: which are asked of one, what it says, and what is missing. Definitions are read
from the directory: they are few and stand on every page."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from vikno.core.typed import day_words, number_words
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.directory import directory
from vikno.tickets.models import Field, FieldValue, Ticket

OPENING = frozenset({Field.Required.OPENING})
CLOSING = frozenset({Field.Required.OPENING, Field.Required.CLOSING})


class Missing(Invalid):
    """Fields that have to be filled in first; the text names them."""

    def __init__(self, words: str, fields: list[Field]) -> None:
        super().__init__(words % {"fields": ", ".join(f"“{one.name}”" for one in fields)})
        self.fields = fields


def asked_of(team_id: int | None, category_id: int | None) -> list[Field]:
    """The fields in use that are asked of tickets of this team and category, in their order."""
    words = directory()
    within: set[int | None] = {None}
    above = category_id
    while above is not None and above not in within:
        within.add(above)
        above = words.parents.get(above)
    return [
        one
        for one in words.fields
        if one.archived_at is None and one.team_id in (None, team_id) and one.category_id in within
    ]


def current(ticket: Ticket) -> dict[int, FieldValue]:
    """What a ticket says now, by field; nothing is read where no field was ever made."""
    if not directory().fields:
        return {}
    values = FieldValue.objects.filter(ticket=ticket, current=True).select_related("contract")
    return {one.field_id: one for one in values if _is_something(one)}


def _is_something(value: FieldValue) -> bool:
    """False for what was erased, and for a contract that is known no more."""
    known = (value.number, value.date, value.option_id, value.checked, value.contract_id)
    return bool(value.text) or any(one is not None for one in known)


def must_be_told(ticket: Ticket, when: frozenset[str]) -> None:
    """Raises Missing unless all that is required by then is filled in."""
    wanted = [one for one in asked_of(ticket.team_id, ticket.category_id) if one.required in when]
    if not wanted:
        return
    there = current(ticket)
    if missing := [one for one in wanted if one.id not in there]:
        if when is OPENING:
            raise Missing(_("These fields are needed to open a request: %(fields)s."), missing)
        raise Missing(_("Not closed: fill in %(fields)s first, under Properties."), missing)


def words_of(value: FieldValue) -> str:
    """A value as people read it. `contract` is read with it."""
    if value.option_id:
        return directory().names["option"].get(value.option_id, "")
    if value.number is not None:
        return number_words(value.number)
    if value.date is not None:
        return day_words(value.date)
    if value.checked is not None:
        return _("Yes") if value.checked else _("No")
    return value.contract.number if value.contract else value.text


def named(values: Iterable[int]) -> dict[int, str]:
    """The words of values by their ids, for the time line."""
    rows = FieldValue.objects.filter(id__in=list(values)).select_related("contract")
    return {one.id: words_of(one) for one in rows}


def shown_to_customers(ticket: Ticket) -> list[tuple[str, str]]:
    """Names and words of the fields that who asked may read."""
    values = current(ticket)
    shown = [one for one in directory().fields if one.shown_to_customers and one.id in values]
    return [(one.name, words_of(values[one.id])) for one in shown]
