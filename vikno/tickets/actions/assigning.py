"""Verbs of responsibility. Responsible is always a team and, once taken, an agent."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.actions.changing import Invalid, change, lock, lock_with_survivors, zone_of
from vikno.tickets.actions.creating import default_status, hold, is_able, must_be_able
from vikno.tickets.models import Follower, Stage, Ticket


def assign(ticket: Ticket, agent: Agent | None, *, by: Act, seen: int | None = None) -> int | None:
    """Make an agent responsible, or nobody (None: it goes back to the team). A new ticket that is taken is open.

    Raises Invalid for who cannot answer: observers, deactivated agents, those outside a closed team.
    """
    with transaction.atomic():
        agent = None if agent is None else hold(agent)
        fresh = lock(ticket)
        if agent is not None:
            must_be_able(agent, fresh.team)
        fields: dict[str, Any] = {"agent": agent}
        if agent is not None and fresh.stage == Stage.NEW:
            status = default_status(Stage.OPEN)
            fields |= {"status": status, "stage": status.stage}
        return change(ticket, Verb.TICKET_ASSIGNED, fields, by=by, seen=seen)


def take(ticket: Ticket, agent: Agent, *, by: Act, seen: int | None = None) -> int | None:
    """The agent makes the ticket theirs."""
    return assign(ticket, agent, by=by, seen=seen)


def hand_over(ticket: Ticket, team: Team, *, by: Act, seen: int | None = None) -> int | None:
    """Give a ticket to another team. Its agent keeps it only if they are of that team too; a day that it is due on
    ends as that team's days do."""
    if team.archived_at is not None:
        raise Invalid(_("This team no longer works. Choose another one."))
    with transaction.atomic():
        fresh = lock(ticket)
        fields: dict[str, Any] = {"team": team}
        if fresh.agent_id and not Membership.objects.filter(team=team, agent=fresh.agent_id).exists():
            fields["agent"] = None
        before, after = zone_of(fresh.team), zone_of(team)
        if fresh.due_is_day and fresh.due_at is not None and before != after:
            fields["due_at"] = clock.end_of_day(clock.day_in(fresh.due_at, before), after)
        return change(ticket, Verb.TICKET_ASSIGNED, fields, by=by, seen=seen)


def give_back(agent_id: int, by: Act) -> None:
    """Give an agent's open tickets back to their teams, under one act so that it can be undone."""
    mine = Ticket.objects.filter(agent_id=agent_id, closed_at=None, deleted_at=None)
    with transaction.atomic():
        for ticket in _locked(mine):
            change(ticket, Verb.TICKET_ASSIGNED, {"agent": None}, by=by)


def take_back(agent_id: int, act_id: int, by: Act) -> None:
    """An agent comes back: what was given back in that act is theirs again, as far as nobody has taken it since, and
    they may still be responsible for it."""
    agent = Agent.objects.get(id=agent_id)
    events = Event.objects.filter(act=act_id, verb=Verb.TICKET_ASSIGNED).values_list("id", flat=True)
    given = EventTicket.objects.filter(event_id__in=list(events)).values_list("ticket_id", flat=True)
    untaken = Ticket.objects.filter(id__in=list(given), agent=None, closed_at=None, deleted_at=None)
    with transaction.atomic():
        for ticket in _locked(untaken):
            if is_able(agent, ticket.team):
                change(ticket, Verb.TICKET_ASSIGNED, {"agent": agent}, by=by)


def _locked(tickets: QuerySet[Ticket]) -> list[Ticket]:
    """These tickets, locked, in order of id: those that are so still once they are."""
    ids = list(tickets.values_list("id", flat=True))
    lock_with_survivors(ids)
    return list(tickets.filter(id__in=ids).order_by("id"))


def follow(ticket: Ticket, agent_id: int, *, by: Act) -> bool:
    """Let an agent follow a ticket; False if they do."""
    with transaction.atomic():
        fresh = lock(ticket)
        _row, made = Follower.objects.get_or_create(ticket=fresh, agent_id=agent_id)
        if made:
            record(by, Verb.TICKET_FOLLOWED, tickets=[(fresh.id, fresh.version)], delta={"follower": [None, agent_id]})
        return made


def keep_in_sight(ticket: Ticket, of: Ticket, *, by: Act) -> None:
    """Let those who may see a restricted ticket by themselves follow what came out of it, which is restricted too: else
    perhaps nobody would ever see that."""
    if not ticket.restricted:
        return
    saw = Agent.objects.filter(Q(follows__ticket=of) | Q(tickets=of), active=True)
    for agent_id in sorted(set(saw.values_list("id", flat=True))):
        follow(ticket, agent_id, by=by)


def unfollow(ticket: Ticket, agent_id: int, *, by: Act) -> bool:
    """End an agent's following; False if they did not."""
    with transaction.atomic():
        fresh = lock(ticket)
        gone, _rows = Follower.objects.filter(ticket=fresh, agent_id=agent_id).delete()
        if gone:
            record(
                by, Verb.TICKET_UNFOLLOWED, tickets=[(fresh.id, fresh.version)], delta={"follower": [agent_id, None]}
            )
        return bool(gone)
