"""The loop of devices: it tells many people at once, so that who waits for a service that does not answer holds up
nobody else. The database is asked in its own thread alone."""

from __future__ import annotations

import time

from vikno.core.loops import STOPPING, Loop
from vikno.notices import sending
from vikno.notices.kinds import PUSH
from vikno.notices.models import NoticeDelivery
from vikno.notices.push import way
from vikno.notices.push.telling import Pushed
from vikno.notices.push.way import Telling

MOST = 50  # people who are being told at the same time
LAST = 2.0  # seconds for what is under way when the engine ends; what is not known by then is doubtful


class Devices:
    """The people whose devices are being told. `inner`: as in core.web, for tests."""

    def __init__(self, *, inner: bool = False) -> None:
        self._inner = inner
        self._under_way: list[tuple[list[NoticeDelivery], Telling]] = []

    def step(self) -> float | None:
        """Tell whoever is to be told now, and write down what is known of the others; answers how long to rest."""
        if not self._under_way and not sending.anything(PUSH):
            return sending.REST
        sending.settle_abandoned(PUSH)
        while not STOPPING.is_set() and len(self._under_way) < MOST and self._take():
            self._write_down()
        if not self._under_way:
            return sending.REST
        self._look_after()
        if STOPPING.is_set():
            until = time.monotonic() + LAST
            while self._under_way and time.monotonic() < until:
                self._look_after()
        return 0.0

    def _take(self) -> bool:
        """Begin to tell whoever waits longest, one thing at a time; false if nothing is due."""
        letter = sending.next_due(PUSH, {rows[0].agent_id for rows, _telling in self._under_way})
        if letter is None:
            return False
        if isinstance(letter.told, Pushed):
            telling = way.prepared(letter.told, inner=self._inner)
            if sending.begun(letter.rows, letter.told):
                telling.begin()
                self._under_way.append((letter.rows, telling))
        return True

    def _look_after(self) -> None:
        way.look_after([telling for _rows, telling in self._under_way])
        self._write_down()

    def _write_down(self) -> None:
        for one in [one for one in self._under_way if one[1].ended]:
            rows, telling = one
            sending.write_down(rows, telling.end)
            self._under_way.remove(one)


LOOP = Loop("devices", step=Devices().step, rest=sending.REST, alone=True)
