"""Work that goes on by itself. Rooms put their loops into this table in `apps.ready`; the engine process turns them.

    loops.register(Loop("deliveries", step=deliver_due))

A step does a small piece of work (short transactions, batches under about 20 ms each) and answers how many
seconds the loop may rest: 0 if there is more to do at once, None for the loop's usual rest. It may raise: the engine
logs the words, waits longer each time, and shows the loop as failing until a step ends well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


class CannotWork(Exception):
    """Raised by a loop that cannot work for a reason that a person can mend: the text says which, and what to do. The
    engine logs the words alone and tries again."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop. `alone` gives it a thread of its own: for steps that wait for somebody outside (a mail server). The
    others share one thread, turn by turn. `queue`: the step only looks for rows, so it need not look while nobody wrote
    any; `gathers`: nor before its rest is over, so that what comes meanwhile is done together. `start` and `stop`
    are called once, in the loop's thread and from outside it; `stop` must make a waiting step return soon."""

    name: str
    step: Callable[[], float | None]
    rest: float = 1.0  # seconds
    alone: bool = False
    queue: bool = False
    gathers: bool = False
    start: Callable[[], None] | None = None
    stop: Callable[[], None] | None = None


LOOPS: dict[str, Loop] = {}
STOPPING = threading.Event()  # set when the engine ends: long steps look at it between two pieces of work


def register(loop: Loop) -> None:
    """Add a loop. A second one of the same name is a mistake."""
    if loop.name in LOOPS and LOOPS[loop.name] != loop:
        raise ValueError(f"there are two loops named {loop.name}")
    LOOPS[loop.name] = loop
