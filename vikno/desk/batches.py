"""An act on many tickets: in batches, each one transaction, so that others come to write in between; and in steps, each
one request, so that the page says how far it is. What was chosen stays what it was at the click, and all of it is one
act, undone as one. What goes wrong with one ticket stops none of the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import away, disk
from vikno.core.middleware import is_deadlock
from vikno.desk import seen_marks
from vikno.journal import acts
from vikno.journal.models import Event, EventTicket
from vikno.staff.access import NotAllowed, Viewer
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid, held, lock_with_survivors
from vikno.tickets.actions.creating import hold
from vikno.tickets.actions.hearing import unheard
from vikno.tickets.models import Ticket

log = structlog.get_logger(__name__)

MOST = 1000  # tickets that one act is done to
AT_ONCE = 50  # in one transaction
STEP = 0.5  # seconds of work after which the page is told how far it is

Verb = Callable[[Ticket], int | None]  # answers the event, None if it was so already
Note = Callable[["Work"], bool]  # writes down how far it is; False if somebody else goes on with it by now


class Taken(Exception):
    """Somebody else goes on with the act: what was just done was rolled back."""


def _no_others(_ids: Sequence[int]) -> Iterable[int]:
    return ()


@dataclass(frozen=True, slots=True)
class Doing:
    """What is done to each ticket, and what else is locked for it before the first one is changed: the agent who comes
    to be responsible, ahead of all tickets as everywhere, and tickets that these verbs change besides. `alone` is the
    same verb for where there are none of these. `away`: whether it puts a ticket out of the way; that is done to none
    whose customer has written something that was not shown."""

    verb: Verb
    agent: Agent | None = None
    others: Callable[[Sequence[int]], Iterable[int]] = _no_others
    alone: Verb | None = None
    away: Callable[[Ticket], bool] | None = None


@dataclass(slots=True)
class Work:
    """One act on many tickets, and how far it is. `asked` is what the form said, `left` are the numbers of tickets that
    it was not done to yet, `refused` are numbers by the reason, those that failed too, `unheard` those that were left
    out because their customers wrote something newer than `seen` (by number as a text: the version that was shown),
    `already` those that were so before, `beyond` how many were chosen above the most."""

    act: int
    agent: int
    asked: dict[str, str]
    left: list[int]
    total: int
    beyond: int = 0
    done: int = 0
    refused: dict[str, list[int]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    unheard: list[int] = field(default_factory=list)
    already: list[int] = field(default_factory=list)

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

    def after(
        self, numbers: Iterable[int], done: int, refused: Iterable[tuple[str, int]] = (),
        unheard: Sequence[int] = (), already: Sequence[int] = (),
    ) -> Work:  # fmt: skip
        """How far it is once it was done to so many of these numbers, and refused of others, or they were left out, or
        were so already."""
        gone, why = set(numbers), {words: list(some) for words, some in self.refused.items()}
        for words, number in refused:
            why.setdefault(words, []).append(number)
        left = [number for number in self.left if number not in gone]
        unheard, already = [*self.unheard, *unheard], [*self.already, *already]
        return replace(self, left=left, done=self.done + done, refused=why, unheard=unheard, already=already)

    def come_to(self, after: Work) -> None:
        """It is as far as this says."""
        self.left, self.done, self.refused = after.left, after.done, after.refused
        self.unheard, self.already = after.unheard, after.already

    def refuse_the_rest(self, why: str) -> None:
        """Nothing of what is left will be done, for this reason."""
        for number in self.left:
            self.refuse(why, number)
        self.left = []


def begun(agent: int, asked: Mapping[str, str], marks: Iterable[str]) -> Work:
    """A new act on the tickets that these marks name (see `seen_marks`)."""
    shown = seen_marks.read(marks)
    beyond = max(0, len(shown) - MOST)
    left = sorted(shown)[:MOST]
    seen = {str(number): version for number in left if (version := shown[number]) is not None}
    return Work(acts.agent(agent).id, agent, dict(asked), left, len(left), beyond, seen=seen)


def kept_as(payload: Mapping[str, Any]) -> Work:
    """The act that was written down so, perhaps by another version: what is unknown or of another kind is left out."""
    blank: dict[str, Any] = {
        "act": 0, "agent": 0, "asked": {}, "left": [], "total": 0, "beyond": 0, "done": 0, "refused": {},
        "seen": {}, "unheard": [], "already": [],
    }  # fmt: skip
    for name, nothing in blank.items():
        if isinstance(payload.get(name), type(nothing)):
            blank[name] = payload[name]
    return Work(**blank)


def go_on(work: Work, viewer: Viewer, doing: Doing, seconds: float, note: Note = lambda _work: True) -> None:
    """Do it to what is left and the viewer sees, batch by batch, until so much time is gone; `note` is called in the
    transaction of each. Raises Taken, and what concerns all tickets alike, such as a database that is away: `work` says
    even then what was done."""
    until = time.monotonic() + seconds
    while work.left:
        numbers = work.left[:AT_ONCE]
        tickets = list(access.tickets_for(viewer).filter(number__in=numbers).order_by("id"))
        try:
            _together(work, numbers, tickets, doing, note)
        except Taken:
            raise
        except Exception as error:
            _unless_one_is_at_fault(error)
            if not is_deadlock(error):
                log.warning("an act on many tickets goes on one by one", act=work.act, exc_info=True)
            _each_alone(work, tickets, doing, note)
            _noted(work, work.after(numbers, 0), note)
        if time.monotonic() >= until:
            return


def _unless_one_is_at_fault(error: Exception) -> None:
    """Raise again what would go wrong with every other ticket too."""
    if away.is_away(error) or disk.is_full(error):
        raise error


def _noted(work: Work, after: Work, note: Note) -> None:
    """Write down that it is so far."""
    if not note(after):
        raise Taken
    work.come_to(after)


def _together(work: Work, numbers: Sequence[int], tickets: Sequence[Ticket], doing: Doing, note: Note) -> None:
    """Do it to all of them and write down how far it is, in one transaction: whoever goes on after a program that was
    killed does nothing twice."""
    refused, unchanged = list[tuple[str, int]](), list[Ticket]()
    with transaction.atomic():
        if doing.agent is not None:
            hold(doing.agent)
        ids = [one.id for one in tickets]
        others = list(doing.others(ids))
        verb = doing.alone if doing.alone is not None and not others else doing.verb
        with held(lock_with_survivors([*ids, *others])) as locked:  # in one order, before any is changed
            left_out = _unheard(work, locked, tickets, doing)
            for one in tickets:
                if one.number in left_out:
                    continue
                try:
                    if verb(locked.get(one.id, one)) is None:
                        unchanged.append(one)
                except (Invalid, NotAllowed) as no:
                    refused.append((str(no), one.number))
                    for unsure in (one.id, *others):
                        locked.pop(unsure, None)
        already = _already(work, unchanged)
        done = len(tickets) - len(refused) - len(left_out) - len(already)
        after = work.after(numbers, done, refused, left_out, already)
        if not note(after):
            raise Taken
    work.come_to(after)


def _unheard(work: Work, locked: Mapping[int, Ticket], tickets: Sequence[Ticket], doing: Doing) -> list[int]:
    """The numbers of those that it would put out of the way over words that were not shown."""
    fresh = [locked.get(one.id, one) for one in tickets]
    asked = [one for one in fresh if doing.away is not None and doing.away(one) and str(one.number) in work.seen]
    ids = unheard(asked, {one.id: work.seen[str(one.number)] for one in asked}, work.by)
    return [one.number for one in asked if one.id in ids]


def _already(work: Work, unchanged: Sequence[Ticket]) -> list[int]:
    """The numbers of those of these tickets that were so before: this act has changed none of them, nor as what another
    one causes."""
    if not unchanged:
        return []
    its_own = Event.objects.filter(act=work.act).values("id")
    rows = EventTicket.objects.filter(ticket_id__in=[one.id for one in unchanged], event_id__in=its_own)
    changed = set(rows.values_list("ticket_id", flat=True))
    return [one.number for one in unchanged if one.id not in changed]


def _each_alone(work: Work, tickets: Sequence[Ticket], doing: Doing, note: Note) -> None:
    """Do it to each in a transaction of its own, and again if it lost against somebody who waited for the same. Each is
    off the list once it is done, or has failed for a reason of its own."""
    for ticket in tickets:
        try:
            _alone(work, ticket, doing, note)
        except Taken:
            raise
        except Exception as error:
            _unless_one_is_at_fault(error)
            log.exception("an act on many tickets failed with one of them", act=work.act, ticket=ticket.number)
            why = _("This failed by a fault of the program; its log says more.")
            _noted(work, work.after([ticket.number], 0, [(why, ticket.number)]), note)


def _alone(work: Work, ticket: Ticket, doing: Doing, note: Note) -> None:
    try:
        _together(work, [ticket.number], [ticket], doing, note)
    except Exception as error:
        if not is_deadlock(error):
            raise
        ticket.refresh_from_db()
        _together(work, [ticket.number], [ticket], doing, note)
