"""Letters of colleagues: an answer to a notice becomes an internal note, or the public answer if the channel says so.

Only with a reply address that was made for this very colleague, and only if it is proved that they wrote: whoever can
forge a From line could speak in their name otherwise. What lacks one of the two is a request of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.reply_address import read_reply_address, reply_address, verify
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Message
from vikno.journal import acts
from vikno.staff.access import NotAllowed, viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.answering import Answer, reply
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.noting import add_note
from vikno.tickets.models import Link, Ticket

MOST_LOOKED_AT = 20  # addresses that look like reply addresses
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
    agent = Agent.objects.select_related("person").get(id=agent_id)
    by = acts.agent(agent.id)
    try:
        viewer = viewer_for_agent(agent)
        message = access.message_for(viewer, message_id)
        ticket = _ticket(message)
        if ticket is None or not access.contributing(viewer, [ticket.id]):
            return None
        if public and viewer.may_write:
            return ticket, reply(ticket, agent, Answer(words, files, message.dialog), by=by)
        access.must_note(viewer)
        add_note(ticket, agent, words.text, by=by, html=words.html, attached=files)
    except (NotAllowed, access.NoSuchMessage, Invalid):
        return None
    return ticket, None


def _ticket(message: Message) -> Ticket | None:
    """The request as it is read now: the survivor of the newest one the message is linked to."""
    home = Link.objects.filter(message=message, ended_act=None).order_by("-ticket_id").first()
    return None if home is None else Ticket.objects.get(id=access.survivor_id(home.ticket_id))
