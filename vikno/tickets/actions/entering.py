"""A ticket taken by hand: somebody came in person or called, and an agent writes down what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.models import Channel, Message
from vikno.journal.acts import Act
from vikno.people.models import Identity
from vikno.staff.models import Agent
from vikno.tickets.actions.assigning import follow
from vikno.tickets.actions.creating import NewTicket, create
from vikno.tickets.actions.receiving import receive
from vikno.tickets.models import Ticket


def enter(
    agent: Agent,
    channel: Channel,
    requester: Identity,
    words: Words,
    /,
    *,
    by: Act,
    files: Sequence[NewFile] = (),
    ip: str | None = None,
    **known: Any,
) -> Ticket:
    """A ticket with a dialog on the built-in channel of that name. What was told is the requester's own message, with
    the agent beside it as who entered it; so it starts clocks and is answered like any other. `ip`: where the request
    came from, if a program made it. `known` are further fields of NewTicket.
    """
    with transaction.atomic():
        ticket = create(
            NewTicket(
                subject=words.subject,
                channel=channel,
                requester=requester.person,
                identity=requester,
                entered_by_id=agent.id,
                description=words.text,
                ip=ip,
                **known,
            ),
            by=by,
        )
        if ticket.restricted:
            follow(ticket, agent.id, by=by)
        dialog = dialogs.open_dialog(channel, requester, by=by)
        said = Said(Message.Author.CUSTOMER, identity=requester, entered_by_id=agent.id, ip=ip)
        message = dialogs.add_message(dialog, said, words, files)
        return receive(message, ticket, by=by)
