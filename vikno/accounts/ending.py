"""What ends at once when a login is switched off. Rooms register their part: streams, drafts, notices.

    ending.register("live streams", close_streams)

A step gets the id of the user and runs in the transaction that switches the login off. What reaches beyond the database
(closing a stream) belongs into `transaction.on_commit`.
"""

from __future__ import annotations

from collections.abc import Callable

STEPS: dict[str, Callable[[int], None]] = {}


def register(name: str, step: Callable[[int], None]) -> None:
    """Add a room's part; called in its `apps.ready`."""
    STEPS[name] = step


def run_all(user_id: int) -> None:
    """End everything of this login, in the order of registration."""
    for step in list(STEPS.values()):
        step(user_id)
