"""Whether a channel's servers let us in. Imports the mail libraries, so it is imported where it is used."""

from __future__ import annotations

from django.utils.translation import gettext as _

from vikno.channels.email import mailbox, mailbox_health, outbound, servers
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
        client = mailbox.connect(server, TIMEOUT)
        try:
            folder = mailbox.folder_of(channel)
            if not client.folder_exists(folder):
                raise mailbox_health.FolderMissing(folder)
        finally:
            mailbox.close(client)
    except Exception as error:
        return _("Reading letters: %(why)s") % {"why": mailbox_health.words(mailbox_health.code_of(error))}
    return ""
