"""Whether a channel's servers let us in. Imports the mail libraries, so it is imported where it is used."""

from __future__ import annotations

import poplib

from django.utils.translation import gettext as _

from vikno.channels.email import connecting, folders, mailbox_health, outbound, pop3, servers
from vikno.dialogs.models import Channel

TIMEOUT = 15.0


def check(channel: Channel) -> str:
    """Try to sign in to the channel's servers; "" if all is well, else what is wrong and what to do, in words.

    Takes some seconds when a server does not answer. Sends nothing and marks nothing.
    """
    return _check_imap(channel) or outbound.check(channel)


def _check_imap(channel: Channel) -> str:
    try:
        server = servers.server(channel, "imap")
        if server is None:
            return ""
        if servers.reading_by(channel) == "pop3":
            _check_pop3(server)
            return ""
        client = connecting.connect(server, TIMEOUT)
        try:
            main = folders.main_of(channel.settings["imap"])
            if not client.folder_exists(main.name):
                raise mailbox_health.FolderMissing(main.name)
            missing = folders.all_of(channel.settings["imap"], client)[1]
        finally:
            connecting.close(client)
    except Exception as error:
        return _("Reading letters: %(why)s") % {"why": mailbox_health.words(mailbox_health.code_of(error))}
    return mailbox_health.without(missing) if missing else ""


def _check_pop3(server: servers.Server) -> None:
    client = pop3.connect(server, TIMEOUT)
    try:
        client.uidl()
    except poplib.error_proto as error:
        raise mailbox_health.NoUidl(str(error)) from None
    finally:
        pop3.close(client)
