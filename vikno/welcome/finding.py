"""What a seed has written can be found: it is due from the transaction that wrote it on, so that an engine reads what
a seed leaves behind that is stopped. Of many tickets another process reads what this one has just written, while this
one writes on; so both cores work. Only this one writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import structlog

from vikno.core import second_process
from vikno.search import filling
from vikno.search.entries import Made

LEAST = 2_000  # tickets from which on a second process is worth its start
AHEAD = 3  # batches that may wait to be read

log = structlog.get_logger(__name__)


class Finding:
    """Use it as a context; `give` owners once they are committed, then `put` in a transaction."""

    def __init__(self, tickets: int) -> None:
        self._beside: ProcessPoolExecutor | None = second_process.start("seed") if tickets >= LEAST else None
        self._given: deque[tuple[list[int], Future[Made] | None]] = deque()

    def __enter__(self) -> Finding:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._beside:
            self._beside.shutdown(wait=False, cancel_futures=True)

    def give(self, owners: Sequence[int]) -> None:
        """Have these read: ids of tickets, and of persons below nought."""
        ids = list(owners)
        self._given.append((ids, self._beside.submit(filling.make, ids) if self._beside else None))

    def put(self, most: int = AHEAD) -> None:
        """Put what was read on the shelves, and wait until at most so many batches are left to be read."""
        while self._given:
            owners, reading = self._given[0]
            if reading and not reading.done() and len(self._given) <= most:
                return
            self._given.popleft()
            filling.put_made([(owner, 0) for owner in owners], self._made(owners, reading))

    def _made(self, owners: list[int], reading: Future[Made] | None) -> Made:
        if reading is None:
            return filling.make(owners)
        try:
            return reading.result()
        except BrokenProcessPool:
            if self._beside:
                log.warning("the process that reads for the search index ended: what is left is read here")
                self._beside = None
                self._given = deque((ids, None) for ids, _reading in self._given)
            return filling.make(owners)
