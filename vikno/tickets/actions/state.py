"""Verbs of a ticket's state: status, closing, reopening, putting aside, the bin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.journal.acts import Act, Kind
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets import asked
from vikno.tickets.actions.changing import Invalid, apply, change, lock, lock_with_survivors
from vikno.tickets.actions.creating import default_status
from vikno.tickets.actions.hearing import must_have_heard
from vikno.tickets.actions.linking import waits_since
from vikno.tickets.models import Opened, Stage, Status, Ticket


def set_status(
    ticket: Ticket, status: Status, *, by: Act, seen: int | None = None, caused: Sequence[int] | None = None
) -> int | None:
    """Give a ticket another status; its stage follows. Nobody waits on a closed ticket any more, and those that it
    caused are told that it is closed. `caused`: what `caused_by` said of it, if that was asked. Raises Invalid for a
    status that is out of use, and for an agent who closes what lacks a field that is required then; Conflict, also if
    it would not wait for us any more and its customer has written since version `seen`."""
    if status.archived_at is not None and status.id != ticket.status_id:
        raise Invalid(_("The status “%(name)s” is out of use. Choose another one.") % {"name": status.name})
    with transaction.atomic():
        if caused is None:
            caused = caused_by([ticket.id]) if status.stage == Stage.CLOSED else []
        fresh = lock_with_survivors([ticket.id, *caused])[ticket.id]
        if by.actor.kind == Kind.AGENT and status.stage == Stage.CLOSED != fresh.stage:
            asked.must_be_told(fresh, asked.CLOSING)
        before = fresh.stage
        if status.stage in (Stage.CLOSED, Stage.WAITING) and status.stage != before:
            must_have_heard(fresh, seen, by)
        reopened = before == Stage.CLOSED != status.stage
        verb = Verb.TICKET_REOPENED if reopened else Verb.TICKET_STATUS
        done = change(ticket, verb, columns_of(fresh, status), by=by, seen=seen, touch=reopened)
        if caused and done is not None and before != Stage.CLOSED:
            _tell_solved(fresh, caused, by=by)
        return done


_CAUSED = """
SELECT DISTINCT r.ticket_id FROM tickets_relation r JOIN tickets_ticket one ON one.id = r.ticket_id
WHERE r.kind = 'caused_by' AND r.ended_act IS NULL AND one.closed_at IS NULL AND one.deleted_at IS NULL
AND r.of_id IN (SELECT id FROM tickets_ticket WHERE id IN ({slots}) OR merged_into_id IN ({slots})) ORDER BY 1
"""


def caused_by(ticket_ids: Sequence[int]) -> list[int]:
    """The open tickets that are said to be caused by one of these, or by what it absorbed: whoever closes one of these
    locks them with it."""
    if not ticket_ids:
        return []
    return [pk for (pk,) in rows.run(_CAUSED.format(slots=rows.places(ticket_ids)), *ticket_ids, *ticket_ids)]


def _tell_solved(cause: Ticket, caused: Sequence[int], *, by: Act) -> None:
    locked = lock_with_survivors(caused)
    for pk in caused:
        apply(locked[pk], {})
    told = [(pk, locked[pk].version) for pk in caused]
    record(by, Verb.TICKET_CAUSE_CLOSED, tickets=told, delta={"cause": [None, cause.id]})


def columns_of(ticket: Ticket, status: Status) -> dict[str, Any]:
    """The columns that go with a status. Who opens a ticket again says that it was not done: a customer who had no
    answer waits since they asked."""
    columns: dict[str, Any] = {"status": status, "stage": status.stage}
    if status.stage == Stage.CLOSED:
        if ticket.closed_at is None:
            columns["closed_at"] = clock.now()
        columns |= {"waiting_since": None, "snoozed_until": None, "sort_me": False}
    elif ticket.closed_at is not None:
        columns |= {"closed_at": None, "waiting_since": waits_since(ticket)}
    return columns


def close(
    ticket: Ticket,
    *,
    by: Act,
    seen: int | None = None,
    status: Status | None = None,
    caused: Sequence[int] | None = None,
) -> int | None:
    """Close a ticket with the company's ordinary closed status, or the one given. `caused` as of `set_status`."""
    return set_status(ticket, status or default_status(Stage.CLOSED), by=by, seen=seen, caused=caused)


