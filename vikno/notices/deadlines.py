"""Deadlines that are near: each is written down once, so that those whom it concerns are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from vikno.core import clock
from vikno.core.loops import Loop
from vikno.notices.actions import warn
from vikno.notices.models import Warned
from vikno.tickets.models import Ticket

AHEAD = timedelta(hours=2)  # before an instant
AHEAD_OF_DAY = timedelta(hours=15)  # before the end of a day: in the morning of it
AT_ONCE = 20


def is_near(ticket: Ticket, now: datetime) -> bool:
    """Whether its deadline is still ahead, and near."""
    ahead = AHEAD_OF_DAY if ticket.due_is_day else AHEAD
    return ticket.due_at is not None and now < ticket.due_at <= now + ahead


def warn_due() -> float | None:
    """Write down which deadlines are near, the nearest first; answers 0 when there may be more."""
    now = clock.now()
    near = Q(due_is_day=False, due_at__lte=now + AHEAD) | Q(due_is_day=True, due_at__lte=now + AHEAD_OF_DAY)
    said = Exists(Warned.objects.filter(ticket=OuterRef("pk"), due_at=OuterRef("due_at")))
    alive = Ticket.objects.filter(closed_at=None, merged_into=None, deleted_at=None, due_at__gt=now)
    found = alive.filter(near, ~said, due_at__lte=now + AHEAD_OF_DAY).order_by(F("due_at"), "id")
    ids = list(found.values_list("id", flat=True)[:AT_ONCE])
    for pk in ids:
        warn(pk)
    return 0 if len(ids) == AT_ONCE else None


LOOP = Loop("deadlines", step=warn_due, rest=30.0)
