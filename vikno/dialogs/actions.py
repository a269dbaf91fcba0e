"""Verbs of dialogs: opening one, who takes part, what is said. Which ticket it belongs to is decided one floor
above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from vikno.core import clock, files, rows
from vikno.core.models import StoredFile
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import (
    Addressee,
    Attachment,
    Channel,
    ChannelAddress,
    Delivery,
    Dialog,
    Message,
    MessageText,
    Participant,
)
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that comes with a message: its bytes, or a row of the store that already has them."""

    name: str
    type: str
    content: bytes | None = None
    stored: StoredFile | None = None
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a message: plain, formatted (cleaned HTML or ""), and the folded quotation in both forms."""

    text: str
    html: str = ""
    quoted: str = ""
    quoted_html: str = ""
    in_frame: bool = False
    remote_images: int = 0
    subject: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Who said it, when and how it came."""

    author: Message.Author
    identity: Identity | None = None
    agent_id: int | None = None
    entered_by_id: int | None = None
    kind: str = Message.Kind.ORDINARY
    said_at: datetime | None = None
    arrived_at: datetime | None = None
    foreign_id: str = ""
    answers_id: int | None = None
    authenticated: bool = False
    trust: dict[str, Any] = field(default_factory=dict)
    ip: str | None = None


def open_dialog(
    channel: Channel,
    identity: Identity,
    *,
    by: Act,
    address: ChannelAddress | None = None,
    side: str = Dialog.Side.CUSTOMER,
    foreign_id: str = "",
    first_at: datetime | None = None,
) -> Dialog:
    """A new dialog with one counterpart, who takes part from its beginning; the one event says both. `first_at`: when
    its first message arrived, if that is what opens it."""
    dialog = Dialog(
        channel=channel,
        identity=identity,
        address=address,
        side=side,
        foreign_id=foreign_id,
        created_at=clock.now(),
        last_message_at=first_at,
    )
    rows.add_both(dialog, _participant(identity, Participant.Role.TO, None, by), "dialog")
    record(by, Verb.DIALOG_OPENED, dialog=dialog.id, person=identity.person_id, delta={"identity": [None, identity.id]})
    return dialog


def add_participant(
    dialog: Dialog, identity: Identity, role: str, *, by: Act, via: Message | None = None
) -> Participant:
    """Let an identity take part. `via` is the message by which they come: they belong to the tickets of that message,
    and of those that are sent to them later. None: they are added by hand, to the whole dialog.

    Somebody who takes part already keeps their place, unless they were a newcomer, who becomes an ordinary participant
    by this message, or are added by hand now, which makes theirs what was one ticket's."""
    present = Participant.objects.filter(dialog=dialog, identity=identity, until=None).first()
    if present is not None:
        grows = present.role == Participant.Role.NEWCOMER and role != Participant.Role.NEWCOMER
        if not grows and (via is not None or present.via_id is None):
            return present
        present.role, present.via = role if grows else present.role, via
        present.save(update_fields=["role", "via"])
    else:
        present = _participant(identity, role, via, by)
        present.dialog = dialog
        rows.add(present)
    record(
        by, Verb.PARTICIPANT_ADDED, dialog=dialog.id, person=identity.person_id, delta={"identity": [None, identity.id]}
    )
    return present


def _participant(identity: Identity, role: str, via: Message | None, by: Act) -> Participant:
    made = Participant(identity=identity, role=role, via=via)
    made.added_by_kind, made.added_by_id = by.actor.kind, by.actor.id
    return made


def address_to(message: Message, identities: Iterable[Identity]) -> None:
    """Write down who else a message from outside was addressed to."""
    for one in identities:
        rows.put(Addressee(message=message, identity=one))


def remove_participant(dialog: Dialog, identity: Identity, *, by: Act) -> bool:
    """End an identity's part in a dialog; False if it had none."""
    ended = Participant.objects.filter(dialog=dialog, identity=identity, until=None).update(until=clock.now())
    if ended:
        record(
            by,
            Verb.PARTICIPANT_REMOVED,
            dialog=dialog.id,
            person=identity.person_id,
            delta={"identity": [identity.id, None]},
        )
    return bool(ended)


