"""Reading and writing conditions. The form, as JSON:

    {"all": [part, …]}  or  {"any": [part, …]}
    part:       a condition, or a group {"all": [condition, …]} or {"any": [condition, …]}; "not": true turns it round
    condition:  {"field": code, "op": code, "value": …, "not": true}
    value:      for "in" and "with_all" a list of ids, codes or specials ("me"); for spans of time [number, unit];
                for "contains" and "is" [words]; for "between" [from, to] as texts, either may be null; else none

It is checked strictly: whatever is not understood, and a row that is gone, makes the whole unreadable and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from vikno.core.selectors.fields import FIELDS, LISTS, SPANS, TEXTS, UNITS, Field, Kind, Op

MOST_CONDITIONS = 30
MOST_VALUES = 50  # of one condition
LONGEST_SPAN = 9999
AT_ONCE = 500  # rows that are looked up by one statement
LONGEST_TEXT = 200
FINEST = Decimal("0.000001")  # of the numbers that custom fields hold
BIGGEST = 2**63 - 1  # that a database takes for an id
Value = tuple[int | str | None, ...]


class Broken(Exception):
    """A condition that cannot be asked. `problems` say in words what is wrong with it."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    op: Op
    value: Value = ()
    negated: bool = False

    @property
    def asked(self) -> Field:
        return FIELDS[self.field]


