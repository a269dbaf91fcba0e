"""Custom fields on the page of a ticket and in the form of a new one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from vikno.core.text import whole_number
from vikno.desk.contract_choices import Choices
from vikno.tickets import asked
from vikno.tickets.asked import words_of
from vikno.tickets.directory import directory
from vikno.tickets.models import Field, FieldValue, Ticket

Kind = Field.Kind
SHOWN = 30  # of a ticket without being asked for
Property = tuple[str, str, str, Any, Choices]
_INPUTS = {Kind.TEXT: "text", Kind.NUMBER: "number", Kind.DATE: "date"}


def properties(ticket: Ticket, contracts: Choices, *, every: bool) -> tuple[list[Property], int]:
    """What is asked of a ticket, edited in place, and what it says besides in fields that are asked no more; and how
    many fields are left out. `contracts`: those that it can be bound to. `every`: also what is left out where fields
    are very many, as they hold nothing and need not."""
    if not directory().fields:
        return [], 0
    values, fields = asked.current(ticket), asked.asked_of(ticket.team_id, ticket.category_id)
    shown = fields if every else _first(fields, values)
    found = [_property(ticket, one, values.get(one.id), contracts) for one in shown]
    here = {one.id for one in fields}
    others = [one for one in directory().fields if one.id in values and one.id not in here]
    found += [(f"field.{one.key}", one.name, "fixed", words_of(values[one.id]), []) for one in others]
    return found, len(fields) - len(shown)


def _first(fields: list[Field], values: dict[int, FieldValue]) -> list[Field]:
    """What says something or has to, and of the others as many as there is room for, in their order."""
    must = {one.id for one in fields if one.required or one.id in values}
    room = max(0, SHOWN - len(must))
    may = {one.id for one in [one for one in fields if one.id not in must][:room]}
    return [one for one in fields if one.id in must or one.id in may]


def _property(ticket: Ticket, field: Field, value: FieldValue | None, contracts: Choices) -> Property:
    label = field.name
    if field.required and value is None:
        label = _("%(field)s (needed to close)") % {"field": field.name}
    if kind := _INPUTS.get(Kind(field.kind)):
        return f"field.{field.key}", label, kind, _typed(value), []
    return f"field.{field.key}", label, "choice", _chosen(value), [("", "–"), *_choices(field, value, contracts)]


def _typed(value: FieldValue | None) -> str:
    """A value as an input holds it."""
    if value is None:
        return ""
    if value.number is not None:
        return f"{value.number.normalize():f}"
    return value.date.isoformat() if value.date else value.text


def _chosen(value: FieldValue | None) -> Any:
    if value is None:
        return ""
    if value.checked is not None:
        return "1" if value.checked else "0"
    return value.option_id or value.contract_id or ""


def _choices(field: Field, value: FieldValue | None, contracts: Choices) -> Choices:
    """What can be chosen, and what is, which may be out of use by now."""
    if field.kind == Kind.CHECKBOX:
        return _yes_or_no()
    found = contracts if field.kind == Kind.CONTRACT else directory().options.get(field.id, [])
    choices: Choices = [(pk, name) for pk, name in found]
    if value is not None and not any(pk == _chosen(value) for pk, _name in choices):
        choices.append((_chosen(value), words_of(value)))
    return choices


def asked_now(values: dict[str, str]) -> list[Field]:
    """The fields that have to be filled in to open a request of the team and category in a form."""
    fields = asked.asked_of(whole_number(values["team"]), whole_number(values["category"]))
    return [one for one in fields if one.required in asked.OPENING]


def drawn(values: dict[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    """These fields for the form of a new ticket, as in `desk/_form_fields.html`."""
    found = []
    for field in asked_now(values):
        name, choices = f"field.{field.key}", [("", "–"), *directory().options.get(field.id, [])]
        kind = _INPUTS.get(Kind(field.kind)) or ("text" if field.kind == Kind.CONTRACT else "choice")
        if field.kind == Kind.CHECKBOX:
            choices = [("", "–"), *_yes_or_no()]
        found.append({
            "name": name, "label": field.name, "kind": kind, "value": values.get(name, ""), "required": True,
            "choices": choices, "error": errors.get(name, ""),
            "help": _("The contract number") if field.kind == Kind.CONTRACT else "",
        })  # fmt: skip
    return found


def _yes_or_no() -> list[tuple[Any, str]]:
    return [("1", _("Yes")), ("0", _("No"))]
