"""A condition as a sentence, in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from babel import Locale
from babel.lists import format_list
from babel.units import format_unit
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.selectors.fields import FIELDS, Kind, Op
from vikno.core.selectors.grammar import Condition, Group

Names = Callable[[str, Collection[int]], Mapping[int, str]]
_UNITS = {"hours": "duration-hour", "days": "duration-day"}


def all_names(field: str, ids: Collection[int]) -> Mapping[int, str]:
    """Names of all rows that are there, whoever reads them."""
    known = FIELDS[field].known
    return known(ids) if known else {}


def described(group: Group, names: Names = all_names) -> str:
    """The whole in a sentence: "Status: New or Open and not overdue". `names` gives the names of rows that the reader
    may know, by the code of the field; the others are said to be hidden."""
    parts = [_inner(part, names) if isinstance(part, Group) else _condition(part, names) for part in group.parts]
    whole = _listed(parts, "standard" if group.every else "or")
    return whole[:1].upper() + whole[1:]


def _inner(group: Group, names: Names) -> str:
    parts = [_condition(part, names) for part in group.parts if isinstance(part, Condition)]
    whole = f"({_listed(parts, 'standard' if group.every else 'or')})"
    return _("not %(condition)s") % {"condition": whole} if group.negated else whole


def _condition(one: Condition, names: Names) -> str:
    asked = one.asked
    if asked.kind == Kind.FLAG:
        return asked.no() if one.negated and asked.no else asked.label()
    field = asked.label().lower()
    if one.op == Op.UNSET:
        words = _("%(field)s: set") if one.negated else _("%(field)s: not set")
        return words % {"field": field}
    if one.op in (Op.IN, Op.WITH_ALL):
        return _templates(one) % {"field": field, "values": _values(one, names)}
    number, unit = one.value
    span = format_unit(int(number), _UNITS[str(unit)], "long", locale=_locale())
    return _templates(one) % {"field": field, "span": span}


def _templates(one: Condition) -> str:
    plain, turned = {
        Op.IN: (_("%(field)s: %(values)s"), _("%(field)s: not %(values)s")),
        Op.WITH_ALL: (_("%(field)s: all of %(values)s"), _("%(field)s: not all of %(values)s")),
        Op.OLDER: (_("%(field)s: more than %(span)s ago"), _("%(field)s: not more than %(span)s ago")),
        Op.NEWER: (_("%(field)s: in the last %(span)s"), _("%(field)s: not in the last %(span)s")),
        Op.AHEAD: (_("%(field)s: in the next %(span)s"), _("%(field)s: not in the next %(span)s")),
        Op.BEYOND: (_("%(field)s: in %(span)s or later"), _("%(field)s: not in %(span)s or later")),
    }[one.op]
    return turned if one.negated else plain


def _values(one: Condition, names: Names) -> str:
    asked = one.asked
    codes, specials = asked.codes() if asked.codes else {}, asked.specials or {}
    known = names(one.field, [pk for pk in one.value if isinstance(pk, int)])
    hidden = _("(hidden from you)")
    said = [
        known.get(value, hidden)
        if isinstance(value, int)
        else specials[value].word()
        if value in specials
        else codes[value]
        for value in one.value
    ]
    return _listed(list(dict.fromkeys(said)), "standard" if one.op == Op.WITH_ALL else "or")


def _listed(parts: list[str], style: str) -> str:
    return str(format_list(parts, style=style, locale=_locale()))  # type: ignore[arg-type]


def _locale() -> Locale:
    return Locale.parse(translation.get_language() or "en")
