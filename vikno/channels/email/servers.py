"""The two mail servers of a channel, as its owner set them: where letters are read and where they are handed over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from vikno.core.secrets import Secret
from vikno.dialogs.models import Channel

TLS, STARTTLS, NONE = "tls", "starttls", "none"
PORTS = {"imap": {TLS: 993, STARTTLS: 143, NONE: 143}, "smtp": {TLS: 465, STARTTLS: 587, NONE: 25}}


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to sign in. `security` is tls, starttls or none; `user` is "" where none is asked for."""

    host: str
    port: int
    security: str
    user: str
    password: Secret


def server(channel: Channel, protocol: str) -> Server | None:
    """The channel's "imap" or "smtp" server; None if it has none."""
    settings: dict[str, Any] = channel.settings.get(protocol) or {}
    host = str(settings.get("host") or "").strip()
    if not host:
        return None
    security = str(settings.get("security"))
    security = security if security in (TLS, STARTTLS, NONE) else TLS
    port = settings.get("port") or PORTS[protocol][security]
    return Server(host, int(port), security, str(settings.get("user") or ""), _passwords(channel)[protocol])


def _passwords(channel: Channel) -> dict[str, Secret]:
    try:
        secret: Any = channel.secret  # of vikno.core.secrets.SecretField
        known = json.loads(secret.reveal()) if secret else {}
    except ValueError:
        known = {}
    return {protocol: Secret(str(known.get(protocol) or "")) for protocol in PORTS}


def keep_passwords(channel: Channel, **passwords: Secret | None) -> None:
    """Put new passwords ("imap", "smtp") into the channel's one secret; None keeps the one there is. Saves nothing."""
    known = _passwords(channel)
    known.update({protocol: secret for protocol, secret in passwords.items() if secret is not None})
    made: Any = Secret(json.dumps({protocol: secret.reveal() for protocol, secret in known.items()}))
    channel.secret = made
