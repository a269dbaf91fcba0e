"""Custom fields in the query language: "serial-number:SN-42", by the name of the field or by that for programs. They
mean what conditions of views mean by them."""

from __future__ import annotations

import re
from calendar import monthrange

from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.selectors.fields import Context, Op
from vikno.core.selectors.grammar import Condition, Group, end
from vikno.core.selectors.leading import led
from vikno.core.selectors.sql import compiled
from vikno.core.text import fold
from vikno.search.fields import Narrowing, NotUnderstood, day_of, named
from vikno.staff.access import Viewer
from vikno.tickets.directory import directory
from vikno.tickets.models import Field
from vikno.tickets.own_fields import code_of, known_fields, own_fields

Kind = Field.Kind
YES = ("yes", "так", "да", "1")
NO = ("no", "ні", "нет", "0")
SET = "*"
_MONTH, _YEAR = re.compile(r"(\d{4})-(\d{1,2})"), re.compile(r"\d{4}")


def name_of(field: Field) -> str:
    """How a field is called in a query: its name in small letters, with a hyphen for each gap."""
    return re.sub(r"[^\w]+", "-", fold(field.name)).strip("-_") or field.key


def field_named(name: str, viewer: Viewer) -> Field | None:
    """The custom field of this name that the viewer may know."""
    plain = fold(name)
    known = known_fields(viewer)
    return next((one for one in known if plain in (one.key, name_of(one))), None)


def narrow_own(into: Narrowing, field: Field, value: str, negated: bool) -> None:
    """Add what `field:value` asks for. Raises NotUnderstood."""
    if not value:
        raise NotUnderstood(_("“%(field)s:” needs a value.") % {"field": name_of(field)})
    asked = Group(True, (_condition(field, value, negated),))
    context = Context(clock.now())
    parts = [compiled(asked, context)]
    if few := led(asked, context):
        parts.append(few)
        into.of_few = True
    for sql, params in parts:
        into.where.append(f"({sql})")
        into.params += params


def _condition(field: Field, value: str, negated: bool) -> Condition:
    code, kind = code_of(field), Kind(field.kind)
    if kind == Kind.CHECKBOX:
        if fold(value) not in (*YES, *NO):
            raise NotUnderstood(_("“%(field)s:” knows only yes and no.") % {"field": name_of(field)})
        return Condition(code, Op.YES, (), (fold(value) in NO) != negated)
    if value == SET:
        return Condition(code, Op.UNSET, (), not negated)
    if kind in (Kind.CHOICE, Kind.TREE):
        return Condition(code, Op.IN, tuple(_options(field, value)), negated)
    if kind in (Kind.NUMBER, Kind.DATE):
        return Condition(code, Op.BETWEEN, _range(field, value), negated)
    return Condition(code, Op.CONTAINS, (value,), negated)


def _options(field: Field, value: str) -> list[int]:
    choices = directory().options.get(field.id, [])
    found = named(value, choices) or named(value, [(pk, name.rpartition(" / ")[2]) for pk, name in choices])
    if not found:
        raise NotUnderstood(
            _("“%(field)s” has no value “%(value)s” to choose.") % {"field": field.name, "value": value}
        )
    return found


def _range(field: Field, value: str) -> tuple[str | None, str | None]:
    """ "5", "5..10", "5.." or "..10"; days, months and years in the same way."""
    low, dots, high = value.partition("..")
    first = _ends(field, low)[0] if low else None
    last = _ends(field, high if dots else low)[1] if (high or not dots) else None
    if first is None and last is None:
        raise NotUnderstood(_("“%(field)s:” needs a value.") % {"field": name_of(field)})
    return first, last


def _ends(field: Field, text: str) -> tuple[str, str]:
    """The first and the last that a word means: of a month its first and its last day."""
    if field.kind == Kind.NUMBER:
        number = text.replace(",", ".")
        if end(own_fields()[code_of(field)].kind, number) is None:
            raise NotUnderstood(_("“%(value)s” is no number.") % {"value": text})
        return number, number
    first = day_of(text)
    last = first
    if _MONTH.fullmatch(text):
        last = first.replace(day=monthrange(first.year, first.month)[1])
    elif _YEAR.fullmatch(text):
        last = first.replace(month=12, day=31)
    return first.isoformat(), last.isoformat()


def values_of(field: Field) -> list[str]:
    """What may stand behind the name of a field, where that can be listed."""
    if field.kind == Kind.CHECKBOX:
        return [_("yes"), _("no")]
    return [name for _pk, name in directory().options.get(field.id, [])]