def add_message(dialog: Dialog, said: Said, words: Words, attached: Sequence[NewFile] = ()) -> Message:
    """Store something said, with its words and files. The caller, who knows the tickets, links it and records the
    event."""
    now = clock.now()
    arrived_at = said.arrived_at or now
    message = Message(
        dialog=dialog,
        author=said.author,
        identity=said.identity,
        agent_id=said.agent_id,
        entered_by_id=said.entered_by_id,
        kind=said.kind,
        said_at=said.said_at or arrived_at,
        arrived_at=arrived_at,
        foreign_id=said.foreign_id[:255],
        answers_id=said.answers_id,
        subject=words.subject[:500],
        language=words.language,
        authenticated=said.authenticated,
        trust=said.trust,
        ip=said.ip,
        remote_images=min(words.remote_images, 32767),
        opens_talk=_opens_talk(dialog, arrived_at),
    )
    rows.add_both(message, _text_of(message, words, now), "message", in_turn=True)  # within the dialog, which is locked
    attach(message, attached)
    if dialog.last_message_at is None or dialog.last_message_at < arrived_at:
        dialog.last_message_at = arrived_at
        dialog.save(update_fields=["last_message_at"])
    return message


def _opens_talk(dialog: Dialog, at: datetime) -> bool | None:
    """Whether a talk begins with what is said now: nothing was said yet, or nothing for so many hours. Only in a dialog
    that does not end by itself."""
    kind = KINDS.get(dialog.channel.kind)
    if kind is None or kind.ends:
        return None
    quiet = timedelta(hours=dialog.channel.talk_hours)
    last = Message.objects.filter(dialog=dialog).order_by("-arrived_at", "-id").values_list("arrived_at", flat=True)
    return (before := last.first()) is None or at - before >= quiet


def _text_of(message: Message, words: Words, at: datetime) -> MessageText:
    return MessageText(
        message=message,
        version=message.version,
        text=words.text,
        html=words.html,
        quoted=words.quoted,
        quoted_html=words.quoted_html,
        in_frame=words.in_frame,
        at=at,
    )


def attach(message: Message, attached: Iterable[NewFile]) -> None:
    """Hang files on a message. Each gets bytes of its own, also if two are alike: one lost file must not take
    others."""
    attached = list(attached)
    if not attached:
        return
    start = message.attachments.aggregate(last=Max("position"))["last"]
    for place, new in enumerate(attached, 0 if start is None else start + 1):
        stored = new.stored or files.put(new.content or b"")
        rows.add(
            Attachment(
                message=message,
                file=stored,
                name=new.name[:255],
                type=new.type[:127],
                size=stored.size,
                content_id=new.content_id[:255],
                inline=new.inline,
                position=place,
            )
        )


def discard(message: Message, *, by: Act) -> None:
    """Take away a message that a person let in by mistake; what came in stays in the ledger. Whoever took part only
    because of it does so no more. Its files go when the transaction has been committed."""
    for row in Participant.objects.filter(via=message, until=None).select_related("dialog", "identity"):
        remove_participant(row.dialog, row.identity, by=by)
    for attachment in message.attachments.filter(file__isnull=False).select_related("file"):
        if attachment.file is not None:
            files.remove(attachment.file)
    message.delete()


def edit_message(message: Message, words: Words, *, by: Act) -> None:
    """A new version of a message, written by its author. It starts, stops and reopens nothing."""
    before = message.version
    message.version = before + 1
    message.save(update_fields=["version"])
    rows.add(_text_of(message, words, clock.now()))
    _tell(by, Verb.MESSAGE_EDITED, message, {"version": [before, message.version]})


def _tell(by: Act, verb: Verb, message: Message, delta: dict[str, Any]) -> None:
    """An event on a message concerns the tickets it is linked to now; tickets lends us the look-up."""
    from vikno.dialogs import deliveries

    tickets = deliveries.tickets_of([message.id]).get(message.id, [])
    record(by, verb, tickets=tickets, dialog=message.dialog_id, message=message.id, delta=delta)


def queue_deliveries(
    message: Message, recipients: Iterable[tuple[Identity, str]], not_before: datetime
) -> list[Delivery]:
    """One row for each recipient, before anything is sent. Each identity gets it once, in the first role named."""
    rows: dict[int, Delivery] = {}
    for identity, role in recipients:
        rows.setdefault(
            identity.id,
            Delivery(
                message=message,
                channel=message.dialog.channel,
                identity=identity,
                role=role,
                not_before=not_before,
            ),
        )
    return Delivery.objects.bulk_create(rows.values())
