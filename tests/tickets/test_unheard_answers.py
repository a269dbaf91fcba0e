"""A request does not stay closed, or waiting, while the answer it was closed with has not arrived."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.desk.test_forwarding import forwarded
from tests.world import World
from vikno.core import clock
from vikno.dialogs import deliveries
from vikno.dialogs.models import Delivery, Message
from vikno.journal import acts, readers
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions import merging, state
from vikno.tickets.models import Stage, Ticket
from vikno.tickets.readers import UNHEARD

pytestmark = pytest.mark.django_db


def refuse(message: Message) -> None:
    delivery = message.deliveries.get()
    assert deliveries.begin(delivery)
    assert deliveries.mark_refused(delivery, "550 5.1.1 unknown", no_such_address=True)
    follow()


def bounce(message: Message) -> None:
    Delivery.objects.filter(message=message).update(state=Delivery.State.SENT)
    assert deliveries.mark_bounced(message.id, "", "550 5.1.1 unknown", True, "5.1.1")
    follow()


def follow() -> None:
    while readers.run_once(UNHEARD):
        pass


def stage(ticket: Ticket) -> str:
    return Ticket.objects.values_list("stage", flat=True).get(id=ticket.id)


@pytest.fixture
def answered(world: World) -> tuple[Ticket, Message]:
    ticket = world.ticket()
    follow()
    return ticket, world.answer(ticket)


@pytest.mark.parametrize("fail", [refuse, bounce])
@pytest.mark.parametrize("leave", [state.close, state.wait])
def test_it_comes_back(world: World, answered: tuple[Ticket, Message], leave, fail) -> None:
    ticket, message = answered
    leave(ticket, by=acts.agent(world.iryna.id))
    fail(message)
    assert stage(ticket) in (Stage.NEW, Stage.OPEN)
    state.close(ticket, by=acts.agent(world.iryna.id))  # by whoever has seen it
    follow()
    assert stage(ticket) == Stage.CLOSED


def test_what_was_put_aside_until_an_answer_comes_back_too(world: World, answered: tuple[Ticket, Message]) -> None:
    ticket, message = answered
    state.snooze(ticket, clock.now() + timedelta(days=30), by=acts.agent(world.iryna.id))
    bounce(message)
    assert Ticket.objects.get(id=ticket.id).snoozed_until is None


def test_what_it_was_merged_into_comes_back(world: World, answered: tuple[Ticket, Message]) -> None:
    ticket, message = answered
    other = world.ticket()
    merging.merge(ticket, other, by=acts.agent(world.iryna.id))
    state.close(other, by=acts.agent(world.iryna.id))
    bounce(message)
    assert stage(other) in (Stage.NEW, Stage.OPEN)


def test_it_stays_where_the_customer_has_been_answered_since(world: World, answered: tuple[Ticket, Message]) -> None:
    ticket, message = answered
    world.answer(ticket)
    state.close(ticket, by=acts.agent(world.iryna.id))
    bounce(message)
    assert stage(ticket) == Stage.CLOSED


def test_it_stays_where_only_who_is_in_copy_did_not_get_it(world: World, answered: tuple[Ticket, Message]) -> None:
    ticket, message = answered
    message.deliveries.update(role=Delivery.Role.CC)
    state.close(ticket, by=acts.agent(world.iryna.id))
    bounce(message)
    assert stage(ticket) == Stage.CLOSED


def test_it_stays_where_a_third_party_did_not_get_a_forward(world: World, answered: tuple[Ticket, Message]) -> None:
    ticket, _message = answered
    message = forwarded(world, ticket)
    state.close(ticket, by=acts.agent(world.iryna.id))
    bounce(message)
    assert stage(ticket) == Stage.CLOSED


def test_the_time_line_says_by_what(world: World, answered: tuple[Ticket, Message]) -> None:
    ticket, message = answered
    state.close(ticket, by=acts.agent(world.iryna.id))
    bounce(message)
    event = Event.objects.get(verb=Verb.TICKET_REOPENED)
    assert Event.objects.get(id=event.cause).verb == Verb.DELIVERY_BOUNCED
