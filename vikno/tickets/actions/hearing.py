"""What the customer of a ticket has said since somebody looked at it: it must not be put out of the way unread."""

from __future__ import annotations

from django.db.models import QuerySet

from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import Conflict, Since, events_since
from vikno.tickets.actions.linking import asked_among
from vikno.tickets.models import Ticket

CAME = (Verb.MESSAGE_RECEIVED, Verb.MESSAGE_LINKED, Verb.MESSAGE_JUDGED)  # by which words come to wait on a ticket


def heard(events: QuerySet[Event], ticket: Ticket) -> set[Since]:
    """By which of these events words of the customer came to the ticket that want an answer."""
    told = list(events.filter(verb__in=CAME).values_list("message_id", "verb", "actor_kind", "actor_id"))
    asked = asked_among(ticket, {message for message, *_who in told if message is not None}) if told else set()
    return {Since(verb, kind, actor) for message, verb, kind, actor in told if message in asked}


def must_have_heard(ticket: Ticket, seen: int | None, by: Act) -> None:
    """Who puts a locked ticket out of the way has seen it in version `seen` (None: nobody says so): what its customer
    said since would be lost to everybody's eyes. Of one who waited already no column tells of it; what was answered
    meanwhile hinders nobody. Raises Conflict."""
    if seen is None or seen >= ticket.version or ticket.waiting_since is None:
        return
    if since := heard(events_since(ticket, seen, by), ticket):
        raise Conflict(ticket, {}, since)
