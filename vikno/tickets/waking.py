"""Tickets that were put aside come back by themselves when their time has come."""

from __future__ import annotations

import structlog

from vikno.core import clock
from vikno.core.loops import Loop
from vikno.journal import acts
from vikno.tickets.actions import state
from vikno.tickets.models import Ticket

log = structlog.get_logger(__name__)

AT_ONCE = 20  # tickets of one step


def wake_due() -> float | None:
    """Take back what is due, the longest due first; answers 0 when there may be more."""
    due = Ticket.objects.filter(snoozed_until__lte=clock.now()).order_by("snoozed_until")
    ids = list(due.values_list("id", flat=True)[:AT_ONCE])
    failed = False
    for pk in ids:
        try:
            state.wake(pk, by=acts.system(), due_by=clock.now())
        except Exception:  # one that cannot be woken keeps no other from it
            log.exception("a ticket that was put aside could not be taken back", ticket=pk)
            failed = True
    return 0 if len(ids) == AT_ONCE and not failed else None


LOOP = Loop("waking", step=wake_due, rest=10.0)
