"""An act on many tickets: in batches, each one transaction, so that others come to write in between; and in steps, each
one request, so that the page says how far it is. What was chosen stays what it was at the click, and all of it is one
act, undone as one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core import signing
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from vikno.core.middleware import is_deadlock
from vikno.core.text import whole_number
from vikno.journal import acts
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid, lock_with_survivors
from vikno.tickets.models import Ticket

MOST = 1000  # tickets that one act is done to
AT_ONCE = 50  # in one transaction
STEP = 0.5  # seconds of work after which the page is told how far it is
LONGEST = 3600  # seconds that an act may go on
_SALT = "desk.bulk"

Verb = Callable[[Ticket], object]


@dataclass(slots=True)
class Work:
    """One act on many tickets, and how far it is. `asked` is what the form said, `left` are the numbers of tickets that
    it was not done to yet, `refused` are numbers by the reason, `beyond` how many were chosen above the most."""

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

    def packed(self) -> str:
        """All of it for the page to bring back. It is signed: nobody goes on with an act that was never begun."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)


def begun(agent: int, asked: Mapping[str, str], numbers: Sequence[str]) -> Work:
    """A new act on the tickets with these numbers. What is no number is none of them."""
    whole = sorted({one for number in numbers if (one := whole_number(number)) is not None})
    beyond = max(0, len(whole) - MOST)
    left = whole[:MOST]
    return Work(acts.agent(agent).id, agent, dict(asked), left, len(left), beyond)


def brought_back(packed: str, agent: int) -> Work:
    """An act that is under way, from what its page brought back. Raises Invalid for what is none of this agent's."""
    try:
        found: dict[str, Any] = signing.loads(packed, salt=_SALT, max_age=LONGEST)
    except signing.BadSignature:
        found = {}
    if found.get("agent") != agent:
        raise Invalid(_("This can no longer be gone on with. Choose the tickets again that are left."))
    return Work(**found)


def go_on(work: Work, viewer: Viewer, verb: Verb, seconds: float) -> None:
    """Do the verb to what is left and the viewer sees, batch by batch, until so much time is gone."""
    until = time.monotonic() + seconds
    while work.left:
        numbers, work.left = work.left[:AT_ONCE], work.left[AT_ONCE:]
        tickets = list(access.tickets_for(viewer).filter(number__in=numbers).order_by("id"))
        refused: dict[str, list[int]] = {}
        try:
            refused = _together(tickets, verb)
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            refused = _each_alone(tickets, verb)
        for why, some in refused.items():
            work.refused.setdefault(why, []).extend(some)
        work.done += len(tickets) - sum(len(some) for some in refused.values())
        if time.monotonic() >= until:
            return


def _together(tickets: Sequence[Ticket], verb: Verb) -> dict[str, list[int]]:
    with transaction.atomic():
        lock_with_survivors([one.id for one in tickets])  # in one order, before any is changed
        return _each(tickets, verb)


def _each(tickets: Sequence[Ticket], verb: Verb) -> dict[str, list[int]]:
    """Do it to each; answers the numbers of those that were refused, by the reason."""
    refused: dict[str, list[int]] = {}
    for ticket in tickets:
        try:
            verb(ticket)
        except Invalid as invalid:
            refused.setdefault(str(invalid), []).append(ticket.number)
    return refused


def _each_alone(tickets: Sequence[Ticket], verb: Verb) -> dict[str, list[int]]:
    """Do it to each in a transaction of its own, and again if it lost against somebody who waited for the same."""
    refused: dict[str, list[int]] = {}
    for ticket in tickets:
        try:
            found = _each([ticket], verb)
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            found = _each([ticket], verb)
        for why, numbers in found.items():
            refused.setdefault(why, []).extend(numbers)
    return refused
