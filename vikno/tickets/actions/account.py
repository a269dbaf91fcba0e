"""Matters of an account: what changes or tells something about a customer's account is handled only if it is asked from
a verified address of theirs, and the message that asks is proved to come from there.

The category of a ticket says that it is one. As long as it is not proved nothing goes to the customer but a letter that
says so and reveals nothing; a lead may decide to handle it all the same, and that is written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.core.models import LANGUAGES
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Said, Words
from vikno.dialogs.models import Dialog, Message
from vikno.journal import acts
from vikno.journal.acts import Act, Kind
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.actions import verify_identity
from vikno.people.models import Identity
from vikno.people.queries import one_human
from vikno.staff.access import Viewer
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid, apply, lock, lock_dialog, lock_with_survivors
from vikno.tickets.actions.linking import attach_message, versions
from vikno.tickets.models import Category, Link, Ticket

NEW = timedelta(minutes=1)  # an address that came with the request itself is as old as that
AGAIN = timedelta(hours=24)  # how soon the letter that explains it may go once more


class NotProved(Invalid):
    """An account matter that nobody has proved to come from the customer. The text says what to do."""


def own_matter(ticket: Ticket) -> Category | None:
    """The category by which a ticket itself is a matter of an account that no lead has let pass."""
    if ticket.category_id is None or ticket.account_act is not None:
        return None
    return Category.objects.filter(id=ticket.category_id, account_matter=True).first()


class Matter(NamedTuple):
    """A ticket that is such a matter."""

    ticket: int
    requester: int
    category: int


_MATTERS = """WITH RECURSIVE above (id, into_id) AS (
SELECT id, merged_into_id FROM tickets_ticket WHERE id = %s
UNION SELECT one.id, one.merged_into_id FROM tickets_ticket one JOIN above ON one.id = above.into_id
), part (id) AS (
SELECT id FROM above WHERE into_id IS NULL
UNION SELECT one.id FROM tickets_ticket one JOIN part ON one.merged_into_id = part.id
) SELECT one.id, one.requester_id, one.category_id
FROM part JOIN tickets_ticket one ON one.id = part.id JOIN tickets_category category ON category.id = one.category_id
WHERE category.account_matter AND one.account_act IS NULL ORDER BY one.id"""


def _matters(ticket: Ticket) -> list[Matter]:
    """Such matters among all that a ticket is read together with: what it was merged into, and what that absorbed. They
    are one request, and an answer to one of them tells of the others."""
    return [Matter(*row) for row in rows.run(_MATTERS, ticket.id)]


def matter_of(ticket: Ticket) -> Category | None:
    """The category by which a ticket, or else one that it is read together with, is such a matter."""
    found = _matters(ticket)
    own = [one for one in found if one.ticket == ticket.id]
    return Category.objects.get(id=(own or found)[0].category) if found else None


def is_open_matter(ticket: Ticket) -> bool:
    """Whether a ticket, or one that it is read together with, is a matter of an account that no lead has let pass. Of a
    ticket that was read with `absorbs` (see intake.place) and is filed and merged nowhere nothing need be asked."""
    alone = ticket.merged_into_id is None and not getattr(ticket, "absorbs", True)
    return not (alone and ticket.category_id is None) and bool(_matters(ticket))


def is_locked(ticket: Ticket) -> bool:
    """Whether nothing may be told to the customer yet."""
    matters = _matters(ticket)
    if not matters:
        return False
    together = access.family(access.survivor_id(ticket.id))
    return not all(
        _is_proved(person, together) for person in {ticket.requester_id, *(one.requester for one in matters)}
    )


def proves(identity: Identity | None, authenticated: bool) -> bool:
    """Whether something that was said counts: from a verified address, and proved to come from there."""
    return identity is not None and bool(identity.verified_by) and authenticated


def _is_proved(person_id: int, together: Sequence[int]) -> bool:
    """Whether this person has proved in one of these tickets that they ask. An agent's own word counts as the proof of
    what was said in person or on the phone."""
    said = Message.objects.filter(links__ticket__in=together, links__ended_act=None, author=Message.Author.CUSTOMER)
    known = said.filter(identity__person__in=one_human(person_id)).exclude(identity__verified_by="")
    return known.filter(Q(authenticated=True) | Q(entered_by__isnull=False)).exists()


def must_be_proved(tickets: Iterable[Ticket]) -> None:
    """Raises NotProved if one of these is an account matter that is locked."""
    for one in tickets:
        if is_locked(one):
            raise NotProved(
                _(
                    "Ticket %(number)s is a matter of an account, and it is not proved that the customer asks: "
                    "it needs a letter from a verified address of theirs. A lead can decide to handle it anyway."
                )
                % {"number": one.number}
            )


def told_in(message: Message) -> QuerySet[Ticket]:
    """The tickets of which a message tells a customer: none, unless an agent said it and a customer hears it."""
    if message.dialog.side != Dialog.Side.CUSTOMER or message.author != Message.Author.AGENT:
        return Ticket.objects.none()
    return Ticket.objects.filter(links__message=message, links__ended_act=None).distinct().order_by("id")


def keeps_back(message: Message) -> bool:
    """Whether a message that waits to leave must not: since it was written its request has become such a matter."""
    return any(is_locked(one) for one in told_in(message))


def must_release(ticket: Ticket, *, by: Act) -> None:
    """Raises NotProved for an agent who would take a locked matter, or a message of it, to where it could be answered:
    that is a lead's word too."""
    if by.actor.kind != Kind.AGENT or not is_locked(ticket):
        return
    if not Agent.objects.filter(id=by.actor.id or 0, role__in=(Agent.Role.LEAD, Agent.Role.OWNER)).exists():
        raise NotProved(
            _(
                "Ticket %(number)s is a matter of an account, and it is not proved that the customer asks. As long as "
                "that is so, only a lead can file it elsewhere or move its messages. Nothing was changed."
            )
            % {"number": ticket.number}
        )


