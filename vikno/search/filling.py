"""The index follows: what changed is written down as due, read anew, and put on the shelves.

What is due is one row for each ticket, however much happened to it. The rows are read and analysed outside of any
transaction, and put in a short one that takes the due row away only if nothing changed meanwhile. If that fails, each
is put alone, and the one that cannot be is postponed: visibly, longer each time, and nothing else waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from vikno.core import clock, rows
from vikno.journal.readers import step_over
from vikno.search import entries, shelf
from vikno.search.analyser.lemmas import warm
from vikno.search.entries import Made
from vikno.search.models import Due
from vikno.search.shelf import Marked
from vikno.search.state import current, shelves

READER_NAME = "search"
AT_ONCE = 40  # owners in one transaction
MOST_ROWS = 400  # in one statement
REST = 0.25  # seconds between two looks: what comes meanwhile is read together, by a dozen statements
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(days=1)  # until one that failed is tried again
OTHERS = 2  # times as long as a step took, everybody else goes first

log = structlog.get_logger(__name__)


def ask(tickets: Iterable[int] = (), people: Iterable[int] = ()) -> None:
    """Say that these tickets and persons are to be read anew. In the transaction of the change, or of its reader."""
    owners = sorted({*tickets, *(-person for person in people)})
    if not owners:
        return
    name, now = Due._meta.db_table, connection.ops.adapt_datetimefield_value(clock.now())
    with connection.cursor() as cursor:
        for start in range(0, len(owners), MOST_ROWS):
            some = owners[start : start + MOST_ROWS]
            rows = ", ".join(["(%s, 0, %s, 0, '')"] * len(some))
            cursor.execute(
                f"INSERT INTO {name} (ticket_id, stamp, since, attempts, error) VALUES {rows} "
                f"ON CONFLICT (ticket_id) DO UPDATE SET stamp = {name}.stamp + 1",
                [value for owner in some for value in (owner, now)],
            )


def step() -> float:
    """Put the next of what is due on the shelves; answers the seconds to rest: while much is due, twice as long as it
    worked, so that letters that are just coming in have the processor and the turn to write."""
    began = time.monotonic()
    full = put_next() >= AT_ONCE
    return OTHERS * (time.monotonic() - began) if full else REST


def catch_up() -> None:
    """Put all that is due, now: for commands and tests."""
    while put_next():
        pass


def put_next() -> int:
    """Put the owners that have been due longest; answers how many there were."""
    due = rows.run(_DUE, connection.ops.adapt_datetimefield_value(clock.now()), AT_ONCE)
    if not due:
        return 0
    try:
        _put_due(due)
    except Exception:
        log.warning("some of what is due could not be put in the search index, trying each alone", exc_info=True)
        for one in due:
            try:
                _put_due([one])
            except Exception as error:  # whatever it is, the others must not wait for it
                postpone(one[0], error)
    return len(due)


_DUE = "SELECT ticket_id, stamp FROM search_due WHERE not_before IS NULL OR not_before <= %s ORDER BY id LIMIT %s"


def postpone(owner: int, error: Exception) -> None:
    """Note that this ticket or person could not be put on the shelves, and when it is tried again. Only the kind of the
    error is kept: its text may hold words that not everybody may read. Raises if the database does not take that
    either."""
    log.error("a ticket or person could not be put in the search index", owner=owner, exc_info=error)
    with transaction.atomic():
        Due.objects.get_or_create(ticket_id=owner)
        row = Due.objects.select_for_update().get(ticket_id=owner)
        row.not_before = clock.now() + min(FIRST_WAIT * 4 ** min(row.attempts, 10), LONGEST_WAIT)
        row.attempts += 1
        row.error = ", ".join(dict.fromkeys(type(one).__name__ for one in (error, error.__cause__) if one))[:300]
        row.save(update_fields=["not_before", "attempts", "error"])


def try_again(due_id: int) -> bool:
    """Let what was postponed in this row be tried now; answers whether it was still there."""
    return bool(Due.objects.filter(id=due_id, attempts__gt=0).update(not_before=None))


def _put_due(due: Sequence[tuple[Any, ...]]) -> None:
    warm()
    owners = [owner for owner, _stamp in due]
    build = current()
    have = shelf.marks(build.active, owners) if not build.building else None
    put_made(due, make(owners, have))


def put_made(due: Sequence[tuple[int, int]], made: Made) -> None:
    """Put what was made of these (pairs of owner and stamp) on the shelves, but of those alone that are still due as
    they were."""
    with transaction.atomic():
        shelf.lock(owner for owner, _stamp in due)
        mine = _done(due)
        for name in shelves():
            _replace(name, made, mine)


def _done(due: Sequence[tuple[int, int]]) -> set[int]:
    """Take these away from what is due; answers the owners of those that were still the same. What changed meanwhile
    stays due."""
    owners, pairs = ", ".join(["%s"] * len(due)), ", ".join(["(%s, %s)"] * len(due))
    with connection.cursor() as cursor:
        cursor.execute(  # the first condition alone has SQLite use the index
            f"DELETE FROM {Due._meta.db_table} WHERE ticket_id IN ({owners}) "
            f"AND (ticket_id, stamp) IN (VALUES {pairs}) RETURNING ticket_id",
            [*(owner for owner, _stamp in due), *(value for pair in due for value in pair)],
        )
        return {owner for (owner,) in cursor.fetchall()}


def make(owners: Collection[int], have: dict[int, dict[int, int]] | None = None) -> Made:
    """The entries of tickets and, below nought, of persons."""
    made = entries.tickets([owner for owner in owners if owner > 0], have)
    persons = [-owner for owner in owners if owner < 0]
    if persons:
        theirs = entries.people(persons)
        made.wanted |= theirs.wanted
        made.entries += theirs.entries
    return made


def _replace(name: str, made: Made, owners: Collection[int]) -> None:
    there = shelf.marks(name, sorted(owners))
    marked = [one for one in made.marked if one.owner in owners and _says_that(there, one)]
    put = {(one.owner, one.part) for one in marked}
    stale = [
        (owner, part)
        for owner, parts in there.items()
        for part, mark in parts.items()
        if made.wanted[owner].get(part) != mark and (owner, part) not in put
    ]
    shelf.remove(name, sorted({owner for owner, _part in stale}), stale)
    shelf.remark(name, marked)
    fresh = [one for one in made.entries if one.owner in owners and there.get(one.owner, {}).get(one.part) != one.mark]
    shelf.put(name, fresh)
    put |= {(one.owner, one.part) for one in fresh}
    left_out = [
        owner
        for owner in owners
        for part, mark in made.wanted[owner].items()
        if there.get(owner, {}).get(part) != mark and (owner, part) not in put
    ]
    if left_out:  # another engine wrote in between: read them once more
        ask([one for one in left_out if one > 0], [-one for one in left_out if one < 0])


def _says_that(there: Mapping[int, Mapping[int, int]], one: Marked) -> bool:
    """Whether the entry is there, and lacks but these marks."""
    mark = there.get(one.owner, {}).get(one.part)
    return mark is not None and mark != one.mark and shelf.says_the_same(mark, one.mark)


def ask_for_new(after: int, tickets: Collection[int] = (), people: Collection[int] = ()) -> None:
    """Say that tickets and persons are to be read that were just written in bulk, in the same transaction, which has
    nothing else in it. `after` is the last event before them: the reader need not go through theirs."""
    ask(tickets, people)
    step_over(READER_NAME, after)
