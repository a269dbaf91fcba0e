"""The two mail servers of a channel, as its owner set them: where letters are read and where they are handed over."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from vikno.core.secrets import Secret
from vikno.dialogs.models import Channel

TLS, STARTTLS, NONE = "tls", "starttls", "none"
PASSWORD = "password"
PORTS = {
    "imap": {TLS: 993, STARTTLS: 143, NONE: 143},
    "pop3": {TLS: 995, STARTTLS: 110, NONE: 110},
    "smtp": {TLS: 465, STARTTLS: 587, NONE: 25},
}
POSSIBLE_PORTS = range(1, 65536)
_WITH_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+):([0-9]{1,9})")
BOXES = ("imap", "smtp")  # the parts of a channel's settings that name a server; POP3 stands in "imap" too


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to sign in. `security` is tls, starttls or none; `user` is "" where none is asked for. With `grant`
    (the id of its channel), a token of the provider is shown in place of the password."""

    host: str
    port: int
    security: str
    user: str
    password: Secret
    grant: int | None = None


def server(channel: Channel, protocol: str) -> Server | None:
    """The channel's "imap" or "smtp" server; None if it has none."""
    settings: dict[str, Any] = channel.settings.get(protocol) or {}
    host = str(settings.get("host") or "").strip()
    if not host:
        return None
    security = str(settings.get("security"))
    security = security if security in (TLS, STARTTLS, NONE) else TLS
    port = settings.get("port") or PORTS[reading_by(channel) if protocol == "imap" else protocol][security]
    grant = channel.id if signs_in_by(channel) != PASSWORD and settings.get("user") else None
    return Server(host, int(port), security, str(settings.get("user") or ""), _passwords(channel)[protocol], grant)


def host_and_port(typed: str) -> tuple[str, int | None]:
    """What was typed for a mail server, apart: a name or an address, in brackets if it has colons itself (RFC 3986
    section 3.2.2), and the port behind it, or None."""
    found = _WITH_PORT.fullmatch(typed.strip())
    return (found[1].strip("[]"), int(found[2])) if found else (typed.strip(), None)


def account(channel: Channel) -> str:
    """A short digest of whose mailbox is read, and where: places in it mean nothing in another one."""
    settings: dict[str, Any] = channel.settings.get("imap") or {}
    named = "\0".join(str(settings.get(name) or "").strip().lower() for name in ("host", "user"))
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def reading_by(channel: Channel) -> str:
    """The protocol by which letters are read: imap or pop3."""
    return "pop3" if (channel.settings.get("imap") or {}).get("protocol") == "pop3" else "imap"


def signs_in_by(channel: Channel) -> str:
    """ "password", or the provider whose tokens are used for reading and sending: google, microsoft, other."""
    return str((channel.settings.get("sign_in") or {}).get("by") or PASSWORD)


def _passwords(channel: Channel) -> dict[str, Secret]:
    try:
        secret: Any = channel.secret  # of vikno.core.secrets.SecretField
        known = json.loads(secret.reveal()) if secret else {}
    except ValueError:
        known = {}
    return {protocol: Secret(str(known.get(protocol) or "")) for protocol in BOXES}


def keep_passwords(channel: Channel, **passwords: Secret | None) -> None:
    """Put new passwords ("imap", "smtp") into the channel's one secret; None keeps the one there is. Saves nothing."""
    known = _passwords(channel)
    known.update({protocol: secret for protocol, secret in passwords.items() if secret is not None})
    made: Any = Secret(json.dumps({protocol: secret.reveal() for protocol, secret in known.items()}))
    channel.secret = made
