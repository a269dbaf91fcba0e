"""The engine's own loops: journal readers and jobs."""

from __future__ import annotations

import time

from django.db import connection

from vikno.core import jobs
from vikno.core.loops import STOPPING, Loop
from vikno.journal import readers

POLL = 0.05  # seconds between two looks at the journal; one look costs a few microseconds
POLL_OVER_NETWORK = 0.15
GATHER = 0.15  # seconds between two looks that find something: what comes meanwhile is digested together
ANYWAY = 2.0  # seconds after which readers are asked although nothing is new: one may wait for its next try or a lease


class Following:
    """Looks whether the journal has grown and, if so, lets each reader digest. A look is one statement, however many
    readers there are."""

    def __init__(self) -> None:
        self._newest = -1
        self._asked_at = 0.0

    def step(self) -> float:
        if self._newest >= 0:  # else there is more to digest at once
            STOPPING.wait(max(0.0, self._asked_at + GATHER - time.monotonic()))
        newest = self._look()
        if newest == self._newest and time.monotonic() - self._asked_at < ANYWAY:
            return POLL if connection.vendor == "sqlite" else POLL_OVER_NETWORK
        self._newest, self._asked_at = newest, time.monotonic()
        more = not STOPPING.is_set() and readers.run_all(list(readers.REGISTRY.values()))
        if more:
            self._newest = -1
            return 0
        return POLL if connection.vendor == "sqlite" else POLL_OVER_NETWORK

    @staticmethod
    def _look() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT MAX(id) FROM journal_event")
            return int(cursor.fetchone()[0] or 0)


def do_jobs() -> float:
    """Jobs that are due, a few at a time so that a stop is heard."""
    return 0 if jobs.run_due(5) >= 5 else 0.2


def loops() -> list[Loop]:
    """Readers and jobs have a thread each: a slow job must not hold up what agents see."""
    return [
        Loop("readers", step=Following().step, alone=True, queue=True),
        Loop("jobs", step=do_jobs, alone=True, queue=True),
    ]
