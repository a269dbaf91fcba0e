"""Linking messages to tickets. A message may have none, one or several; a link that ends keeps its row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.core.text import one_line
from vikno.dialogs.models import Dialog, Message, MessageText
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets import access
from vikno.tickets.actions.changing import Changes, Invalid, apply, lock_dialog, lock_dialogs, lock_with_survivors
from vikno.tickets.models import Link, Ticket

PREVIEW = 160


class WidensSight(Exception):
    """Linking this message would show a restricted request's message to more people; the agent is asked first."""


def attach_message(message: Message, ticket: Ticket, *, by: Act, sort_me: bool = False) -> None:
    """Write the link alone, for verbs that record an event of their own about the message."""
    rows.put(Link(message=message, ticket=ticket, arrived_at=message.arrived_at, act=by.id, sort_me=sort_me))


def link(message: Message, ticket: Ticket, *, by: Act, confirmed: bool = False) -> bool:
    """Link a message to one more ticket; False if it is linked already.

    Raises WidensSight when it belongs to a restricted ticket, until `confirmed`: another one is read by others. Raises
    Invalid for a ticket in the bin, whose words go after a while.
    """
    with transaction.atomic():
        dialog = lock_dialog(message.dialog_id)
        present = list(Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True))
        locked = lock_with_survivors([*present, ticket.id])
        if ticket.id in present:
            return False
        target = locked[ticket.id]
        _must_be_kept(locked, target)
        if not confirmed and any(locked[one].restricted for one in present):
            raise WidensSight(message.id)
        attach_message(message, target, by=by)
        deltas = resum(locked, target)
        if not present:
            Message.objects.filter(id=message.id, settled_at__isnull=False).update(settled_at=None)
            _count_unlinked(dialog)
        record(
            by, Verb.MESSAGE_LINKED, tickets=versions(locked, deltas), dialog=dialog.id, message=message.id,
            delta={"tickets": deltas, "link": [None, target.id]},
        )  # fmt: skip
        return True


def _must_be_kept(locked: dict[int, Ticket], target: Ticket) -> None:
    """Raises Invalid if a ticket, or one that it was merged into, is in the bin."""
    at: Ticket | None = target
    while at is not None:
        if at.deleted_at is not None:
            words = _("Ticket %(number)s is in the bin, where words are not kept. Take it out first. Nothing changed.")
            raise Invalid(words % {"number": at.number})
        at = locked.get(at.merged_into_id or 0)


def unlink(message: Message, ticket: Ticket, *, by: Act, settled: bool = False) -> bool:
    """End a link; False if there was none. A customer's message without any link waits in its dialog to be sorted,
    unless a person has `settled` it: it needs no ticket."""
    with transaction.atomic():
        dialog = lock_dialog(message.dialog_id)
        locked = lock_with_survivors([ticket.id])
        fresh = locked[ticket.id]
        ended = Link.objects.filter(message=message, ticket=fresh, ended_act=None).update(ended_act=by.id)
        if not ended:
            return False
        if not Link.objects.filter(message=message, ended_act=None).exists():
            if settled:
                Message.objects.filter(id=message.id).update(settled_at=clock.now())
            _count_unlinked(dialog)
        deltas = resum(locked, fresh)
        record(
            by, Verb.MESSAGE_UNLINKED, tickets=versions(locked, deltas), dialog=dialog.id, message=message.id,
            delta={"tickets": deltas, "link": [fresh.id, None]},
        )  # fmt: skip
        return True


def resum(locked: dict[int, Ticket], ticket: Ticket) -> dict[str, Changes]:
    """Work out anew what a ticket's columns say of its messages, and those of all it is merged into: each of these is
    read as the set below it. Answers the changes by ticket, for the event."""
    deltas: dict[str, Changes] = {}
    at: Ticket | None = ticket
    while at is not None:
        deltas[str(at.id)] = apply(at, summary_of(at))
        at = locked.get(at.merged_into_id or 0)
    return deltas


def versions(locked: dict[int, Ticket], deltas: dict[str, Changes]) -> list[tuple[int, int]]:
    """The tickets that an event concerns, with their versions."""
    return [(number, locked[number].version) for number in sorted(int(key) for key in deltas)]


def _count_unlinked(dialog: Dialog) -> None:
    """A dialog is open while a customer's message of it has no ticket; the count is a column that lists can ask."""
    linked = Link.objects.filter(message=OuterRef("pk"), ended_act=None)
    loose = Message.objects.filter(~Exists(linked), dialog=dialog, author=Message.Author.CUSTOMER)
    waiting = loose.filter(settled_at=None)
    Dialog.objects.filter(id=dialog.id).update(unlinked=waiting.count())


def tickets_of(messages: Iterable[Message | int]) -> set[int]:
    """The ids of the tickets that these messages (or those of these ids) belong to."""
    ids = {one if isinstance(one, int) else one.id for one in messages}
    return set(Link.objects.filter(message__in=ids, ended_act=None).values_list("ticket_id", flat=True))


