"""Whether a channel's servers let us in. Imports the mail libraries, so it is imported where it is used.

What the last try found is kept in the channel's `health["tried"]`, by way ("in", "out"): `ok`, and a code with its
detail. A way that has no server is not there."""

from __future__ import annotations

import poplib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.channels.email import connecting, folders, mailbox_health, outbound, pop3, servers, tried
from vikno.dialogs.channels import Halted
from vikno.dialogs.models import Channel

TIMEOUT = 15.0


def check(channel: Channel) -> str:
    """Try to sign in to the channel's servers; "" if all is well, else what is wrong and what to do, in words.

    Takes some seconds when a server does not answer. Sends nothing, and marks nothing in the mailbox.
    """
    found = {way: state for way, state in (("in", _try_in(channel)), ("out", _try_out(channel))) if state is not None}
    with transaction.atomic():
        row = Channel.objects.select_for_update().only("health").get(id=channel.id)
        row.health["tried"] = found
        row.save(update_fields=["health"])
    channel.health = row.health
    why = tried.troubles(channel)
    if "in" in why and "missing_folders" not in found["in"]:
        why["in"] = _("Reading letters: %(why)s") % {"why": why["in"]}
    return " ".join(why.values())


def _try_out(channel: Channel) -> dict[str, Any] | None:
    try:
        return {"ok": True} if outbound.try_way(channel) else None
    except Halted as error:
        return {"ok": False, "code": error.code, "detail": error.detail[:500]}


def _try_in(channel: Channel) -> dict[str, Any] | None:
    try:
        server = servers.server(channel, "imap")
        if server is None:
            return None
        if servers.reading_by(channel) == "pop3":
            _check_pop3(server)
            return {"ok": True}
        client = connecting.connect(server, TIMEOUT)
        try:
            main = folders.main_of(channel.settings["imap"])
            if not client.folder_exists(main.name):
                raise mailbox_health.FolderMissing(main.name)
            missing = folders.all_of(channel.settings["imap"], client)[1]
        finally:
            connecting.close(client)
    except Exception as error:
        return {"ok": False, "code": mailbox_health.code_of(error)}
    return {"ok": not missing} | ({"missing_folders": missing} if missing else {})


def _check_pop3(server: servers.Server) -> None:
    client = pop3.connect(server, TIMEOUT)
    try:
        client.uidl()
    except poplib.error_proto as error:
        raise mailbox_health.NoUidl(str(error)) from None
    finally:
        pop3.close(client)
