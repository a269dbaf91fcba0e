"""What the customer of a ticket has said since somebody looked at it: it must not be put out of the way unread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet

from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket
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
    if seen is None or not _may_be_unheard(ticket, seen):
        return
    if since := heard(events_since(ticket, seen, by), ticket):
        raise Conflict(ticket, {}, since)


def unheard(tickets: Iterable[Ticket], seen: Mapping[int, int], by: Act) -> set[int]:
    """The same asked of many locked tickets at once: the ids of those whose customers have said something since version
    `seen` (by id; what is not named there is not asked about). Where nothing has changed since it costs nothing."""
    changed = {one.id: one for one in tickets if one.id in seen and _may_be_unheard(one, seen[one.id])}
    if not changed:
        return set()
    said = came_since({pk: seen[pk] for pk in changed}, but=by)
    return {pk for pk, messages in said.items() if asked_among(changed[pk], messages)}


def came_since(seen: Mapping[int, int], *, but: Act | None = None) -> dict[int, set[int]]:
    """The messages that came to tickets after these versions of them (by id), by ticket; nothing that came by the act
    `but`. Two queries."""
    later = Q(pk__in=())
    for pk, version in seen.items():
        later |= Q(ticket_id=pk, version__gt=version)
    on: dict[int, list[int]] = {}
    for event, pk in EventTicket.objects.filter(later).values_list("event_id", "ticket_id"):
        on.setdefault(event, []).append(pk)
    came = Event.objects.filter(id__in=list(on), verb__in=CAME)
    if but is not None:
        came = came.exclude(act=but.id)
    said: dict[int, set[int]] = {}
    for event, message in came.values_list("id", "message_id"):
        for pk in on[event]:
            said.setdefault(pk, set()).update(() if message is None else (message,))
    return said


def _may_be_unheard(ticket: Ticket, seen: int) -> bool:
    return seen < ticket.version and ticket.waiting_since is not None
