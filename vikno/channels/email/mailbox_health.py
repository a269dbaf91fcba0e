"""How a mailbox fares, in words: a code in the channel's `health["in"]`, said in the reader's language when shown."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.channels.email.grants import NotGranted
from vikno.channels.email.models import Mailbox
from vikno.core import clock
from vikno.core.models import DutyRun
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
    "not_connected": gettext_lazy(
        "Nobody has connected the account yet. Open the channel and press “Connect”; the provider then asks for a yes."
    ),
    "grant_ended": gettext_lazy(
        "The provider no longer lets Vikno in: the yes was taken back, or the password was changed. Open the channel "
        "and connect the account again."
    ),
    "token_refused": gettext_lazy(
        "The mail server does not take what the provider granted. See that the user name is the address of the account "
        "that was connected, and that IMAP is allowed for it; then connect the account again."
    ),
    "registration": gettext_lazy(
        "The provider does not accept Vikno's registration: compare client id and client secret with what the "
        "provider's page shows, and see that the secret has not expired."
    ),
    "no_refresh": gettext_lazy(
        "The provider gave access for an hour only. Take Vikno out of the apps of the account there, and connect once "
        "more; another provider's registration must allow “offline access”."
    ),
    "code_refused": gettext_lazy(
        "The provider did not take the answer that your browser brought: it was too old, or used already. Nothing was "
        "changed; connect once more."
    ),
    "away_now": gettext_lazy(
        "The provider's sign-in service does not answer now. Nothing was changed; connect once more in some minutes."
    ),
    "provider_away": gettext_lazy(
        "The provider's sign-in service does not answer. Nothing is lost; Vikno goes on trying."
    ),
    "no_uidl": gettext_lazy(
        "The server does not number its letters (UIDL), so they cannot be read by POP3 without loss. Use IMAP."
    ),
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


class PasswordRefused(Exception):
    """The server does not let us in."""


class TokenRefused(Exception):
    """The server does not take a token that the provider has just given."""


class NoUidl(Exception):
    """The POP3 server knows no unique ids."""


# What the code alone does not explain: the log then tells where it happened.
FAULTS = ("fault", "server_error", "not_stored")


def code_of(error: BaseException) -> str:
    """The code of what went wrong between us and the mail server."""
    import poplib

    from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

    if isinstance(error, NotStored):
        return "not_stored"
    if isinstance(error, NotGranted):
        return error.code if error.code in WORDS else "not_connected"
    if isinstance(error, NoUidl):
        return "no_uidl"
    if isinstance(error, Unreadable):
        return "secret_unreadable"
    if isinstance(error, FolderMissing):
        return "folder_missing"
    if isinstance(error, TokenRefused):
        return "token_refused"
    if isinstance(error, (LoginError, PasswordRefused)):
        return "password_refused"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, ssl.SSLError):
        return "encryption"
    if isinstance(error, (socket.gaierror, UnicodeError)):  # the second: no name of a host at all, such as "a..b"
        return "unknown_host"
    if isinstance(error, IMAPClientAbortError):
        return "connection_lost"
    if isinstance(error, (OSError, EOFError)):
        return "unreachable"
    return "server_error" if isinstance(error, (IMAPClientError, poplib.error_proto)) else "fault"


def tell(channel_id: int, code: str = "", detail: str = "", *, letters: bool = False) -> None:
    """Write how the mailbox fares, if that has changed. `letters`: some came just now."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().only("health").get(id=channel_id)
        before: dict[str, Any] = channel.health.get("in", {})
        now = clock.now().isoformat()
        after = dict(before)
        if before.get("code") != code or "ok" not in before:
            after = before | {"ok": not code, "code": code, "since": now, "last_in": before.get("last_in")}
        after["detail"] = detail[:500]
        if letters:
            after["last_in"] = now
        if after != before:
            channel.health["in"] = after
            channel.save(update_fields=["health"])


def folders_missing(channel_id: int, names: list[str]) -> None:
    """Write down which folders the owner wants read and the mailbox does not have."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().only("health").get(id=channel_id)
        state = channel.health.get("in", {})
        if state.get("missing_folders", []) != names:
            channel.health["in"] = state | {"missing_folders": names}
            channel.save(update_fields=["health"])


def reconciled(channel_id: int) -> None:
    """Sum up, for the page of duties, what the last reconciliations of a mailbox's folders found."""
    rows = list(Mailbox.objects.filter(channel=channel_id).exclude(reconciled_at=None).exclude(checked={}))
    result = {name: sum(int(row.checked.get(name, 0)) for row in rows) for name in ("in_mailbox", "missing", "taken")}
    at = max((row.reconciled_at for row in rows if row.reconciled_at), default=clock.now())
    DutyRun.objects.update_or_create(
        name=f"mailbox {channel_id}", defaults={"started_at": at, "finished_at": at, "result": result, "error": ""}
    )


def words(code: str) -> str:
    """What a code says, in the reader's language; an unknown one (of a later version) as it is."""
    return str(WORDS.get(code, code))


def without(names: list[str]) -> str:
    """Words for folders that are wanted and not there."""
    return _("The mailbox has no folder %(names)s: name the right one, or switch it off. The others are read.") % {
        "names": ", ".join(f"“{name}”" for name in names)
    }


def line(channel: Channel) -> str:
    """One line for the page of the channel, in the reader's language; the caller shows instants in the reader's zone
    by `since` and `last_in` of `channel.health["in"]`."""
    state = channel.health.get("in", {})
    if not state:
        return _("This mailbox has not been read yet.")
    if state.get("ok"):
        missing = state.get("missing_folders") or []
        return without(missing) if missing else _("Letters are being read.")
    return words(str(state["code"]))


def since(channel: Channel) -> datetime | None:
    """Since when the mailbox fares as `line` says."""
    value = channel.health.get("in", {}).get("since")
    return datetime.fromisoformat(value) if value else None