def handle_anyway(viewer: Viewer, ticket: Ticket, *, by: Act) -> None:
    """A lead answers for it: the matter is handled without a proof from now on, with whatever it is read together
    with. Raises Invalid if that holds a matter that the viewer may not see: nobody answers for what they cannot read.
    """
    with transaction.atomic():
        locked = lock_with_survivors([ticket.id, *access.family(access.survivor_id(ticket.id))])
        if not is_locked(ticket):
            return
        passed = [locked[one.ticket] for one in _matters(ticket) if one.ticket in locked]
        ids = {one.id for one in passed}
        if ids - access.contributing(viewer, ids):
            raise Invalid(
                _(
                    "This request was merged with a matter of an account that you may not see, so you cannot decide on "
                    "it. Ask the lead of the team that can see all of it. Nothing was changed."
                )
            )
        deltas = {str(one.id): apply(one, {"account_act": by.id}) for one in passed}
        record(by, Verb.TICKET_ACCOUNT_LET_PASS, tickets=versions(locked, deltas), delta={"tickets": deltas})


def waiting_in(categories: Sequence[int]) -> list[Ticket]:
    """The requests filed under these categories that wait for a proof; those that are closed or in the bin left out, as
    what they were merged into tells."""
    going_on = Q(closed_at=None, deleted_at=None)
    filed = Ticket.objects.filter(going_on | Q(merged_into__isnull=False), category__in=categories, account_act=None)
    return [ticket for ticket in filed.order_by("id") if _goes_on(ticket) and is_locked(ticket)]


def _goes_on(ticket: Ticket) -> bool:
    survivor = Ticket.objects.filter(id=access.survivor_id(ticket.id), closed_at=None, deleted_at=None)
    return ticket.merged_into_id is None or survivor.exists()


def tell_released(tickets: Sequence[Ticket], *, by: Act) -> None:
    """Say in the time line of these that they can be handled without a proof: their category is no such matter any
    more. Call inside a transaction."""
    locked = lock_with_survivors(one.id for one in tickets)
    for fresh in (locked[one.id] for one in tickets):
        apply(fresh, {})
        delta = {"category": [fresh.category_id, fresh.category_id]}
        record(by, Verb.TICKET_ACCOUNT_LET_PASS, tickets=[(fresh.id, fresh.version)], delta=delta)


