"""Writing into the journal. Only verbs call this, inside the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypedDict, Unpack

from django.db import connection

from vikno.core import clock, rows
from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket, SettingEvent
from vikno.journal.vocabulary import SETTINGS, Verb

CHANNEL = "vikno_journal"  # of PostgreSQL's NOTIFY
# On PostgreSQL the id is taken after the transaction has its own number: readers rely on that order to tell a gap that
# may still be filled from one that never will (see readers). SQLite gives ids in the order of commits by itself.
_TAKEN = (
    "WITH taken AS MATERIALIZED (SELECT pg_current_xact_id(), "
    f"nextval('{{sequence}}') AS id, pg_notify('{CHANNEL}', '')) "
)
_CONCERNED = (
    ", concerned AS (INSERT INTO journal_eventticket (event_id, ticket_id, version) "
    "SELECT taken.id, one.ticket, one.version FROM taken, "
    "unnest(%s::bigint[], %s::integer[]) WITH ORDINALITY AS one (ticket, version, place) ORDER BY one.place) "
)


@cache
def _taken() -> str:
    """The sequence is looked up once: it costs as much as the rest of the statement."""
    [(sequence,)] = rows.run("SELECT pg_get_serial_sequence('journal_event', 'id')")
    return _TAKEN.format(sequence=sequence)


class What(TypedDict, total=False):
    """What an event is about. `tickets` are (id, version afterwards); `delta` maps a field to [before, after] in ids,
    codes and numbers, never words."""

    tickets: Iterable[tuple[int, int]]
    dialog: int | None
    message: int | None
    person: int | None
    delta: Mapping[str, Any] | None


def record(by: Act, verb: Verb, **what: Unpack[What]) -> None:
    """Write one event. Must run inside a transaction: an event without its change, or a change without its event, must
    not be possible."""
    event, tickets = _event(by, verb, what), what.get("tickets", ())
    if verb in SETTINGS:
        _added(event, tickets)
    elif connection.vendor == "postgresql":
        rows.put(event, **_made_with(list(tickets)))
    else:
        _add(event, tickets)


def recorded(by: Act, verb: Verb, **what: Unpack[What]) -> int:
    """As `record`; answers the event's id, for what follows from it."""
    return _added(_event(by, verb, what), what.get("tickets", ()))


def _added(event: Event, tickets: Iterable[tuple[int, int]]) -> int:
    if connection.vendor == "postgresql":
        key = int(rows.add(event, **_made_with(list(tickets))).id)
    else:
        key = _add(event, tickets)
    if event.verb in SETTINGS:
        rows.put(SettingEvent(event_id=key, verb=event.verb, actor_kind=event.actor_kind, actor_id=event.actor_id))
    return key


def _event(by: Act, verb: Verb, what: What) -> Event:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb}: an event is written in the transaction of its change")
    now = clock.now()
    return Event(
        recorded_at=now,
        at=by.at or now,
        verb=verb,
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        actor_version=by.actor.version,
        act=by.id,
        cause=by.cause,
        depth=by.depth,
        dialog_id=what.get("dialog"),
        message_id=what.get("message"),
        person_id=what.get("person"),
        delta=dict(what.get("delta") or {}),
    )


def _made_with(concerned: list[tuple[int, int]]) -> dict[str, Any]:
    """How PostgreSQL makes an event and what it concerns in one statement."""
    key, taken = "(SELECT id FROM taken)", _taken()
    if not concerned:
        return {"key": key, "ahead": taken}
    values = [ticket for ticket, _ in concerned], [version for _, version in concerned]
    return {"key": key, "ahead": taken + _CONCERNED, "values": values}


def _add(event: Event, concerned: Iterable[tuple[int, int]]) -> int:
    rows.add(event)
    for ticket, version in concerned:
        rows.put(EventTicket(event_id=event.id, ticket_id=ticket, version=version))
    return event.id
