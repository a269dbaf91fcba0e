"""From events to tickets: a request whose answer did not arrive comes back to those who thought it answered.

An effect: it skips what is old. Whoever closes the request once more has seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from vikno.core import clock
from vikno.dialogs.models import Delivery, Dialog, Message
from vikno.journal import acts
from vikno.journal.readers import EventRow, Reader
from vikno.journal.vocabulary import Verb
from vikno.tickets import access
from vikno.tickets.actions import state
from vikno.tickets.models import Link, Stage, Ticket

LATE = timedelta(days=7)  # what failed longer ago was seen meanwhile: an engine stood still
FAILED = (Verb.DELIVERY_REFUSED, Verb.DELIVERY_BOUNCED)


def digest(events: Sequence[EventRow]) -> None:
    """Bring back the requests whose last answer did not reach whom it was written to."""
    for event in events:
        if event.verb in FAILED and event.message_id and clock.now() - event.at < LATE:
            _bring_back(event)


UNHEARD = Reader("unheard answers", digest, effect=True)


def _bring_back(event: EventRow) -> None:
    found = Delivery.objects.filter(
        id=event.delta["delivery"][1], role=Delivery.Role.TO
    )  # who is in copy had it beside
    delivery = found.select_related("message__dialog").first()
    if delivery is None or delivery.message.author != Message.Author.AGENT:
        return  # what is said by itself is no answer
    if delivery.message.dialog.side != Dialog.Side.CUSTOMER:
        return  # nor is what is asked of a third party: the customer waits for nothing there
    for pk in sorted({access.survivor_id(one) for one, _version in event.tickets}):
        ticket = Ticket.objects.filter(id=pk, deleted_at=None).first()
        if ticket is None or _answered_since(ticket, delivery.message):
            continue
        by = acts.begin(acts.SYSTEM, cause=event.id, depth=event.depth + 1)
        if ticket.stage in (Stage.CLOSED, Stage.WAITING):
            state.reopen(ticket, by=by)
        if ticket.snoozed_until is not None:
            state.wake(ticket, by=by)


def _answered_since(ticket: Ticket, message: Message) -> bool:
    linked = Link.objects.filter(ticket__in=access.family(ticket.id), ended_act=None)
    later = Message.objects.filter(id__in=linked.values("message_id"), id__gt=message.id, unsent_at=None)
    return later.filter(author=Message.Author.AGENT, dialog=message.dialog_id).exists()
