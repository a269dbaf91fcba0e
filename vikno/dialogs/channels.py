"""The kinds of channels there are. Each folder in vikno/channels registers its kind in its `apps.ready`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vikno.dialogs.models import Delivery


class Retry(Exception):
    """It certainly did not go; try again after so many seconds (None: the usual backoff)."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Rejected(Exception):
    """It did not go and never will to this recipient. The text is the other side's own words."""


class Unknown(Exception):
    """It may have gone. Repeated by itself only where the other side recognises a repeat."""


class Halted(Exception):
    """The channel itself cannot send (password refused, token revoked): its queue waits for its owner."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of channel is and can do."""

    name: str
    title: Callable[[], str]
    icon: str
    ends: bool  # a thread of letters or a call ends; a chat goes on for ever
    deliver: Callable[[Delivery], None] | None = None  # hands one message to one recipient; raises one of the above
    recognises_repeats: bool = False
    formatted: bool = False  # carries formatted text
    undo_seconds: int = 0
    identity_kind: str = "email"
    settings_form: Any = None  # a Django form class for the page of the channel
    check: Callable[[Any], str] | None = None  # tries the channel; answers "" or what is wrong and what to do


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind of channel; called in its folder's `apps.ready`."""
    KINDS[kind.name] = kind
