"""Who wants to know that somebody who signs in has proved an address. Lower rooms register in `apps.ready`.

addresses.CONFIRMED["people"] = address_confirmed
"""

from __future__ import annotations

from collections.abc import Callable

CONFIRMED: dict[str, Callable[[int, str], None]] = {}  # name → step(user id, address)


def confirmed(user_id: int, email: str) -> None:
    """Tell all of them."""
    for step in list(CONFIRMED.values()):
        step(user_id, email)
