"""Asking the name servers while a letter is read: within a bound for each letter, remembering what they said, and
leaving them alone while they are silent. Tests put a table in the place of `RESOLVER` and a clock of their own in that
of `NOW`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

LONGEST = 2.0  # seconds for all names of one letter: others wait behind it
EACH = 1.0  # seconds for one name
MOST_SILENT = 5  # questions in a row without any answer, and the name servers are taken to be away
PAUSE = 30.0  # seconds for which each letter then asks but once,
PROBE = 0.2  # and waits so many seconds for that
REMEMBERED = 5000  # answers, each for as long as it says

# (name, type, seconds) → the records as text (TXT: whole strings; MX: "10 mx.example"), [] for none. Raises Unknown.
Resolver = Callable[[str, str, float], list[str]]
NOW: Callable[[], float] = time.monotonic


class Unknown(Exception):
    """The name servers could not say it."""


class Silent(Unknown):
    """They gave no answer in time."""


@dataclass(slots=True)
class _Silence:
    """How long nobody has answered. A refusal is an answer; so is "no such name"."""

    unanswered: int = 0
    until: float = 0.0

    def heard(self, answered: bool) -> None:
        self.unanswered = 0 if answered else self.unanswered + 1
        self.until = NOW() + PAUSE if self.unanswered >= MOST_SILENT else 0.0


SILENCE = _Silence()


@dataclass(slots=True)
class Asking:
    """The questions of one letter. The first one is always asked: so whoever keeps the name servers waiting with slow
    names of their own does not keep others from being checked, and it is noticed when they are back."""

    ends: float = field(default_factory=lambda: NOW() + LONGEST)
    asked: bool = False

    def left(self) -> float:
        """Seconds."""
        return max(0.0, self.ends - NOW())

    def look_up(self, name: str, kind: str) -> list[str]:
        """The records of a name. Raises Unknown, at once if no time is left or nobody answers anyway."""
        left, paused = self.left(), NOW() < SILENCE.until
        if not left or (paused and self.asked):
            raise Unknown(name)
        self.asked = True
        try:
            found = RESOLVER(name.rstrip("."), kind, min(PROBE if paused else EACH, left))
        except Unknown as reason:
            SILENCE.heard(answered=not isinstance(reason, Silent))
            raise
        SILENCE.heard(answered=True)
        return found


def _from_the_net(name: str, kind: str, seconds: float) -> list[str]:
    """The records of a name, by the machine's own name servers; remembered as long as they say."""
    import dns.exception
    import dns.resolver

    try:
        answer = _resolver().resolve(name, kind, lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.Timeout, OSError) as error:
        raise Silent(name) from error
    except (dns.exception.DNSException, ValueError) as error:
        raise Unknown(name) from error
    if kind == "TXT":
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
    return [row.to_text() for row in answer]


@lru_cache(maxsize=1)
def _resolver() -> Any:
    import dns.resolver

    made = dns.resolver.Resolver()
    made.cache = dns.resolver.LRUCache(REMEMBERED)
    return made


RESOLVER: Resolver = _from_the_net
