"""What all verbs of tickets share: locking, comparing with what the agent saw, writing a change with its event."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import QuerySet

from vikno.core import clock, rows
from vikno.core.models import Company
from vikno.dialogs.models import Dialog
from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket
from vikno.journal.record import recorded
from vikno.journal.vocabulary import Verb
from vikno.staff.models import Team
from vikno.tickets.models import Ticket

Changes = dict[str, list[Any]]
SIGHT = frozenset({"restricted", "team"})  # columns that decide who reads a ticket
WORDS = frozenset({"subject", "description", "preview"})  # columns that hold words: events never do


class Since(NamedTuple):
    """What somebody did meanwhile: the verb of its event, and who it was."""

    verb: str
    kind: str
    actor: int | None


class Conflict(Exception):
    """Somebody changed the same field since the page was made. Nothing was changed; the page shows both values.
    `since`: what was done to these fields, as far as the journal tells."""

    def __init__(self, ticket: Ticket, fields: Mapping[str, tuple[Any, Any]], since: Collection[Since] = ()) -> None:
        super().__init__(f"{ticket}: {', '.join(fields)} changed meanwhile")
        self.ticket = ticket
        self.fields = dict(fields)  # field → (theirs, yours)
        self.since = frozenset(since)


class Invalid(Exception):
    """The verb cannot do this to that ticket; the text says why, translated, for the page."""


# Locked is what a row says, not its id ("no key"): rows that point to a locked ticket, dialog or agent can be written
# meanwhile. Else their writer would wait for who waits for another lock of that writer.
_LOCK = """id IN (WITH RECURSIVE chain (id, into_id) AS (
SELECT id, merged_into_id FROM tickets_ticket WHERE id IN ({})
UNION SELECT above.id, above.merged_into_id FROM tickets_ticket above JOIN chain ON above.id = chain.into_id
) SELECT id FROM chain) ORDER BY id"""


def lock(ticket: Ticket | int) -> Ticket:
    """The ticket, fresh and locked until the transaction ends, and with it what it is merged into: whoever changes it
    may come to change those. Raises Ticket.DoesNotExist."""
    ticket_id = ticket if isinstance(ticket, int) else ticket.id
    found = lock_with_survivors([ticket_id])
    if ticket_id not in found:
        raise Ticket.DoesNotExist(f"no ticket with the id {ticket_id}")
    return found[ticket_id]


def lock_dialogs(dialog_ids: Iterable[int]) -> None:
    """Lock dialogs in order of id. Whoever locks a dialog and its tickets begins here, as a letter that comes in
    does: two verbs would wait for each other otherwise."""
    list(Dialog.objects.select_for_update(no_key=True).filter(id__in=set(dialog_ids)).order_by("id").values_list("id"))


def lock_dialog(dialog_id: int) -> Dialog:
    """One dialog, fresh and locked; before its tickets, as several are."""
    return Dialog.objects.select_for_update(no_key=True).get(id=dialog_id)


def lock_with_survivors(ticket_ids: Iterable[int]) -> dict[int, Ticket]:
    """Tickets and whatever they are merged into, up to the one that lists show, locked in order of id until the
    transaction ends. The one way in which tickets are locked: by it two verbs never wait for each other.

    A verb that needs several tickets locks them at once, before it changes any. A merge that was on its way must not
    leave its survivor out: only what that one adds is locked after the others.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("tickets are locked inside a transaction")
    locked: dict[int, Ticket] = {}
    wanted = set(ticket_ids)
    if (among := _held.tickets) is not None and wanted <= among.keys():
        locked = {pk: among[pk] for pk in sorted(wanted)}
        if all(one.merged_into_id is None for one in locked.values()):
            return locked
        locked = {}
    while missing := sorted(wanted - locked.keys()):
        update = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
        found = rows.find(Ticket, _LOCK.format(rows.places(missing)) + update, *missing)
        locked |= {one.id: one for one in found}
        wanted = {one.merged_into_id for one in found if one.merged_into_id is not None}
    return dict(sorted(locked.items()))


class _Held(threading.local):
    tickets: dict[int, Ticket] | None = None


_held = _Held()


@contextmanager
def held(tickets: Mapping[int, Ticket]) -> Iterator[dict[int, Ticket]]:
    """While one verb after the other is done to these locked tickets, in one transaction: they are neither locked nor
    read again for each. Verbs get the rows themselves and change them; what one that was refused may have changed, the
    caller takes out."""
    _held.tickets = dict(tickets)
    try:
        yield _held.tickets
    finally:
        _held.tickets = None


def zone_of(team: Team) -> str:
    """The zone in which the days of a team's tickets are counted: its own, else the company's."""
    return team.zone or Company.objects.values_list("zone", flat=True).first() or "UTC"


def code(value: Any) -> Any:
    """A value as the journal keeps it: an id, a code, a number or an instant in ISO form, of UTC: it is compared with
    what the database gives."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def attribute(field: str) -> str:
    """The attribute that holds a field's plain value: "team_id" for "team"."""
    return str(getattr(Ticket._meta.get_field(field), "attname", field))


