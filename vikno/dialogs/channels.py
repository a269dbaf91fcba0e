"""The kinds of channels there are. Each folder in vikno/channels registers its kind in its `apps.ready`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vikno.dialogs.models import Delivery


class Retry(Exception):
    """It certainly did not go; try again after so many seconds (None: the usual backoff)."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Rejected(Exception):
    """It did not go and never will to this recipient. The text is the other side's own words, or a code of ours
    (dialogs.delivery_words). `no_such_address`: nothing will ever reach this identity."""

    def __init__(self, reason: str, no_such_address: bool = False) -> None:
        super().__init__(reason)
        self.no_such_address = no_such_address


class Unknown(Exception):
    """It may have gone. Repeated by itself only where the other side recognises a repeat."""


class Halted(Exception):
    """The channel itself cannot send (password refused, token revoked, server away): its whole queue waits and one
    delivery tries again after so many seconds (None: the usual backoff) until it works or its owner mends it. `code` is
    known to the kind of channel, which has words for it; the text is the other side's own."""

    def __init__(self, code: str, detail: str = "", after: float | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.after = after


class NoWayOut(Exception):
    """Nobody has said yet how this channel sends. What would have gone is shown in the outbox; it goes when there is a
    way. Waiting for that is no try."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of channel is and can do."""

    name: str
    title: Callable[[], str]
    icon: str
    ends: bool  # a thread of letters or a call ends; a chat goes on for ever
    # Hands one message to one recipient; raises one of the above. It may answer a code (dialogs.delivery_words) that
    # says more than "sent". None: this kind carries nothing (the agent speaks for himself).
    deliver: Callable[[Delivery], str | None] | None = None
    recognises_repeats: bool = False
    formatted: bool = False  # carries formatted text
    quotes: bool = False  # what was said before may stand below an answer
    undo_seconds: int = 0
    identity_kind: str = "email"
    # What its provider takes, by the channel's settings: {"minute", "day"}, as far as it is known.
    usual_limits: Callable[[Mapping[str, Any]], Mapping[str, int]] | None = None
    settings_form: Any = None  # a Django form class for the page of the channel
    check: Callable[[Any], str] | None = None  # tries the channel; answers "" or what is wrong and what to do


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind of channel; called in its folder's `apps.ready`."""
    KINDS[kind.name] = kind
