"""Whether letters to "help+anything@" reach "help@": so each answer can have an address of its own to come back to."""

from __future__ import annotations

from vikno.channels.email.servers import server
from vikno.dialogs.models import Channel
from vikno.people import values

# Providers that deliver help+anything@… into help@… (RFC 5233), by their servers or by the domain of the address: the
# bridge of Proton runs on one's own machine.
_TAKE_PLUS = (
    "gmail.com", "googlemail.com", "office365.com", "outlook.com", "hotmail.com", "fastmail.com", "messagingengine.com",
    "proton.me", "protonmail.com", "protonmail.ch", "pm.me", "yandex.com", "yandex.ru", "yandex.ua", "yandex.net",
    "mail.ru",
)  # fmt: skip


def takes_plus(channel: Channel, address: str) -> bool:
    """Whether letters to the channel's `address` with something behind a plus arrive. The setting `plus` says so; else
    our own listener always takes them, and of foreign mailboxes those known to: elsewhere a customer's answer would
    come back as undeliverable."""
    known = channel.settings.get("plus")
    if known is not None:
        return bool(known)
    mailbox = server(channel, "imap")
    return mailbox is None or _is_known(mailbox.host) or _is_known(values.domain_of(address))


def is_unknown(channel: Channel) -> bool:
    """Whether nobody has said it, and the provider is none that we know. Reads no secret."""
    settings = channel.settings
    host = str((settings.get("imap") or {}).get("host") or "").strip()
    if settings.get("plus") is not None or not host or _is_known(host):
        return False
    return not any(_is_known(values.domain_of(one.address)) for one in channel.addresses.all())


def _is_known(host: str) -> bool:
    host = host.strip().lower().rstrip(".")
    return any(host == one or host.endswith("." + one) for one in _TAKE_PLUS)
