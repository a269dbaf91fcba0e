"""The reader of the journal: of each event, what is to be read anew. Events hold no words, so the rows are asked."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from vikno.dialogs.models import Dialog, Participant
from vikno.journal.readers import EventRow, Reader
from vikno.journal.vocabulary import Verb
from vikno.people.custom import PREFIX
from vikno.people.models import Contract, Person
from vikno.search import filling
from vikno.tickets.models import Link, Ticket

# Of these nothing stands in the index: dates and rights are asked of the live rows.
_NOTHING_NEW = frozenset({
    Verb.TICKET_SNOOZED, Verb.TICKET_OPENED_ANYWAY, Verb.TICKET_DELETED, Verb.TICKET_RESTORED, Verb.TICKET_RELATED,
    Verb.TICKET_UNRELATED, Verb.DELIVERY_SENT, Verb.DELIVERY_REFUSED, Verb.DELIVERY_BOUNCED,
    Verb.DELIVERY_DOUBTFUL, Verb.DELIVERY_REPEATED, Verb.DELIVERY_GIVEN_UP,
})  # fmt: skip
_OF_PERSONS = frozenset({
    Verb.PERSON_CREATED, Verb.PERSON_CHANGED, Verb.PERSON_JOINED, Verb.PERSON_UNJOINED, Verb.PERSON_ERASED,
    Verb.IDENTITY_ADDED, Verb.IDENTITY_REMOVED,
})  # fmt: skip


def digest(events: Sequence[EventRow]) -> None:
    """Write down what these events make due."""
    tickets: set[int] = set()
    persons: set[int] = set()
    renamed: set[int] = set()
    messages: set[int] = set()
    for event in events:
        if event.verb in _OF_PERSONS and event.person_id:
            persons.add(event.person_id)
            if event.verb != Verb.PERSON_CREATED and not _is_of_fields(event):
                renamed.add(event.person_id)
        elif event.verb == Verb.ORGANISATION_CHANGED:
            renamed |= set() if _is_of_fields(event) else _of_organisation(event)
        elif event.verb not in _NOTHING_NEW:
            tickets |= {ticket for ticket, _version in event.tickets}
            if event.message_id:
                messages.add(event.message_id)
    tickets |= set(Link.objects.filter(message__in=messages, ended_act=None).values_list("ticket_id", flat=True))
    if renamed:
        tickets |= tickets_of(renamed)
    filling.ask(tickets, persons | renamed | _roots(persons))


def _is_of_fields(event: EventRow) -> bool:
    """Whether only a custom field says something else: that stands in no entry but the person's own."""
    return any(name.startswith(PREFIX) for name in event.delta)


def _of_organisation(event: EventRow) -> set[int]:
    """Its members, if its name or a contract of it may have changed."""
    pair = event.delta.get("organisation") or []
    ids = [one for one in pair if isinstance(one, int)]
    return set(Person.objects.filter(organisation__in=ids).values_list("id", flat=True))


def _roots(persons: set[int]) -> set[int]:
    joined = Person.objects.filter(id__in=persons, joined_to__isnull=False)
    return set(joined.values_list("joined_to_id", flat=True))


def tickets_of(persons: set[int]) -> set[int]:
    """The tickets in which something of these persons stands: that they asked for, wrote in or were written to."""
    found = set(Ticket.objects.filter(requester__in=persons).values_list("id", flat=True))
    dialogs = Dialog.objects.filter(
        Q(identity__person__in=persons)
        | Q(id__in=Participant.objects.filter(identity__person__in=persons).values("dialog_id"))
    )
    said = Link.objects.filter(message__dialog__in=dialogs, ended_act=None)
    found |= set(said.values_list("ticket_id", flat=True))
    contracts = Contract.objects.filter(person__in=persons)
    return found | set(Ticket.objects.filter(contract__in=contracts).values_list("id", flat=True))


READER = Reader(filling.READER_NAME, digest, batch=200)
