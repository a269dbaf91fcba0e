"""Making a letter of a message for one recipient: bytes ready for the wire, and the envelope around them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import fields
from vikno.channels.email.bodies import body_of
from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.letter.automatic import LOOP_HEADER
from vikno.channels.email.plus import takes_plus
from vikno.channels.email.reply_address import AddressTooLong, reply_address
from vikno.channels.email.signatures import signature_for
from vikno.core import clock
from vikno.core.models import Brand, Company
from vikno.core.subjects import answer_to
from vikno.core.text import one_line
from vikno.dialogs.models import ChannelAddress, Delivery, Message, Participant
from vikno.people.models import Identity
from vikno.tickets.models import Link, Ticket
from vikno.tickets.subjects import said_subject

MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter and its envelope. `wide`: an address has letters that only servers with SMTPUTF8 (RFC 6531) take.
    `automatic`: no human wrote it, so that nothing shall come back to it."""

    content: bytes
    sender: str
    recipient: str
    message_id: str
    wide: bool
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What the parts of a letter need to know besides the message."""

    delivery: Delivery
    message: Message
    address: ChannelAddress
    brand: Brand
    ticket: Ticket | None
    company: Company | None
    language: str


class NoAddress(Exception):
    """The channel has no address to write from."""


def compose(delivery: Delivery, *, copy: bool = False) -> Composed:
    """The letter for one delivery. The same each time, but for the boundaries of its parts and the page that files are
    fetched from. `copy`: for our own folder of sent letters, without what is the recipient's alone: the address to
    answer to, and the way to the files.

    Raises NoAddress, fields.WrongAddress, files.MissingFile.
    """
    frame = _frame(delivery)
    message = frame.message
    message_id = ensure_message_id(message, frame.address.address)
    body = body_of(
        message,
        signature=_signature(frame),
        language=frame.language,
        delivery=delivery,
        copy=copy,
    )
    sender = fields.ascii_domain(frame.address.address)
    recipient = fields.ascii_domain(delivery.identity.shown or delivery.identity.value)
    head = _head(frame, message_id, copy)
    wide = not (sender + recipient).isascii()
    return Composed(head + body.content, sender, recipient, message_id, wide, _is_automatic(message))


def ensure_message_id(message: Message, address: str) -> str:
    """The Message-ID of a message, made once and committed before the first try, so that each try carries the same."""
    if not fields.is_id(message.foreign_id):
        domain = fields.ascii_domain(address).rpartition("@")[2]
        fresh = f"<t{message.pk}.{secrets.token_hex(8)}@{domain}>"
        if not Message.objects.filter(id=message.pk, foreign_id=message.foreign_id).update(foreign_id=fresh):
            fresh = Message.objects.values_list("foreign_id", flat=True).get(id=message.pk)  # another thread was first
        message.foreign_id = fresh
    return message.foreign_id


def _frame(delivery: Delivery) -> Frame:
    message, dialog, channel = delivery.message, delivery.message.dialog, delivery.channel
    address = dialog.address or channel.addresses.order_by("-default", "id").first()
    if address is None:
        raise NoAddress(channel.name)
    link = Link.objects.filter(message=message, ended_act=None).select_related("ticket__team").order_by("id").first()
    brand = address.brand or channel.brand
    language = message.language or delivery.identity.person.language or brand.language
    return Frame(delivery, message, address, brand, link.ticket if link else None, Company.objects.first(), language)


def _head(frame: Frame, message_id: str, copy: bool) -> bytes:
    message, delivery = frame.message, frame.delivery
    shown = [
        (one.role, one.identity)
        for one in message.deliveries.exclude(role=Delivery.Role.BCC)
        .exclude(state=Delivery.State.CANCELLED)
        .select_related("identity__person")
        .order_by("id")
    ]
    named = not _is_automatic(message)  # nor the name by which they called themselves
    to = fields.mailboxes("To", [_mailbox(who, named) for role, who in shown if role == Delivery.Role.TO])
    chain = references(message)
    lines = [
        fields.mailboxes("From", [(_sender_name(frame), frame.address.address)]),
        to or b"To: undisclosed-recipients:;\r\n",
        fields.mailboxes("Cc", [_mailbox(who, named) for role, who in shown if role == Delivery.Role.CC]),
        b"" if copy else _reply_to(frame, delivery.identity),
        fields.unstructured("Subject", subject_of(frame)),
        fields.token("Date", format_datetime(message.said_at.astimezone(_zone(message, frame)))),
        fields.ids("Message-ID", [message_id]),
        fields.ids("In-Reply-To", chain[-1:]),
        fields.ids("References", chain),
        _automatic(message),
        fields.token("MIME-Version", "1.0"),
    ]
    if frame.language:
        lines.append(fields.token("Content-Language", frame.language))
    return b"".join(lines)


def _mailbox(identity: Identity, named: bool) -> tuple[str, str]:
    return identity.person.name if named else "", identity.shown or identity.value


def _sender_name(frame: Frame) -> str:
    """Agent and brand, as in "Iryna (Kashtan)", unless the channel's setting `sender` says "brand" or "agent". Of an
    automatic letter: the brand."""
    brand = frame.address.sender_name or frame.brand.sender_name or frame.brand.name
    agent = frame.message.agent.person.name if frame.message.agent else ""
    policy = frame.delivery.channel.settings.get("sender", "agent_and_brand")
    if not agent or policy == "brand":
        return brand
    return agent if policy == "agent" or not brand else f"{agent} ({brand})"


def _reply_to(frame: Frame, recipient: Identity) -> bytes:
    """An address that only this recipient has for this message; what comes back to it finds its dialog."""
    name = frame.address.sender_name or frame.brand.sender_name or frame.brand.name
    if not takes_plus(frame.delivery.channel, frame.address.address):
        return b""
    try:
        back = reply_address(frame.address.address, frame.message.pk, recipient.value, reply_keys()[NEWEST], NEWEST)
    except AddressTooLong:
        return b""  # References still lead back
    return fields.mailboxes("Reply-To", [(name, back)])


def subject_as_sent(delivery: Delivery) -> str:
    """The subject that the letter of a delivery bears."""
    try:
        return subject_of(_frame(delivery))
    except NoAddress:  # it was taken from the channel since
        return delivery.message.subject


def subject_of(frame: Frame) -> str:
    """The message's own subject, else that of the dialog as an answer to it. It stays the same through a dialog: a
    changed one splits the thread in mail programs, which pass over prefixes alone. The number stands in it only if the
    channel's setting `subject_tag` says so."""
    message = frame.message
    earlier = message.dialog.messages.filter(id__lt=message.pk, unsent_at=None)
    first = earlier.exclude(subject="").order_by("arrived_at", "id").values_list("subject", flat=True).first()
    if _is_automatic(message) and message.subject:
        return one_line(message.subject, 400)
    subject = one_line(message.subject or first or _about(frame), 400)
    if first is not None:
        subject = answer_to(subject)
    number = f"[#{frame.ticket.number}]" if frame.ticket else ""
    if number and frame.delivery.channel.settings.get("subject_tag") and number not in subject:
        subject = f"{subject} {number}"
    return subject or frame.brand.name


