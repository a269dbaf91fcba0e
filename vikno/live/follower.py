"""One thread in each web process follows the journal and the signs of life, and hands what it finds to the streams.

SQLite is looked at every 50 ms (one look costs a few microseconds); PostgreSQL tells by NOTIFY, and is looked at each
second in case that a word got lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Protocol

import structlog
from django.db import connection

from vikno.core import away, clock
from vikno.journal.readers import EventRow, last_settled, read_after
from vikno.journal.record import CHANNEL
from vikno.live.changes import Place
from vikno.live.models import Breath

log = structlog.get_logger(__name__)

POLL = 0.05  # seconds
SAFETY = 1.0  # seconds between two looks at PostgreSQL when nothing is told
BREATH_EVERY = 0.5  # seconds
BATCH = 200
TOO_FAR = 5000  # events: whoever is so far behind begins anew, and all pages ask again
Presence = dict[Place, dict[str, set[int]]]  # place → kind → agents


class Listener(Protocol):
    """Who is told (vikno.live.stream.Streams), in this thread."""

    def changed(self, events: Sequence[EventRow], last: int) -> None: ...
    def missed(self, last: int) -> None: ...
    def breathed(self, places: Presence) -> None: ...
    def away(self, is_away: bool) -> None: ...
    def has_listeners(self) -> bool: ...


class Follower:
    """Follows until told to stop. Whatever fails is logged and tried again: streams stay open meanwhile."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.last = -1
        self.breath: Presence = {}
        self._breath_at = 0.0
        self._stop = threading.Event()
        self._listening = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                self._turn()
                if failures:
                    self.listener.away(False)
                failures = 0
                away.answers()
            except Exception as error:
                failures += 1
                wait = min(2.0 if away.is_away(error) else 10.0, 0.25 * 2**failures)
                if failures == 1:
                    self.listener.away(True)
                log.exception("the journal cannot be followed; pages are not told what changes", again_in=wait)
                self._forget_connection()
                self._stop.wait(wait)

    def _turn(self) -> None:
        self._begin()
        behind = self._read()
        self._breathe()
        if behind or connection.vendor == "sqlite":
            self._stop.wait(POLL)
        else:
            self._wait_for_word()

    def _begin(self) -> None:
        """With a new connection: say LISTEN (again). What happened meanwhile is read from where we were."""
        if not self._listening and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
        self._listening = True
        if self.last < 0:
            self.last = last_settled()
            self.listener.missed(self.last)

    def _read(self) -> bool:
        """Hand over all new events; answers whether some are there that may not be read yet (an older transaction is
        still open)."""
        newest = self._newest()
        if newest - self.last > TOO_FAR:
            self.last = last_settled()
            self.listener.missed(self.last)
        while newest > self.last and not self._stop.is_set():
            events = read_after(self.last, BATCH)
            if not events:
                return True
            self.last = events[-1].id
            self.listener.changed(events, self.last)
        return False

    @staticmethod
    def _newest() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT MAX(id) FROM journal_event")
            return int(cursor.fetchone()[0] or 0)

    def _wait_for_word(self) -> None:
        with connection.wrap_database_errors:
            for _ in connection.connection.notifies(timeout=min(SAFETY, BREATH_EVERY), stop_after=1):
                pass

    def _breathe(self) -> None:
        if time.monotonic() - self._breath_at < BREATH_EVERY or not self.listener.has_listeners():
            return
        self._breath_at = time.monotonic()
        columns = ("ticket_id", "dialog_id", "kind", "agent_id")
        found: Presence = {}
        for ticket, dialog, kind, agent in Breath.objects.filter(until__gt=clock.now()).values_list(*columns)[:5000]:
            place = (0, dialog) if dialog else (ticket, 0)
            found.setdefault(place, {}).setdefault(kind, set()).add(agent)
        changed = {
            place: found.get(place, {})
            for place in found.keys() | self.breath.keys()
            if found.get(place) != self.breath.get(place)
        }
        if changed:
            self.listener.breathed(changed)
        self.breath = found  # once it was told: what fails is found again

    def _forget_connection(self) -> None:
        try:
            connection.close()
        except Exception:
            log.warning("a connection could not be closed", exc_info=True)
        self._listening = False
