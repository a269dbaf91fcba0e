"""Notices to colleagues as letters: each is marked as a machine's, kept together with those of the same request, and
can be answered; and what comes back to one."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import fields, outbox, signing, staff_letters
from vikno.channels.email.bodies import page_of
from vikno.channels.email.identify import can_prove
from vikno.channels.email.letter.automatic import LOOP_HEADER
from vikno.channels.email.letter.text import text_to_html
from vikno.channels.email.outbound import sends_nothing, way_of
from vikno.channels.email.plus import takes_plus
from vikno.channels.email.reply_address import AddressTooLong
from vikno.channels.email.smtp_pool import POOL, Envelope
from vikno.core import clock
from vikno.dialogs.channels import Halted, NoWayOut, Rejected, Retry
from vikno.dialogs.claiming import take_room
from vikno.dialogs.models import ChannelAddress
from vikno.notices import queries
from vikno.notices.actions import mark_returned
from vikno.notices.ways import Told

_MARK = re.compile(r"<notice\.([0-9a-f]{24})@[^<>@\s]{1,253}>")
MOST_LOOKED_AT = 40  # ids that a letter names


def send(told: Told) -> int | None:
    """Hand the letter over; answers by which channel, None if it only lies in the outbox. It leaves from the channel's
    own address, so that what does not arrive comes back to us. Raises what dialogs.channels names."""
    address = _address_for(told.team_id)
    if address is None:
        raise NoWayOut
    try:
        sender, recipient = fields.ascii_domain(address.address), fields.ascii_domain(told.address)
    except fields.WrongAddress as error:
        raise Rejected(str(error), no_such_address=True) from None
    content = content_of(told, address)
    if sends_nothing():
        outbox.write(outbox.folder() / f"{clock.now():%Y%m%d-%H%M%S}-notice-{told.mark[:8]}.eml", content)
        return None
    server = way_of(address.channel)
    if server is None:
        raise NoWayOut
    if not address.channel.health.get("out", {}).get("ok", True):
        raise Halted(str(address.channel.health["out"]["code"]))  # its queue waits, and so does this
    if wait := take_room(address.channel, recipient):
        raise Retry(wait.reason, wait.seconds)
    POOL.send(server, Envelope(sender, recipient, not (sender + recipient).isascii()), signing.signed(content, sender))
    return address.channel_id


def _address_for(team_id: int | None) -> ChannelAddress | None:
    """The address of the team's mailbox, else the first there is."""
    rows = ChannelAddress.objects.filter(channel__kind="email", channel__active=True)
    rows = rows.select_related("brand", "channel__brand").order_by("-default", "channel_id", "id")
    own = rows.filter(team=team_id).first() or rows.filter(team=None, channel__team=team_id).first()
    return own or rows.first()


# ---- the letter ------------------------------------------------------------------------------------------------------


def content_of(told: Told, address: ChannelAddress) -> bytes:
    """The letter as bytes. Raises fields.WrongAddress."""
    with translation.override(told.language):
        back = _back(told, address)
        foot = _foot(told, address)
        body = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        body.set_content(_plain(told, foot))
        body.add_alternative(page_of(_markup(told, foot), told.language), subtype="html")
    del body["MIME-Version"]
    host = fields.ascii_domain(address.address).rpartition("@")[2]
    thread = [f"<notices.{told.thread}@{host}>"] if told.thread else []
    brand = address.brand or address.channel.brand
    name = address.sender_name or brand.sender_name or brand.name
    head = (
        fields.mailboxes("From", [(name, address.address)]),
        fields.mailboxes("To", [(told.name, told.address)]),
        fields.mailboxes("Reply-To", [(name, back)]) if back else b"",
        fields.unstructured("Subject", told.subject),
        fields.token("Date", format_datetime(told.at.astimezone(clock.zone(told.zone)))),
        fields.ids("Message-ID", [f"<notice.{told.mark}@{host}>"]),
        fields.ids("In-Reply-To", thread),
        fields.ids("References", thread),
        fields.token("Auto-Submitted", "auto-generated"),
        fields.token("X-Auto-Response-Suppress", "All"),
        fields.token(LOOP_HEADER, "1"),
        fields.token("List-Unsubscribe", f"<{told.switches}>"),
        fields.token("Content-Language", told.language),
        fields.token("MIME-Version", "1.0"),
    )
    return b"".join(head) + body.as_bytes()


def _back(told: Told, address: ChannelAddress) -> str:
    """The address by which this very colleague's answer finds the request, where one can be made."""
    if told.answers is None or not told.may_answer or not takes_plus(address.channel, address.address):
        return ""
    try:
        return staff_letters.notice_address(address.address, told.answers, told.address)
    except AddressTooLong:
        return ""


def _foot(told: Told, address: ChannelAddress) -> list[str]:
    """How to answer. Where no address of its own can be made, an answer is found by what it names as answered. Where it
    cannot be proved who wrote a letter, it is neither note nor answer, and nothing is promised."""
    if not told.may_answer or told.answers is None:
        return []
    if not can_prove(address.channel):
        return [
            _("Answer on the page of the request: an answer to this letter would become a new request of your own.")
        ]
    if told.writes and address.channel.settings.get("agent_letters") == staff_letters.PUBLIC:
        return [_("An answer to this letter goes to the customer as your answer.")]
    return [_("An answer to this letter becomes an internal note, which colleagues alone see.")]


def _plain(told: Told, foot: list[str]) -> str:
    parts = []
    for piece in told.pieces:
        parts.append("\n".join(one for one in (piece.head, piece.link) if one))
        if piece.text:
            parts.append(piece.text)
    parts.append(told.link)
    parts.append("-- \n" + "\n".join([*foot, f"{_switches_word()} {told.switches}"]))
    return "\n\n".join(parts) + "\n"


def _switches_word() -> str:
    return _("What comes by mail is chosen here:")


def _markup(told: Told, foot: list[str]) -> str:
    said = []
    for piece in told.pieces:
        head = entities.escape(piece.head)
        link = entities.escape(piece.link)
        said.append(f'<p><b><a href="{link}">{head}</a></b></p>' if link else f"<p><b>{head}</b></p>")
        if piece.text:
            said.append(f"<blockquote>{text_to_html(piece.text)}</blockquote>")
    link, switches = entities.escape(told.link), entities.escape(told.switches)
    said.append(f'<p><a href="{link}">{link}</a></p>')
    lines = [*map(entities.escape, foot), f'{entities.escape(_switches_word())} <a href="{switches}">{switches}</a>']
    return "".join(said) + '<div class="foot">' + "<br>\n".join(lines) + "</div>"


# ---- what comes back -------------------------------------------------------------------------------------------------


def marks_in(ids: Iterable[str]) -> list[str]:
    """The marks of notices among ids that a letter names."""
    return [found[1] for one in list(ids)[:MOST_LOOKED_AT] if (found := _MARK.fullmatch(one.strip()))]


def answered(ids: Iterable[str], agent_id: int) -> int | None:
    """The message for which a notice stood that this colleague's letter answers. The ids are random, so nobody else
    names one; that the colleague wrote is proved apart from that."""
    marks = marks_in(ids)
    row = queries.left_with(marks, agent_id) if marks else None
    return row.answers_id if row else None


def returned(reference: str | int, words: str, *, permanent: bool) -> bool:
    """A report of a mail server speaks of a notice. False if it is about something else."""
    marks = marks_in([reference]) if isinstance(reference, str) else []
    return bool(marks) and mark_returned(marks[0], words, permanent=permanent)
