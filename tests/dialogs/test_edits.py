"""Changing a message at the platform adds a version, and starts, stops and reopens nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World
from vikno.dialogs.actions import Words, edit_message
from vikno.dialogs.models import Delivery, Message, MessageText
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.state import set_status
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def rows(ticket: Ticket) -> dict[str, Any]:
    return dict(Ticket.objects.filter(id=ticket.id).values().get())


@pytest.mark.parametrize("stage", ["new", "answered", "waiting", "closed"])
def test_it_starts_stops_and_reopens_nothing(world: World, stage: str) -> None:
    ticket = world.ticket(text="Не друкує каса")
    message = ticket.links.order_by("id")[0].message
    if stage != "new":
        world.answer(ticket)
    if stage in ("waiting", "closed"):
        set_status(ticket, world.statuses[stage], by=world.act(world.iryna))
    before, sent, tickets = rows(ticket), Delivery.objects.count(), Ticket.objects.count()
    edit_message(message, Words("Не друкує каса, і чек теж"), by=acts.person(world.maria.person_id))
    assert rows(ticket) == before
    assert (Delivery.objects.count(), Ticket.objects.count()) == (sent, tickets)
    event = Event.objects.latest("id")
    assert (event.verb, event.message_id) == (Verb.MESSAGE_EDITED, message.id)


def test_the_version_before_is_kept(world: World) -> None:
    message = world.ticket(text="Не друкує каса").links.order_by("id")[0].message
    edit_message(message, Words("Друкує"), by=acts.person(world.maria.person_id))
    assert Message.objects.get(id=message.id).version == 2
    kept = MessageText.objects.filter(message=message).order_by("version").values_list("version", "text")
    assert list(kept) == [(1, "Не друкує каса"), (2, "Друкує")]
