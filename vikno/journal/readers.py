"""Readers follow the journal, each with a cursor of its own, and digest every event at least once, in order.

A *projection* writes tables of its own and can be rebuilt from any event (`replay`). An *effect* (a notification, an
automatic answer) is never replayed: it skips what is older than its switching on and what was imported, and only
inserts rows unique by (reader, event, recipient). Either way the cursor moves in the transaction of what was written.
"""

from __future__ import annotations

import os
import secrets
import socket
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F, Q

from vikno.core import clock, rows
from vikno.core.jobs import backoff
from vikno.journal import acts
from vikno.journal.models import Cursor, Event, EventTicket, Parked

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as readers get it. `tickets` are (id, version) pairs; `delta` as it was recorded."""

    id: int
    at: datetime
    verb: str
    actor_kind: str
    actor_id: int | None
    act: int
    cause: int | None
    depth: int
    dialog_id: int | None
    message_id: int | None
    person_id: int | None
    delta: dict[str, Any]
    tickets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Something that follows the journal. `digest` gets events in order, inside a transaction, and may be called again
    with the same ones after a crash."""

    name: str
    digest: Callable[[Sequence[EventRow]], None]
    effect: bool = False
    batch: int = 50


class NotReplayable(Exception):
    """An effect is never replayed: customers would get their letters twice."""


REGISTRY: dict[str, Reader] = {}


def register(reader: Reader) -> None:
    """Add a reader; called in a room's `apps.ready`."""
    REGISTRY[reader.name] = reader


# ---- reading in a safe order -----------------------------------------------------------------------------------------

_COLUMNS = (
    "id", "at", "verb", "actor_kind", "actor_id", "act", "cause", "depth", "dialog_id", "message_id", "person_id",
    "delta",
)  # fmt: skip


def read_after(position: int, limit: int = 100) -> list[EventRow]:
    """The next events after `position`, in order of id, and never one before which another may still appear.

    SQLite has one writer, so ids are in order of commit. PostgreSQL commits out of order: a missing id either belongs
    to a transaction that is still open, then reading stops before the gap, or to one that was rolled back.
    """
    found = _next_rows(position, limit)
    if not found:
        return []
    tickets: dict[int, list[tuple[int, int]]] = {}
    concerned = EventTicket.objects.filter(event_id__in=[row[0] for row in found]).order_by("id")
    for event, ticket, version in concerned.values_list("event_id", "ticket_id", "version"):
        tickets.setdefault(event, []).append((ticket, version))
    return [EventRow(*(*row, tuple(tickets.get(row[0], ())))) for row in found]


def _next_rows(position: int, limit: int, columns: Sequence[str] = _COLUMNS) -> list[tuple[Any, ...]]:
    rows = Event.objects.filter(id__gt=position).order_by("id").values_list(*columns)
    if connection.vendor != "postgresql":
        return list(rows[:limit])
    while True:
        found = list(rows[:limit])
        expected, filled = position + 1, False
        for place, row in enumerate(found):
            gap = (expected, row[0] - 1)
            expected = row[0] + 1
            if gap[0] > gap[1]:
                continue
            if not _gap_is_final(gap):
                return found[:place]
            # Its last writer may have committed after the rows were read and before the gap was judged: look again.
            if Event.objects.filter(id__range=gap).exists():
                filled = True
                break
        if not filled:
            return found


# A gap seen by this process → a transaction number younger than all that may fill it.
_gaps: dict[tuple[int, int], int] = {}


def _gap_is_final(gap: tuple[int, int]) -> bool:
    """Whether nobody can fill these ids any more: every transaction that was open when the gap was first seen has
    ended. What they wrote may only be visible to a query that begins after this one.

    A writer gets its transaction number before its event id (record._TAKEN), so whoever holds an id of the gap has a
    number below `bound`, which is drawn after the gap was seen.
    """
    with connection.cursor() as cursor:
        bound = _gaps.get(gap)
        if bound is None:
            cursor.execute("SELECT pg_current_xact_id()::text")
            bound = int(cursor.fetchone()[0])
            if len(_gaps) > 10_000:
                _gaps.clear()
            _gaps[gap] = bound
        cursor.execute(
            "SELECT pg_snapshot_xmax(s)::text::bigint >= %s AND NOT EXISTS "
            "(SELECT 1 FROM pg_snapshot_xip(s) x WHERE x::text::bigint <= %s) FROM pg_current_snapshot() s",
            [bound, bound],
        )
        return bool(cursor.fetchone()[0])