def reopen(ticket: Ticket, *, by: Act, seen: int | None = None) -> int | None:
    """Open a closed ticket again: taken ones go on with their agent, untaken ones are as new."""
    return set_status(ticket, default_status(Stage.OPEN if ticket.agent_id else Stage.NEW), by=by, seen=seen)


def wait(ticket: Ticket, *, by: Act, seen: int | None = None) -> int | None:
    """Say that we wait for somebody else, usually the customer."""
    return set_status(ticket, default_status(Stage.WAITING), by=by, seen=seen)


def snooze(ticket: Ticket, until: datetime, *, by: Act, seen: int | None = None) -> int | None:
    """Put a ticket aside until an instant or until an answer comes. Raises Invalid for an instant that has passed;
    Conflict, also if one has come since version `seen`."""
    if until <= clock.now():
        raise Invalid(_("The time to put it aside until has already passed. Choose a later one."))
    with transaction.atomic():
        must_have_heard(lock(ticket), seen, by)
        return change(ticket, Verb.TICKET_SNOOZED, {"snoozed_until": until}, by=by, seen=seen)


def wake(ticket: Ticket | int, *, by: Act, due_by: datetime | None = None) -> int | None:
    """Take a ticket back from where it was put aside; with `due_by` only if its time has come by then: somebody may
    have put it aside anew meanwhile."""
    with transaction.atomic():
        fresh = lock(ticket)
        if due_by is not None and (fresh.snoozed_until is None or fresh.snoozed_until > due_by):
            return None
        return change(fresh, Verb.TICKET_SNOOZED, {"snoozed_until": None}, by=by, touch=True)


def delete(ticket: Ticket, *, by: Act, seen: int | None = None) -> int | None:
    """Put a ticket into the bin. It can be restored until retention empties the bin. Raises Conflict if its customer
    has written since version `seen`."""
    with transaction.atomic():
        must_have_heard(lock(ticket), seen, by)
        return change(ticket, Verb.TICKET_DELETED, {"deleted_at": clock.now()}, by=by, touch=True)


def restore(ticket: Ticket, *, by: Act) -> int | None:
    """Take a ticket out of the bin."""
    with transaction.atomic():
        return change(ticket, Verb.TICKET_RESTORED, {"deleted_at": None, "spam_at": None}, by=by, touch=True)


def mark_spam(ticket: Ticket, *, by: Act, seen: int | None = None) -> int | None:
    """Say that nobody asked for anything here: out of lists, badges and figures, into the bin. Answers to it begin
    something new. Whether its sender is blocked as well is another matter. Raises Conflict if its customer has written
    since version `seen`."""
    with transaction.atomic():
        now = clock.now()
        fresh = lock(ticket)
        must_have_heard(fresh, seen, by)
        fields = {"spam_at": fresh.spam_at or now, "deleted_at": fresh.deleted_at or now}
        return change(ticket, Verb.TICKET_SPAM, fields, by=by, touch=True)


def not_spam(ticket: Ticket, *, by: Act) -> int | None:
    """It was a request after all: back into the lists, as it was."""
    with transaction.atomic():
        return change(ticket, Verb.TICKET_NOT_SPAM, {"spam_at": None, "deleted_at": None}, by=by, touch=True)


def mark_opened(ticket: Ticket, agent_id: int) -> None:
    """An agent has had the ticket before their eyes (told by the page after a second in view, never by a GET).
    Breath: no event; it only ends "nobody opened it yet" and "unread"."""
    now = clock.now()
    with transaction.atomic():
        Opened.objects.update_or_create(ticket=ticket, agent_id=agent_id, defaults={"at": now})
        if ticket.opened_at is None:
            Ticket.objects.filter(id=ticket.id, opened_at=None).update(opened_at=now)


def mark_unread(ticket: Ticket, agent_id: int) -> None:
    """Forget that this agent has seen the ticket."""
    Opened.objects.filter(ticket=ticket, agent_id=agent_id).delete()