def explain(ticket: Ticket, dialog: Dialog | None, *, by: Act) -> Message | None:
    """Tell the counterpart of a dialog, in their language, why nothing happens and how to prove who they are. It
    repeats nothing that was written and tells nothing about the account. None if that went a short while ago, or the
    dialog cannot carry it. Call inside a transaction."""
    from vikno.tickets.actions.answering import can_answer  # which in turn asks here

    if dialog is None or not can_answer(dialog) or dialog.identity.blocked_at or not is_locked(ticket):
        return None
    before = Message.objects.filter(dialog=dialog, author=Message.Author.SYSTEM, arrived_at__gte=clock.now() - AGAIN)
    if before.filter(trust__explains="account").exists():
        return None
    language = _language(ticket, dialog)
    with translation.override(language):
        words = Words(_text(), subject=_("About your request"), language=language)
    said = Said(Message.Author.SYSTEM, kind=Message.Kind.AUTOMATIC, trust={"explains": "account"})
    message = dialogs.add_message(dialog, said, words)
    leaves = clock.now() + timedelta(seconds=dialog.channel.undo_seconds)
    dialogs.queue_deliveries(message, [(dialog.identity, "to")], leaves)
    fresh = lock(ticket)
    attach_message(message, fresh, by=by)
    apply(fresh, {})
    record(
        by, Verb.MESSAGE_SENT, tickets=[(fresh.id, fresh.version)], dialog=dialog.id, message=message.id,
        delta={"explains": [None, "account"]},
    )  # fmt: skip
    return message


def explains(message: Message) -> bool:
    """Whether this is the letter that tells a customer why nothing happens."""
    return message.author == Message.Author.SYSTEM and message.trust.get("explains") == "account"


def to_confirm(told: Message, identity: Identity) -> QuerySet[Message]:
    """What came from the recipient of that letter into its dialog before, and is proved by nothing yet."""
    said = Message.objects.filter(dialog=told.dialog_id, identity=identity, author=Message.Author.CUSTOMER)
    return said.filter(authenticated=False, arrived_at__lte=told.arrived_at).order_by("arrived_at", "id")


def knew_before(told: Message, identity: Identity) -> bool:
    """Whether an address was known to us before it asked for what that letter explains. Of one that was not, a link
    would prove no more than that somebody reads the mailbox they wrote from."""
    first = Ticket.objects.filter(links__message=told, links__ended_act=None).order_by("created_at").first()
    return first is not None and identity.created_at < first.created_at - NEW


@transaction.atomic
def confirmed(told: Message, identity: Identity) -> None:
    """Its recipient says, by a link that stood in that letter alone, that it was they who asked: the address is theirs,
    and what had come from it into this dialog until then is taken for proved."""
    act = acts.person(identity.person_id)
    dialog = lock_dialog(told.dialog_id)
    verify_identity(identity, Identity.Proof.LETTER, by=act)
    ids = list(to_confirm(told, identity).values_list("id", flat=True))
    Message.objects.filter(id__in=ids).update(authenticated=True)
    locked = lock_with_survivors(Link.objects.filter(message=told, ended_act=None).values_list("ticket_id", flat=True))
    for fresh in locked.values():
        apply(fresh, {})
    record(
        act, Verb.MESSAGE_CONFIRMED, tickets=[(one.id, one.version) for one in locked.values()], dialog=dialog.id,
        message=told.id, person=identity.person_id, delta={"messages": [[], ids]},
    )  # fmt: skip


def _language(ticket: Ticket, dialog: Dialog) -> str:
    spoken = {code for code, _name in LANGUAGES}
    asked = (dialog.identity.person.language, ticket.language, ticket.brand.language, "en")
    return next(one for one in asked if one in spoken)


def _text() -> str:
    return _(
        "Hello!\n\n"
        "What you ask for concerns an account. To protect it, we handle such requests only when they come from an "
        "address that is confirmed to be its owner's.\n\n"
        "Please write to us once more from the address that we know as yours, or contact us by phone. Until then "
        "nothing is changed and nothing is told to anybody.\n\n"
        "This letter was sent automatically."
    )
