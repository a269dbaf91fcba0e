"""Taking messages out into a ticket of their own, and relating tickets to each other."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.dialogs.models import Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions import account
from vikno.tickets.actions.assigning import keep_in_sight
from vikno.tickets.actions.changing import Invalid, apply, lock_dialogs, lock_with_survivors
from vikno.tickets.actions.creating import NewTicket, create, file_names, subject_from
from vikno.tickets.actions.linking import link, preview_of, tickets_of, unlink
from vikno.tickets.models import Link, Relation, Ticket


def split(
    ticket: Ticket,
    messages: Sequence[Message],
    *,
    by: Act,
    subject: str = "",
    keep: bool = False,
    relation: str = Relation.Kind.RELATED,
) -> Ticket:
    """A new ticket out of messages of this one, under one act: links are ended here and begun there (with `keep`, the
    messages stay here too). Team, priority, brand and restriction are inherited, and that it is an account matter,
    if only by what it was merged with; the responsible agent is not.

    Raises Invalid if no message was chosen or one does not belong to this ticket.
    """
    chosen = list(messages)
    if not chosen:
        raise Invalid(_("Choose at least one message to take out."))
    with transaction.atomic():
        lock_dialogs(message.dialog_id for message in chosen)
        source = lock_with_survivors({ticket.id, *tickets_of(chosen)})[ticket.id]
        linked = set(
            Link.objects.filter(ticket=source, message__in=chosen, ended_act=None).values_list("message_id", flat=True)
        )
        if len(linked) != len({message.id for message in chosen}):
            raise Invalid(_("Some of these messages do not belong to this ticket any more. Nothing was changed."))
        first = min(chosen, key=lambda message: (message.arrived_at, message.id))
        child = create(
            NewTicket(
                subject=subject or subject_from("", preview_of(first), file_names(first)),
                channel=first.dialog.channel,
                requester=first.identity.person if first.identity else source.requester,
                identity=first.identity or source.identity,
                team=source.team,
                brand=source.brand,
                priority=source.priority,
                language=first.language or source.language,
                restricted=source.restricted,
                category=account.matter_of(source),
            ),
            by=by,
        )
        keep_in_sight(child, source, by=by)
        for message in chosen:
            link(message, child, by=by, confirmed=True)
            if not keep:
                unlink(message, source, by=by)
        record(by, Verb.TICKET_SPLIT, tickets=_versions(source.id, child.id), delta={"split": [source.id, child.id]})
        relate(child, source, relation, by=by)
        child.refresh_from_db()
        ticket.refresh_from_db()
        return child


def _versions(*ids: int) -> list[tuple[int, int]]:
    return list(Ticket.objects.filter(id__in=ids).order_by("id").values_list("id", "version"))


def _touch(*ids: int) -> None:
    locked = lock_with_survivors(ids)
    for pk in sorted(ids):
        apply(locked[pk], {}, touch=False)


def relate(ticket: Ticket, of: Ticket, kind: str, *, by: Act) -> bool:
    """Say how two tickets belong together; False if that is said already. Raises Invalid for one with itself."""
    if ticket.id == of.id:
        raise Invalid(_("A ticket cannot be related to itself."))
    with transaction.atomic():
        _touch(ticket.id, of.id)
        if Relation.objects.filter(ticket=ticket, of=of, kind=kind, ended_act=None).exists():
            return False
        row = Relation.objects.create(ticket=ticket, of=of, kind=kind, act=by.id)
        record(by, Verb.TICKET_RELATED, tickets=_versions(ticket.id, of.id), delta={"relation": [None, row.id]})
        return True


def unrelate(relation: Relation, *, by: Act) -> bool:
    """End a relation; False if it has ended."""
    with transaction.atomic():
        _touch(relation.ticket_id, relation.of_id)
        if not Relation.objects.filter(id=relation.id, ended_act=None).update(ended_act=by.id):
            return False
        pair = _versions(relation.ticket_id, relation.of_id)
        record(by, Verb.TICKET_UNRELATED, tickets=pair, delta={"relation": [relation.id, None]})
        return True
