"""The way out by devices: each of a person's that is still signed in gets it; which of them did not is remembered. The
services of their makers are asked side by side, so that no device waits for the service of another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from vikno.dialogs.channels import Rejected, Retry
from vikno.notices import actions
from vikno.notices.models import Device
from vikno.notices.push import service
from vikno.notices.push.devices import alive
from vikno.notices.push.telling import Pushed

DEVICES_GONE = "devices_gone"
AT_ONCE = 4  # services that one person's devices are told by at the same time

Outcome = tuple[Device, service.Gone | Rejected | Retry | None]  # None: it was told


class Again(Retry):
    """Some devices could not be told yet: `devices` (ids). `reached`: others were."""

    def __init__(self, reason: str, after: float | None, devices: list[int], *, reached: bool) -> None:
        super().__init__(reason, after)
        self.devices, self.reached = devices, reached


def send(told: Pushed, *, inner: bool = False) -> int | None:
    """Tell all devices that are to be told; answers None, as it is no channel's. `inner`: as in core.web, for tests.
    Raises Again, and Rejected if it came to none of these."""
    left: list[Retry] = []
    again: list[int] = []
    reached, why = False, DEVICES_GONE
    for device, trouble in _outcomes(told, inner):
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
    return None


def _outcomes(told: Pushed, inner: bool) -> list[Outcome]:
    """What became of each device that is to be told. Only words and keys go to the threads, never the database."""
    by_service: dict[str, list[Device]] = {}
    for device in alive(told.agent):
        if told.devices is None or device.id in told.devices:
            by_service.setdefault(service.service_of(device), []).append(device)
    words = json.dumps(told.words, ensure_ascii=False).encode()
    post = partial(service.post, words=words, topic=told.topic, urgent=told.urgent, lasts=told.lasts, inner=inner)
    if len(by_service) < 2:
        return [one for devices in by_service.values() for one in _by_one_service(devices, post)]
    with ThreadPoolExecutor(AT_ONCE, "device") as pool:
        parts = pool.map(partial(_by_one_service, post=post), by_service.values())
        return [one for part in parts for one in part]


def _by_one_service(devices: Sequence[Device], post: partial[None]) -> list[Outcome]:
    found: list[Outcome] = []
    for device in devices:
        try:
            post(device)
        except (service.Gone, Rejected, Retry) as trouble:
            found.append((device, trouble))
        else:
            found.append((device, None))
    return found
