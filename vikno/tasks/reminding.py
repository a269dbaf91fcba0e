"""Reminders come by themselves when their time has come."""

from __future__ import annotations

from vikno.core import clock
from vikno.core.loops import Loop
from vikno.tasks import actions
from vikno.tasks.models import Task

AT_ONCE = 20


def remind_due() -> float | None:
    """Write down whose reminder has come, the longest due first; answers 0 when there may be more."""
    due = Task.objects.filter(remind_at__lte=clock.now(), reminded_at=None, done_at=None).order_by("remind_at")
    ids = list(due.values_list("id", flat=True)[:AT_ONCE])
    for pk in ids:
        actions.remind(pk)
    return 0 if len(ids) == AT_ONCE else None


LOOP = Loop("reminding", step=remind_due, rest=10.0)