def _about(frame: Frame) -> str:
    """What a letter is about in whose dialog nobody has said it."""
    if frame.ticket is None:
        return ""
    with translation.override(frame.language or None):
        return said_subject(frame.ticket.subject) or _("About your request")


def references(message: Message) -> list[str]:
    """Message ids of the thread, oldest first, the one being answered last; of a long thread its first and last ones.

    Only what the participants have seen: not what was taken back, is spam, or came from somebody nobody has added yet.
    """
    strangers = Participant.objects.filter(
        dialog=message.dialog_id, role=Participant.Role.NEWCOMER, until=None
    ).values_list("identity_id", flat=True)
    said = (
        Message.objects.filter(dialog=message.dialog_id, id__lt=message.pk, unsent_at=None)
        .exclude(foreign_id="")
        .exclude(kind=Message.Kind.SPAM)
        .exclude(author=Message.Author.CUSTOMER, identity_id__in=strangers)
    )
    last = list(said.order_by("-arrived_at", "-id").values_list("foreign_id", flat=True)[: MOST_REFERENCES - 1])
    first = said.order_by("arrived_at", "id").values_list("foreign_id", flat=True).first()
    chain = ([first] if first else []) + last[::-1]
    if message.answers and message.answers.dialog_id == message.dialog_id:
        chain = [one for one in chain if one != message.answers.foreign_id] + [message.answers.foreign_id]
    return [one for one in dict.fromkeys(chain) if fields.is_id(one)]


def _automatic(message: Message) -> bytes:
    """RFC 3834, and what Exchange listens to. The loop mark is for automatic letters alone: what a human wrote is not
    taken for a machine's by another Vikno."""
    if not _is_automatic(message):
        return b""
    kind = "auto-replied" if message.answers_id else "auto-generated"
    return (
        fields.token("Auto-Submitted", kind)
        + fields.token("X-Auto-Response-Suppress", "All")
        + fields.token(LOOP_HEADER, "1")
    )


def _is_automatic(message: Message) -> bool:
    return message.author == Message.Author.SYSTEM or message.kind == Message.Kind.AUTOMATIC


def _signature(frame: Frame) -> str:
    team = frame.ticket.team if frame.ticket else frame.address.team or frame.delivery.channel.team
    return signature_for(frame.message.agent, team, frame.language)


def _zone(message: Message, frame: Frame) -> ZoneInfo:
    return clock.zone(message.agent.zone if message.agent else "", frame.company.zone if frame.company else "")
