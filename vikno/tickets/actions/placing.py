"""A person's word on where a message belongs: to another request, to one of its own, or to none at all. None is asked
about: a customer's message never stands without a request and without a word why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.dialogs.models import Message
from vikno.journal.acts import Act
from vikno.tickets.actions import account, judging, linking
from vikno.tickets.actions.changing import Invalid, lock_dialog, lock_dialogs, lock_with_survivors
from vikno.tickets.actions.creating import NewTicket, create, file_names, subject_from
from vikno.tickets.actions.receiving import praised_agent
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Link, Relation, Ticket

# Each message with the ticket that it is taken from: messages that are read together may be of several that were
# merged. None for one that belongs to no ticket.
Homes = Sequence[tuple[Message, Ticket | None]]


MOST_PARTS = 20


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
        return split(source, [message], by=by, relation=Relation.Kind.CHILD)
    with transaction.atomic():
        if _locked_links(message):
            raise Invalid(_("The message belongs to a request by now. Nothing was changed."))
        new = NewTicket(
            subject=subject_from(message.subject, linking.preview_of(message), file_names(message)),
            channel=message.dialog.channel, requester=message.identity.person,
            identity=message.identity, language=message.language, created_at=clock.now(),
        )  # fmt: skip
        ticket = create(new, by=by)
        linking.link(message, ticket, by=by)
        ticket.refresh_from_db()
        return ticket


def all_to_ticket(homes: Homes, target: Ticket, *, by: Act, confirmed: bool = False, stay: bool = False) -> None:
    """All of these messages belong to `target`, and, unless they `stay`, no more to where they were; or none is moved.
    Raises what `to_ticket` raises."""
    with transaction.atomic():
        _lock(homes, target)
        for message, source in homes:
            if stay:
                _add(message, source, target, by=by, confirmed=confirmed)
            else:
                to_ticket(message, source, target, by=by, confirmed=confirmed)


def _add(message: Message, source: Ticket | None, target: Ticket, *, by: Act, confirmed: bool) -> None:
    if source is not None:  # a matter of an account could be answered there
        account.must_release(source, by=by)
    if not linking.link(message, target, by=by, confirmed=confirmed):
        raise Invalid(_("The messages belong to this ticket already."))


def all_to_their_own(
    homes: Homes, *, by: Act, subject: str = "", confirmed: bool = False, stay: bool = False
) -> Ticket:
    """These messages are one new request, a child of the one that the customer's first message among them belonged to;
    unless they `stay`, they belong no more to where they were. Raises Invalid if none of them is a customer's, and what
    `to_ticket` raises."""
    asked = [(message, source) for message, source in homes if message.author == Message.Author.CUSTOMER]
    if not asked:
        raise Invalid(_("What we sent stays with a request. Choose the one that it belongs to."))
    first, source = min(asked, key=lambda one: (one[0].arrived_at, one[0].id))
    with transaction.atomic():
        _lock(homes)
        if source is None:
            made, together = to_its_own(first, None, by=by), {first.id}
        else:
            group = [message for message, home in homes if home is not None and home.id == source.id]
            made = split(source, group, by=by, subject=subject, keep=stay, relation=Relation.Kind.CHILD)
            together = {message.id for message in group}
        rest = [(message, home) for message, home in homes if message.id not in together]
        all_to_ticket(rest, made, by=by, confirmed=confirmed, stay=stay)
        made.refresh_from_db()
        return made


def into_parts(homes: Homes, subjects: Sequence[str], *, by: Act, confirmed: bool = False) -> list[Ticket]:
    """These messages ask for several things at once: a new request for each subject, a part of the one that they belong
    to, where they stay too. All are made, or none. Raises Invalid for fewer than two subjects or more than MOST_PARTS,
    or if a message belongs to no request, and what `all_to_their_own` raises."""
    named = [one.strip() for one in subjects if one.strip()]
    if not 2 <= len(named) <= MOST_PARTS:
        words = _("Write what each of the new requests is about, one a line: at least two, at most %(most)s.")
        raise Invalid(words % {"most": MOST_PARTS})
    if any(source is None for _message, source in homes):
        raise Invalid(_("A message that belongs to no request yet has no parts. Make a request of it first."))
    with transaction.atomic():
        _lock(homes)
        return [all_to_their_own(homes, by=by, subject=one, confirmed=confirmed, stay=True) for one in named]


def _lock(homes: Homes, *more: Ticket) -> None:
    """Lock all that is going to change, at once."""
    lock_dialogs(message.dialog_id for message, _source in homes)
    sources = {source.id for _message, source in homes if source is not None}
    lock_with_survivors({*sources, *(one.id for one in more), *linking.tickets_of(one for one, _home in homes)})
