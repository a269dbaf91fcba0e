"""Letters of the installation itself: invitations, forgotten passwords, test letters. They belong to no dialog."""

from __future__ import annotations

import json
import secrets
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from vikno.channels.email import fields, outbox, signing
from vikno.channels.email.letter.automatic import LOOP_HEADER
from vikno.channels.email.outbound import sends_nothing, way_of
from vikno.channels.email.smtp_pool import POOL, Envelope
from vikno.core import clock, ids, jobs
from vikno.core.secrets import Secret, seal, unseal
from vikno.dialogs import throttle
from vikno.dialogs.channels import Unknown
from vikno.dialogs.models import Channel, ChannelAddress

log = structlog.get_logger(__name__)

JOB = "email.plain"


def send_plain(to: str, subject: str, text: str) -> None:
    """Send a letter soon, by a job in the caller's transaction. Its text may hold a link that signs somebody in, so the
    row is sealed. It goes by the first mail channel's server, else by the relay, else into the outbox."""
    letter = {"to": to, "subject": subject, "text": text, "id": secrets.token_hex(12)}
    jobs.enqueue(JOB, {"sealed": seal(Secret(json.dumps(letter)))})


def send_now(payload: dict[str, Any]) -> None:
    """Do the job. Raises what the mail server said; the job is then tried again, with the same Message-ID."""
    letter = json.loads(unseal(payload["sealed"]).reveal())
    address = _own_address()
    sender = fields.ascii_domain(address.address if address else _fallback())
    recipient = fields.ascii_domain(letter["to"])
    content = _content(letter, address, sender, recipient)
    server = None if sends_nothing() else way_of(address.channel if address else None)
    if server is None:
        outbox.write(outbox.folder() / f"{clock.now():%Y%m%d-%H%M%S}-{ids.file_key()[:8]}.eml", content)
        return
    try:
        wide = not (sender + recipient).isascii()
        POOL.send(server, Envelope(sender, recipient, wide), signing.signed(content, sender))
    except Unknown as error:  # it has most likely arrived; a second link would only confuse
        log.warning("a letter may have gone", reason=str(error))
    if address is not None:
        throttle.count(address.channel_id)


def _own_address() -> ChannelAddress | None:
    channels = Channel.objects.filter(kind="email", active=True).order_by("id")
    for channel in channels:
        if address := channel.addresses.select_related("brand", "channel__brand").order_by("-default", "id").first():
            return address
    return None


def _fallback() -> str:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"vikno@{'localhost' if host.replace('.', '').isdigit() or ':' in host else host}"


def _content(letter: dict[str, str], address: ChannelAddress | None, sender: str, recipient: str) -> bytes:
    brand = (address.brand or address.channel.brand) if address else None
    name = (address.sender_name if address else "") or (brand.sender_name or brand.name if brand else "Vikno")
    body = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    body.set_content(letter["text"].rstrip() + "\n")
    del body["MIME-Version"]
    head = (
        fields.mailboxes("From", [(name, sender)]),
        fields.mailboxes("To", [("", recipient)]),
        fields.unstructured("Subject", letter["subject"]),
        fields.token("Date", format_datetime(clock.now())),
        fields.ids("Message-ID", [f"<a.{letter['id']}@{sender.rpartition('@')[2]}>"]),
        fields.token("Auto-Submitted", "auto-generated"),
        fields.token("X-Auto-Response-Suppress", "All"),
        fields.token(LOOP_HEADER, "1"),
        fields.token("MIME-Version", "1.0"),
    )
    return b"".join(head) + body.as_bytes()
