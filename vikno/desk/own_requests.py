"""What an agent asked for themselves, as every customer sees theirs: what was said to and by them, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.sizes import size_words
from vikno.core.times import day_words, full_time, short_times
from vikno.desk.drawing import beginning, formatted, plain
from vikno.desk.face import Desk
from vikno.desk.rows import hue, initials
from vikno.desk.timeline import whole
from vikno.dialogs.models import Attachment, Dialog, Message, MessageText
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.models import Link, Ticket
from vikno.tickets.subjects import subject_words

Item = dict[str, Any]


def row(ticket: Ticket, desk: Desk) -> Item:
    """A line of the list. `ticket.status` is read with it."""
    language = translation.get_language() or "en"
    return {
        "number": ticket.number, "subject": subject_words(ticket.subject), "status": ticket.status.customer_word,
        "stage": ticket.stage, "url": reverse("desk:own_request", args=[ticket.number]),
    } | _when(ticket.updated_at, desk, language)  # fmt: skip


def _when(at: datetime, desk: Desk, language: str) -> Item:
    return {
        "when_iso": at.isoformat(timespec="seconds"), "when_text": short_times(desk.zone, language)(at),
        "when_full": full_time(at, desk.zone, language),
    }  # fmt: skip


def said_in(customer: Viewer, ticket: Ticket) -> QuerySet[Message]:
    """What may be shown of a request, before each message is asked whether this customer was told of it."""
    links = Link.objects.filter(ticket__in=access.family_for(customer, ticket), ended_act=None)
    said = Message.objects.filter(id__in=links.values("message_id"), dialog__side=Dialog.Side.CUSTOMER)
    return said.select_related("dialog__identity", "dialog__channel__brand", "identity__person", "agent__person")


def items(customer: Viewer, messages: Sequence[Message], desk: Desk) -> list[Item]:
    """These messages as `desk/_timeline.html` draws them, oldest first, without what this customer was not told."""
    dialogs = {one.dialog_id: one.dialog for one in messages}
    told: set[int] = set()
    for dialog in dialogs.values():
        told |= access.readable_messages(customer, dialog, [m.id for m in messages if m.dialog_id == dialog.id])
    texts = {(one.message_id, one.version): one for one in MessageText.objects.filter(message__in=told)}
    files: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(message__in=told).order_by("position"):
        files.setdefault(file.message_id, []).append(file)
    found: list[Item] = []
    day = None
    for one in sorted(messages, key=lambda message: (message.arrived_at, message.id)):
        if one.id not in told:
            continue
        here = one.arrived_at.astimezone(ZoneInfo(desk.zone)).date()
        if here != day:
            found.append(
                {"kind": "day", "text": day_words(one.arrived_at, desk.zone, translation.get_language() or "en")}
            )
            day = here
        found.append(_item(one, texts.get((one.id, one.version)), files.get(one.id, []), desk))
    return found


def _item(message: Message, text: MessageText | None, files: Sequence[Attachment], desk: Desk) -> Item:
    language = translation.get_language() or "en"
    at = message.arrived_at
    ours = message.author != Message.Author.CUSTOMER
    name, key = _author(message)
    item: Item = {
        "kind": "message", "id": message.id, "side": "agent" if ours else "customer", "name": name,
        "initials": initials(name), "hue": hue(key), "address": "", "to": "", "marks": [], "files": [], "html": "",
        "quote": "", "frame_url": "", "states": [], "lang": message.language,
    } | _when(at, desk, language) | {"when_text": f"{at.astimezone(ZoneInfo(desk.zone)):%H:%M}"}  # fmt: skip
    if message.erased_at or text is None:
        return item | {"html": plain(_("This was erased.")) if message.erased_at else ""}
    pictures = {file.content_id: reverse("desk:own_file", args=[file.id]) for file in files if file.content_id}
    if text.html and text.in_frame:
        item["frame_url"] = reverse("desk:own_letter", args=[message.id])
    else:
        item["html"] = formatted(text.html, pictures.get) if text.html else plain(beginning(text.text))
        if not text.html:
            item["whole"] = whole(text.text, "", reverse("desk:own_letter", args=[message.id]))
    shown = [file for file in files if not (file.inline and file.content_id and file.type.startswith("image/"))]
    item["files"] = [
        (reverse("desk:own_file", args=[file.id]), file.name or _("file"), size_words(file.size), "", "")
        for file in shown
    ]
    return item


def _author(message: Message) -> tuple[str, int]:
    """Whose name stands over a message, as letters have it: where these bear the name of the brand, no agent's is
    told."""
    if message.author == Message.Author.CUSTOMER:
        person = message.identity.person if message.identity else None
        name = (person.name if person else "") or (message.identity.shown if message.identity else "")
        return name or _("Unknown sender"), person.id if person else 0
    channel = message.dialog.channel
    if message.agent is None or channel.settings.get("sender") == "brand":
        return channel.brand.sender_name or channel.brand.name, 0
    return message.agent.person.name, message.agent.id
