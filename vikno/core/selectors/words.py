"""A condition as a sentence, in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.units import format_unit
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.selectors.fields import FIELDS, TEXTS, Field, Kind, Op
from vikno.core.selectors.grammar import Condition, Group, end

Names = Callable[[str, Collection[int]], Mapping[int, str]]
Known = Callable[[str], bool]
_UNITS = {"hours": "duration-hour", "days": "duration-day"}


def all_names(field: str, ids: Collection[int]) -> Mapping[int, str]:
    """Names of all rows that are there, whoever reads them."""
    known = FIELDS[field].known
    return known(ids) if known else {}


def described(group: Group, names: Names = all_names, known: Known = lambda _code: True) -> str:
    """The whole in a sentence: "Status: New or Open and not overdue". `names` gives the names of rows that the reader
    may know, by the code of the field, `known` the fields; the others are said to be hidden."""
    parts = [
        _inner(part, names, known) if isinstance(part, Group) else _condition(part, names, known)
        for part in group.parts
    ]
    whole = _listed(parts, "standard" if group.every else "or")
    return whole[:1].upper() + whole[1:]


def _inner(group: Group, names: Names, known: Known) -> str:
    parts = [_condition(part, names, known) for part in group.parts if isinstance(part, Condition)]
    whole = f"({_listed(parts, 'standard' if group.every else 'or')})"
    return _("not %(condition)s") % {"condition": whole} if group.negated else whole


def _condition(one: Condition, names: Names, known: Known) -> str:
    asked = one.asked
    if not known(one.field):
        return _hidden()
    if asked.kind == Kind.FLAG:
        return asked.no() if one.negated and asked.no else asked.label()
    field = asked.label() if asked.own_name else asked.label().lower()
    if one.op == Op.UNSET:
        words = _("%(field)s: set") if one.negated else _("%(field)s: not set")
        return words % {"field": field}
    if one.op in (Op.IN, Op.WITH_ALL):
        return _templates(one) % {"field": field, "values": _values(one, names)}
    if one.op in TEXTS:
        return _templates(one) % {"field": field, "text": str(one.value[0])}
    if one.op == Op.BETWEEN:
        ends = {"field": field, "range": _range(asked, one.value[0], one.value[1])}
        return (_("%(field)s: not %(range)s") if one.negated else _("%(field)s: %(range)s")) % ends
    number, unit = one.value
    span = format_unit(int(number or 0), _UNITS[str(unit)], "long", locale=_locale())
    return _templates(one) % {"field": field, "span": span}


def _templates(one: Condition) -> str:
    plain, turned = {
        Op.IN: (_("%(field)s: %(values)s"), _("%(field)s: not %(values)s")),
        Op.WITH_ALL: (_("%(field)s: all of %(values)s"), _("%(field)s: not all of %(values)s")),
        Op.OLDER: (_("%(field)s: more than %(span)s ago"), _("%(field)s: not more than %(span)s ago")),
        Op.NEWER: (_("%(field)s: in the last %(span)s"), _("%(field)s: not in the last %(span)s")),
        Op.AHEAD: (_("%(field)s: in the next %(span)s"), _("%(field)s: not in the next %(span)s")),
        Op.BEYOND: (_("%(field)s: in %(span)s or later"), _("%(field)s: not in %(span)s or later")),
        Op.CONTAINS: (_("%(field)s: contains “%(text)s”"), _("%(field)s: does not contain “%(text)s”")),
        Op.IS: (_("%(field)s: “%(text)s”"), _("%(field)s: not “%(text)s”")),
    }[one.op]
    return turned if one.negated else plain


def _range(asked: Field, low: object, high: object) -> str:
    ends = {"low": _end(asked, low), "high": _end(asked, high)}
    if low is None:
        return _("%(high)s at most") % ends if asked.kind == Kind.NUMBER else _("until %(high)s") % ends
    if high is None:
        return _("%(low)s at least") % ends if asked.kind == Kind.NUMBER else _("from %(low)s on") % ends
    return _("from %(low)s to %(high)s") % ends


def _end(asked: Field, text: object) -> str:
    found = end(asked.kind, str(text))
    return str(format_date(found, "medium", locale=_locale())) if isinstance(found, date) else str(text)


def _hidden() -> str:
    return _("(hidden from you)")


def _values(one: Condition, names: Names) -> str:
    asked = one.asked
    codes, specials = asked.codes() if asked.codes else {}, asked.specials or {}
    known = names(one.field, [pk for pk in one.value if isinstance(pk, int)])
    hidden = _hidden()
    said = [
        known.get(value, hidden)
        if isinstance(value, int)
        else specials[str(value)].word()
        if value in specials
        else codes[str(value)]
        for value in one.value
    ]
    return _listed(list(dict.fromkeys(said)), "standard" if one.op == Op.WITH_ALL else "or")


def _listed(parts: list[str], style: str) -> str:
    return str(format_list(parts, style=style, locale=_locale()))  # type: ignore[arg-type]


def _locale() -> Locale:
    return Locale.parse(translation.get_language() or "en")
