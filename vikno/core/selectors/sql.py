"""The meaning of a condition: SQL over a relation that has the columns of a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from vikno.core.selectors.fields import UNITS, Context, Field, Kind, Op
from vikno.core.selectors.grammar import Broken, Condition, Group, Value, end

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Over:
    """What is asked: the name of the relation, and of the tables beside it; for a back-test those that hold past
    states."""

    ticket: str = "tickets_ticket"
    beside: Mapping[str, str] = field(
        default_factory=lambda: {"tags": "tickets_tickettag", "values": "tickets_fieldvalue"}
    )


def compiled(group: Group, context: Context, over: Over | None = None) -> Sql:
    """The condition for a WHERE clause, and its values as the driver takes them. Raises Broken where it asks for "me"
    and nobody asks."""
    return _group(group, context, over or Over())


def _group(group: Group, context: Context, over: Over) -> Sql:
    parts, params = [], []
    for part in group.parts:
        sql, values = _group(part, context, over) if isinstance(part, Group) else _condition(part, context, over)
        parts.append(sql)
        params += values
    return _turned(f"({(' AND ' if group.every else ' OR ').join(parts)})", group.negated), params


def _turned(sql: str, negated: bool) -> str:
    """What is not set is false, whether turned round or not: SQL itself knows a third answer."""
    return f"({sql}) IS NOT TRUE" if negated else sql


def _condition(one: Condition, context: Context, over: Over) -> Sql:
    asked = one.asked
    value, params = _filled(asked.sql, context, over)
    if asked.kind == Kind.FLAG:
        return _turned(f"({value})", one.negated), params
    if asked.kind == Kind.SEVERAL:
        sql, more = _several(one, asked, value, context, over)
        return _turned(sql, one.negated), more
    sql, more = _holds(one, asked, value, context)
    return _turned(sql, one.negated), [*params, *more]


def _holds(one: Condition, asked: Field, value: str, context: Context) -> Sql:
    """What a condition asks of a value, which is an SQL expression."""
    if one.op == Op.UNSET:
        return f"{value} IS NULL", []
    if one.op == Op.IN:
        wanted = _ids(one, asked, context)
        return _in(value, wanted), wanted
    if one.op == Op.IS:
        return _in(value, spelled := spellings(str(one.value[0]))), spelled
    if one.op == Op.CONTAINS:
        at = "STRPOS" if connection.vendor == "postgresql" else "INSTR"
        spelled = spellings(str(one.value[0]))
        return f"({' OR '.join([f'{at}({value}, %s) > 0'] * len(spelled))})", spelled
    if one.op == Op.BETWEEN:
        return _range(one, asked, value)
    return _span(one, value, context)


def spellings(text: str) -> list[Any]:
    """Words as they may stand in a value: as they were typed, all small, all large, each with a large first letter.
    Databases know small and large letters of all alphabets each in their own way, or not at all."""
    text = text.strip()
    return list(dict.fromkeys([text, text.lower(), text.upper(), text.capitalize(), text.title()]))


def _range(one: Condition, asked: Field, value: str) -> Sql:
    signs = [(sign, _end(asked, text)) for sign, text in zip((">=", "<="), one.value, strict=True) if text is not None]
    return f"({' AND '.join(f'{value} {sign} %s' for sign, _at in signs)})", [at for _sign, at in signs]


def _end(asked: Field, text: object) -> Any:
    """An end of a range as the driver takes it; `grammar.read` has seen that it is one."""
    found = end(asked.kind, str(text))
    if isinstance(found, date):
        return connection.ops.adapt_datefield_value(found)
    return float(found or 0) if connection.vendor == "sqlite" else Decimal(found or 0)


def leads(group: Group, context: Context, over: Over | None = None) -> list[Sql]:
    """Statements each of which gives the ids of all tickets that the condition can hold for, and of others, by an index
    and without looking at each ticket; none where no index knows. Which of them gives few is for the caller to see."""
    found = [_lead_of(part, context, over or Over()) for part in group.parts]
    if group.every:
        return [one for one in found if one is not None]
    together = _all_of(found)
    return [together] if together else []


def _lead_of(part: Condition | Group, context: Context, over: Over) -> Sql | None:
    if part.negated:
        return None
    if not isinstance(part, Group):
        return _lead(part, context, over)
    found = [_lead_of(one, context, over) for one in part.parts]
    return next((one for one in found if one is not None), None) if part.every else _all_of(found)


def _all_of(found: list[Sql | None]) -> Sql | None:
    """What any of these gives; None if one of them cannot say."""
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    return " UNION ALL ".join(sql for sql, _params in known), [value for _sql, params in known for value in params]


def _lead(one: Condition, context: Context, over: Over) -> Sql | None:
    asked = one.asked
    if not asked.lead or one.op == Op.UNSET:
        return None
    if asked.kind == Kind.FLAG:
        holds, params = "", []
    elif one.op == Op.WITH_ALL:
        params = _meant(one, one.value[:1], asked, context)
        holds = _in(asked.lead_value, params)
    else:
        holds, params = _holds(one, asked, asked.lead_value, context)
    times = asked.lead.count("{holds}")
    return _filled(asked.lead.replace("{holds}", holds), context, over)[0], params * times


def _filled(template: str, context: Context, over: Over) -> Sql:
    """The SQL of a field, with the names of tables and the places of values filled in."""
    params: list[Any] = []

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if name == "now":
            params.append(_instant(context, timedelta()))
            return "%s"
        return over.ticket if name == "ticket" else over.beside[name]

    return re.sub(r"\{(\w+)\}", fill, template), params


def _ids(one: Condition, asked: Field, context: Context) -> list[int | str]:
    return _meant(one, one.value, asked, context)


def _meant(one: Condition, values: Value, asked: Field, context: Context) -> list[int | str]:
    """The ids and codes that some values of a condition stand for."""
    wanted: list[int | str] = []
    for value in values:
        special = (asked.specials or {}).get(value) if isinstance(value, str) else None
        if special is None:
            wanted += [] if value is None else [value]
            continue
        meant = special.ids(context)
        if meant is None:
            words = {"field": asked.label(), "value": special.word()}
            raise Broken(_("“%(field)s: %(value)s” means nothing where nobody asks.") % words)
        wanted += meant
    if asked.same:
        ids = [pk for pk in wanted if isinstance(pk, int)]
        known = context.same.get(asked.code) or asked.same(ids)
        wanted += sorted({one for pk in ids for one in known.get(pk, ())})
    return list(dict.fromkeys(wanted))


def _several(one: Condition, asked: Field, column: str, context: Context, over: Over) -> Sql:
    source, _none = _filled(asked.source, context, over)
    if one.op == Op.UNSET:
        return f"NOT EXISTS (SELECT 1 FROM {source})", []
    if one.op == Op.IN:
        wanted = _ids(one, asked, context)
        return f"EXISTS (SELECT 1 FROM {source} AND {_in(column, wanted)})", wanted
    each = [_meant(one, (value,), asked, context) for value in one.value]
    parts = [f"EXISTS (SELECT 1 FROM {source} AND {_in(column, ids)})" for ids in each]
    return f"({' AND '.join(parts)})", [pk for ids in each for pk in ids]


def _span(one: Condition, value: str, context: Context) -> Sql:
    number, unit = one.value
    length = timedelta(seconds=int(number or 0) * UNITS[str(unit)])
    now, past, future = (_instant(context, shift) for shift in (timedelta(), -length, length))
    return {
        Op.OLDER: (f"{value} < %s", [past]),
        Op.NEWER: (f"({value} >= %s AND {value} <= %s)", [past, now]),
        Op.AHEAD: (f"({value} >= %s AND {value} < %s)", [now, future]),
        Op.BEYOND: (f"{value} >= %s", [future]),
    }[one.op]


def _instant(context: Context, shift: timedelta) -> Any:
    return connection.ops.adapt_datetimefield_value(context.now + shift)


def _in(value: str, wanted: list[Any]) -> str:
    """One of these; a special may stand for none (the teams of who is in no team)."""
    return f"{value} IN ({', '.join(['%s'] * len(wanted))})" if wanted else "1=0"
