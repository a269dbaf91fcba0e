"""Rings when somebody has written to the database, so that a dozen queues need not each be looked at all the time.

SQLite counts the commits that other connections made (`PRAGMA data_version`: two microseconds, no lock). One thread of
the engine looks at that count; the loops that only look for rows sleep until it changes. PostgreSQL has no such count:
there the bell stays silent, and each loop looks for itself.
"""

from __future__ import annotations

import threading
import time

import structlog
from django.db import connection

log = structlog.get_logger(__name__)

LOOK = 0.05  # seconds
AGAIN = 1.0  # seconds until the next try after the database could not be asked


class Bell:
    """`rings` grows with each change that was noticed. While `works` is False, nobody may rely on it."""

    def __init__(self) -> None:
        self.rings = 0
        self.works = False
        self._stopping = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if connection.vendor == "sqlite":
            self._thread = threading.Thread(target=self._watch, name="bell", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Whoever waits goes on, and nobody waits any more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(AGAIN)

    def wait(self, heard: int, timeout: float) -> None:
        """Until it has rung since `rings` was `heard`, for at most so many seconds."""
        with self._changed:
            if self.rings == heard and not self._stopping:
                self._changed.wait(timeout)

    def _watch(self) -> None:
        version, rest = -1, LOOK
        while not self._stopping:
            try:
                connection.ensure_connection()
                found = int(connection.connection.execute("PRAGMA data_version").fetchone()[0])
                self.works, rest = True, LOOK
            except Exception as error:
                if self.works:  # once, not at each try
                    log.warning("the database cannot be watched; each queue is looked at in turn", error=str(error))
                self.works, found, rest = False, version - 1, AGAIN
                connection.close()
            if found != version:
                version = found
                with self._changed:
                    self.rings += 1
                    self._changed.notify_all()
            time.sleep(rest)  # waiting for the end too would cost as much as the look
        connection.close()
