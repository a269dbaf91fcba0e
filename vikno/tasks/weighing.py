"""How much each thing about a request weighs in the queue "What next". Arithmetic alone: nothing here asks a database.

The table WEIGHTS is all there is to it; the page shows it in words. What a request weighs is the sum of the points of
its reasons, each of them a whole number, so that the sum that is shown is the sum that orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEAR = DAY  # how long before a deadline it begins to weigh
STEPS = (-3, 5)  # of a priority from the ordinary one: what is beyond weighs as much as these


class Reason(StrEnum):
    OVERDUE = "overdue"  # its deadline has passed
    DEADLINE = "deadline"  # it is near
    WAITING = "waiting"  # the customer waits for an answer
    REPLY = "reply"  # they wrote again after our answer
    PRIORITY = "priority"
    AGE = "age"  # since it was asked
    MENTIONED = "mentioned"  # a colleague named this agent, who has not looked since
    MINE = "mine"
    TEAM = "team"  # nobody has it, and it is of a team of this agent


@dataclass(frozen=True, slots=True)
class Weight:
    """`once`: points for being so at all; `each`: for every whole `per` of time, or for each step of priority; `most`:
    both together weigh no more."""

    once: int = 0
    each: int = 0
    per: timedelta | None = None
    most: int = 0


WEIGHTS: Mapping[Reason, Weight] = {
    Reason.OVERDUE: Weight(once=40, each=2, per=HOUR, most=80),
    Reason.DEADLINE: Weight(each=2, per=HOUR, most=40),  # for each hour of the last day that has gone
    Reason.WAITING: Weight(each=2, per=HOUR, most=60),
    Reason.REPLY: Weight(once=8, most=8),
    Reason.PRIORITY: Weight(each=20),
    Reason.AGE: Weight(each=1, per=DAY, most=20),
    Reason.MENTIONED: Weight(once=15, most=15),
    Reason.MINE: Weight(once=12, most=12),
    Reason.TEAM: Weight(once=8, most=8),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is weighed of a request. `mine` and `team` are said of the one who asks."""

    ticket_id: int
    asked_at: datetime
    due_at: datetime | None = None
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    steps: int = 0  # that its priority stands above the ordinary one
    mentioned: bool = False
    mine: bool = False
    team: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One reason with its points, and how long it has been so or will be until then, where that is what weighs."""

    reason: Reason
    points: int
    span: timedelta | None = None


def parts(facts: Facts, now: datetime) -> list[Part]:
    """Why a request stands where it stands: the reasons that weigh anything, the heaviest first."""
    found: list[Part] = []
    if facts.due_at is not None and facts.due_at < now:
        found.append(_of_time(Reason.OVERDUE, now - facts.due_at))
    elif facts.due_at is not None and facts.due_at - now < NEAR:
        left = facts.due_at - now
        found.append(Part(Reason.DEADLINE, _of_time(Reason.DEADLINE, NEAR - left).points, left))
    if facts.waiting_since is not None:
        found.append(_of_time(Reason.WAITING, now - facts.waiting_since))
        if facts.answered_at is not None and facts.waiting_since > facts.answered_at:
            found.append(_of_time(Reason.REPLY))
    if facts.steps:
        lowest, highest = STEPS
        found.append(Part(Reason.PRIORITY, WEIGHTS[Reason.PRIORITY].each * max(lowest, min(highest, facts.steps))))
    found.append(_of_time(Reason.AGE, now - facts.asked_at))
    said = {Reason.MENTIONED: facts.mentioned, Reason.MINE: facts.mine, Reason.TEAM: facts.team}
    found += [_of_time(reason) for reason, holds in said.items() if holds]
    return sorted((one for one in found if one.points), key=lambda one: -one.points)


def _of_time(reason: Reason, span: timedelta | None = None) -> Part:
    weight = WEIGHTS[reason]
    whole = max(0, span // weight.per) if span is not None and weight.per is not None else 0
    shown = max(span, timedelta()) if span is not None else None
    return Part(reason, min(weight.most, weight.once + weight.each * whole), shown)


def total(found: Iterable[Part]) -> int:
    """What a request weighs."""
    return sum(one.points for one in found)


def ordered(all_: Iterable[Facts], now: datetime) -> list[tuple[Facts, list[Part]]]:
    """The queue: the heaviest first; of what weighs the same, what was asked first."""
    weighed = [(facts, parts(facts, now)) for facts in all_]
    return sorted(weighed, key=lambda one: (-total(one[1]), one[0].asked_at, one[0].ticket_id))
