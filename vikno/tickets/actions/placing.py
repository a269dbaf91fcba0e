"""A person's word on where a message belongs: to another request, to one of its own, or to none at all. None is asked
about: a customer's message never stands without a request and without a word why."""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.dialogs.models import Message
from vikno.journal.acts import Act
from vikno.tickets.actions import account, judging, linking
from vikno.tickets.actions.changing import Invalid, lock_dialog, lock_with_survivors
from vikno.tickets.actions.creating import NewTicket, create, subject_from
from vikno.tickets.actions.receiving import praised_agent
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Link, Ticket


class Was(StrEnum):
    """What a message was that belongs to no request."""

    THANKS = "thanks"
    NOTHING = "nothing"  # there is nothing to do about it


class LastLink(Invalid):
    """It would be left without a request: the agent is asked what it was."""


def take_off(message: Message, ticket: Ticket, *, by: Act, was: Was | None = None) -> None:
    """The message does not belong to this ticket. If it belongs to no other either, `was` says what it was.

    Raises LastLink when that is not said, NotProved for a locked matter of an account, Invalid for an answer of ours,
    which stays with a request, and for a message that is not linked to this ticket any more.
    """
    with transaction.atomic():
        links = _locked_links(message)
        if ticket.id not in links:
            raise Invalid(_("This message does not belong to that ticket any more. Nothing was changed."))
        account.must_release(lock_with_survivors([ticket.id])[ticket.id], by=by)
        last = links == {ticket.id}
        if last and message.author != Message.Author.CUSTOMER:
            raise Invalid(_("What we sent stays with a request. Choose the one that it belongs to."))
        if last and was is None:
            raise LastLink(_("It would belong to no request. Say what it was."))
        if last and was == Was.THANKS:
            praised_agent(message, links)
            judging.judge(message, Message.Kind.THANKS, by=by)
        linking.unlink(message, ticket, by=by, settled=last)


def to_ticket(message: Message, source: Ticket | None, target: Ticket, *, by: Act, confirmed: bool = False) -> None:
    """The message belongs to `target`, and to `source` no more (None: it belonged to none). Raises WidensSight until
    `confirmed`, NotProved for a locked matter of an account, and Invalid if it belongs there already or a colleague has
    put it elsewhere meanwhile."""
    with transaction.atomic():
        links = _locked_links(message)
        if source is not None:
            locked = lock_with_survivors({*links, source.id, target.id})
            account.must_release(locked[source.id], by=by)
            linking.move([message], source, target, by=by, confirmed=confirmed)
            return
        if links - {target.id}:
            raise Invalid(_("The message belongs to a request by now. Nothing was changed."))
        if not linking.link(message, target, by=by, confirmed=confirmed):
            raise Invalid(_("The messages belong to this ticket already."))


def _locked_links(message: Message) -> set[int]:
    """The ids of the tickets that it belongs to, which stay so until the transaction ends."""
    lock_dialog(message.dialog_id)
    return set(Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True))


def to_its_own(message: Message, source: Ticket | None, *, by: Act) -> Ticket:
    """The message is a request of its own. Raises Invalid for what we said ourselves."""
    if message.identity is None or message.author != Message.Author.CUSTOMER:
        raise Invalid(_("What we sent stays with a request. Choose the one that it belongs to."))
    if source is not None:
        return split(source, [message], by=by)
    with transaction.atomic():
        if _locked_links(message):
            raise Invalid(_("The message belongs to a request by now. Nothing was changed."))
        new = NewTicket(
            subject=subject_from(message.subject, linking.preview_of(message)), channel=message.dialog.channel,
            requester=message.identity.person, identity=message.identity, language=message.language,
            created_at=clock.now(),
        )  # fmt: skip
        ticket = create(new, by=by)
        linking.link(message, ticket, by=by)
        ticket.refresh_from_db()
        return ticket
