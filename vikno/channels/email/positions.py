"""Where the reading of a folder stands, for the account that the channel names now.

A place (UIDVALIDITY and UID, or UIDL) means nothing in another account. When the server or the user changes, the
reading begins anew; what is here of the former account is still known by its Message-ID and its content.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from vikno.channels.email import servers
from vikno.channels.email.models import Mailbox, OldLetter
from vikno.core import clock
from vikno.dialogs.models import Channel

log = structlog.get_logger(__name__)

FIRST_DAYS = 3  # of what lay in the mailbox before Vikno knew it


def position(channel: Channel, folder: str, at: datetime | None = None) -> Mailbox:
    """The row of a folder, made or begun anew if need be. `at`: the instant from which its first days are counted back
    (now). Raises ConnectionAbortedError if the channel names another account by now than this object of it."""
    account = servers.account(channel)
    row = Mailbox.objects.filter(channel=channel, folder=folder).first()
    if row is None:
        since = _first(channel, at)
        made = {"since": since, "first_since": since, "account": account, "keyed": True}
        row, _ = Mailbox.objects.get_or_create(channel=channel, folder=folder, defaults=made)
    return row if row.account == account else _of_account(channel, row.pk, account)


def _first(channel: Channel, at: datetime | None = None) -> datetime | None:
    """From when on letters are ours; None: all are. Whole seconds: mail servers tell no more."""
    days = (channel.settings.get("imap") or {}).get("first_days", FIRST_DAYS)
    return None if days is None else ((at or clock.now()) - timedelta(days=float(days))).replace(microsecond=0)


def _of_account(channel: Channel, row_id: int, account: str) -> Mailbox:
    with transaction.atomic():
        if servers.account(Channel.objects.defer("secret").get(id=channel.pk)) != account:
            raise ConnectionAbortedError("the account of the mailbox was changed meanwhile")
        row = Mailbox.objects.select_for_update().get(id=row_id)
        if row.account == account:
            return row
        if row.account:
            log.warning("the mailbox has another account now; its reading begins anew", channel=channel.pk)
            since = _first(channel)
            # What came while nothing was read (the server moved, say) is not old.
            row.since = row.first_since = min(since, row.reconciled_at or since) if since else None
            row.uidvalidity, row.last_uid, row.reconciled_at, row.checked, row.keyed = 0, 0, None, {}, True
            OldLetter.objects.filter(mailbox=row).delete()
        row.account = account
        row.save(update_fields=[
            "account", "keyed", "since", "first_since", "uidvalidity", "last_uid", "reconciled_at", "checked",
        ])  # fmt: skip
    return row
