"""The way out by devices: each of a person's that is still signed in gets it; which of them did not is remembered. The
services of their makers are asked side by side, so that no device waits for the service of another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from functools import partial

from vikno.dialogs.channels import Rejected, Retry
from vikno.notices import actions
from vikno.notices.models import Device
from vikno.notices.push import service
from vikno.notices.push.asking import ASKING, Part
from vikno.notices.push.devices import alive
from vikno.notices.push.telling import Pushed

DEVICES_GONE = "devices_gone"
IDLE = 0.1  # seconds between two looks at whom nobody is to wait for any more


class Again(Retry):
    """Some devices could not be told yet: `devices` (ids). `reached`: others were."""

    def __init__(self, reason: str, after: float | None, devices: list[int], *, reached: bool) -> None:
        super().__init__(reason, after)
        self.devices, self.reached = devices, reached


@dataclass(frozen=True, slots=True)
class Telling:
    """One person's devices that are told, part by part."""

    parts: Sequence[Part]

    def begin(self) -> None:
        """Ask all services."""
        for part in self.parts:
            ASKING.begin(part)

    @property
    def ended(self) -> bool:
        """Whether it is known what became of each device."""
        return all(part.outcomes.done() for part in self.parts)

    def end(self) -> None:
        """Write down of each device what became of it. Raises Again, and Rejected if it came to none of these."""
        left: list[Retry] = []
        again: list[int] = []
        reached, why = False, DEVICES_GONE
        for device, trouble in (one for part in self.parts for one in part.outcomes.result()):
            match trouble:
                case None:
                    reached = True
                    actions.note_device(device.id, "")
                case service.Gone():
                    actions.drop_device(device.id)
                case Rejected():
                    why = str(trouble)
                    actions.note_device(device.id, why)
                case Retry():
                    left.append(trouble)
                    again.append(device.id)
        if left:
            waits = [one.after for one in left if one.after is not None]
            raise Again(str(left[-1]), max(waits, default=None), again, reached=reached)
        if not reached:
            raise Rejected(why)


def prepared(told: Pushed, *, inner: bool = False) -> Telling:
    """Whom it is to reach by which service; nobody is asked yet. `inner`: as in core.web, for tests."""
    by_service: dict[str, list[Device]] = {}
    for device in alive(told.agent):
        if told.devices is None or device.id in told.devices:
            by_service.setdefault(service.service_of(device), []).append(device)
    words = json.dumps(told.words, ensure_ascii=False).encode()
    post = partial(service.post, words=words, topic=told.topic, urgent=told.urgent, lasts=told.lasts, inner=inner)
    return Telling([Part(one, devices, post) for one, devices in by_service.items()])


def look_after(tellings: Sequence[Telling]) -> None:
    """Wait a moment for their ends, and let nobody wait for a service that is to be left alone by now."""
    wait([part.outcomes for telling in tellings for part in telling.parts], timeout=IDLE)
    ASKING.give_up()


def send(told: Pushed, *, inner: bool = False) -> None:
    """Tell all devices that are to be told, and wait for what becomes of them; answers None, as it is no channel's.
    `inner` as of `prepared`. Raises what `Telling.end` raises."""
    telling = prepared(told, inner=inner)
    telling.begin()
    while not telling.ended:
        look_after([telling])
    telling.end()
