"""The meaning of a condition: SQL over a relation that has the columns of a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from vikno.core.selectors.fields import UNITS, Context, Field, Kind, Op
from vikno.core.selectors.grammar import Broken, Condition, Group

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Over:
    """What is asked: the name of the relation, and of the tables beside it; for a back-test those that hold past
    states."""

    ticket: str = "tickets_ticket"
    beside: Mapping[str, str] = field(default_factory=lambda: {"tags": "tickets_tickettag"})


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
    if one.op == Op.UNSET:
        return _turned(f"{value} IS NULL", one.negated), params
    if one.op == Op.IN:
        wanted = _ids(one, asked, context)
        return _turned(_in(value, wanted), one.negated), [*params, *wanted]
    sql, instants = _span(one, value, context)
    return _turned(sql, one.negated), instants


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
    wanted: list[int | str] = []
    for value in one.value:
        special = (asked.specials or {}).get(value) if isinstance(value, str) else None
        if special is None:
            wanted.append(value)
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
    wanted = _ids(one, asked, context)
    if one.op == Op.IN:
        return f"EXISTS (SELECT 1 FROM {source} AND {_in(column, wanted)})", wanted
    each = f"EXISTS (SELECT 1 FROM {source} AND {column} = %s)"
    return f"({' AND '.join([each] * len(wanted))})", wanted


def _span(one: Condition, value: str, context: Context) -> Sql:
    number, unit = one.value
    length = timedelta(seconds=int(number) * UNITS[str(unit)])
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
