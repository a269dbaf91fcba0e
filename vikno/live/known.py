"""Up to which event of the journal this process has told everything. What it draws from then on knows all of that, so a
page that names it is told what came after, and asks for nothing twice."""

from __future__ import annotations

_up_to = 0


def told(last: int) -> None:
    """The streams have, or could be told, everything up to this event."""
    global _up_to
    _up_to = last


def up_to() -> int:
    """The id of that event; 0 in a process without streams. To be asked before anything is read that a page shows."""
    return _up_to
