"""Deadlines that are near: each is written down once, so that those whom it concerns are told."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from vikno.core import clock
from vikno.core.loops import Loop
from vikno.notices.actions import warn
from vikno.notices.kinds import ahead_within
from vikno.notices.models import Warned
from vikno.notices.queries import recipients, rules, told_ahead
from vikno.tickets.models import Follower, Ticket

AHEAD_OF_DAY = timedelta(hours=15)  # before the end of a day: in the morning of it
AT_ONCE = 20


def before_day(minutes: int) -> timedelta:
    """So long before the end of a day one is told of it: in its morning, or a morning before for who wants days."""
    return AHEAD_OF_DAY + timedelta(days=minutes // 1440)


def is_near(ticket: Ticket, now: datetime, minutes: int) -> bool:
    """Whether its deadline is still ahead, and near for who wants to know it so many minutes before."""
    ahead = before_day(minutes) if ticket.due_is_day else timedelta(minutes=minutes)
    return ticket.due_at is not None and now < ticket.due_at <= now + ahead


def warn_due() -> float | None:
    """Write down which deadlines are near, the nearest first: as long before as most are told, and for those who chose
    another time; answers 0 when there may be more."""
    decided, by_time = rules(), defaultdict[int, list[int]](list)
    usual = ahead_within(None, decided.ahead_least, decided.ahead_most)
    for agent, minutes in told_ahead(recipients()).items():
        by_time[minutes].append(agent)
    more = _warn(usual, None)
    for minutes in sorted(by_time.keys() - {usual}):
        more |= _warn(minutes, by_time[minutes])
    return 0 if more else None


def _warn(minutes: int, agents: list[int] | None) -> bool:
    """Of deadlines so near; if agents are given, of requests that concern one of them. True: there may be more."""
    now = clock.now()
    latest = max(before_day(minutes), timedelta(minutes=minutes))
    near = Q(due_is_day=False, due_at__lte=now + timedelta(minutes=minutes))
    near |= Q(due_is_day=True, due_at__lte=now + before_day(minutes))
    said = Exists(Warned.objects.filter(ticket=OuterRef("pk"), due_at=OuterRef("due_at"), ahead=minutes))
    alive = Ticket.objects.filter(closed_at=None, merged_into=None, deleted_at=None, due_at__gt=now)
    found = alive.filter(near, ~said, due_at__lte=now + latest).order_by(F("due_at"), "id")
    if agents is not None:
        follows = Exists(Follower.objects.filter(ticket=OuterRef("pk"), agent__in=agents))
        found = found.filter(Q(agent__in=agents) | follows)
    ids = list(found.values_list("id", flat=True)[:AT_ONCE])
    for pk in ids:
        warn(pk, minutes)
    return len(ids) == AT_ONCE


LOOP = Loop("deadlines", step=warn_due, rest=30.0)
