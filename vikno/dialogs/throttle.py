"""How many messages go out: so many a minute for a channel, so many for one recipient domain of it, so many a day.

A minute is counted in each engine process by itself, a day in the database. What is too early stays in the queue, says
so, and is looked at again when its turn comes.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from vikno.core import clock
from vikno.dialogs.channels import KINDS
from vikno.dialogs.delivery_words import Code
from vikno.dialogs.models import SentHour

CHANNEL_PER_MINUTE = 600
DOMAIN_PER_MINUTE = 300
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel may send; 0 is without limit."""

    minute: int
    domain: int
    day: int


def limits_of(kind: str, settings: Mapping[str, Any]) -> Limits:
    """What was set for a channel, else what its provider is known to take, else what is usual."""
    known = KINDS.get(kind)
    usual = known.usual_limits(settings) if known and known.usual_limits else {}
    return Limits(
        settings.get("limit_per_minute", usual.get("minute", CHANNEL_PER_MINUTE)),
        settings.get("domain_per_minute", DOMAIN_PER_MINUTE),
        settings.get("limit_per_day", usual.get("day", 0)),
    )


@dataclass(frozen=True, slots=True)
class Wait:
    """What a limit holds back: which one, how much it allows, and for how many seconds."""

    code: Code
    most: int
    seconds: float

    @property
    def reason(self) -> str:
        """As it stands in the row that waits."""
        return f"{self.code}: {self.most}"


# ---- a day -----------------------------------------------------------------------------------------------------------


def count(channel_id: int) -> None:
    """One more has left by this channel. Call it in the transaction that writes so."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    here = SentHour.objects.filter(channel=channel_id, hour=hour)
    if not here.update(messages=F("messages") + 1):
        SentHour.objects.bulk_create([SentHour(channel_id=channel_id, hour=hour)], ignore_conflicts=True)
        here.update(messages=F("messages") + 1)
        SentHour.objects.filter(channel=channel_id, hour__lt=hour - 2 * DAY).delete()


def left_today(days: Mapping[int, int]) -> dict[int, tuple[int, Wait | None]]:
    """How many more may leave within the 24 hours that end now, by channel, of those with a limit (`days`), and what
    to wait for when there are none."""
    limited = {channel: most for channel, most in days.items() if most}
    if not limited:
        return {}
    now = clock.now()
    sent: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    rows = SentHour.objects.filter(channel__in=limited, hour__gt=now - DAY - HOUR).order_by("hour")
    for channel, hour, messages in rows.values_list("channel_id", "hour", "messages"):
        sent[channel].append((hour, messages))
    return {channel: _left(most, sent[channel], now) for channel, most in limited.items()}


def _left(most: int, hours: Iterable[tuple[datetime, int]], now: datetime) -> tuple[int, Wait | None]:
    total = sum(messages for _, messages in hours)
    left = most - total
    if left > 0:
        return left, None
    for hour, messages in hours:  # the oldest leave the day first
        total -= messages
        if total < most:
            return 0, Wait(Code.DAY_LIMIT, most, (hour + HOUR + DAY - now).total_seconds())
    return 0, Wait(Code.DAY_LIMIT, most, HOUR.total_seconds())


# ---- a minute --------------------------------------------------------------------------------------------------------


class Bucket:
    """A minute's worth of sendings that fills up again evenly."""

    def __init__(self, per_minute: float) -> None:
        self.per_minute = per_minute
        self.left = float(per_minute)
        self.at = time.monotonic()

    def wait(self) -> float:
        """Seconds until there is room for one; 0 if there is now."""
        now = time.monotonic()
        self.left = min(self.per_minute, self.left + (now - self.at) * self.per_minute / 60)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) * 60 / self.per_minute


class Throttle:
    """All buckets of this process, by channel and by recipient domain."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, str], Bucket] = {}

    def wait(self, channel: int, limits: Limits, recipient: str) -> Wait | None:
        """Take room for one message to this recipient, or answer what it has to wait for."""
        found = [(channel, "", limits.minute, Code.MINUTE_LIMIT)]
        if domain := recipient.rpartition("@")[2] if "@" in recipient else "":
            found.append((channel, domain, limits.domain, Code.DOMAIN_LIMIT))
        buckets = [(self._bucket(number, name, most), code) for number, name, most, code in found if most]
        waits = [
            Wait(code, int(bucket.per_minute), seconds) for bucket, code in buckets if (seconds := bucket.wait())
        ]  # fmt: skip
        if waits:
            return max(waits, key=lambda one: one.seconds)
        for bucket, _code in buckets:
            bucket.left -= 1
        return None

    def _bucket(self, channel: int, domain: str, per_minute: float) -> Bucket:
        found = self._buckets.get((channel, domain))
        if found is None or found.per_minute != per_minute:
            if len(self._buckets) > 10_000:  # full buckets are as good as none
                self._buckets = {
                    key: one for key, one in self._buckets.items() if one.wait() or one.left < one.per_minute
                }
            found = self._buckets[channel, domain] = Bucket(per_minute)
        return found
