"""From events to who is to be told: one notice for an event and a person, never about what they did themselves.

An effect: it skips what is imported and what is old. Whether there is still a need, and whether its person may see it,
is asked when it goes out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from vikno.core import clock
from vikno.dialogs.models import Message
from vikno.journal.acts import Kind as Actor
from vikno.journal.readers import EventRow, Reader
from vikno.journal.vocabulary import Verb
from vikno.notices import ringing
from vikno.notices.kinds import Kind, wait_of
from vikno.notices.models import Notice, NoticeDelivery
from vikno.notices.queries import Recipient, recipients, told_ahead
from vikno.staff.models import Agent, Membership
from vikno.tickets.actions.changing import fields_of
from vikno.tickets.models import Follower, Ticket

LATE = timedelta(hours=12)  # what happened longer ago is no news: an engine stood still
_FAILED = (Verb.DELIVERY_REFUSED, Verb.DELIVERY_BOUNCED, Verb.DELIVERY_DOUBTFUL)
WATCHED = frozenset(
    {Verb.TICKET_CREATED, Verb.TICKET_ASSIGNED, Verb.TICKET_CAUSE_CLOSED, Verb.TICKET_DUE_SOON, Verb.TICKET_SNOOZED,
     Verb.MESSAGE_RECEIVED, Verb.NOTE_ADDED, Verb.TASK_REMINDED, *_FAILED}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Around:
    """What the events of a batch are about, looked up at once."""

    tickets: dict[int, Ticket]
    messages: dict[int, tuple[str, int | None]]  # kind, agent who wrote it
    followers: dict[int, set[int]]
    members: dict[int, set[int]]
    active: dict[int, Recipient]  # who works here
    leads: set[tuple[int, int]]  # team, agent


def digest(events: Sequence[EventRow]) -> None:
    """Write down who is to be told of these events."""
    fresh = [one for one in events if one.verb in WATCHED and _concerns(one) and clock.now() - one.at < LATE]
    if not fresh:
        return
    around = _look_around(fresh)
    wanted: dict[tuple[int, int], Notice] = {}
    for event in fresh:
        doer = event.actor_id if event.actor_kind == Actor.AGENT else None
        for made in _of_event(event, around):
            if made.agent_id in around.active and made.agent_id != doer:
                made.event_id, made.at, made.by_id = event.id, event.at, doer
                wanted.setdefault((event.id, made.agent_id), made)
    known = Notice.objects.filter(event_id__in=[one.id for one in fresh]).values_list("event_id", "agent_id")
    _write([made for key, made in wanted.items() if key not in set(known)], around)


def _concerns(event: EventRow) -> bool:
    """Whether there is somebody to tell: an event is about requests, or is a reminder."""
    return bool(event.tickets) or event.verb == Verb.TASK_REMINDED


NOTICING = Reader("notices", digest, effect=True)


def _write(notices: list[Notice], around: Around) -> None:
    """The notices that are told in some way at all, and a row for each of the ways they go out by."""
    told = []
    for one in notices:
        who = around.active[one.agent_id]
        one.in_page, ways = who.here(one.kind), who.ways_out(one.kind)
        if one.in_page or ways:
            told.append((one, ways))
    if told:
        Notice.objects.bulk_create([one for one, _ways in told])
        NoticeDelivery.objects.bulk_create(
            NoticeDelivery(notice=one, agent_id=one.agent_id, way=way, due_at=one.at + wait_of(one.kind))
            for one, ways in told
            for way in ways
        )
        ringing.ring({one.agent_id for one, _ways in told if one.in_page})


def _look_around(events: Sequence[EventRow]) -> Around:
    ids = {pair[0] for event in events for pair in event.tickets}
    tickets = Ticket.objects.only("id", "team_id", "agent_id", "merged_into_id", "deleted_at").in_bulk(list(ids))
    said = Message.objects.filter(id__in={one.message_id for one in events if one.message_id})
    followers: dict[int, set[int]] = defaultdict(set)
    for ticket, agent in Follower.objects.filter(ticket__in=ids).values_list("ticket_id", "agent_id"):
        followers[ticket].add(agent)
    members: dict[int, set[int]] = defaultdict(set)
    leads = set()
    in_teams = Membership.objects.filter(team__in={one.team_id for one in tickets.values()})
    in_teams = in_teams.exclude(agent__role=Agent.Role.OBSERVER)
    for team, agent, lead in in_teams.values_list("team_id", "agent_id", "lead"):
        members[team].add(agent)
        if lead:
            leads.add((team, agent))
    return Around(
        tickets, {pk: (kind, agent) for pk, kind, agent in said.values_list("id", "kind", "agent_id")}, followers,
        members, recipients(), leads,
    )  # fmt: skip


def _of_event(event: EventRow, around: Around) -> Iterator[Notice]:
    """Whom an event concerns, the person who did it included."""
    if event.verb in _FAILED:
        yield from _failed(event, around)
        return
    if event.verb == Verb.TASK_REMINDED:
        yield Notice(agent_id=event.delta["agent"][1], kind=Kind.TASK, task_id=event.delta["task"][1])
        return
    for pk, _version in event.tickets:
        ticket = around.tickets.get(pk)
        if ticket is None or ticket.deleted_at is not None:
            continue
        if event.verb in (Verb.TICKET_CREATED, Verb.TICKET_ASSIGNED):
            yield from _responsible(event, ticket, around)
        elif event.verb == Verb.TICKET_CAUSE_CLOSED:
            yield from _each(_concerned(ticket, around), Kind.SOLVED, ticket)
        elif event.verb == Verb.TICKET_DUE_SOON:
            yield from _due(event, ticket, around)
        elif event.verb == Verb.TICKET_SNOOZED:
            yield from _back(event, ticket, around)
        elif ticket.merged_into_id is None or event.verb == Verb.NOTE_ADDED:  # its survivor is named by the same event
            yield from _said(event, ticket, around)


def _responsible(event: EventRow, ticket: Ticket, around: Around) -> Iterator[Notice]:
    """A request was given to somebody, or to a team in which nobody has it yet."""
    changed = fields_of(event.delta, ticket.id)
    agent = (changed.get("agent") or [None, None])[1]
    if agent is not None:
        yield Notice(agent_id=agent, kind=Kind.GIVEN, ticket_id=ticket.id)
    elif ticket.agent_id is None and (changed.get("team") or [None, None])[1] == ticket.team_id:
        yield from _each(around.members[ticket.team_id], Kind.NEW, ticket)


def _back(event: EventRow, ticket: Ticket, around: Around) -> Iterator[Notice]:
    """What was put aside came back by itself, as its time has come."""
    until = (fields_of(event.delta, ticket.id).get("snoozed_until") or [None, ""])[1]
    if until is None and event.actor_kind == Actor.SYSTEM:
        yield from _each(_concerned(ticket, around), Kind.BACK, ticket)


def _due(event: EventRow, ticket: Ticket, around: Around) -> Iterator[Notice]:
    """A deadline is near for those who want to know it so long before."""
    minutes, told = (event.delta.get("ahead") or [None, None])[1], told_ahead(around.active)
    mine = {agent for agent in _concerned(ticket, around) if minutes is None or told.get(agent) == minutes}
    yield from _each(mine, Kind.DUE, ticket)


def _concerned(ticket: Ticket, around: Around) -> set[int]:
    """Who is responsible for a ticket, and who follows it."""
    return around.followers[ticket.id] | ({ticket.agent_id} if ticket.agent_id else set())


def _said(event: EventRow, ticket: Ticket, around: Around) -> Iterator[Notice]:
    """A customer or a colleague said something on a request of somebody's."""
    mine = _concerned(ticket, around)
    if event.verb == Verb.NOTE_ADDED:
        mentioned = set((event.delta.get("mentioned") or [[], []])[1])
        noted = Kind.ADVICE if _leads(event.actor_id, ticket, around) else Kind.NOTE
        for one in (*_each(mentioned, Kind.MENTION, ticket), *_each(mine - mentioned, noted, ticket)):
            one.note_id = event.delta["note"][1]
            yield one
    elif event.message_id is not None:
        kind, _author = around.messages.get(event.message_id, ("", None))
        for one in _each(mine if kind == Message.Kind.ORDINARY else (), Kind.REPLY, ticket):
            one.message_id = event.message_id
            yield one


def _leads(agent: int | None, ticket: Ticket, around: Around) -> bool:
    """Whether somebody leads the team of a request now; an owner leads each."""
    who = around.active.get(agent or 0)
    return who is not None and (who.owner or (ticket.team_id, agent) in around.leads)


def _failed(event: EventRow, around: Around) -> Iterator[Notice]:
    """An answer did not arrive: whoever wrote it is told; if they work here no more, who is responsible now."""
    _kind, author = around.messages.get(event.message_id or 0, ("", None))
    ticket = around.tickets.get(event.tickets[0][0])
    if author is None or ticket is None:
        return
    told = author if author in around.active else ticket.agent_id
    for one in _each([told] if told else (), Kind.FAILED, ticket):
        one.message_id, one.delivery_id = event.message_id, event.delta["delivery"][1]
        yield one


def _each(agents: Iterable[int], kind: str, ticket: Ticket) -> Iterator[Notice]:
    for agent in sorted(agents):
        yield Notice(agent_id=agent, kind=kind, ticket_id=ticket.id)
