"""What stands quoted under an answer, as mail programs do it: the customer's last words, the whole exchange, or
nothing. It is made when the answer is written, in the sight of the agent, and kept with its words."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.models import Company
from vikno.core.text import one_line
from vikno.dialogs.models import Addressee, Channel, Delivery, Dialog, Message, MessageText, Participant
from vikno.people.models import Identity
from vikno.people.queries import one_human
from vikno.staff.models import Agent
from vikno.tickets.models import Link, Stage, Ticket

LONGEST = 10_000  # characters of one message
MOST, MOST_LETTERS = 20, 40_000  # messages and characters of a whole exchange
# Date and time as one writes them, in the patterns of CLDR (UTS 35).
_WHEN = {"uk": "d MMMM y 'р. о' HH:mm", "ru": "d MMMM y 'г. в' HH:mm", "en": "d MMMM y 'at' HH:mm"}


class Quote(StrEnum):
    """How much is quoted."""

    NONE = "none"
    LAST = "last"
    ALL = "all"


def usual(channel: Channel) -> Quote:
    """What the channel's setting `quote` says: true is the last message (usual), false nothing, "all" everything."""
    found = channel.settings.get("quote", True)
    return Quote.ALL if found == Quote.ALL else Quote.LAST if found else Quote.NONE


def how_of(quoted: str) -> Quote:
    """How much a quotation that was made holds, by the lines that say whose words follow."""
    lines = [line for line in quoted.splitlines() if line]
    heads = [one for one, below in pairwise(lines) if below.startswith(">") and not one.startswith(">")]
    return Quote.ALL if len(heads) > 1 else Quote.LAST if heads else Quote.NONE


def quotation(
    dialog: Dialog, ticket_ids: Collection[int], how: Quote, agent: Agent, language: str = "",
    readers: Collection[Identity] = (), only: int | None = None,
) -> str:  # fmt: skip
    """The quotation as plain text, each message with a line that says whose it is and when it was, on the agent's
    clock; "" if there is nothing to quote. `only`: the id of the message that is answered; it stands for the last one.

    Only what was said in this dialog to or by its customer and belongs to one of these tickets, which are those that
    the agent answers and may read: never notes, never other requests, never what was said to a third party. Only the
    text, without the signature and the quotes below it: a customer's markup and pictures are not sent to others.
    Nor what was kept from one of `readers`, who get the answer, nor a forwarded letter that may hold a remark of the
    colleague who forwarded it.
    """
    third = dialog.side == Dialog.Side.THIRD and only is not None  # who hears their own words again, and no others
    if how == Quote.NONE or not (dialog.side == Dialog.Side.CUSTOMER or third):
        return ""
    said = _said(dialog, ticket_ids)
    if how == Quote.LAST and only is not None:
        said = said.filter(id=only)
    elif how == Quote.LAST:
        said = said.filter(author=Message.Author.CUSTOMER)
    rows = list(said.order_by("-arrived_at", "-id")[: 1 if how == Quote.LAST else MOST])
    kept = _kept_from(dialog, rows, readers)
    rows = [one for one in rows if one.id not in kept and not may_hold_a_remark(one)]
    texts = {
        (row.message_id, row.version): row for row in MessageText.objects.filter(message__in=[one.id for one in rows])
    }
    language = language or dialog.identity.person.language or dialog.channel.brand.language
    zone = zone_of(agent)
    found: list[str] = []
    letters = 0
    for message in rows:
        words = texts.get((message.id, message.version))
        quoted = _one(message, words, language, zone) if words else ""
        letters += len(quoted)
        if found and letters > MOST_LETTERS:
            break
        if quoted:
            found.append(quoted)
    return "\n\n".join(found)


def naming(
    dialog: Dialog, tickets: Collection[Ticket], parts: Collection[int], agent: Agent, language: str = ""
) -> str:
    """What stands below an answer that quotes nothing, while its dialog holds other open requests: a line for each
    request that it answers, so that its reader knows which is meant. "" where there is nothing to mistake.

    By number and day, on the agent's clock: a subject may hold words that were kept from one who gets the answer.
    `parts`: the ids of the tickets being answered and of what was merged into them.
    """
    if dialog.side != Dialog.Side.CUSTOMER:
        return ""
    held = Link.objects.filter(message__dialog=dialog, ended_act=None).exclude(ticket__in=parts)
    others = Ticket.objects.filter(id__in=held.values("ticket_id"), deleted_at=None)
    if not others.exclude(stage=Stage.CLOSED).exclude(merged_into__in=parts).exists():
        return ""
    language = language or dialog.identity.person.language or dialog.channel.brand.language
    zone, lines = zone_of(agent), []
    with translation.override(language):
        for one in tickets:
            day = (one.asked_at or one.created_at).astimezone(zone).date()
            date = format_date(day, "long", locale=language if language in _WHEN else "en")
            lines.append(_("About your request #%(number)s of %(date)s") % {"number": one.number, "date": date})
    return "\n".join(lines)


