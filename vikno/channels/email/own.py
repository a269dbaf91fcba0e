"""Which addresses are ours: those of the mail channels, with whatever stands behind a plus."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from vikno.dialogs.models import ChannelAddress
from vikno.people import values
from vikno.people.models import Identity

KIND = "email"
KEPT = 2.0  # seconds
AT_LEAST = 0.2  # for who was not found: an address that was made just now must not be refused


@dataclass(frozen=True)
class Own:
    """All our addresses in their plain form: local part without plus, lower case."""

    channels: dict[str, int]  # address → channel, of active channels
    every: frozenset[str]  # also of channels that are switched off
    rows: tuple[ChannelAddress, ...] = ()  # with team and brand
    agents: dict[str, int] = field(default_factory=dict)  # addresses of colleagues at work → agent

    def channel_of(self, address: str) -> int | None:
        """The active channel that takes letters for this address; None if none does."""
        return self.channels.get(plain(address))

    def is_paused(self, address: str) -> bool:
        """Whether it is ours and its channel is switched off for the time being."""
        return self.owns(address) and self.channel_of(address) is None

    def rows_of(self, channel: int) -> list[ChannelAddress]:
        return [row for row in self.rows if row.channel_id == channel]

    def owns(self, address: str) -> bool:
        return plain(address) in self.every


def plain(address: str) -> str:
    """An address as it is compared: its normal form with nothing behind a plus; "" for what is no address."""
    try:
        local, _, domain = values.email(address).rpartition("@")
    except values.WrongValue:
        return ""
    return f"{local.partition('+')[0]}@{domain}"


def read() -> Own:
    """Our addresses as the database has them now. Two queries."""
    channels: dict[str, int] = {}
    every: set[str] = set()
    rows = ChannelAddress.objects.filter(channel__kind=KIND).select_related("channel", "team", "brand").order_by("id")
    found = tuple(rows.defer("channel__secret"))
    for row in found:
        every.add(plain(row.address))
        if row.channel.active:
            channels.setdefault(plain(row.address), row.channel_id)
    colleagues = Identity.objects.filter(kind=Identity.Kind.EMAIL, erased_at=None, person__agent__active=True)
    return Own(channels, frozenset(every), found, dict(colleagues.values_list("value", "person__agent__id")))


_guard = threading.Lock()
_kept: tuple[float, Own] | None = None


def lately(age: float | None = None) -> Own:
    """Our addresses, at most so many seconds old (KEPT): for the door, which is asked for each recipient."""
    global _kept
    with _guard:
        if _kept is None or time.monotonic() - _kept[0] > (KEPT if age is None else age):
            _kept = time.monotonic(), read()
        return _kept[1]


def at_hand() -> Own | None:
    """What `lately` would answer without asking the database; None if it would have to ask."""
    kept = _kept
    return kept[1] if kept is not None and time.monotonic() - kept[0] <= KEPT else None


def forget() -> None:
    """Have the next look read the database."""
    global _kept
    with _guard:
        _kept = None
