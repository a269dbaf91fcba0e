"""An agent writes first: a letter that begins a request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Channel, ChannelAddress, Message
from vikno.journal.acts import Act
from vikno.staff.models import Agent
from vikno.tickets.actions.answering import Answer, Recipients, address_of, reply
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.creating import NewTicket, create, is_able, team_of
from vikno.tickets.models import Ticket


def write_first(
    agent: Agent,
    channel: Channel,
    recipients: Recipients,
    words: Words,
    /,
    *,
    by: Act,
    address: ChannelAddress | None = None,
    files: Iterable[NewFile] = (),
    **known: Any,
) -> tuple[Ticket, Message]:
    """An agent begins: a ticket, a dialog and the first letter to a customer, who answers to `address`; without one it
    is written from the channel's. `known` are further fields of NewTicket; without an agent among them it is the
    author's, unless it goes to a team that is closed to them. Raises Invalid without a recipient."""
    if not recipients.to:
        raise Invalid(_("Say whom to write to."))
    first = recipients.to[0]
    if address is not None:
        known["brand"] = known.get("brand") or address.brand
        if known.get("category") is None or known["category"].team_id is None:
            known["team"] = known.get("team") or address.team
    if known.get("agent") is None:
        team = team_of(channel, known.get("team"), known.get("category"))
        known["agent"] = agent if is_able(agent, team) else None
    with transaction.atomic():
        ticket = create(
            NewTicket(
                subject=words.subject, channel=channel, requester=first.person, identity=first, entered_by_id=agent.id,
                **known,
            ),
            by=by,
        )  # fmt: skip
        address = address or address_of(channel, ticket.team_id)
        dialog = dialogs.open_dialog(channel, first, by=by, address=address)
        message = reply(ticket, agent, Answer(words, list(files), dialog, recipients), by=by)
    return ticket, message
