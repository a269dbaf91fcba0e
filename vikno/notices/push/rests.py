"""Services that could not be reached are left alone for a while, and so are those that keep somebody waiting just now:
whoever's devices other services bring to waits for none of them. What is known of them is this process's alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FIRST, LONGEST = 30.0, 600.0  # seconds: after the first failure, doubling with each that follows
SLOW = 2.0  # seconds: whom a service keeps waiting for longer, nobody joins
LOOK_AGAIN = 10.0  # seconds, at such a one


class Rests:
    """How services (their origins) fare."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._failed: dict[str, tuple[int, float]] = {}  # how often in a row, and until when it rests (monotonic)
        self._asked: dict[str, list[float]] = {}  # since when it is being asked, the longest first (monotonic)

    def left(self, service: str) -> float:
        """For how many seconds it is still to be left alone; 0: it may be asked."""
        now = time.monotonic()
        with self._guard:
            _times, until = self._failed.get(service, (0, now))
            asked = self._asked.get(service)
            return max(until - now, LOOK_AGAIN if asked and now - asked[0] > SLOW else 0.0)

    @contextmanager
    def asking(self, service: str) -> Iterator[None]:
        """While somebody waits for it."""
        since = time.monotonic()
        with self._guard:
            self._asked.setdefault(service, []).append(since)
        try:
            yield
        finally:
            with self._guard:
                self._asked[service].remove(since)
                if not self._asked[service]:
                    del self._asked[service]

    def answered(self, service: str) -> None:
        """Whatever it said, it can be reached."""
        with self._guard:
            self._failed.pop(service, None)

    def failed(self, service: str) -> float:
        """It could not be reached; answers for how many seconds it rests."""
        with self._guard:
            times = self._failed.get(service, (0, 0.0))[0] + 1
            rest = min(FIRST * 2 ** min(times - 1, 10), LONGEST)
            self._failed[service] = (times, time.monotonic() + rest)
        return rest


RESTS = Rests()
