"""How much a letter may be, and how many letters providers take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vikno.people import values

MOST_BYTES = 35 * 1024 * 1024  # unless the channel's setting `max_bytes` says otherwise

# By the outgoing server: what providers say that an account may send. Google has another limit for its free accounts.
_KNOWN: tuple[tuple[str, dict[str, int]], ...] = (
    ("gmail.com", {"day": 2000}),
    ("googlemail.com", {"day": 2000}),
    ("office365.com", {"minute": 30, "day": 10_000}),
    ("mail.yahoo.com", {"day": 500}),
)
_FREE = ("gmail.com", "googlemail.com")
_FREE_DAY = 500


def usual_limits(settings: Mapping[str, Any]) -> Mapping[str, int]:
    """What the provider of a mailbox takes a "minute" and a "day", as far as it is known."""
    smtp = settings.get("smtp") or {}
    host = str(smtp.get("host") or "").strip().lower().rstrip(".")
    found = next((limits for name, limits in _KNOWN if host == name or host.endswith("." + name)), {})
    if found and host.endswith(_FREE) and values.domain_of(str(smtp.get("user") or "")) in _FREE:
        return {"day": _FREE_DAY}
    return found
