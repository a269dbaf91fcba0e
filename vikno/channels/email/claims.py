"""Which request a letter claims to belong to, and whether its sender has shown to have to do with it.

In this order: a reply token in the address; Message-IDs that the letter names, of messages we know, or of letters we
never saw that another one named too; the number that the sender's own system gave the matter; our own number. What
forwards something starts anew, unless it was written to a reply address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from vikno.channels.email.identify import Token
from vikno.channels.email.letter import Letter
from vikno.channels.email.letter.subject import Numbers, numbers
from vikno.channels.email.models import ForeignNumber, UnknownReference
from vikno.channels.email.providers import firm_of
from vikno.core import rows
from vikno.core.subjects import is_forward
from vikno.dialogs.models import Dialog, Message
from vikno.people import values
from vikno.people.models import Identity
from vikno.tickets.models import Ticket, TicketAlias
from vikno.tickets.taking_part import dialog_in, may_answer

MOST_REFERENCES = 30
MOST_REMEMBERED = 10  # ids of a letter that we never saw
MOST_SIBLINGS = 10
_NAMED_BY = "SELECT foreign_id, message_id FROM channel_email_unknownreference WHERE foreign_id IN"


@dataclass(frozen=True, slots=True)
class Claim:
    """`answers`: the message it answers, or one of the same thread. `ticket`, `dialog`: of a letter that names a
    request by its number. `vouched`: something that nobody else knows brought it. `doubt`: a reason to suspect it.
    `unknown`, `foreign`: what to remember of it, for those that follow."""

    answers: Message | None = None
    ticket: Ticket | None = None
    dialog: Dialog | None = None
    vouched: bool = False
    doubt: str = ""
    unknown: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


def claim(letter: Letter, identity: Identity, token: Token | None, *, apart: bool = False) -> Claim:
    """What the letter claims. `apart`: a person has said that it is a request of its own. Without references and
    without a number in the subject it costs one query."""
    named = numbers(letter.subject)
    if token is not None and not apart:
        message = _messages().filter(id=token.message_id).first()
        if message is not None:
            return Claim(message, vouched=True, foreign=named.plain)
    if apart or is_forward(letter.subject):
        return Claim(foreign=named.plain)
    known = _known(_named_ids(letter))
    unknown = tuple(one for one in _rememberable(letter) if one not in known)
    answers = next((known[one] for one in _named_ids(letter) if one in known), None)
    if answers is not None:
        return Claim(answers, unknown=unknown, foreign=named.plain)
    return _by_thread(letter, identity, unknown, named) or _by_number(identity, named, unknown)


def answered(letter: Letter) -> Message | None:
    """The message that a letter names as answered, whoever wrote it."""
    named = _named_ids(letter)
    known = _known(named)
    return next((known[one] for one in named if one in known), None)


def _messages() -> QuerySet[Message]:
    return Message.objects.select_related("dialog__identity")


def _named_ids(letter: Letter) -> list[str]:
    named = (one[:255] for one in (*letter.in_reply_to, *reversed(letter.references[-MOST_REFERENCES:])))
    return list(dict.fromkeys(named))


def _rememberable(letter: Letter) -> list[str]:
    """The ids to know its siblings by: what it answers, the beginning of the thread, and the last ones of it."""
    chosen = [*letter.in_reply_to[:2], *letter.references[:1], *reversed(letter.references[-8:])]
    return list(dict.fromkeys(one[:255] for one in chosen))[:MOST_REMEMBERED]


def _known(ids: list[str]) -> dict[str, Message]:
    """The messages under these ids. Ours first: a stranger may have used the id of one of our letters for his own."""
    if not ids:
        return {}
    found: dict[str, Message] = {}
    same = _messages().filter(foreign_id__in=ids, dialog__channel__kind="email").exclude(foreign_id="")  # for the index
    for message in same.order_by("id"):
        before = found.get(message.foreign_id)
        if before is None or (before.author == Message.Author.CUSTOMER and message.author != Message.Author.CUSTOMER):
            found[message.foreign_id] = message
    return found


def _by_thread(letter: Letter, identity: Identity, unknown: tuple[str, ...], named: Numbers) -> Claim | None:
    """Another letter named an id that this one names too, or names this one. Only for who takes part, or wrote to
    somebody who does: all who answer one circular name the same id and have nothing to do with each other."""
    ids = [*_named_ids(letter), *([letter.message_id[:255]] if letter.message_id else [])]
    for message_id in _siblings(ids):
        message = _messages().get(id=message_id)
        if may_answer(message, identity.person_id):
            return Claim(message, unknown=unknown, foreign=named.plain)
        if message.dialog.identity.value in addressed(letter):
            return Claim(message, vouched=True, unknown=unknown, foreign=named.plain)
    return None


def _siblings(ids: list[str]) -> list[int]:
    """The messages of letters that named one of these ids, the one nearest to the end of the thread first. Asked for
    every letter, so by plain SQL."""
    if not ids:
        return []
    places = ", ".join(["%s"] * len(ids))
    found = rows.run(f"{_NAMED_BY} ({places}) LIMIT 50", *ids)
    return [message for _, message in sorted((ids.index(named), message) for named, message in found)][:MOST_SIBLINGS]


def addressed(letter: Letter) -> set[str]:
    """The addresses in To and Cc, in their normal form."""
    found = set()
    for one in (*letter.to, *letter.cc):
        try:
            found.add(values.email(one.addr))
        except values.WrongValue:
            continue
    return found


def _by_number(identity: Identity, named: Numbers, unknown: tuple[str, ...]) -> Claim:
    if named.plain:
        firm = firm_of(identity.value)
        own = Q(sender=identity.value) | (Q(firm=firm) if firm else Q())
        row = (
            ForeignNumber.objects.filter(own, number__in=named.plain)
            .select_related("message__dialog__identity").order_by("-id").first()
        )  # fmt: skip
        if row is not None:
            return Claim(row.message, vouched=True, unknown=unknown, foreign=named.plain)
    for ticket in _tickets((*named.plain, *named.loose)):
        takes_part, dialog = dialog_in(ticket, identity.person_id)
        if takes_part:
            return Claim(ticket=ticket, dialog=dialog, unknown=unknown)
    claimed = _tickets(named.plain)
    if claimed:  # a number behind a mere sign may be one of an order: of a stranger it claims nothing
        return Claim(ticket=claimed[0], doubt="number_of_another", unknown=unknown, foreign=named.plain)
    return Claim(unknown=unknown, foreign=named.plain)


def _tickets(named: Iterable[str]) -> list[Ticket]:
    """The requests under these numbers: ours, and those of a system they were imported from."""
    texts = list(named)
    if not texts:
        return []
    ours = Q(number__in=[int(one) for one in texts if one.isdecimal() and one.isascii() and len(one) <= 18])
    spelled = [way for one in texts for way in (one, one.upper())]
    there = Q(id__in=list(TicketAlias.objects.filter(number__in=spelled).values_list("ticket_id", flat=True)[:20]))
    return list(Ticket.objects.filter(ours | there).select_related("team").order_by("-id")[:20])


def remember(message: Message, identity: Identity, found: Claim, ticket: Ticket | None) -> None:
    """Keep by what others of this thread will be known. Call in the transaction that made the message."""
    if found.unknown:
        UnknownReference.objects.bulk_create(
            [UnknownReference(message=message, foreign_id=one) for one in found.unknown]
        )
    numbers_ = [one for one in found.foreign if ticket is None or one != str(ticket.number)]
    if numbers_:
        firm = firm_of(identity.value)
        ForeignNumber.objects.bulk_create(
            [ForeignNumber(message=message, number=one, sender=identity.value, firm=firm) for one in numbers_]
        )
