"""Whether a notice is still needed when its time has come: asked with the rights its person has now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from vikno.core import clock
from vikno.core.models import Company
from vikno.dialogs.models import Delivery
from vikno.notices.deadlines import is_near
from vikno.notices.kinds import MAIL, PUSH, Kind, ahead_within, decided_on
from vikno.notices.models import Choices, NoticeDelivery, Rules
from vikno.notices.queries import devices_allowed, rules
from vikno.staff.access import NotAllowed, Viewer, viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.directory import directory
from vikno.tickets.models import Follower, Mention, Opened, Ticket

FAILED = (Delivery.State.REFUSED, Delivery.State.BOUNCED, Delivery.State.DOUBTFUL)


URGENT = 2  # steps of a priority above the ordinary one: from here on nothing is held back


class Why(StrEnum):
    """Why a notice does not go out."""

    READ = "read"  # its person had the request before their eyes since
    TAKEN = "taken"  # somebody has taken the new request
    NOT_MINE = "not_mine"  # it is another one's by now
    OFF = "off"  # its person switched it off
    NO_SIGHT = "no_sight"  # its person may not see it (any more)
    GONE = "gone"  # the request was deleted
    LEFT = "left"  # its person works here no more
    RETURNED = "returned"  # letters to its person come back
    MENDED = "mended"  # the letter has gone after all
    DONE = "done"  # what it reminds or warns of is done; the deadline has passed, or is near no more
    LATE = "late"  # it could not leave for a day


@dataclass(frozen=True, slots=True)
class Needed:
    """A notice that is still needed, and the request it is read on now."""

    row: NoticeDelivery
    ticket: Ticket | None  # None: a reminder of the person's own list

    @property
    def topic(self) -> tuple[int, int]:
        """What it is about: the same for all that is told of one request."""
        return (self.ticket.id, 0) if self.ticket else (0, self.row.notice.task_id or 0)

    @property
    def urgent(self) -> bool:
        """Whether it waits for no working hours."""
        return self.ticket is not None and directory().steps.get(self.ticket.priority_id, 0) >= URGENT


@dataclass(frozen=True, slots=True)
class Judged:
    """Of one person: with what rights they are told, what is needed, and what is dropped, with the reason."""

    viewer: Viewer | None
    needed: list[Needed]
    dropped: list[tuple[NoticeDelivery, Why]]
    chosen: Choices | None = None


def judge(agent: Agent, rows: Sequence[NoticeDelivery]) -> Judged:
    """Look at all that one person would be told now by one way."""
    user = agent.person.user
    try:
        viewer = viewer_for_agent(agent)
    except NotAllowed:
        viewer = None
    if viewer is None or user is None or not user.is_active:
        return Judged(None, [], [(row, Why.LEFT) for row in rows])
    chosen = Choices.objects.filter(agent=agent).first() or Choices(agent=agent)
    way = rows[0].way
    if way == MAIL and chosen.failed_at is not None:
        return Judged(viewer, [], [(row, Why.RETURNED) for row in rows])
    decided = rules()
    if way == PUSH and not devices_allowed(decided, Company.objects.first()):
        return Judged(viewer, [], [(row, Why.OFF) for row in rows])
    ahead = ahead_within(chosen.ahead, decided.ahead_least, decided.ahead_most)
    homes = {row.notice.ticket_id for row in rows if row.notice.ticket_id is not None}
    merged = Ticket.objects.filter(id__in=homes, merged_into__isnull=False).values_list("id", flat=True)
    shown = {home: home for home in homes} | {home: access.survivor_id(home) for home in merged}
    tickets = Ticket.objects.select_related("team", "channel", "brand").in_bulk(list(set(shown.values())))
    sight = access.seen_of(viewer, shown.values())
    seen = {home for home in access.contributing(viewer, homes) if shown[home] in sight}
    mine = _mine(agent, [*shown.values(), *homes])
    opened = dict(
        Opened.objects.filter(agent=agent, ticket__in=[*shown.values(), *homes]).values_list("ticket_id", "at")
    )  # fmt: skip
    needed, dropped = [], []
    for row in rows:
        notice = row.notice
        if _switched_off(notice.kind, way, chosen, decided):
            dropped.append((row, Why.OFF))
            continue
        if notice.ticket_id is None:
            undone = notice.task is not None and notice.task.done_at is None
            if undone and notice.read_at is None:
                needed.append(Needed(row, None))
            else:
                dropped.append((row, Why.READ if undone else Why.DONE))
            continue
        ticket = tickets[shown[notice.ticket_id]]
        at = max((opened[one] for one in (notice.ticket_id, ticket.id) if one in opened), default=None)
        if notice.ticket_id not in seen:
            dropped.append((row, Why.NO_SIGHT))
        elif ticket.deleted_at is not None:
            dropped.append((row, Why.GONE))
        elif notice.read_at is not None or (at is not None and at >= notice.at):
            dropped.append((row, Why.READ))
        elif notice.kind == Kind.DUE and (ticket.closed_at is not None or not is_near(ticket, clock.now(), ahead)):
            dropped.append((row, Why.DONE))
        elif notice.kind == Kind.NEW and (ticket.agent_id is not None or ticket.closed_at is not None):
            dropped.append((row, Why.TAKEN))
        elif _is_anothers(row, ticket, viewer, mine):
            dropped.append((row, Why.NOT_MINE))
        elif notice.delivery is not None and notice.delivery.state not in FAILED:
            dropped.append((row, Why.MENDED))
        else:
            needed.append(Needed(row, ticket))
    return Judged(viewer, needed, dropped, chosen)


def _switched_off(kind: str, way: str, chosen: Choices, decided: Rules) -> bool:
    """Whether its person, or the owner for everybody, lets this kind go by this way no more."""
    if way == PUSH:
        return not decided_on(chosen.push, kind, True)
    return kind in decided.off or not decided_on(chosen.mail, kind, True)


def _mine(agent: Agent, tickets: Sequence[int]) -> set[int]:
    """Tickets that one follows, or was mentioned on: what is said there stays of concern."""
    found: set[int] = set()
    for bond in (Follower, Mention):
        found |= set(bond._default_manager.filter(agent=agent, ticket__in=tickets).values_list("ticket_id", flat=True))
    return found


def _is_anothers(row: NoticeDelivery, ticket: Ticket, viewer: Viewer, mine: set[int]) -> bool:
    """What went to another team, was given to somebody and given on since, or was said on a request that is no longer
    theirs."""
    if row.notice.kind == Kind.NEW:
        return ticket.team_id not in viewer.teams
    if row.notice.kind == Kind.FAILED or ticket.agent_id == viewer.agent_id:
        return False
    return row.notice.kind == Kind.GIVEN or not mine & {ticket.id, row.notice.ticket_id}
