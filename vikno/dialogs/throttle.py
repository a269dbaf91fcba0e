"""How fast messages go out: so many a minute for a channel, so many for one recipient domain of it.

Counted in each engine process by itself. What is too early stays in the queue and is looked at again when its turn
comes.
"""

from __future__ import annotations

import time
from typing import Any

CHANNEL_PER_MINUTE = 600
DOMAIN_PER_MINUTE = 300


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

    def wait(self, channel: int, settings: dict[str, Any], recipient: str) -> float:
        """Take room for one message to this recipient, or answer how many seconds it has to wait.

        The channel's settings `limit_per_minute` and `domain_per_minute` count; 0 means without limit.
        """
        limits = [(channel, "", settings.get("limit_per_minute", CHANNEL_PER_MINUTE))]
        if domain := recipient.rpartition("@")[2] if "@" in recipient else "":
            limits.append((channel, domain, settings.get("domain_per_minute", DOMAIN_PER_MINUTE)))
        buckets = [self._bucket(number, domain, limit) for number, domain, limit in limits if limit]
        longest = max((bucket.wait() for bucket in buckets), default=0.0)
        if longest == 0.0:
            for bucket in buckets:
                bucket.left -= 1
        return longest

    def _bucket(self, channel: int, domain: str, per_minute: float) -> Bucket:
        found = self._buckets.get((channel, domain))
        if found is None or found.per_minute != per_minute:
            if len(self._buckets) > 10_000:  # full buckets are as good as none
                self._buckets = {
                    key: one for key, one in self._buckets.items() if one.wait() or one.left < one.per_minute
                }
            found = self._buckets[channel, domain] = Bucket(per_minute)
        return found
