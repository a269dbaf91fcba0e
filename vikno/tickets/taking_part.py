"""Who has to do with a request: tied to it by what they wrote, by what they were sent, or by an agent's word.

A dialog may hold several requests, so taking part in the dialog alone is not enough: who was in copy of one of them,
perhaps a restricted one, has nothing to do with the others.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from vikno.dialogs.models import Addressee, Delivery, Dialog, Message, Participant
from vikno.people.queries import one_human
from vikno.tickets import access
from vikno.tickets.models import Link, Ticket


def tied(said: QuerySet[Message]) -> set[int]:
    """The identities that these messages brought, came from or went to."""
    ids = said.order_by().values("id")
    sent = Delivery.objects.filter(message__in=ids).exclude(state=Delivery.State.CANCELLED)
    return {
        *Participant.objects.filter(via__in=ids).values_list("identity_id", flat=True),
        *Addressee.objects.filter(message__in=ids).values_list("identity_id", flat=True),
        *sent.exclude(role=Delivery.Role.BCC).values_list("identity_id", flat=True),
        *said.filter(identity__isnull=False).values_list("identity_id", flat=True),
    }


def may_answer(message: Message, person_id: int) -> bool:
    """Whether this human takes part in what the message belongs to. Somebody else who names it may know it from a
    forwarded copy, or have guessed: a person decides. No query if the dialog is theirs and nobody else's."""
    if message.dialog.identity.person_id == person_id:
        return True
    human = one_human(person_id)
    if message.dialog.identity.person_id in human:
        return True
    rows = list(_parts(human).filter(dialog=message.dialog_id))
    if not rows or any(row.via_id is None for row in rows):
        return bool(rows)
    if Message.objects.filter(id=message.id, identity__person__in=human).exists():
        return True
    linked = Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True)
    said = _said([one for each in linked for one in access.family(access.survivor_id(each))])
    return bool({row.identity_id for row in rows} & tied(said.filter(dialog=message.dialog_id)))


def dialog_in(ticket: Ticket, person_id: int) -> tuple[bool, Dialog | None]:
    """Whether this human takes part in a request, and in which dialog of it, the newest first. The one who asked for
    it takes part also without a dialog, such as by phone."""
    family = access.family(access.survivor_id(ticket.id))
    human = one_human(person_id)
    said = _said(family)
    rows = list(_parts(human).filter(dialog__in=said.order_by().values("dialog")).select_related("dialog__identity"))
    known = tied(said) if any(row.via_id for row in rows) else set()
    dialogs = [
        row.dialog
        for row in rows
        if row.via_id is None or row.identity_id in known or row.dialog.identity.person_id in human
    ]
    asked = Ticket.objects.filter(id__in=family, requester__in=human).exists()
    return asked or bool(dialogs), max(dialogs, key=lambda one: one.id, default=None)


def other_side(dialog: Dialog, ticket_ids: Collection[int]) -> set[int]:
    """The persons who take part in these tickets on another side than this dialog's: a third party that a customer put
    in copy, or a customer whom a third party did, gets nothing there by default."""
    own = one_human(dialog.identity.person_id)  # whom it is led with belongs to it, whoever put them in copy elsewhere
    if dialog.side != Dialog.Side.CUSTOMER:
        return customers(ticket_ids) - own
    said = _said(ticket_ids)
    others = Dialog.objects.filter(id__in=said.values("dialog_id")).exclude(side=Dialog.Side.CUSTOMER)
    if not others.exists():
        return set()
    # Whom the other side merely put in copy may well be a customer.
    found = set(others.values_list("identity__person_id", flat=True))
    sent = Delivery.objects.filter(message__in=said.filter(dialog__in=others)).exclude(state=Delivery.State.CANCELLED)
    return _with_all_their_persons(found | set(sent.values_list("identity__person_id", flat=True))) - own


def customers(ticket_ids: Collection[int]) -> set[int]:
    """The persons who take part in these tickets as customers, under whatever address: who asked, and who takes part in
    what was said to customers there."""
    theirs = Dialog.objects.filter(id__in=_said(ticket_ids).values("dialog_id"), side=Dialog.Side.CUSTOMER)
    part = Participant.objects.filter(dialog__in=theirs, until=None).values_list("identity__person_id", flat=True)
    asked = Ticket.objects.filter(id__in=ticket_ids).values_list("requester_id", flat=True)
    return _with_all_their_persons({*part, *asked})


def _with_all_their_persons(persons: Collection[int]) -> set[int]:
    return {one for person in persons for one in one_human(person)}


def _said(ticket_ids: Collection[int]) -> QuerySet[Message]:
    """What was taken back before it left reached nobody."""
    return Message.objects.filter(links__ticket__in=ticket_ids, links__ended_act=None, unsent_at=None)


def _parts(human: Collection[int]) -> QuerySet[Participant]:
    rows = Participant.objects.filter(identity__person__in=human, until=None)
    return rows.exclude(role=Participant.Role.NEWCOMER)
