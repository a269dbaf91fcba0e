"""The statements that take the newest entries of an answer together with the live rows of their tickets.

First only the newest entries are looked at: there the live rows alone decide, and common answers are found so. What is
rarer is asked of the index, narrowed by marks (see marks.py), as a walk to the end might look at a million tickets.

Spans of time are asked for one after the other, the newest first; how long the next one is follows from what the one
before gave and took. Words that are each common and never stand together have the index walk all of them: when that
has taken long enough, what was found so far is the answer, and it says from where to go on.

SQLite walks the postings of the words newest first, as their keys are their age. PostgreSQL's index knows no order, and
its planner no word's company (two words of different languages are each in a third of all entries and never in one), so
it is told what to do: the entries of a span are asked for by the marks of their age and team. Letters come neither at
one pace nor with the same words, so how many a span holds is only guessed, by how close together the next entries are:
one in which more answer than may be read at once is given up for a shorter one, at last for the next entries, one by
one. So they are also gone through where they have no marks of their age.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from vikno.search import bounded, shelf
from vikno.search.sight import Sight

# Key of the entry, ticket, the ticket that it was merged into; whose places stand in the entry, and the places.
Row = tuple[int, int, int | None, str, str]

PROBE = 400  # entries of the first look; on SQLite only those that have the words
FURTHER = 64  # times as far as the first look, where that gave nothing
MORE = 1.5  # of what should be enough
# The first span on SQLite is one of so many parts of the time since the first entry: common answers end within it.
FIRST = 16
DAY = 86_400  # seconds that it has at least
STEP = 0.03  # seconds that the next span is to take, by what the one before took
WIDER = 32  # times as long as the one before, at most
ENOUGH = 0.05  # seconds of walking after which no further span is begun
SHORTER = 8  # times as short is the next span where that was not all
DOUBLED = 2  # from then on no span is longer than so many times the one before
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
    aged: bool = True  # all entries have marks of their age


@dataclass(frozen=True, slots=True)
class Walked:
    """The newest entries that answer, newest first. `to`: no entry below this key was looked at, for time; 0 if all
    were that are needed."""

    rows: list[Row]
    to: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    """What one statement on PostgreSQL found. `to`: no entry below this key was looked at; 0 if there is none left."""

    rows: list[Row]
    to: int = 0


def newest(active: str, asked: Asked, most: int, enough: float | None = None) -> Walked:
    """The newest entries that answer, at most so many, as far as there is time (`enough`: seconds, if not ENOUGH)."""
    deadline = time.monotonic() + (ENOUGH if enough is None else enough)
    if connection.vendor == "postgresql":
        return _newest_of_postgresql(active, asked, most, deadline)
    return _newest_of_sqlite(active, asked, most, deadline)


def _newest_of_sqlite(active: str, asked: Asked, most: int, deadline: float) -> Walked:
    oldest, latest = _ends(active, asked.above, asked.below)
    if not latest:
        return Walked([])
    before = shelf.seconds_of(latest) + 1
    first, last = _ends(active, 0, shelf.HIGHEST)
    width = max((shelf.seconds_of(last) - shelf.seconds_of(first)) // FIRST, DAY)
    found: list[Row] = []
    if (asked.hints or asked.sight) and asked.wanted:  # SQLite takes no expression of exclusions alone
        found, whole = _walk_some_postings(active, _from(asked, before - width), most)
        if len(found) >= most:
            return Walked(found)
        before -= width if whole else 0

    def ask(begin: int, end: int) -> list[Row]:
        return _walk_postings(active, _from(replace(asked, below=min(asked.below, shelf.oldest_key(end))), begin), most)

    return _further(ask, found, most, (shelf.seconds_of(oldest), before, width), deadline)


def _newest_of_postgresql(active: str, asked: Asked, most: int, deadline: float) -> Walked:
    first = _one_by_one(active, asked, most, PROBE)
    found = first.rows
    if not first.to or len(found) >= most:
        return Walked(found)
    asked = replace(asked, below=first.to)
    if asked.aged:
        further = (most - len(found)) / len(found) * MORE if found else FURTHER
        return _in_spans(active, asked, found, most, int(PROBE * max(further, 1)), deadline)
    rest = _ask_index(active, asked, most, [], 0)
    if rest is not None:
        return Walked(_merged(found, rest, most))
    return _in_spans(active, asked, found, most, PROBE, deadline)


def _in_spans(active: str, asked: Asked, found: list[Row], most: int, reach: int, deadline: float) -> Walked:
    """Span after span, until enough is found, all was looked at, or the deadline has passed. `reach`: how many entries
    the first span is to hold."""
    oldest, wider = _ends(active, asked.above, asked.below)[0], WIDER
    while len(found) < most:
        since = time.monotonic()
        if asked.aged and reach > PROBE:
            look = _span(active, asked, most, reach, shelf.seconds_of(oldest))
        else:
            look = _one_by_one(active, asked, most, min(max(reach, PROBE), bounded.READ))
        now = time.monotonic()
        if look is None:
            reach, wider = reach // SHORTER, DOUBLED
        else:
            found = _merged(found, look.rows, most)
            if not look.to:
                break
            asked = replace(asked, below=look.to)
            reach = int(reach * min(STEP / max(now - since, STEP / WIDER), wider)) + 1
        if now > deadline and len(found) < most:
            return Walked(found, asked.below)
    return Walked(found)


def _further(
    ask: Callable[[int, int], list[Row]], found: list[Row], most: int, reach: tuple[int, int, int], deadline: float
) -> Walked:
    """Span after span, until enough is found, all was looked at, or the deadline has passed. `reach`: the second of the
    oldest entry, the one before which to begin, and the seconds of the first span."""
    last, before, width = reach
    since = time.monotonic()
    while before > last and len(found) < most:
        begin = max(before - width, last)
        found = _merged(found, ask(begin, before), most)
        now = time.monotonic()
        if now > deadline and begin > last and len(found) < most:
            return Walked(found, shelf.oldest_key(begin))
        width = int(width * min(STEP / max(now - since, STEP / WIDER), WIDER)) + 1
        before, since = begin, now
    return Walked(found)


def _from(asked: Asked, second: int) -> Asked:
    """The same from this second on."""
    return replace(asked, above=max(asked.above, shelf.oldest_key(second) - 1))


def _ends(active: str, above: int, below: int) -> tuple[int, int]:
    """The keys of the oldest and of the newest entry between these bounds; noughts if there is none."""
    entries = f"search_entry_{active} WHERE id > %s AND id < %s ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT id FROM {entries} LIMIT 1), (SELECT id FROM {entries} DESC LIMIT 1)",
            [above, below] * 2,
        )
        oldest, latest = cursor.fetchone()
        return oldest or 0, latest or 0


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


def _narrowed(asked: Asked, ages: Sequence[str]) -> list[str]:
    """What entries of these ages must have."""
    return [*asked.hints, asked.sight.expression(ages) if asked.sight else shelf.any_of(ages)]


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
        f"SELECT found.place, {_SHOWN} FROM answering found "
        f"CROSS JOIN tickets_ticket ON tickets_ticket.id = found.owner WHERE {asked.live} "
        f"ORDER BY found.place DESC LIMIT {most}"
    )
    counted = (
        f"WITH answering AS MATERIALIZED ({answering}) SELECT * FROM ({_with_terms(active, sql)}) read "
        f"UNION ALL SELECT 0, COUNT(*), NULL, '', '' FROM answering"
    )
    rows = _rows(counted, [*bounds, *asked.params])
    count = next(row[1] for row in rows if row[0] == 0)
    return [row for row in rows if row[0]], count < PROBE


def _one_by_one(active: str, asked: Asked, most: int, count: int) -> _Look:
    """Looks at the next entries themselves: so many, whatever they hold."""
    answers, params = "TRUE", list[Any]()
    if asked.wanted or asked.without:
        answers, params = shelf.condition(active, shelf.all_of(asked.wanted, asked.without))
    looked = (
        f"SELECT id AS place, owner, {answers} AS answers FROM {shelf.source(active)} "
        f"WHERE id > %s AND id < %s ORDER BY id DESC LIMIT {count}"
    )
    answering = "SELECT place, owner FROM looked WHERE answers ORDER BY place DESC"
    rows = _rows(
        f"WITH looked AS MATERIALIZED ({looked}) "
        f"SELECT * FROM ({_with_terms(active, _with_tickets(answering, asked, most))}) shown UNION ALL "
        "SELECT 0, COUNT(*), COALESCE(MIN(place), 0), '', '' FROM looked",
        [*params, asked.above, asked.below, *asked.params],
    )
    _nought, seen, last, *_empty = next(row for row in rows if not row[0])
    return _Look([row for row in rows if row[0]], last or 0 if seen == count else 0)


def _span(active: str, asked: Asked, most: int, reach: int, oldest: int) -> _Look | None:
    """Asks the index for the time in which the next `reach` entries are thought to be; None if too many answer there.
    `oldest` is the second of the last entry of all."""
    count, first, latest = _reach(active, asked)
    if not count:
        return _Look([])
    end = shelf.seconds_of(latest)
    width = (end - shelf.seconds_of(first) + 1) * reach // PROBE
    ages, begin = shelf.ages(max(end - width, oldest) if count == PROBE else oldest, end)
    rows = _ask_index(active, asked, most, _narrowed(asked, ages), begin)
    return None if rows is None else _Look(rows, shelf.oldest_key(begin) if begin > oldest else 0)


def _ask_index(active: str, asked: Asked, most: int, narrowed: Sequence[str], begin: int) -> list[Row] | None:
    """The newest entries with these marks too, from this second on; None if more have them, of any age, than may be
    read, or are thought to, than whose places may be gathered. Marks and words are two conditions, the marks first:
    within one, each entry with a mark is tried for all words; of two, each leaps to where the other stands, which takes
    half of the time."""
    asks = _leaping(asked, narrowed)
    if bounded.is_common(active, *asks):
        return None
    condition, params = bounded.condition(*asks)
    above = max(asked.above, shelf.oldest_key(begin) - 1)
    answering = (
        "SELECT place, owner FROM read WHERE place > %s AND place < %s "
        f"AND (SELECT COUNT(*) FROM read) <= {bounded.READ} ORDER BY place DESC"
    )
    rows = _rows(  # as a subquery that is planned by itself, all that answers is not known to be cut
        f"WITH answering AS MATERIALIZED (SELECT id AS place, owner FROM {shelf.source(active)} WHERE {condition}), "
        f"read AS MATERIALIZED (SELECT * FROM answering LIMIT {bounded.READ + 1}) "
        f"SELECT * FROM ({_with_terms(active, _with_tickets(answering, asked, most))}) shown UNION ALL "
        "SELECT 0, COUNT(*), NULL, '', '' FROM read",
        [*params, above, asked.below, *asked.params],
    )
    count = next(row[1] for row in rows if not row[0])
    return [row for row in rows if row[0]] if count <= bounded.READ else None


def _leaping(asked: Asked, narrowed: Sequence[str]) -> list[str]:
    asks = [shelf.all_of(narrowed)] if asked.wanted and narrowed else []
    return [*asks, shelf.all_of(asked.wanted or narrowed, asked.without)]


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
