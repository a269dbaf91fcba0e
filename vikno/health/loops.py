"""The engine tells how its loops fare, so that any web process can show it."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from vikno.core import clock
from vikno.core.loops import LOOPS, Loop, register
from vikno.health.models import LoopState

TOLD_EVERY = 10.0  # seconds
FORGOTTEN = timedelta(hours=1)


class Turned(Protocol):
    """What is read of a loop's state (vikno.engine.Turning)."""

    loop: Loop
    failures: int
    words: str
    ended_well: float


def tell(turnings: Sequence[Turned]) -> None:
    """Write how all loops fare, in one statement, and forget engines that are long gone."""
    engine, now = f"{socket.gethostname()}:{os.getpid()}"[:100], clock.now()
    rows = [
        LoopState(
            engine=engine,
            loop=one.loop.name[:60],
            told_at=now,
            ended_well_at=datetime.fromtimestamp(one.ended_well, UTC),
            failures=one.failures,
            words=one.words,
        )
        for one in turnings
    ]
    LoopState.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["engine", "loop"],
        update_fields=["told_at", "ended_well_at", "failures", "words"],
    )
    if LoopState.objects.filter(told_at__lt=now - FORGOTTEN).exists():
        LoopState.objects.filter(told_at__lt=now - FORGOTTEN).delete()


def watch(turnings: Sequence[Turned]) -> None:
    """Add the loop that tells; called by the engine, which is the only one to know its loops."""
    if "health" not in LOOPS:
        register(Loop("health", step=lambda: tell(turnings), rest=TOLD_EVERY, alone=True))