def _said(dialog: Dialog, ticket_ids: Collection[int]) -> QuerySet[Message]:
    """What the dialog's customers have seen or said of these tickets. Whoever nobody has added yet is no customer of
    it, and what is automatic is no part of what humans say."""
    strangers = Participant.objects.filter(dialog=dialog, role=Participant.Role.NEWCOMER, until=None)
    linked = Link.objects.filter(ticket__in=ticket_ids, ended_act=None)
    said = Message.objects.filter(
        dialog=dialog, id__in=linked.values("message_id"), unsent_at=None, hidden_at=None, erased_at=None,
        kind__in=[Message.Kind.ORDINARY, Message.Kind.THANKS],
        author__in=[Message.Author.CUSTOMER, Message.Author.AGENT],
    )  # fmt: skip
    said = said.exclude(author=Message.Author.CUSTOMER, identity_id__in=strangers.values("identity_id"))
    return said.select_related("identity__person", "agent__person")


def _kept_from(dialog: Dialog, said: Collection[Message], readers: Collection[Identity]) -> set[int]:
    """The messages from which one of these was left out, though they took part by then: what was written to us alone,
    or by us to some of them. Whoever came later, or comes by this answer, is brought by somebody who knows what stands
    below."""
    people = sorted({one.person_id for one in readers})
    rows = Participant.objects.filter(dialog=dialog, until=None).exclude(identity=dialog.identity_id)
    here = list(rows.select_related("identity")) if people else []
    counterpart = dialog.identity.person_id
    ids = [one.id for one in said]
    sent = Delivery.objects.filter(message__in=ids).exclude(state=Delivery.State.CANCELLED)
    got = {
        *sent.values_list("message_id", "identity__person_id"),
        *Addressee.objects.filter(message__in=ids).values_list("message_id", "identity__person_id"),
        *((one.id, one.identity.person_id) for one in said if one.identity is not None),
    }
    humans: dict[int, set[int]] = {}  # of those alone who did not get everything under their own name
    kept = set()
    for message in said:
        for person in people:
            if (message.id, person) in got:
                continue
            if person not in humans:
                humans[person] = one_human(person)
            own = [row for row in here if row.identity.person_id in humans[person]]  # under whatever address
            there = counterpart in humans[person] or any(_was_there(row, message) for row in own)
            if there and not any((message.id, one) in got for one in humans[person]):
                kept.add(message.id)
    return kept


def may_hold_a_remark(message: Message) -> bool:
    """Whether a colleague forwarded it and what they said themselves was not parted from it when it came."""
    return bool(message.trust.get("forwarded_by")) and not message.trust.get("parted")


def _was_there(row: Participant, message: Message) -> bool:
    """Whether somebody took part when this was said."""
    return row.since <= message.arrived_at if row.via_id is None else row.via_id < message.id


def _one(message: Message, words: MessageText, language: str, zone: ZoneInfo) -> str:
    own = message.author == Message.Author.AGENT
    text = words.text.strip() if own else words.text.removesuffix(words.quoted).strip() or words.text.strip()
    if not text:
        return ""
    if len(text) > LONGEST:
        text = text[:LONGEST].rstrip() + " […]"
    person = message.agent.person if message.agent else message.identity.person if message.identity else None
    name = one_line(person.name or (message.identity.shown if message.identity else "")) if person else ""
    with translation.override(language):
        pattern = when(language)
        at = format_datetime(message.said_at, pattern, tzinfo=zone, locale=language if language in _WHEN else "en")
        head = _("On %(date)s, %(name)s wrote:") % {"date": at, "name": name}
    return head + "\n" + "\n".join(f"> {line}".rstrip() if line else ">" for line in text.splitlines())


def when(language: str) -> str:
    """How an instant is written in this language, as a pattern of CLDR."""
    return _WHEN.get(language, _WHEN["en"])


def zone_of(agent: Agent) -> ZoneInfo:
    """An agent's own zone, else the company's."""
    return clock.zone(agent.zone, Company.objects.values_list("zone", flat=True).first() or "")
