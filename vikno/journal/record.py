"""Writing into the journal. Only verbs call this, inside the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from vikno.core import clock
from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb

CHANNEL = "vikno_journal"  # of PostgreSQL's NOTIFY


def record(
    by: Act,
    verb: Verb,
    *,
    tickets: Iterable[tuple[int, int]] = (),
    dialog: int | None = None,
    message: int | None = None,
    person: int | None = None,
    delta: Mapping[str, Any] | None = None,
) -> int:
    """Write one event and answer its id.

    `tickets` are (id, version afterwards); `delta` maps a field to [before, after] in ids, codes and numbers, never
    words. Must run inside a transaction: an event without its change, or a change without its event, must not be
    possible.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb}: an event is written in the transaction of its change")
    now = clock.now()
    event = Event(
        id=_next_id(),
        recorded_at=now,
        at=by.at or now,
        verb=verb,
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        actor_version=by.actor.version,
        act=by.id,
        cause=by.cause,
        depth=by.depth,
        dialog_id=dialog,
        message_id=message,
        person_id=person,
        delta=dict(delta or {}),
    )
    event.save(force_insert=True)
    rows = [EventTicket(event_id=event.id, ticket_id=ticket, version=version) for ticket, version in tickets]
    if rows:
        EventTicket.objects.bulk_create(rows)
    return event.id


def _next_id() -> int | None:
    """On PostgreSQL the id is taken after the transaction has its own number: readers rely on that order to tell a gap
    that may still be filled from one that never will (see readers). SQLite gives ids in the order of commits by
    itself."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_xact_id(), nextval(pg_get_serial_sequence('journal_event', 'id')), pg_notify(%s, '')",
            [CHANNEL],
        )
        return int(cursor.fetchone()[1])