def move(messages: Iterable[Message], source: Ticket, target: Ticket, *, by: Act, confirmed: bool = False) -> None:
    """Move messages from one ticket to another, as one act. Raises Invalid if one is not there any more, and what
    `link` raises."""
    if source.id == target.id:
        raise Invalid(_("The messages belong to this ticket already."))
    moved = list(messages)
    with transaction.atomic():
        lock_dialogs(message.dialog_id for message in moved)
        lock_with_survivors({source.id, target.id, *tickets_of(moved)})
        for message in moved:
            if not Link.objects.filter(message=message, ticket=source, ended_act=None).exists():
                raise Invalid(_("Some of these messages do not belong to this ticket any more. Nothing was changed."))
            link(message, target, by=by, confirmed=confirmed)
            unlink(message, source, by=by)


def summary_of(ticket: Ticket) -> dict[str, object]:
    """What the columns of a ticket say about its messages and those of the tickets it absorbed, worked out from the
    links anew: used when links change."""
    ids = access.family(ticket.id)
    said = _said_in(ids)
    answered = said.filter(by_the_team()).aggregate(first=Min("arrived_at"), last=Max("arrived_at"))
    newest, shown = _newest(ticket, ids)
    return {
        "asked_at": _asked(said).aggregate(first=Min("arrived_at"))["first"],
        "last_in_at": said.filter(author=Message.Author.CUSTOMER).aggregate(last=Max("arrived_at"))["last"],
        "first_reply_at": answered["first"],
        "answered_at": answered["last"],
        "waiting_since": _waits(said, answered["last"]) if ticket.closed_at is None else None,
        "preview": preview_of(shown) if shown else "",
        "last_dialog": newest.dialog_id if newest else None,
    }


def waits_since(ticket: Ticket) -> datetime | None:
    """Since when the customer waits if this ticket is open: since their first message after the last public answer by a
    human. Automatic messages and thanks start no clock. Two queries."""
    said = _said_in(access.family(ticket.id))
    return _waits(said, said.filter(by_the_team()).aggregate(last=Max("arrived_at"))["last"])


def asked_among(ticket: Ticket, message_ids: Collection[int]) -> set[int]:
    """Which of these messages are words of the customer that stand on this ticket and want an answer."""
    said = _asked(_said_in(access.family(ticket.id)))
    return set(said.filter(id__in=message_ids).values_list("id", flat=True))


def _asked(said: QuerySet[Message]) -> QuerySet[Message]:
    return said.filter(author=Message.Author.CUSTOMER, kind=Message.Kind.ORDINARY)


def _waits(said: QuerySet[Message], answered: datetime | None) -> datetime | None:
    after = _asked(said).filter(arrived_at__gt=answered) if answered else _asked(said)
    first: datetime | None = after.aggregate(first=Min("arrived_at"))["first"]
    return first


def by_the_team(prefix: str = "") -> Q:
    """Messages that a human of the team wrote, also one whom nobody can name: they answered with another program.
    `prefix` leads from the rows that are asked for to their message."""
    named = Q(**{f"{prefix}author": Message.Author.AGENT})
    return named | Q(**{f"{prefix}author": Message.Author.SYSTEM, f"{prefix}trust__elsewhere": True})


def _said_in(ticket_ids: Sequence[int]) -> QuerySet[Message]:
    return Message.objects.filter(
        links__ticket__in=ticket_ids, links__ended_act=None, unsent_at=None, dialog__side=Dialog.Side.CUSTOMER
    )


def _newest(ticket: Ticket, ids: Sequence[int]) -> tuple[Message | None, Message | None]:
    """The newest message of a ticket and of all it absorbed (`ids`), and the newest whose words a list may show
    there."""
    newest = _said_in(ids).order_by("-arrived_at", "-id").first()  # of several links of one message any will do
    family = [ticket] if len(ids) == 1 else list(Ticket.objects.filter(id__in=ids))
    open_ones = [one.id for one in family if shows_words_of(ticket, one)]
    if len(open_ones) == len(family):
        return newest, newest
    told = _said_in(ids).filter(links__in=Link.objects.filter(ticket__in=open_ones, ended_act=None))
    return newest, told.order_by("-arrived_at", "-id").first()


def shows_too_much(ticket: Ticket) -> bool:
    """Whether lists show at a ticket how a message begins whose words are kept apart there (see `shows_words_of`)."""
    newest, shown = _newest(ticket, access.family(ticket.id))
    if newest is None or newest == shown or not ticket.preview:
        return False
    return ticket.preview == preview_of(newest) != (preview_of(shown) if shown else "")


def shows_words_of(ticket: Ticket, absorbed: Ticket) -> bool:
    """Whether a list may show at a ticket how a message begins that belongs to one it absorbed: not if that one may be
    read by fewer people, now or once its team is closed to others."""
    if ticket.id == absorbed.id:
        return True
    return absorbed.team_id == ticket.team_id and not absorbed.restricted


def previews_anew(ticket_id: int) -> None:
    """After who may read a ticket has changed: what lists show at those that it is merged into, and at itself of what
    it absorbed, must not be words that fewer people may read. No event of its own: the change of sight has one."""
    for one in lock_with_survivors([ticket_id]).values():
        Ticket.objects.filter(id=one.id).update(preview=summary_of(one)["preview"])


def preview_of(message: Message) -> str:
    """The beginning of a message for lists; nothing of one that is hidden."""
    if message.hidden_at is not None:
        return ""
    text = MessageText.objects.filter(message=message, version=message.version).values_list("text", flat=True).first()
    return one_line(text or "", PREVIEW)
