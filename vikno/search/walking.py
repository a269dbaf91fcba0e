"""The statements that take the newest entries of an answer together with the live rows of their tickets.

First the newest entries are walked a little: there the live rows alone decide, and common answers are found so. What is
rarer is asked of the index, narrowed by marks (see marks.py), as a walk to the end might look at a million tickets.

SQLite walks the postings of the words newest first, as their keys are their age. PostgreSQL's index knows no order, and
its planner no word's company (two words of different languages are each in a third of all entries and never in one), so
it is told what to do: the entries of the last days are asked for, then those of weeks, months, years, until there are
enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from vikno.search import shelf

Row = tuple[int, int, int | None]  # key of the entry, ticket, the ticket that it was merged into
Walked = tuple[list[Row], bool, int]  # rows; whether there are no more entries than were looked at; the newest's key

PROBE = 400  # entries of the first walk; on SQLite only those that have the words
SPANS = (2, 16, 128)  # periods of six days, back from the newest entry; after these all


@dataclass(frozen=True, slots=True)
class Asked:
    """What entries are asked for: expressions of the index that all hold, and some of which none does; `hints`, that
    hold wherever `live` does but for what changed a moment ago; the bounds of their keys (both outside); and `live`, a
    condition on "tickets_ticket" with its params."""

    wanted: Sequence[str]
    without: Sequence[str]
    hints: Sequence[str]
    above: int
    below: int
    live: str
    params: Sequence[Any]


def newest(active: str, asked: Asked, most: int) -> list[Row]:
    """The newest entries that answer, at most so many, newest first."""
    if connection.vendor == "postgresql":
        return _newest_of_postgresql(active, asked, most)
    found: list[Row] = []
    if asked.hints and asked.wanted:  # SQLite takes no expression of exclusions alone
        found, whole, _top = _walk_some_postings(active, asked, most)
        if whole or len(found) >= most:
            return found
    return _merged(found, _walk_postings(active, asked, most), most)


def _newest_of_postgresql(active: str, asked: Asked, most: int) -> list[Row]:
    found, whole, top = _walk_entries(active, asked, most)
    if whole or len(found) >= most:
        return found
    last = shelf.period(top)
    for span in SPANS:
        rest = _ask_index(active, asked, most, shelf.of_periods(last - span + 1, last))
        if len(rest) >= most:
            return _merged(found, rest, most)
    return _merged(found, _ask_index(active, asked, most), most)


def _merged(found: Sequence[Row], rest: Sequence[Row], most: int) -> list[Row]:
    return sorted({*found, *rest}, key=lambda row: -row[0])[:most]


def _all(active: str, asked: Asked, *, hints: bool, period: str = "") -> tuple[str, list[Any]]:
    wanted = [*asked.wanted, *(asked.hints if hints else ()), *([period] if period else ())]
    if not wanted and not asked.without:
        return "TRUE", []
    return shelf.condition(active, shelf.all_of(wanted, asked.without))


def _walk_postings(active: str, asked: Asked, most: int) -> list[Row]:
    condition, params = _all(active, asked, hints=True)
    key = shelf.key()
    sql = (  # a cross join: tickets are looked at one by one
        f"SELECT {key}, tickets_ticket.id, tickets_ticket.merged_into_id FROM {shelf.source(active)} "
        f"CROSS JOIN tickets_ticket ON tickets_ticket.id = {shelf.ticket()} "
        f"WHERE {condition} AND {key} > %s AND {key} < %s AND {asked.live} ORDER BY {key} DESC LIMIT {most}"
    )
    return _rows(sql, [*params, asked.above, asked.below, *asked.params])


def _walk_some_postings(active: str, asked: Asked, most: int) -> Walked:
    condition, params = _all(active, asked, hints=False)
    key = shelf.key()
    answering = (
        f"SELECT {key} AS place, {shelf.ticket()} AS owner FROM {shelf.source(active)} "
        f"WHERE {condition} AND {key} > %s AND {key} < %s ORDER BY {key} DESC LIMIT {PROBE}"
    )
    bounds = [*params, asked.above, asked.below]
    sql = (
        f"SELECT found.place, tickets_ticket.id, tickets_ticket.merged_into_id FROM ({answering}) found "
        f"CROSS JOIN tickets_ticket ON tickets_ticket.id = found.owner WHERE {asked.live} "
        f"ORDER BY found.place DESC LIMIT {most}"
    )
    return _walked(sql, [*bounds, *asked.params], answering, bounds)


def _walk_entries(active: str, asked: Asked, most: int) -> Walked:
    condition, params = _all(active, asked, hints=False)
    some = f"FROM {shelf.source(active)} WHERE id > %s AND id < %s ORDER BY id DESC LIMIT {PROBE}"
    bounds = [asked.above, asked.below]
    answering = (
        f"SELECT place, owner FROM (SELECT id AS place, owner, vector {some}) found WHERE {condition} "
        f"ORDER BY place DESC"
    )
    sql = _with_tickets(answering, asked, most)
    return _walked(sql, [*bounds, *params, *asked.params], f"SELECT id AS place {some}", bounds)


def _walked(sql: str, params: Sequence[Any], looked_at: str, bounds: Sequence[Any]) -> Walked:
    counted = f"SELECT * FROM ({sql}) found UNION ALL SELECT 0, COUNT(*), MAX(walked.place) FROM ({looked_at}) walked"
    rows = _rows(counted, [*params, *bounds])
    count, top = next(row[1:] for row in rows if row[0] == 0)
    return [row for row in rows if row[0]], count < PROBE, top or 0


def _ask_index(active: str, asked: Asked, most: int, period: str = "") -> list[Row]:
    condition, params = _all(active, asked, hints=True, period=period)
    answering = (  # by "id + 0" the entries are not walked in order
        f"SELECT id + 0 AS place, owner FROM {shelf.source(active)} WHERE {condition} AND id > %s AND id < %s "
        f"ORDER BY place DESC"
    )
    return _rows(_with_tickets(answering, asked, most), [*params, asked.above, asked.below, *asked.params])


def _with_tickets(answering: str, asked: Asked, most: int) -> str:
    """Those of the answering entries whose tickets are as asked; these are looked at one by one ("OFFSET 0"), as only
    the first ones are wanted."""
    return (
        f"SELECT found.place, shown.id, shown.merged_into_id FROM ({answering}) found CROSS JOIN LATERAL ("
        f"SELECT tickets_ticket.id, tickets_ticket.merged_into_id FROM tickets_ticket "
        f"WHERE tickets_ticket.id = found.owner AND {asked.live} OFFSET 0) shown "
        f"ORDER BY found.place DESC LIMIT {most}"
    )


def _rows(sql: str, params: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
