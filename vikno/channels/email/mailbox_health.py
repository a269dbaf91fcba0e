"""How a mailbox fares, in words: a code in the channel's `health["in"]`, said in the reader's language when shown."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.core import clock
from vikno.core.secrets import Unreadable
from vikno.dialogs.models import Channel
from vikno.intake.ledger import NotStored

WORDS = {
    "password_refused": gettext_lazy(
        "The mail server refuses the user name or password. Type them in anew; some providers want a password made "
        "for programs (“app password”), or that IMAP is switched on."
    ),
    "unknown_host": gettext_lazy("There is no server of this name. Check the spelling of the mail server."),
    "unreachable": gettext_lazy(
        "The mail server does not answer. Check the port and the kind of encryption; else it is down, and Vikno goes "
        "on trying."
    ),
    "certificate": gettext_lazy(
        "The mail server's certificate is not valid for this name, so nothing was sent to it. Use the name that is in "
        "the certificate, or have it renewed."
    ),
    "encryption": gettext_lazy("The server does not speak this kind of encryption on this port. Try another one."),
    "folder_missing": gettext_lazy("The mailbox has no such folder. Choose another one, or make it."),
    "not_stored": gettext_lazy(
        "Letters cannot be stored here: the disk is full or the database is away. They stay in the mailbox, and Vikno "
        "goes on trying."
    ),
    "secret_unreadable": gettext_lazy(
        "The stored password was written with another secret key. Type it in anew, or restore the key."
    ),
    "connection_lost": gettext_lazy("The mail server closed the connection. Vikno connects again by itself."),
    "server_error": gettext_lazy("The mail server answers with an error. Vikno goes on trying."),
    "fault": gettext_lazy("A fault in Vikno stopped the reading. The log says more; Vikno goes on trying."),
}


class FolderMissing(Exception):
    """The mailbox has no folder of that name."""


def code_of(error: BaseException) -> str:
    """The code of what went wrong between us and the mail server."""
    from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

    if isinstance(error, NotStored):
        return "not_stored"
    if isinstance(error, Unreadable):
        return "secret_unreadable"
    if isinstance(error, FolderMissing):
        return "folder_missing"
    if isinstance(error, LoginError):
        return "password_refused"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, ssl.SSLError):
        return "encryption"
    if isinstance(error, socket.gaierror):
        return "unknown_host"
    if isinstance(error, IMAPClientAbortError):
        return "connection_lost"
    if isinstance(error, (OSError, EOFError)):
        return "unreachable"
    return "server_error" if isinstance(error, IMAPClientError) else "fault"


def tell(channel_id: int, code: str = "", detail: str = "", *, letters: bool = False) -> None:
    """Write how the mailbox fares, if that has changed. `letters`: some came just now."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().only("health").get(id=channel_id)
        before: dict[str, Any] = channel.health.get("in", {})
        now = clock.now().isoformat()
        after = dict(before)
        if before.get("code") != code or "ok" not in before:
            after = {"ok": not code, "code": code, "since": now, "last_in": before.get("last_in")}
        after["detail"] = detail[:500]
        if letters:
            after["last_in"] = now
        if after != before:
            channel.health["in"] = after
            channel.save(update_fields=["health"])


def words(code: str) -> str:
    """What a code says, in the reader's language; an unknown one (of a later version) as it is."""
    return str(WORDS.get(code, code))


def line(channel: Channel) -> str:
    """One line for the page of the channel, in the reader's language; the caller shows instants in the reader's zone
    by `since` and `last_in` of `channel.health["in"]`."""
    state = channel.health.get("in", {})
    if not state:
        return _("This mailbox has not been read yet.")
    if state.get("ok"):
        return _("Letters are being read.")
    return words(str(state["code"]))


def since(channel: Channel) -> datetime | None:
    """Since when the mailbox fares as `line` says."""
    value = channel.health.get("in", {}).get("since")
    return datetime.fromisoformat(value) if value else None
