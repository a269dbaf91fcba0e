"""A copy of what left in the mailbox's folder of sent letters, where the provider does not put one by itself."""

from __future__ import annotations

from typing import Any

from vikno.channels.email import servers
from vikno.core import clock, jobs
from vikno.dialogs.models import Delivery

JOB = "email sent copy"


def ask(delivery: Delivery) -> None:
    """Have a letter that has just left copied, once for each message, if the owner wants that."""
    channel = delivery.channel
    if not channel.settings.get("copy_to_sent") or servers.reading_by(channel) != "imap":
        return
    if not (channel.settings.get("imap") or {}).get("host"):
        return
    first = Delivery.objects.filter(message=delivery.message_id).order_by("id").values_list("id", flat=True).first()
    if first == delivery.pk:
        jobs.enqueue(JOB, {"delivery": delivery.pk}, unique=f"sent-copy-{delivery.message_id}")


def work(payload: dict[str, Any]) -> None:
    """Put the copy there; called by the engine, and again if it raises. A copy that is there already is left alone."""
    from imapclient.imapclient import SENT

    from vikno.channels.email import connecting, folders
    from vikno.channels.email.compose import compose

    delivery = Delivery.objects.select_related("message__dialog", "channel__brand", "identity__person")
    row = delivery.filter(id=payload["delivery"]).first()
    server = servers.server(row.channel, "imap") if row else None
    if row is None or server is None or row.message.erased_at:
        return
    client = connecting.connect(server)
    try:
        named = str((row.channel.settings.get("imap") or {}).get("sent_folder") or "")
        folder = named or folders.special(client, SENT)
        if not folder:
            return
        client.select_folder(folder, readonly=True)
        if not client.search(["HEADER", "Message-ID", row.message.foreign_id]):
            client.append(folder, compose(row, copy=True).content, [b"\\Seen"], clock.now())
    finally:
        connecting.close(client)
