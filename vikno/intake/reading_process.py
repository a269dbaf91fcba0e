"""A process of its own that reads letters while many wait. In one process Python computes in one thread at a time, and
the engine has others that want it: taking letters in, settling them, the readers of the journal, the index.

The engine names entries by their ids; what was read out of each comes back in the same order, by a pair of sockets that
only these two have. It comes as pickles, which would be wrong from anybody else: both ends are this program, and what a
letter brings is a value within. When either end closes, the other knows that its process is gone.
"""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, Pipe
from types import MappingProxyType
from typing import Any

import structlog

log = structlog.get_logger(__name__)

MODULE = "vikno.reading"  # what runs there
LOADING = 20  # seconds it may take to load where somebody waits for it
LONGEST = 120  # seconds for one letter: far more than the worst takes, on a busy machine
IDLE = 60.0  # seconds without a letter, after which it ends and gives its memory back
AGAIN = 60.0  # seconds until the next attempt where it could not be started

Answer = tuple[Any, Exception | None]


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda one: (_read_only, (dict(one),)))


class Died(Exception):
    """The process ended while it read this entry, or had to be ended."""


class ReadingProcess:
    """The engine's end; all of it is called by one thread. There is no process until letters are given to it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._there: Connection
        self._ready = False
        self._given: deque[int] = deque()
        self._used_at = 0.0  # monotonic
        self._not_before = 0.0  # monotonic

    @property
    def runs(self) -> bool:
        return self._process is not None

    def give(self, entries: Sequence[int], *, wait: bool = False) -> None:
        """Have entries read, in this order. Starts the process; while that loads nothing is given to it, so that no
        letter comes later for it, unless one is to `wait`."""
        if not self._is_there(LOADING if wait else 0):
            return
        self._used_at = time.monotonic()
        try:
            self._there.send(list(entries))
        except OSError:  # it ended at this moment
            self.end()
        else:
            self._given.extend(entries)

    def answer(self, entry: int) -> Answer | None:
        """What was read out of an entry, or the error, once it was; None if it has to be read here. Raises Died; what
        had been given behind it is given to another process."""
        if not self._given or self._given[0] != entry:
            return None
        self._given.popleft()
        try:
            if not self._there.poll(LONGEST + 10):  # it would have ended by itself
                raise TimeoutError
            packed = self._there.recv_bytes()
        except (EOFError, OSError):
            rest = list(self._given)
            code = self.end()
            log.error("the process that reads letters ended over one; the others are read", inbound=entry, code=code)
            if rest:
                self.give(rest, wait=True)
            raise Died("The process that reads letters ended while this entry was being read.") from None
        self._used_at = time.monotonic()
        try:
            found: Answer | None = pickle.loads(packed)
        except Exception:
            log.warning("what was read of a letter did not arrive: it is read again", inbound=entry, exc_info=True)
            return None
        return found

    def rest(self) -> None:
        """To be called now and then while no letters wait."""
        if self._process is not None and not self._given and time.monotonic() - self._used_at > IDLE:
            self.end()

    def end(self) -> int | None:
        """End the process, whatever it does: it keeps nothing. Answers its exit code."""
        process, self._process, self._ready = self._process, None, False
        self._given.clear()
        if process is None:
            return None
        self._there.close()
        process.kill()
        return process.wait()

    def _is_there(self, wait: float) -> bool:
        if self._process is not None and self._process.poll() is not None:
            if not self._ready:  # it ended while it was loading, and would again
                self._not_before = time.monotonic() + AGAIN
            log.warning("the process that reads letters ended by itself", code=self.end())
        if self._process is None and time.monotonic() >= self._not_before:
            self._start()
        if self._process is None or self._ready:
            return self._ready
        if self._there.poll(wait):
            try:
                self._there.recv_bytes()
                self._ready = True
            except (EOFError, OSError):
                self._not_before = time.monotonic() + AGAIN
                log.warning("the process that reads letters did not start: the engine reads them", code=self.end())
        return self._ready

    def _start(self) -> None:
        self._there, theirs = Pipe()
        self._used_at = time.monotonic()
        command = [sys.executable, "-P", "-m", MODULE, str(theirs.fileno())]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        except OSError:
            self._there.close()
            self._not_before = time.monotonic() + AGAIN
            log.warning("the process that reads letters cannot be started: the engine reads them", exc_info=True)
        finally:
            theirs.close()


# ---- in the process itself -------------------------------------------------------------------------------------------


def belong(there: Connection) -> None:
    """To be called first, before anything is loaded: this process ends with its engine and not before it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # they come to all processes: the engine decides
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with_engine, args=(there.fileno(),), daemon=True).start()


def serve(there: Connection, read: Callable[[Sequence[int]], Iterator[Answer | None]]) -> None:
    """Read what is asked for until the engine is gone. `read` answers for each entry, in their order, and raises
    nothing; None where the engine is to read it by itself."""
    with contextlib.suppress(EOFError, OSError):
        there.send_bytes(b"ready")
        while True:
            entries = there.recv()
            answers = read(entries)
            for _ in entries:
                signal.alarm(LONGEST)  # ends the process, also where it computes without ever looking up
                packed = _packed(next(answers))
                signal.alarm(0)
                there.send_bytes(packed)


def _leave_with_engine(there: int) -> None:
    watched = select.poll()
    watched.register(there, 0)  # that the other end is closed is told of always
    watched.poll()
    os._exit(os.EX_OK)


def _packed(answer: Answer | None) -> bytes:
    try:
        if answer is not None:
            answer = (answer[0], answer[1] and _portable(answer[1]))
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception:
        log.warning("what was read of a letter cannot be handed over: it is read again", exc_info=True)
        return pickle.dumps(None)


def _portable(error: Exception) -> Exception:
    """The error, or one with its words where it cannot go to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception_only(error)).strip())
    return error
