"""The way out by devices: each of a person's that is still signed in gets it; which of them did not is remembered."""

from __future__ import annotations

import json

import structlog

from vikno.dialogs.channels import Rejected, Retry
from vikno.notices import actions
from vikno.notices.push import service
from vikno.notices.push.devices import alive
from vikno.notices.push.telling import Pushed

log = structlog.get_logger(__name__)

DEVICES_GONE = "devices_gone"


class Again(Retry):
    """Some devices could not be told yet: `devices` (ids)."""

    def __init__(self, reason: str, after: float | None, devices: list[int]) -> None:
        super().__init__(reason, after)
        self.devices = devices


def send(told: Pushed, *, inner: bool = False) -> int | None:
    """Tell all devices that are to be told; answers None, as it is no channel's. `inner`: as in core.web, for tests.
    Raises Again, and Rejected if it came to none."""
    words = json.dumps(told.words, ensure_ascii=False).encode()
    left: list[int] = []
    reached, why, after = False, DEVICES_GONE, None
    for device in alive(told.agent):
        if told.devices is not None and device.id not in told.devices:
            continue
        try:
            service.post(device, words, topic=told.topic, urgent=told.urgent, lasts=told.lasts, inner=inner)
        except service.Gone:
            actions.drop_device(device.id)
        except Rejected as error:
            why = str(error)
            actions.note_device(device.id, why)
        except Retry as error:
            left.append(device.id)
            why, after = str(error), error.after if error.after is not None else after
        else:
            reached = True
            actions.note_device(device.id, "")
    if left:
        raise Again(why, after, left)
    if not reached:
        raise Rejected(why)
    return None
