"""What follows on tickets when two words are merged, and when that is undone: done by the engine, in portions, each a
transaction of its own under the act of the click. Nothing moves in lists: nobody worked on these requests."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from vikno.journal.acts import Act, Actor
from vikno.journal.acts import Kind as Who
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import attribute, change, fields_of, lock_with_survivors
from vikno.tickets.actions.fields import tag
from vikno.tickets.actions.words import KINDS, Kind, Word, tickets_with
from vikno.tickets.models import Priority, Tag, Ticket

PORTION = 50  # tickets of one transaction: others who write wait for it


def refile(payload: dict[str, Any]) -> None:
    """Give the tickets of a word that was merged the other one. May be called again; ends when the merge is undone."""
    kind, by, last = KINDS[payload["kind"]], _act(payload), 0
    into = kind.model.objects.filter(id=payload["into"]).first()
    while into is not None:
        with transaction.atomic():
            row = kind.model.objects.filter(id=payload["from"], archived_at=payload["archived"]).first()
            if row is None:
                return
            having = Ticket.objects.filter(tickets_with(row), id__gt=last).order_by("id")
            ids = list(having.values_list("id", flat=True)[:PORTION])
            locked = lock_with_survivors(ids)
            for pk in ids:
                _give(kind, locked[pk], row, into, by)
        if not ids:
            return
        last = ids[-1]


def file_back(payload: dict[str, Any]) -> None:
    """Undo of that, newest first: what was given another word since keeps it. May be called again."""
    kind, by, last = KINDS[payload["kind"]], _act(payload), 2**62
    told = Event.objects.filter(act=payload["of"]).exclude(verb=kind.verb)
    while batch := list(told.filter(id__lt=last).order_by("-id")[:PORTION]):
        with transaction.atomic():
            pairs = EventTicket.objects.filter(event_id__in=[event.id for event in batch])
            of = dict(pairs.values_list("event_id", "ticket_id"))
            locked = lock_with_survivors(of.values())
            for event in batch:
                if event.id in of:
                    _give_back(kind, locked[of[event.id]], event, by)
        last = batch[-1].id


def _act(payload: dict[str, Any]) -> Act:
    who = Actor(Who.AGENT, payload["actor"]) if payload["actor"] is not None else Actor(Who.SYSTEM)
    return Act(payload["act"], who, payload["cause"])


def _give(kind: Kind, ticket: Ticket, row: Word, into: Word, by: Act) -> None:
    if isinstance(into, Tag) and isinstance(row, Tag):
        tag(ticket, [into], [row], by=by)
    elif getattr(ticket, attribute(kind.column)) == row.id:
        change(ticket, _verb(kind), _columns(kind, into), by=by)


def _give_back(kind: Kind, ticket: Ticket, event: Event, by: Act) -> None:
    if not kind.column:
        gone, new = (Tag.objects.filter(id__in=some) for some in fields_of(event.delta, ticket.id)["tags"])
        tag(ticket, gone, new, by=by)
        return
    before, after = fields_of(event.delta, ticket.id)[kind.column]
    row = kind.model.objects.filter(id=before).first()
    if row is not None and getattr(ticket, attribute(kind.column)) == after:
        change(ticket, _verb(kind), _columns(kind, row), by=by)


def _verb(kind: Kind) -> Verb:
    return Verb.TICKET_STATUS if kind.code == "status" else Verb.TICKET_CHANGED


def _columns(kind: Kind, row: Word) -> dict[str, Any]:
    """The columns that go with a word. Statuses that are merged are of one stage, which stays."""
    return {kind.column: row, "priority_rank": row.rank} if isinstance(row, Priority) else {kind.column: row}
