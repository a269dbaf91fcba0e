"""The engine process: turns the loops that rooms registered. It may run on any number of machines; what two of them
must not do at the same time is claimed by rows with leases, in the rooms."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
from django.db import close_old_connections, connection

from vikno.bell import Bell
from vikno.core import away
from vikno.core.loops import LOOPS, STOPPING, CannotWork, Loop, register

__all__ = ["LOOPS", "Loop", "register", "run"]

log = structlog.get_logger(__name__)

GRACE = 4.0  # seconds in which steps may end after SIGTERM
LONGEST_BACKOFF = 60.0
LONGEST_AWAY = 2.0  # while the database does not answer: it is soon back, or it is asked in vain at no cost
# After a step that wants to go on at once: on SQLite the other processes write meanwhile, and other threads compute.
BREATH = 0.002
# A loop that only looks for rows is asked at least so often where it is told of changes: rows fall due by themselves.
ANYWAY = 0.5
# So long a thread that has its answer from the database waits for one that computes. Python's own 5 ms come at every
# statement: while an index is filled beside, a letter's twenty are a tenth of a second.
SWITCH = 0.0005


@dataclass
class Turning:
    """How one loop fares."""

    loop: Loop
    next_at: float = 0.0  # monotonic
    rested_at: float = 0.0  # monotonic: its own rest is over, whatever it is told
    failures: int = 0  # in a row
    words: str = ""  # of the last failure
    ended_well: float = field(default_factory=time.time)
    started: bool = False
    heard: int = -1  # how often the bell had rung before the last step

    def due(self, bell: Bell) -> float:
        """When it is to take its next step, in monotonic time; now, if there may be something new for it."""
        if not self.loop.queue or self.failures or bell.rings == self.heard:
            return self.next_at
        return self.rested_at if self.loop.gathers else 0.0

    def turn(self, bell: Bell) -> None:
        """Start it if needed, take one step and set the time of the next. Never raises: a failing loop must not stop
        another one, and its failure must be seen."""
        self.heard = bell.rings
        try:
            if not self.started and self.loop.start:
                self.loop.start()
            self.started = True
            rest = self.loop.step()
        except Exception as error:
            self.failures += 1
            self.words = f"{type(error).__name__}: {error}"[:500]
            rest = min(LONGEST_BACKOFF, 2.0 ** min(self.failures - 1, 6))
            if isinstance(error, CannotWork):
                log.error(str(error), loop=self.loop.name, again_in=rest)
            else:
                if away.is_away(error):  # the log says that once for all loops
                    rest = min(rest, LONGEST_AWAY)
                log.exception("a loop failed", loop=self.loop.name, failures=self.failures, again_in=rest)
            _drop_connection()
        else:
            if self.loop.queue:
                away.answers()
            if self.failures:
                log.info("a loop works again", loop=self.loop.name, failures=self.failures)
            self.failures, self.words, self.ended_well = 0, "", time.time()
            rest = self.loop.rest if rest is None else rest
            self.rested_at = time.monotonic() + rest
            if rest and self.loop.queue and bell.works:
                rest = max(rest, ANYWAY)
        self.next_at = time.monotonic() + max(rest, BREATH)


class Engine:
    """All loops of this process, in their threads."""

    def __init__(self, loops: Iterable[Loop]) -> None:
        self.turnings = [Turning(loop) for loop in loops]
        self.bell = Bell()
        shared = [turning for turning in self.turnings if not turning.loop.alone]
        groups = [[turning] for turning in self.turnings if turning.loop.alone]
        if shared:
            groups.insert(0, shared)
        self.threads = [
            threading.Thread(target=_turn_all, args=(group, self.bell), name=f"loop-{group[0].loop.name}", daemon=True)
            for group in groups
        ]

    def start(self) -> None:
        if any(turning.loop.queue for turning in self.turnings):
            self.bell.start()
        for thread in self.threads:
            thread.start()

    def stop(self) -> list[str]:
        """Let each step end, for at most GRACE seconds from now; answers the threads that did not."""
        deadline = time.monotonic() + GRACE
        STOPPING.set()
        self.bell.stop()
        for turning in self.turnings:
            if turning.loop.stop and turning.started:
                try:
                    turning.loop.stop()
                except Exception:
                    log.exception("a loop did not stop in order", loop=turning.loop.name)
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self.threads if thread.is_alive()]


def _turn_all(group: list[Turning], bell: Bell) -> None:
    listens = any(turning.loop.queue for turning in group)
    while not STOPPING.is_set():
        heard = bell.rings
        due, turning = min(((one.due(bell), one) for one in group), key=lambda pair: pair[0])
        wait = due - time.monotonic()
        if wait > 0 and listens:
            bell.wait(heard, wait)
            continue
        if wait > 0 and STOPPING.wait(wait):
            break
        close_old_connections()  # one that the server has closed meanwhile
        turning.turn(bell)
    connection.close()


def _drop_connection() -> None:
    """After a failure begin with a new connection: the old one may hang in a broken transaction."""
    try:
        connection.close()
    except Exception:
        log.warning("a connection could not be closed", exc_info=True)


def run(on_ready: Callable[[], None], alive: int | None = None) -> int:
    """Turn all loops until SIGTERM. `alive` is a pipe that ends when the supervisor dies. Answers an exit code; the
    caller ends the process by `os._exit`."""
    from vikno.health import loops as health_loops

    sys.setswitchinterval(SWITCH)
    wake = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: wake.set())
    if alive is not None:
        threading.Thread(target=_watch, args=(alive, wake), name="watch", daemon=True).start()
    register_own()
    turnings: list[Turning] = []
    health_loops.watch(turnings)
    engine = Engine(LOOPS.values())
    turnings.extend(engine.turnings)
    engine.start()
    on_ready()
    wake.wait()
    began = time.monotonic()
    late = engine.stop()
    if late:
        log.warning("some loops did not end in time; their work is given back when its lease ends", threads=late)
    log.info("engine stopped", seconds=round(time.monotonic() - began, 1))
    return os.EX_OK


def _watch(alive: int, wake: threading.Event) -> None:
    os.set_blocking(alive, True)  # whoever started us may have left the pipe otherwise
    os.read(alive, 1)
    wake.set()


def register_own() -> None:
    """The loops that belong to no room: journal readers, jobs, what is remembered of the loops themselves."""
    from vikno import follow

    for loop in follow.loops():
        if loop.name not in LOOPS:
            register(loop)
