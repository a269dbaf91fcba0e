"""What may be forwarded of a request to a third party, and how it reads.

Only what its customers have said or heard: never notes, nothing that colleagues or other third parties said, nothing of
other requests that its dialogs hold, and of each message only what is new in it: what stands quoted below may belong
elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from babel.dates import format_datetime
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.text import one_line
from vikno.dialogs.models import Attachment, Dialog, Message, MessageText
from vikno.staff.models import Agent
from vikno.tickets.models import Link
from vikno.tickets.quoting import LONGEST, may_hold_a_remark, when, zone_of

MOST = 100  # messages of one letter, the newest


def forwardable(ticket_ids: Collection[int]) -> QuerySet[Message]:
    """The messages of these tickets, which the viewer may read, that may go to a third party."""
    linked = Link.objects.filter(ticket__in=ticket_ids, ended_act=None)
    said = Message.objects.filter(
        id__in=linked.values("message_id"), dialog__side=Dialog.Side.CUSTOMER, unsent_at=None, hidden_at=None,
        erased_at=None, author__in=[Message.Author.CUSTOMER, Message.Author.AGENT],
    )  # fmt: skip
    return said.exclude(kind__in=[Message.Kind.SPAM, Message.Kind.BOUNCE])


def chosen(ticket_ids: Collection[int], message_id: int | None) -> list[Message]:
    """The one message that is named, or the whole conversation; oldest first. A forwarded letter that may hold a
    colleague's remark is left out: nobody can tell the two apart."""
    said = forwardable(ticket_ids)
    if message_id is not None:
        said = said.filter(id=message_id)
    rows = said.select_related("identity__person", "agent__person").order_by("-arrived_at", "-id")[:MOST]
    return [one for one in reversed(rows) if not may_hold_a_remark(one)]


def attachments(messages: Iterable[Message]) -> list[Attachment]:
    """The files of these messages that are still there, in their order."""
    ids = [one.id for one in messages]
    rows = Attachment.objects.filter(message__in=ids, file__isnull=False).select_related("file", "message")
    return list(rows.order_by("message__arrived_at", "message_id", "position", "id"))


def as_text(messages: Iterable[Message], agent: Agent, language: str) -> str:
    """How they stand below the letter, as plain text on the agent's clock. By name, not by address: whom to write to is
    the agent's to say."""
    rows = list(messages)
    found = MessageText.objects.filter(message__in=[one.id for one in rows])
    texts = {(row.message_id, row.version): row for row in found}
    parts = []
    for message in rows:
        words = texts.get((message.id, message.version))
        if words is None:
            continue
        own = message.author == Message.Author.AGENT
        text = words.text.strip() if own else words.text.removesuffix(words.quoted).strip() or words.text.strip()
        if len(text) > LONGEST:
            text = text[:LONGEST].rstrip() + " […]"
        parts.append("\n".join(_head(message, agent, language)) + "\n\n" + text)
    return "\n\n".join(parts)


def _head(message: Message, agent: Agent, language: str) -> list[str]:
    person = message.agent.person if message.agent else message.identity.person if message.identity else None
    with translation.override(language or "en"):
        name = one_line(person.name) if person and person.name else _("the customer")
        at = format_datetime(message.said_at, when(language), tzinfo=zone_of(agent), locale=language or "en")
        lines = ["---------- " + _("Forwarded message") + " ----------", _("From: %(name)s") % {"name": name},
                 _("Date: %(date)s") % {"date": at}]  # fmt: skip
        if message.subject:
            lines.append(_("Subject: %(subject)s") % {"subject": one_line(message.subject)})
    return lines
