"""Letters of colleagues: an answer to a notice becomes an internal note, or the public answer if the channel says so.

Only with a reply address that was made for this very colleague, and only if it is proved that they wrote: whoever can
forge a From line could speak in their name otherwise. What lacks one of the two is a request of their own.

Below an answer stands the notice, with what colleagues noted. Where a mail program writes it so that it is not folded,
or the answer stands between its lines, nothing goes to the customer: it is kept as a note, and its writer is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import plain
from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.letter.quotes import is_marked
from vikno.channels.email.reply_address import read_reply_address, reply_address, verify
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Dialog, Message
from vikno.journal import acts
from vikno.people.queries import one_human
from vikno.staff.access import NotAllowed, viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.answering import Answer, can_answer, default_dialog, readable_parts, reply
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.noting import add_note
from vikno.tickets.models import Link, NoteText, Ticket

MOST_LOOKED_AT = 20  # addresses that look like reply addresses
MOST_NOTES = 200  # of a request, that an answer is compared with
SHORTEST = 12  # characters of a line that could stand in a note by chance
PUBLIC = "answer"  # value of the channel's setting `agent_letters`; otherwise they become notes


def notice_address(channel_address: str, message_id: int, agent_address: str) -> str:
    """The Reply-To of a notice to a colleague about a message. Raises AddressTooLong."""
    return reply_address(channel_address, message_id, agent_address, reply_keys()[NEWEST], NEWEST)


def noticed(recipients: Sequence[str], agent_address: str) -> int | None:
    """The message whose notice a letter from this colleague answers; None without a reply address of theirs."""
    keys = reply_keys()
    read = [token for one in dict.fromkeys(recipients) if (token := read_reply_address(one))][:MOST_LOOKED_AT]
    return next((one.message_id for one in read if verify(one, agent_address, keys)), None)


def take(
    agent_id: int, message_id: int, words: Words, files: Sequence[NewFile], *, public: bool
) -> tuple[Ticket, Message | None] | None:
    """Write what a colleague answered to a notice; answers the ticket and, if it was public, the message. None if
    they may not see what the notice was about any more, or may not write there."""
    agent = Agent.objects.select_related("person__user").get(id=agent_id)
    by = acts.agent(agent.id)
    try:
        viewer = viewer_for_agent(agent)
        message = access.message_for(viewer, message_id)
        ticket = _ticket(message)
        if ticket is None or not access.contributing(viewer, [ticket.id]):
            return None
        why = ""
        if public and viewer.may_write:
            sent, why = _answer(ticket, agent, message, words, files)
            if sent is not None:
                return ticket, sent
        access.must_note(viewer)
        add_note(ticket, agent, words.text, by=by, html=words.html, attached=files)
        if why:
            _tell(agent, ticket, why)
    except (NotAllowed, access.NoSuchMessage, Invalid):
        return None
    return ticket, None


def _answer(
    ticket: Ticket, agent: Agent, message: Message, words: Words, files: Sequence[NewFile]
) -> tuple[Message | None, str]:
    """The public answer; or None and, in the colleague's language, why nothing may go to the customer."""
    with translation.override(_language(agent)):
        if _repeats(words.text, ticket):
            return None, _("It repeats parts of the notice, which may hold what colleagues noted.")
        usable = message.dialog.side == Dialog.Side.CUSTOMER and can_answer(message.dialog)
        if not usable and not _reaches_the_same(ticket, agent, message):
            return None, _("Whom it answers cannot be written to, and it would have gone to somebody else.")
        try:
            answer = Answer(words, files, message.dialog if usable else None)
            return reply(ticket, agent, answer, by=acts.agent(agent.id)), ""
        except Invalid as refusal:
            return None, str(refusal)


def _reaches_the_same(ticket: Ticket, agent: Agent, message: Message) -> bool:
    """Whether an answer that cannot go back the way of its message would go to the same human another way: to who
    called, by letter."""
    way = default_dialog(ticket, readable_parts([ticket], agent))
    person = way.identity.person_id if way else ticket.requester_id
    return person in one_human(message.dialog.identity.person_id)


def _repeats(text: str, ticket: Ticket) -> bool:
    """Whether a letter still holds something of the notice it answers: quoted lines, its links, lines of notes."""
    lines = [line.strip() for line in text.splitlines()]
    if any(is_marked(line) for line in lines) or reverse("desk:notices") in text:
        return True
    notes = NoteText.objects.filter(note__ticket__in=access.family(ticket.id)).order_by("-id")
    known = {line.strip() for note in notes.values_list("text", flat=True)[:MOST_NOTES] for line in note.splitlines()}
    return any(len(line) >= SHORTEST and line in known for line in lines)


def _language(agent: Agent) -> str:
    user = agent.person.user
    return (user.language if user else "") or agent.person.language or "en"


def _tell(agent: Agent, ticket: Ticket, why: str) -> None:
    """Say to a colleague that their answer has not gone: they believe that it has."""
    if agent.person.user is None:
        return
    link = str(settings.BASE_URL).rstrip("/") + reverse("desk:ticket", args=[ticket.number])
    with translation.override(_language(agent)):
        text = _(
            "Nothing of your letter went to the customer; it is kept as an internal note of request #%(number)s.\n\n"
            "%(why)s\n\nTo answer the customer, open the request: %(link)s"
        ) % {"number": ticket.number, "why": why, "link": link}
        subject = _("Your answer to request #%(number)s was not sent") % {"number": ticket.number}
        plain.send_plain(agent.person.user.email, subject, text)


def _ticket(message: Message) -> Ticket | None:
    """The request as it is read now: the survivor of the newest one the message is linked to."""
    home = Link.objects.filter(message=message, ended_act=None).order_by("-ticket_id").first()
    return None if home is None else Ticket.objects.get(id=access.survivor_id(home.ticket_id))