@dataclass(frozen=True, slots=True)
class Group:
    """All of its parts, or any of them. Only the outermost holds other groups, and it is never turned round."""

    every: bool
    parts: tuple[Condition | Group, ...]
    negated: bool = False

    def conditions(self) -> Iterator[Condition]:
        """All conditions in it, in their order."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.conditions()
            else:
                yield part


def read(data: object) -> Group:
    """The condition that JSON holds, every row it names looked up. Raises Broken, which names all that is wrong."""
    [found] = read_all([data])
    if isinstance(found, Broken):
        raise found
    return found


def read_all(several: Iterable[object]) -> list[Group | Broken]:
    """Several conditions, each as `read` gives it, or what it would raise. However many they are, the rows that they
    name are looked up by field, not one by one."""
    understood: list[tuple[Group | None, list[str]]] = []
    for data in several:
        problems: list[str] = []
        found = _group(data, problems, outermost=True)
        if found is not None and sum(1 for _one in found.conditions()) > MOST_CONDITIONS:
            problems.append(_("There are more than %(most)s conditions.") % {"most": MOST_CONDITIONS})
        understood.append((found, problems))
    gone = _gone([found for found, problems in understood if found is not None and not problems])
    answers: list[Group | Broken] = []
    for found, problems in understood:
        if found is not None and not problems:
            problems = _said_of(found, gone)
        answers.append(found if found is not None and not problems else Broken(*dict.fromkeys(problems)))
    return answers


def written(group: Group) -> dict[str, Any]:
    """The JSON of a condition: `read` gives the same again."""
    parts = [written(part) if isinstance(part, Group) else _written(part) for part in group.parts]
    return {"all" if group.every else "any": parts} | ({"not": True} if group.negated else {})


def _written(one: Condition) -> dict[str, Any]:
    value = {"value": list(one.value)} if one.value else {}
    return {"field": one.field, "op": str(one.op)} | value | ({"not": True} if one.negated else {})


def _group(data: object, problems: list[str], *, outermost: bool = False) -> Group | None:
    mode = next((key for key in ("all", "any") if isinstance(data, dict) and key in data), None)
    if not isinstance(data, dict) or mode is None or not _only(data, {mode} if outermost else {mode, "not"}):
        problems.append(_("The condition is not written in a form that Vikno knows."))
        return None
    parts = data[mode]
    if not isinstance(parts, list) or not parts:
        problems.append(_("There is no condition in it."))
        return None
    found = [_part(part, problems, groups=outermost) for part in parts[: MOST_CONDITIONS + 1]]
    whole = tuple(part for part in found if part is not None)
    return Group(mode == "all", whole, data.get("not", False)) if len(whole) == len(found) else None


def _part(data: object, problems: list[str], *, groups: bool) -> Condition | Group | None:
    if groups and isinstance(data, dict) and ("all" in data or "any" in data):
        return _group(data, problems)
    if not isinstance(data, dict) or not _only(data, {"field", "op", "value", "not"}):
        problems.append(_("The condition is not written in a form that Vikno knows."))
        return None
    code = data.get("field")
    field = FIELDS.get(code) if isinstance(code, str) else None
    if field is None:
        problems.append(_("There is no field “%(field)s” to ask about.") % {"field": str(code)[:40]})
        return None
    op = next((one for one in field.ops if one == data.get("op")), None)
    if op is None:
        words = {"field": field.label(), "op": str(data.get("op"))[:40]}
        problems.append(_("“%(field)s” cannot be asked by “%(op)s”.") % words)
        return None
    value = _value(field, op, data.get("value"))
    if value is None:
        problems.append(_("“%(field)s” is asked with a value that it cannot have.") % {"field": field.label()})
        return None
    return Condition(field.code, op, value, data.get("not", False))


def _only(data: dict[Any, Any], names: set[str]) -> bool:
    """Nothing but these keys; and what is turned round says so by true, or not at all."""
    return set(data) <= names and data.get("not", True) is True


def _value(field: Field, op: Op, data: object) -> Value | None:
    if op in LISTS:
        return _values(field, data)
    if op in TEXTS:
        return _text(data)
    if op == Op.BETWEEN:
        return _ends(field, data)
    if op not in SPANS:
        return () if data is None else None
    if not isinstance(data, list) or len(data) != 2:
        return None
    number, unit = data
    whole = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= LONGEST_SPAN
    return (number, unit) if whole and isinstance(unit, str) and unit in UNITS else None


def _text(data: object) -> Value | None:
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], str):
        return None
    return (data[0],) if data[0].strip() and len(data[0]) <= LONGEST_TEXT and "\0" not in data[0] else None


def _ends(field: Field, data: object) -> Value | None:
    if not isinstance(data, list) or len(data) != 2 or data == [None, None]:
        return None
    for one in data:
        if one is not None and (not isinstance(one, str) or end(field.kind, one) is None):
            return None
    return tuple(data)


def end(kind: Kind, text: str) -> Decimal | date | None:
    """An end of a range as it is kept in a condition: a number, with six digits behind the point, or a day;
    None for what is neither, and for a number that no field can hold."""
    try:
        if kind == Kind.DAY:
            return date.fromisoformat(text) if len(text) == 10 else None
        number = Decimal(text) if len(text) <= LONGEST_TEXT else Decimal("NaN")
        if not number.is_finite() or abs(number) >= 10**15:
            return None
        kept = number.quantize(FINEST)  # no database is asked about digits that no field can hold
        return kept if kept == number else None
    except (ValueError, ArithmeticError):
        return None


def _values(field: Field, data: object) -> Value | None:
    if not isinstance(data, list) or not 0 < len(data) <= MOST_VALUES:
        return None
    codes = {*(field.specials or ()), *(field.codes() if field.codes else ())}
    for one in data:
        row = field.known is not None and isinstance(one, int) and not isinstance(one, bool) and 0 < one <= BIGGEST
        if not row and not (isinstance(one, str) and one in codes):
            return None
    return tuple(data)


def named(groups: Iterable[Group]) -> dict[str, set[int]]:
    """The ids of rows that conditions name, by the code of the field."""
    found: dict[str, set[int]] = {}
    for group in groups:
        for one in group.conditions():
            if one.op in LISTS and one.asked.known:
                found.setdefault(one.field, set()).update(pk for pk in one.value if isinstance(pk, int))
    return found


def _gone(groups: Iterable[Group]) -> dict[str, set[int]]:
    """What conditions name that is not there any more; each field is looked up once, in bounded parts."""
    gone = {}
    for code, ids in named(groups).items():
        known, asked = FIELDS[code].known, sorted(ids)
        parts = [asked[start : start + AT_ONCE] for start in range(0, len(asked), AT_ONCE)]
        gone[code] = {pk for part in parts if known for pk in set(part) - known(part).keys()}
    return gone


def _said_of(group: Group, gone: dict[str, set[int]]) -> list[str]:
    words = _("“%(field)s” is asked for something that is not there any more.")
    return [words % {"field": FIELDS[code].label()} for code, ids in named([group]).items() if ids & gone[code]]
