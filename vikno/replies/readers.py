"""Acknowledging: whoever opened a request by writing gets its number, once, and never where it would make noise.

An effect: it skips what is imported and what is old, and writes one row for each ticket in the transaction that moves
its cursor. The answer goes out through deliveries like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from vikno.core import clock
from vikno.core.models import Company
from vikno.core.text import fill_names
from vikno.dialogs.actions import Words
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel, Dialog, Message
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.journal.readers import EventRow, Reader
from vikno.journal.vocabulary import Verb
from vikno.people import values
from vikno.people.models import Identity
from vikno.people.providers import is_shared
from vikno.replies.models import Acknowledgement
from vikno.replies.words import Settings, is_on, settings_of
from vikno.tickets.actions.acknowledging import answer_by_itself
from vikno.tickets.models import Link, Ticket

log = structlog.get_logger(__name__)

Fate = Acknowledgement.Fate
LATE = timedelta(hours=6)  # what came longer ago is not acknowledged any more: an engine stood still, or it was held
HOUR = timedelta(hours=1)
FAST, FAST_MINUTES = 10, 10  # more messages than this between two addresses within so many minutes are a loop
SHARED = 20  # a provider's domain has so many times the limit of a company's


def digest(events: Sequence[EventRow]) -> None:
    """Acknowledge the tickets that came into being by what somebody wrote. Most channels acknowledge nothing: that is
    asked first, once for all events."""
    created = {
        event.tickets[0][0]: event
        for event in events
        if event.verb == Verb.TICKET_CREATED and event.actor_kind == acts.Kind.PERSON and event.tickets
    }
    if not created:
        return
    channels = [pk for pk, settings in Channel.objects.values_list("id", "settings") if is_on(settings)]
    if not channels:
        return
    rows = Ticket.objects.select_related("channel", "team", "brand").filter(channel__in=channels)
    tickets = rows.in_bulk(list(created))
    for pk, event in created.items():
        if pk in tickets:
            _acknowledge(tickets[pk], event)


ACKNOWLEDGING = Reader("acknowledgements", digest, effect=True)


def _acknowledge(ticket: Ticket, event: EventRow) -> None:
    message = _asked(ticket)
    if message is None or message.identity is None or not _wants_one(ticket, message):
        return
    settings = settings_of(ticket.channel.settings)
    domain = values.domain_of(message.identity.value)
    fate = _fate(message.identity, domain, settings)
    row, made = Acknowledgement.objects.get_or_create(
        ticket=ticket, defaults={"identity": message.identity, "domain": domain, "fate": fate}
    )
    if not made:
        return
    if fate != Fate.SENT:
        log.warning("a request is not acknowledged", ticket=ticket.number, because=fate)
        return
    by = acts.begin(acts.SYSTEM, cause=event.id, depth=event.depth + 1)
    row.message = answer_by_itself(ticket, message, _words(ticket, message, settings), by=by)
    row.save(update_fields=["message"])


def _asked(ticket: Ticket) -> Message | None:
    """The message that the ticket began with."""
    links = Link.objects.filter(ticket=ticket, ended_act=None).order_by("arrived_at", "message_id")
    link = links.select_related("message__dialog__channel", "message__identity__person").first()
    return link.message if link else None


def _wants_one(ticket: Ticket, message: Message) -> bool:
    """Whether a human of the customer's side wrote it, just now, to a channel that can answer, and nobody had to let it
    in first."""
    dialog, identity = message.dialog, message.identity
    kind = KINDS.get(dialog.channel.kind)
    if identity is None or kind is None or kind.deliver is None or not dialog.channel.active:
        return False
    human = message.author == Message.Author.CUSTOMER and message.kind == Message.Kind.ORDINARY
    if not human or identity.kind != Identity.Kind.EMAIL or dialog.side != Dialog.Side.CUSTOMER:
        return False
    if ticket.closed_at or ticket.deleted_at or message.trust.get("newcomer"):
        return False
    if identity.failed_at or identity.blocked_at or identity.person.blocked_at or identity.value.endswith(".invalid"):
        return False
    if clock.now() - message.arrived_at > LATE or _was_greeted(message):
        return False
    if Inbound.objects.filter(message=message, imported=True).exists():
        return False
    return not Event.objects.filter(message_id=message.id, verb=Verb.INBOUND_LET_IN).exists()


def _was_greeted(message: Message) -> bool:
    """Whether something was said by itself in this dialog already: of a chat, in this talk."""
    said = message.dialog.messages.filter(author=Message.Author.SYSTEM)
    talks = message.dialog.messages.filter(opens_talk=True, arrived_at__lte=message.arrived_at)
    began = talks.order_by("-arrived_at", "-id").values_list("arrived_at", flat=True).first()
    return (said.filter(arrived_at__gte=began) if began else said).exists()


def _fate(identity: Identity, domain: str, settings: Settings) -> Fate:
    now = clock.now()
    recently = now - timedelta(minutes=FAST_MINUTES)
    heard = Message.objects.filter(identity=identity, dialog__identity=identity, arrived_at__gt=recently)
    sent = Acknowledgement.objects.filter(fate=Fate.SENT, at__gt=now - HOUR)
    if heard.count() + sent.filter(identity=identity, at__gt=recently).count() > FAST:
        return Fate.LOOP
    if sent.filter(identity=identity).count() >= settings.address_hour:
        return Fate.ADDRESS
    most = settings.domain_hour * (SHARED if is_shared(domain) else 1)
    return Fate.DOMAIN if sent.filter(domain=domain).count() >= most else Fate.SENT


def _words(ticket: Ticket, message: Message, settings: Settings) -> Words:
    """Nothing of what somebody wrote who may be anybody: no subject, no quotation, and a name only if the letter is
    authenticated or the address verified. Else strangers could have us carry their words to a victim."""
    identity = message.identity
    assert identity is not None
    known = message.authenticated or bool(identity.verified_by)
    company = Company.objects.values_list("name", flat=True).first() or ""
    names = {
        "number": f"#{ticket.number}", "company": ticket.brand.name or company, "team": ticket.team.name,
        "name": identity.person.name if known else "",
    }  # fmt: skip
    language = ticket.language or identity.person.language or ticket.brand.language
    subject, text = settings.texts.get(language) or settings.texts[ticket.brand.language]
    return Words(text=fill_names(text, names), subject=fill_names(subject, names), language=language)
