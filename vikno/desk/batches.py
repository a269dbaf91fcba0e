"""An act on many tickets: in batches, each one transaction, so that others come to write in between; and in steps, each
one request, so that the page says how far it is. What was chosen stays what it was at the click, and all of it is one
act, undone as one. What goes wrong with one ticket stops none of the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import away, disk
from vikno.core.middleware import is_deadlock
from vikno.core.text import whole_number
from vikno.journal import acts
from vikno.staff.access import NotAllowed, Viewer
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid, held, lock_with_survivors
from vikno.tickets.actions.creating import hold
from vikno.tickets.models import Ticket

log = structlog.get_logger(__name__)

MOST = 1000  # tickets that one act is done to
AT_ONCE = 50  # in one transaction
STEP = 0.5  # seconds of work after which the page is told how far it is

Verb = Callable[[Ticket], object]


def _no_others(_ids: Sequence[int]) -> Iterable[int]:
    return ()


@dataclass(frozen=True, slots=True)
class Doing:
    """What is done to each ticket, and what else is locked for it before the first one is changed: the agent who comes
    to be responsible, ahead of all tickets as everywhere, and tickets that these verbs change besides. `alone` is the
    same verb for where there are none of these."""

    verb: Verb
    agent: Agent | None = None
    others: Callable[[Sequence[int]], Iterable[int]] = _no_others
    alone: Verb | None = None


@dataclass(slots=True)
class Work:
    """One act on many tickets, and how far it is. `asked` is what the form said, `left` are the numbers of tickets that
    it was not done to yet, `refused` are numbers by the reason, those that failed too, `beyond` how many were chosen
    above the most."""

    act: int
    agent: int
    asked: dict[str, str]
    left: list[int]
    total: int
    beyond: int = 0
    done: int = 0
    refused: dict[str, list[int]] = field(default_factory=dict)

    @property
    def by(self) -> acts.Act:
        """The act, as verbs take it."""
        return acts.Act(self.act, acts.Actor(acts.Kind.AGENT, self.agent))

    @property
    def so_far(self) -> int:
        """How many were gone through."""
        return self.total - len(self.left)

    def refuse(self, why: str, number: int) -> None:
        """Say of one ticket why it was not done."""
        self.refused.setdefault(why, []).append(number)

    def refuse_the_rest(self, why: str) -> None:
        """Nothing of what is left will be done, for this reason."""
        for number in self.left:
            self.refuse(why, number)
        self.left = []


def begun(agent: int, asked: Mapping[str, str], numbers: Sequence[str]) -> Work:
    """A new act on the tickets with these numbers. What is no number is none of them."""
    whole = sorted({one for number in numbers if (one := whole_number(number)) is not None})
    beyond = max(0, len(whole) - MOST)
    left = whole[:MOST]
    return Work(acts.agent(agent).id, agent, dict(asked), left, len(left), beyond)


def go_on(work: Work, viewer: Viewer, doing: Doing, seconds: float) -> None:
    """Do it to what is left and the viewer sees, batch by batch, until so much time is gone. Raises only what concerns
    all tickets alike, such as a database that is away: `work` says even then what was done."""
    until = time.monotonic() + seconds
    while work.left:
        numbers = work.left[:AT_ONCE]
        tickets = list(access.tickets_for(viewer).filter(number__in=numbers).order_by("id"))
        try:
            refused = _together(tickets, doing)
        except Exception as error:
            _unless_one_is_at_fault(error)
            if not is_deadlock(error):
                log.warning("an act on many tickets goes on one by one", act=work.act, exc_info=True)
            _each_alone(work, tickets, doing)
        else:
            for why, number in refused:
                work.refuse(why, number)
            work.done += len(tickets) - len(refused)
        gone = set(numbers)
        work.left = [number for number in work.left if number not in gone]
        if time.monotonic() >= until:
            return


def _unless_one_is_at_fault(error: Exception) -> None:
    """Raise again what would go wrong with every other ticket too."""
    if away.is_away(error) or disk.is_full(error):
        raise error


def _together(tickets: Sequence[Ticket], doing: Doing) -> list[tuple[str, int]]:
    """Do it to all of them in one transaction; answers who was refused and why."""
    refused = []
    with transaction.atomic():
        if doing.agent is not None:
            hold(doing.agent)
        ids = [one.id for one in tickets]
        others = list(doing.others(ids))
        verb = doing.alone if doing.alone is not None and not others else doing.verb
        with held(lock_with_survivors([*ids, *others])) as locked:  # in one order, before any is changed
            for one in tickets:
                try:
                    verb(locked.get(one.id, one))
                except (Invalid, NotAllowed) as no:
                    refused.append((str(no), one.number))
                    for unsure in (one.id, *others):
                        locked.pop(unsure, None)
    return refused


def _each_alone(work: Work, tickets: Sequence[Ticket], doing: Doing) -> None:
    """Do it to each in a transaction of its own, and again if it lost against somebody who waited for the same. Each is
    off the list once it is done, or has failed for a reason of its own."""
    for ticket in tickets:
        try:
            _alone(work, ticket, doing)
        except Exception as error:
            _unless_one_is_at_fault(error)
            log.exception("an act on many tickets failed with one of them", act=work.act, ticket=ticket.number)
            work.refuse(_("This failed by a fault of the program; its log says more."), ticket.number)
        work.left.remove(ticket.number)


def _alone(work: Work, ticket: Ticket, doing: Doing) -> None:
    try:
        refused = _together([ticket], doing)
    except Exception as error:
        if not is_deadlock(error):
            raise
        ticket.refresh_from_db()
        refused = _together([ticket], doing)
    for why, number in refused:
        work.refuse(why, number)
    work.done += 1 - len(refused)