def apply(ticket: Ticket, fields: Mapping[str, Any], *, touch: bool = True) -> Changes:
    """Set columns of a locked ticket and save those that differ; answers {field: [before, after]} in codes, without
    words.

    With `touch` the ticket moves up in lists, and its age there begins anew: something was said, or it has to come
    before somebody's eyes. What only sorts it (tags, fields, whose it is, its status) moves nothing.
    """
    changes: Changes = {}
    moved = {"updated_at": clock.now()} if touch else {}
    written = ["version"]
    for name, value in {**fields, **moved}.items():
        column = attribute(name)
        after = value.pk if isinstance(value, models.Model) else value
        before = getattr(ticket, column)
        if before != after:
            setattr(ticket, column, after)
            written.append(name)
            if name not in WORDS:
                changes[name] = [code(before), code(after)]
    ticket.version += 1
    names = [attribute(name) for name in written]
    rows.change_one(Ticket, {"id": ticket.pk}, {name: getattr(ticket, name) for name in names})
    return changes


def change(
    ticket: Ticket | int,
    verb: Verb,
    fields: Mapping[str, Any],
    *,
    by: Act,
    seen: int | None = None,
    message: int | None = None,
    touch: bool = False,
) -> int | None:
    """Lock a ticket, check that none of these fields changed since version `seen`, set them, record one event. `touch`
    as of `apply`.

    Answers the event's id, or None when everything was so already. Raises Conflict. Call inside a transaction.
    """
    fresh = lock(ticket)
    check_seen(fresh, fields, seen, by)
    if all(getattr(fresh, attribute(name)) == _plain(value) for name, value in fields.items()):
        return None
    changes = apply(fresh, fields, touch=touch)
    if SIGHT & changes.keys():
        from vikno.tickets.actions.linking import previews_anew  # which in turn locks and applies here

        if fresh.merged_into_id is not None or Ticket.objects.filter(merged_into=fresh).exists():
            previews_anew(fresh.id)
            fresh.refresh_from_db()
    if isinstance(ticket, Ticket) and ticket is not fresh:
        _be(ticket, fresh)
    return recorded(by, verb, tickets=[(fresh.id, fresh.version)], message=message, delta=changes)


def place_before(event: Event | None, ticket: Ticket) -> dict[str, datetime]:
    """The column that puts a ticket where it stood in lists before an event, if nothing has moved it since."""
    before, after = fields_of(event.delta, ticket.id).get("updated_at", (None, None)) if event else (None, None)
    return {"updated_at": datetime.fromisoformat(before)} if before and code(ticket.updated_at) == after else {}


def _be(ticket: Ticket, fresh: Ticket) -> None:
    """Let the caller's ticket say what the locked one says, as `refresh_from_db` would, without asking for it again."""
    for field in Ticket._meta.concrete_fields:
        if field.is_relation and getattr(ticket, field.attname) != getattr(fresh, field.attname):
            ticket._state.fields_cache.pop(field.name, None)
        setattr(ticket, field.attname, getattr(fresh, field.attname))


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def check_seen(ticket: Ticket, fields: Mapping[str, Any], seen: int | None, by: Act) -> None:
    """Refuse if one of these fields was changed after version `seen` to something else than is wanted now.
    Changes of other fields do no harm: two agents may work on one ticket; nor do those of the same act. Raises
    Conflict.
    """
    if seen is None or seen >= ticket.version:
        return
    touched = touched_by(events_since(ticket, seen, by), ticket.id)
    theirs = {}
    for name in touched.keys() & set(fields):
        current, wanted = code(getattr(ticket, attribute(name))), code(_plain(fields[name]))
        if current != wanted:
            theirs[name] = (current, wanted)
    if theirs:
        raise Conflict(ticket, theirs, {one for name in theirs for one in touched[name]})


def events_since(ticket: Ticket, seen: int, by: Act) -> QuerySet[Event]:
    """What happened to a ticket after version `seen`, apart from this act itself."""
    later = EventTicket.objects.filter(ticket_id=ticket.id, version__gt=seen).values_list("event_id", flat=True)
    return Event.objects.filter(id__in=list(later)).exclude(act=by.id)


def touched_by(events: QuerySet[Event], ticket_id: int) -> dict[str, set[Since]]:
    """Which fields of a ticket these events changed, and who did."""
    found: dict[str, set[Since]] = {}
    for delta, verb, kind, actor in events.values_list("delta", "verb", "actor_kind", "actor_id"):
        for name in fields_of(delta, ticket_id):
            found.setdefault(name, set()).add(Since(verb, kind, actor))
    return found


def fields_of(delta: Mapping[str, Any], ticket_id: int) -> dict[str, list[Any]]:
    """What an event changed on one ticket. An event that concerns several keeps each one's part under "tickets"."""
    own = {name: pair for name, pair in delta.items() if name != "tickets"}
    return own | delta.get("tickets", {}).get(str(ticket_id), {})
