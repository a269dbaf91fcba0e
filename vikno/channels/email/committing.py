"""Letters that arrive together are stored together: one wait for the disk for all of them (a group commit)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future

import structlog
from django.db import connection

from vikno.intake.ledger import Arrival, NotStored, accept_many

log = structlog.get_logger(__name__)

MOST_LETTERS, MOST_BYTES = 50, 8 * 1024 * 1024  # in one transaction
Waiting = tuple[Sequence[Arrival], "Future[None]"]


class Committer:
    """Threads that store what others put in. While one waits for the disk, the next ones gather."""

    def __init__(self, threads: int = 2) -> None:
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"commit-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, arrivals: Sequence[Arrival]) -> Future[None]:
        """Ask for these to be stored. The future is done after the commit, or raises NotStored."""
        future: Future[None] = Future()
        self._queue.put((arrivals, future))
        return future

    def stop(self) -> None:
        """Store what is waiting, then end."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(5)

    def _run(self) -> None:
        ended = False
        while not ended:
            first = self._queue.get()
            if first is None:
                break
            group, ended = self._gather(first)
            _store(group)
        connection.close()

    def _gather(self, first: Waiting) -> tuple[list[Waiting], bool]:
        group, size = [first], sum(len(one.raw) for one in first[0])
        while len(group) < MOST_LETTERS and size < MOST_BYTES:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
            size += sum(len(one.raw) for one in following[0])
        return group, False


def _store(group: list[Waiting]) -> None:
    try:
        accept_many([arrival for arrivals, _ in group for arrival in arrivals])
    except Exception as error:
        if len(group) > 1 and not isinstance(error, NotStored):
            for one in group:  # the fault may be one letter's: the others shall not suffer
                _store([one])
            return
        if not isinstance(error, NotStored):
            log.exception("a letter could not be stored")
        for _, future in group:
            future.set_exception(error)
        return
    for _, future in group:
        future.set_result(None)
