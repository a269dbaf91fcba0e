"""Custom fields of persons and organisations: on their pages, and on the card of who asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from vikno.core import rows
from vikno.core.text import whole_number
from vikno.core.typed import day_words, number_words
from vikno.desk.face import DeskRequest
from vikno.people import custom
from vikno.people.actions.persons import Refused
from vikno.people.models import CustomField, CustomValue
from vikno.tickets.directory import directory
from vikno.tickets.models import Ticket

Kind = CustomField.Kind
Of = CustomField.Of
MOST_BESIDE = 10  # fields on the card of who asked: the first in their order
_INPUTS = {Kind.TEXT: "text", Kind.NUMBER: "number", Kind.DATE: "date"}


# ---- on the page of a person or an organisation ----------------------------------------------------------------------


def drawn(of: str, holders: Sequence[int]) -> list[dict[str, Any]]:
    """What `desk/_customer_fields.html` shows of persons who are one human, or of an organisation; who comes first says
    what stands in a field, and what others say besides stands below it. One query, none where no field was made."""
    fields = [one for one in directory().customer_fields if one.of == of]
    if not fields:
        return []
    values = _by_field(of, holders)
    return [_drawn(one, values.get(one.id, [])) for one in fields if one.archived_at is None or one.id in values]


def _by_field(of: str, holders: Sequence[int]) -> dict[int, list[CustomValue]]:
    place = {pk: at for at, pk in enumerate(holders)}
    found: dict[int, list[CustomValue]] = {}
    for value in sorted(custom.said(of, holders), key=lambda one: place[one.person_id or one.organisation_id or 0]):
        found.setdefault(value.field_id, []).append(value)
    return found


def _drawn(field: CustomField, values: Sequence[CustomValue]) -> dict[str, Any]:
    shown, words = (values[0] if values else None), [custom.words_of(one) for one in values]
    return {
        "key": field.key, "name": field.name, "words": words[0] if words else "", "seen": shown.id if shown else 0,
        "kind": "fixed" if field.archived_at is not None else _INPUTS.get(Kind(field.kind), "choice"),
        "value": _typed(shown) if shown else "", "choices": [("", "–"), *_choices(field, shown)],
        "others": [one for one in dict.fromkeys(words[1:]) if one != words[0]],
    }  # fmt: skip


def _typed(value: CustomValue) -> Any:
    """A value as its control holds it."""
    if value.number is not None:
        return number_words(value.number)
    if value.checked is not None:
        return "1" if value.checked else "0"
    return value.option_id or (value.date.isoformat() if value.date else value.text)


def _choices(field: CustomField, value: CustomValue | None) -> list[tuple[Any, str]]:
    """What can be chosen, and what is, which may be out of use by now."""
    if field.kind == Kind.CHECKBOX:
        return [("1", _("Yes")), ("0", _("No"))]
    choices: list[tuple[Any, str]] = list(directory().customer_options.get(field.id, ()))
    if value is not None and value.option is not None and all(pk != value.option.id for pk, _name in choices):
        choices.append((value.option.id, value.option.name))
    return choices


def asked(request: DeskRequest, of: str) -> tuple[CustomField, Any, int | None]:
    """The field that a form names, what it shall say, and the id of the value that was seen there. Raises Refused for a
    field that is not there any more."""
    there = CustomField.objects.filter(key=request.POST["field"][:40], of=of, archived_at=None)
    field, value = there.first(), request.POST.get("value", "")
    if field is None:
        raise Refused(_("What was chosen is no longer there. Choose again."))
    chosen = (whole_number(value) or 0) if field.kind == Kind.CHOICE and value else value
    return field, chosen, whole_number(request.POST.get("was", ""))


def who_says(field: CustomField, human: Sequence[int]) -> int:
    """Whose value stands in a field on the page of persons who are one human: the first one's who has any."""
    return next((one.person_id or 0 for one in _by_field(Of.PERSON, human).get(field.id, ())), human[0])


# ---- on the card of who asked ----------------------------------------------------------------------------------------

_COLUMNS = {
    Kind.TEXT: "text", Kind.NUMBER: "number", Kind.DATE: "date", Kind.CHOICE: "option_id", Kind.CHECKBOX: "checked",
}  # fmt: skip
# As on their page: who is not joined to another says what stands there.
_OF_PERSON = """(
    SELECT said.{column} FROM people_customvalue said JOIN people_person holder ON holder.id = said.person_id
    WHERE said.field_id = %s AND said.current AND said.person_id IN ({slots})
    ORDER BY CASE WHEN holder.joined_to_id IS NULL THEN 0 ELSE 1 END, holder.id LIMIT 1
)"""
_OF_ORGANISATION = """(
    SELECT said.{column} FROM people_customvalue said
    WHERE said.field_id = %s AND said.current AND said.organisation_id = %s
)"""


def beside() -> list[CustomField]:
    """The fields that stand beside requests, those of organisations last."""
    marked = [one for one in directory().customer_fields if one.beside and one.archived_at is None]
    return sorted(marked, key=lambda one: one.of != Of.PERSON)[:MOST_BESIDE]


def beside_sql(fields: Sequence[CustomField], ticket: Ticket, human: Sequence[int]) -> tuple[str, list[Any]]:
    """What these fields say of who asked and of their organisation, as columns of a statement that is asked anyway,
    each after a comma; with their values."""
    sql, values = "", list[Any]()
    for one in fields:
        of_person = one.of == Of.PERSON
        form = _OF_PERSON if of_person else _OF_ORGANISATION
        sql += ", " + form.format(column=_COLUMNS[Kind(one.kind)], slots=rows.places(human))
        values += [one.id, *(human if of_person else [ticket.requester.organisation_id])]
    return sql, values


def beside_words(fields: Sequence[CustomField], told: Sequence[Any]) -> list[tuple[str, str]]:
    """Names and words of what these columns gave; what is not said is left out."""
    pairs = zip(fields, told, strict=True)
    return [(one.name, _words(Kind(one.kind), value)) for one, value in pairs if value is not None]


def _words(kind: Kind, value: Any) -> str:
    """A column as the driver gives it, in words: SQLite's tells no dates, numbers or truths apart from others."""
    if kind == Kind.NUMBER:
        return number_words(Decimal(str(value)))
    if kind == Kind.DATE:
        return day_words(date.fromisoformat(str(value)))
    if kind == Kind.CHECKBOX:
        return _("Yes") if value else _("No")
    return directory().names["customer_option"].get(value, "") if kind == Kind.CHOICE else str(value)
