"""The statements that take the newest entries of an answer together with the live rows of their tickets.

First only the newest entries are looked at: there the live rows alone decide, and common answers are found so. What is
rarer is asked of the index, narrowed by marks (see marks.py), as a walk to the end might look at a million tickets.

SQLite walks the postings of the words newest first, as their keys are their age. PostgreSQL's index knows no order, and
its planner no word's company (two words of different languages are each in a third of all entries and never in one), so
it is told what to do: the entries of a span of time are asked for by the marks of their age and team, the newest ones
first; how far the next span goes follows from how many the first one gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from vikno.search import shelf
from vikno.search.sight import Sight

# Key of the entry, ticket, the ticket that it was merged into; whose places stand in the entry, and the places.
Row = tuple[int, int, int | None, str, str]

PROBE = 400  # entries of the first look; on SQLite only those that have the words
FURTHER = 64  # times as far as the first look, where that gave nothing
MORE = 1.5  # of what should be enough
SPANS, LONGER = 3, 4  # that are asked for before all the rest, each so many times as long as the one before
_SHOWN = "tickets_ticket.id AS ticket, tickets_ticket.merged_into_id AS into_id"


@dataclass(frozen=True, slots=True)
class Asked:
    """What entries are asked for: expressions of the index that all hold, and some of which none does; `hints` and
    `sight`, that hold wherever `live` does but for what changed a moment ago; the bounds of their keys (both outside);
    and `live`, a condition on "tickets_ticket" with its params."""

    wanted: Sequence[str]
    without: Sequence[str]
    hints: Sequence[str]
    sight: Sight | None
    above: int
    below: int
    live: str
    params: Sequence[Any]


def newest(active: str, asked: Asked, most: int) -> list[Row]:
    """The newest entries that answer, at most so many, newest first."""
    if connection.vendor == "postgresql":
        return _newest_of_postgresql(active, asked, most)
    found: list[Row] = []
    if (asked.hints or asked.sight) and asked.wanted:  # SQLite takes no expression of exclusions alone
        found, whole = _walk_some_postings(active, asked, most)
        if whole or len(found) >= most:
            return found
    return _merged(found, _walk_postings(active, asked, most), most)


def _newest_of_postgresql(active: str, asked: Asked, most: int) -> list[Row]:
    count, oldest, latest = _reach(active, asked)
    if not count:
        return []
    begin, end = shelf.seconds_of(oldest), shelf.seconds_of(latest)
    ages, begin = shelf.ages(begin, end)
    found = _ask_index(active, asked, most, _narrowed(asked, ages), begin, asked.below)
    if count < PROBE or len(found) >= most or not begin:
        return found
    further = (most - len(found)) / len(found) * MORE if found else FURTHER
    width = int((end - begin + 1) * max(further, 1))
    for _ in range(SPANS):
        before = begin
        ages, begin = shelf.ages(before - width, before - 1)
        narrowed = _narrowed(asked, ages, hinted=True)
        found += _ask_index(active, asked, most - len(found), narrowed, begin, shelf.oldest_key(before))
        if len(found) >= most or not begin:
            return found
        width *= LONGER
    narrowed = _narrowed(asked, (), hinted=True)
    return found + _ask_index(active, asked, most - len(found), narrowed, 0, shelf.oldest_key(begin))


def _reach(active: str, asked: Asked) -> tuple[int, int, int]:
    """How many entries the first look is at, and the keys of the oldest and the newest of them."""
    newest = f"SELECT id FROM {shelf.source(active)} WHERE id > %s AND id < %s ORDER BY id DESC LIMIT {PROBE}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*), COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM ({newest}) newest",
            [asked.above, asked.below],
        )
        count, oldest, latest = cursor.fetchone()
        return count, oldest, latest


def _narrowed(asked: Asked, ages: Sequence[str], *, hinted: bool = False) -> list[str]:
    """What entries of these ages must have; of all, where none is given."""
    if not hinted:
        return [shelf.any_of(ages)]
    if asked.sight:
        return [*asked.hints, asked.sight.expression(ages)]
    return [*asked.hints, *([shelf.any_of(ages)] if ages else ())]


def _merged(found: Sequence[Row], rest: Sequence[Row], most: int) -> list[Row]:
    return sorted({*found, *rest}, key=lambda row: -row[0])[:most]


def _walk_postings(active: str, asked: Asked, most: int) -> list[Row]:
    wanted = [*asked.wanted, *asked.hints, *([asked.sight.expression()] if asked.sight else ())]
    condition, params = shelf.condition(active, shelf.all_of(wanted, asked.without))
    key = shelf.key()
    sql = (  # a cross join: tickets are looked at one by one
        f"SELECT {key} AS place, {_SHOWN} FROM {shelf.source(active)} "
        f"CROSS JOIN tickets_ticket ON tickets_ticket.id = {shelf.ticket()} "
        f"WHERE {condition} AND {key} > %s AND {key} < %s AND {asked.live} ORDER BY {key} DESC LIMIT {most}"
    )
    return _rows(_with_terms(active, sql), [*params, asked.above, asked.below, *asked.params])


def _walk_some_postings(active: str, asked: Asked, most: int) -> tuple[list[Row], bool]:
    """Rows, and whether there are no more entries than were looked at."""
    condition, params = shelf.condition(active, shelf.all_of(asked.wanted, asked.without))
    key = shelf.key()
    answering = (
        f"SELECT {key} AS place, {shelf.ticket()} AS owner FROM {shelf.source(active)} "
        f"WHERE {condition} AND {key} > %s AND {key} < %s ORDER BY {key} DESC LIMIT {PROBE}"
    )
    bounds = [*params, asked.above, asked.below]
    sql = (
        f"SELECT found.place, {_SHOWN} FROM ({answering}) found "
        f"CROSS JOIN tickets_ticket ON tickets_ticket.id = found.owner WHERE {asked.live} "
        f"ORDER BY found.place DESC LIMIT {most}"
    )
    counted = (
        f"SELECT * FROM ({_with_terms(active, sql)}) read "
        f"UNION ALL SELECT 0, COUNT(*), NULL, '', '' FROM ({answering}) walked"
    )
    rows = _rows(counted, [*bounds, *asked.params, *bounds])
    count = next(row[1] for row in rows if row[0] == 0)
    return [row for row in rows if row[0]], count < PROBE


def _ask_index(active: str, asked: Asked, most: int, narrowed: Sequence[str], begin: int, below: int) -> list[Row]:
    """The newest entries with these marks too, from this second on and below this key."""
    condition, params = shelf.condition(active, shelf.all_of([*asked.wanted, *narrowed], asked.without))
    above = max(asked.above, shelf.oldest_key(begin) - 1)
    answering = (  # by "id + 0" the entries are not walked in order: it is not known how far that would go
        f"SELECT id + 0 AS place, owner FROM {shelf.source(active)} "
        f"WHERE {condition} AND id + 0 > %s AND id + 0 < %s ORDER BY place DESC"
    )
    sql = _with_terms(active, _with_tickets(answering, asked, most))
    return _rows(sql, [*params, above, below, *asked.params])


def _with_tickets(answering: str, asked: Asked, most: int) -> str:
    """Those of the answering entries whose tickets are as asked; these are looked at one by one ("OFFSET 0"), as only
    the first ones are wanted."""
    return (
        f"SELECT found.place, shown.ticket, shown.into_id FROM ({answering}) found CROSS JOIN LATERAL ("
        f"SELECT {_SHOWN} FROM tickets_ticket "
        f"WHERE tickets_ticket.id = found.owner AND {asked.live} OFFSET 0) shown "
        f"ORDER BY found.place DESC LIMIT {most}"
    )


def _with_terms(active: str, sql: str) -> str:
    """These rows with what their entries hold, which only the first ones are read for."""
    return (
        f"SELECT first.place, first.ticket, first.into_id, entry.parts, entry.terms FROM ({sql}) first "
        f"CROSS JOIN search_entry_{active} entry WHERE entry.id = first.place ORDER BY first.place DESC"
    )


def _rows(sql: str, params: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
