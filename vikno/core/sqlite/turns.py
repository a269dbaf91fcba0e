"""Turns at writing. SQLite lets waiting writers try again and again, and the busiest wins: a process that writes in a
row can keep another one out for seconds. So every writer takes a turn before BEGIN and gives it back after COMMIT.

Inside a process the turn is a lock, first come, first served. Between processes it is a pair of file locks: to get the
*turn* one must first hold the *door*, and lets go of the door as soon as one has the turn. While somebody stands in the
door waiting, whoever just wrote must queue behind: two processes alternate however greedily one of them writes, and a
writer that is alone pays four system calls (about 4 µs). Both locks vanish with the process that held them.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from collections import deque

# How long to sleep between two looks at a lock that another process holds, in seconds: short beside a commit on a disk.
FIRST_NAP, LONGEST_NAP = 0.0001, 0.001


class TurnTimeout(Exception):
    """Another writer held the database for longer than we may wait; the text says what that means."""


class FairLock:
    """A lock given to its waiters in the order in which they came (threading.Lock lets the busiest thread win)."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; False if the lock could not be had."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=timeout):
            return True
        with self._guard:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return False
        return True  # handed to us in the very moment in which we gave up

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class Turns:
    """The turns at one database. `path` is its file, or None for one in memory, which no other process can see."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._begin_anew()
        _every.add(self)

    def _begin_anew(self) -> None:
        self._threads = FairLock()
        self._door = self._turn = -1

    def after_fork(self) -> None:
        """A child shares its parent's open files, and a file lock belongs to the open file: open our own."""
        for handle in (self._door, self._turn):
            if handle >= 0:
                os.close(handle)
        self._begin_anew()

    def take(self, timeout: float) -> None:
        """Wait for the turn, at most `timeout` seconds in each of the two queues. Raises TurnTimeout."""
        if not self._threads.acquire(timeout):
            raise TurnTimeout(f"another thread of this process has been writing for {timeout:g} s; nothing was changed")
        if self.path is None:
            return
        try:
            self._open()
            self._wait_for(self._door, timeout)
            try:
                self._wait_for(self._turn, timeout)
            finally:
                fcntl.flock(self._door, fcntl.LOCK_UN)
        except BaseException:
            self.give_back()  # also what an interruption left half taken; unlocking what is not locked does nothing
            raise

    def give_back(self) -> None:
        try:
            if self._turn >= 0:
                fcntl.flock(self._turn, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _open(self) -> None:
        if self._turn < 0:
            self._door = os.open(f"{self.path}.door", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._turn = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _wait_for(self, handle: int, timeout: float) -> None:
        """Looks again and again instead of sleeping in the kernel: that knows no deadline, and a writer that was halted
        in the middle would hang every page for ever. Fairness comes from the door, not from the kernel's queue."""
        deadline, nap = 0.0, FIRST_NAP
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                deadline = deadline or time.monotonic() + timeout
                if time.monotonic() > deadline:
                    raise TurnTimeout(
                        f"another process has been writing to {self.path} for {timeout:g} s; nothing was changed"
                    ) from None
            time.sleep(nap)
            nap = min(nap * 2, LONGEST_NAP)


_every: weakref.WeakSet[Turns] = weakref.WeakSet()
_by_path: dict[str, Turns] = {}
_by_path_guard = threading.Lock()


def turns_at(path: str, in_memory: bool) -> Turns:
    """The turns at the database in this file: the same object for every connection of the process."""
    key = path if in_memory else os.path.realpath(path)
    with _by_path_guard:
        if key not in _by_path:
            _by_path[key] = Turns(None if in_memory else key)
        return _by_path[key]


def _after_fork() -> None:
    global _by_path_guard
    _by_path_guard = threading.Lock()
    for turns in list(_every):
        turns.after_fork()


os.register_at_fork(after_in_child=_after_fork)