def last_event() -> int:
    """The id of the newest event, 0 if there is none."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def last_settled(reach: int = 1000) -> int:
    """The id of the newest event before which no other may still appear: where to begin for who wants only what comes.
    So many events are looked at; an older transaction that is still open would be seen by a gap among them."""
    newest = last_event()
    if connection.vendor != "postgresql":
        return newest
    position = max(0, newest - reach)
    found = _next_rows(position, reach, ("id",))
    return int(found[-1][0]) if found else position


# ---- following -------------------------------------------------------------------------------------------------------


def run_all(followers: Sequence[Reader]) -> bool:
    """Let each of these digest its next events, if no other engine holds it; answers whether there may be more at once.

    Those that have come equally far read their events once and digest them in one transaction: each would wait for the
    disk and for its turn to write. If anything goes wrong in it, it is undone and each goes alone, so that one reader's
    trouble keeps no other from reading.
    """
    there = Cursor.objects.in_bulk([reader.name for reader in followers])
    places: dict[int, list[tuple[Reader, Cursor]]] = {}
    for reader in followers:
        cursor = _take(reader, there.get(reader.name))
        if cursor is not None:
            places.setdefault(cursor.position, []).append((reader, cursor))
    more, failed = False, None
    for position, together in places.items():
        batch = min(reader.batch for reader, _ in together)
        events = read_after(position, batch)
        more = more or len(events) >= batch
        if not events or (len(together) > 1 and _digest_together(together, events)):
            continue
        for reader, cursor in together:
            try:
                _follow(reader, cursor, events)
            except Exception as error:
                failed = error
    if failed is not None:
        raise failed
    return more


def run_once(reader: Reader) -> int:
    """Digest the next batch of events for a reader, if no other engine holds it; answers how many it went over."""
    cursor = _take(reader, Cursor.objects.filter(reader=reader.name).first())
    return 0 if cursor is None else _follow(reader, cursor, read_after(cursor.position, reader.batch))


def _digest_together(together: Sequence[tuple[Reader, Cursor]], events: Sequence[EventRow]) -> bool:
    """Whether all of these could digest the events; none of them has if not."""
    try:
        with transaction.atomic():
            # Effects lock what people work on, projections only rows of their own, which others take after the former.
            for reader, cursor in sorted(together, key=lambda one: not one[0].effect):
                _write_digested(reader, cursor, events)
    except Exception:
        log.info("readers part, as one of them has trouble", first=events[0].id, exc_info=True)
        return False
    for _reader, cursor in together:
        _has_come_to(cursor, events[-1].id)
    return True


def _follow(reader: Reader, cursor: Cursor, events: Sequence[EventRow]) -> int:
    if not events:
        return 0
    try:
        _digest(reader, cursor, events)
        return len(events)
    except Lost:
        return 0
    except Exception:
        log.warning("reader met an event it cannot digest", reader=reader.name, first=events[0].id, exc_info=True)
    done = 0
    for event in events:  # one by one: what comes before the bad one must not wait for it
        if not _digest_one(reader, cursor, event):
            break
        done += 1
    return done


class Lost(Exception):
    """The lease of this reader went to another engine meanwhile; what was just written is rolled back."""


_ids: dict[int, str] = {}  # process → its name; a process that was forked takes a name of its own


def me() -> str:
    """The name under which this process holds leases: unlike that of any other, also on hosts of one name."""
    return _ids.setdefault(os.getpid(), f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}")


def _take(reader: Reader, row: Cursor | None) -> Cursor | None:
    """The reader's cursor (`row`, as it stands there), leased by this process; None while another holds it or a stuck
    event waits for its next try."""
    now = clock.now()
    if row is None:
        start = last_event() if reader.effect else 0
        row, _ = Cursor.objects.get_or_create(reader=reader.name, defaults={"position": start, "since": start})
    if row.next_try and row.next_try > now:
        return None
    name = me()
    if row.lease_owner == name and row.lease_until and row.lease_until > now + LEASE / 2:
        return row
    free = Q(lease_owner=name) | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    taken = Cursor.objects.filter(free, reader=reader.name, fence=row.fence).update(
        lease_owner=name, lease_until=now + LEASE, fence=row.fence + 1
    )
    return Cursor.objects.get(reader=reader.name) if taken else None


def _digest(reader: Reader, cursor: Cursor, events: Sequence[EventRow]) -> None:
    with transaction.atomic():
        _write_digested(reader, cursor, events)
    _has_come_to(cursor, events[-1].id)


def _write_digested(reader: Reader, cursor: Cursor, events: Sequence[EventRow]) -> None:
    """What a reader makes of events, and how far it has come, in the caller's transaction. Raises Lost, and whatever
    the reader raises."""
    wanted = [event for event in events if not reader.effect or _has_effect(event, cursor.since)]
    to = {"position": events[-1].id, "stuck_event": None, "stuck_tries": 0, "next_try": None}
    if not rows.change(Cursor, {"reader": reader.name, "fence": cursor.fence}, to):
        raise Lost(reader.name)
    if wanted:
        reader.digest(wanted)


def _has_come_to(cursor: Cursor, position: int) -> None:
    cursor.position, cursor.stuck_event, cursor.stuck_tries = position, None, 0


def _has_effect(event: EventRow, since: int) -> bool:
    return event.id > since and event.actor_kind != acts.Kind.IMPORT


def _digest_one(reader: Reader, cursor: Cursor, event: EventRow) -> bool:
    try:
        _digest(reader, cursor, [event])
        return True
    except Lost:
        return False
    except Exception as error:
        tries = cursor.stuck_tries + 1 if cursor.stuck_event == event.id else 1
        words = "".join(traceback.format_exception_only(error))[-2000:]
    with transaction.atomic():
        mine = Cursor.objects.filter(reader=reader.name, fence=cursor.fence)
        if tries < MOST_TRIES:
            wait = timedelta(seconds=backoff(tries, first=1, most=60))
            mine.update(stuck_event=event.id, stuck_tries=tries, next_try=clock.now() + wait)
            return False
        log.error("reader parked an event", reader=reader.name, event_id=event.id)
        if mine.update(position=event.id, stuck_event=None, stuck_tries=0, next_try=None):
            Parked.objects.update_or_create(
                reader=reader.name, event_id=event.id, defaults={"error": words, "parked_at": clock.now()}
            )
    cursor.position = event.id
    return True


def step_over(name: str, after: int) -> None:
    """For who wrote very many events after `after` and did themselves what this reader would make of them, in the same
    transaction: a reader that had come this far goes on behind them. One that had not reads them all."""
    Cursor.objects.filter(reader=name, position=after).update(position=last_event())


def replay(name: str, after: int = 0) -> None:
    """Let a projection digest all events after `after` once more. An engine that is digesting at this moment loses its
    lease, and what it has not committed: else it would move the cursor on. Raises NotReplayable for an effect."""
    if REGISTRY[name].effect:
        raise NotReplayable(f"{name} is an effect: replaying it would repeat what people already got")
    Cursor.objects.get_or_create(reader=name)
    Cursor.objects.filter(reader=name).update(
        position=after, stuck_event=None, stuck_tries=0, next_try=None,
        fence=F("fence") + 1, lease_owner="", lease_until=None,
    )  # fmt: skip


def retry_parked(parked_id: int) -> None:
    """Give a parked event to its reader once more. Raises what the reader raises; the row goes when it succeeds."""
    with transaction.atomic():
        row = Parked.objects.select_for_update().get(id=parked_id)
        events = [event for event in read_after(row.event_id - 1, 1) if event.id == row.event_id]
        REGISTRY[row.reader].digest(events)
        row.delete()
