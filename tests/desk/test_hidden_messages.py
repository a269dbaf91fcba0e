"""Where a dialog also holds messages of requests that one may not see, the page and the API say so, and no more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.desk.seats import Seat
from tests.world import World
from vikno.accounts.actions import create_token
from vikno.dialogs.models import Message
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
WORDS = "Some messages here belong to requests you may not see."


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.ticket(text="Відкрите питання", subject="Каса")


def more(world: World, ticket: Ticket, text: str) -> Message:
    """Another message of its customer in the same dialog."""
    last = ticket.links.order_by("id").last()
    assert last is not None
    world.letter(world.maria, text=text, answers=last.message)
    return Message.objects.get(texts__text=text)


def apart(world: World, ticket: Ticket, *texts: str) -> Ticket:
    """Messages of a restricted request in the same dialog, which only its followers and its lead read."""
    messages = [more(world, ticket, text) for text in texts]
    other = split(ticket, messages, by=world.act(world.taras), subject="Приховане")
    restrict(other, True, by=world.act(world.taras))
    return other


def page(agent: Agent, ticket: Ticket) -> str:
    return Seat(agent).page(f"/tickets/{ticket.number}")


def by_api(agent: Agent, ticket: Ticket) -> dict[str, Any]:
    _token, secret = create_token(agent.person.user, "test", scope="read")
    path = f"/api/v1/dialogs/{ticket.links.order_by('id')[0].message.dialog_id}"
    answer = Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {secret}").get(path)
    assert answer.status_code == 200
    return dict(answer.json())


def test_it_is_said_to_whom_it_concerns(world: World, ticket: Ticket) -> None:
    apart(world, ticket, "ТАЄМНО")
    assert page(world.iryna, ticket).count(WORDS) == 1
    assert by_api(world.iryna, ticket)["hidden"] is True
    assert WORDS not in page(world.taras, ticket)
    assert by_api(world.taras, ticket)["hidden"] is False


def test_also_in_what_is_drawn_anew(world: World, ticket: Ticket) -> None:
    apart(world, ticket, "ТАЄМНО")
    headers = {"HX-Request": "true", "HX-Target": "timeline"}
    assert WORDS in Seat(world.iryna).get(f"/tickets/{ticket.number}", headers=headers).content.decode()


def test_it_tells_no_more(world: World, ticket: Ticket) -> None:
    """Neither how many, nor whose, nor of which request."""
    other = apart(world, ticket, "ТАЄМНО")

    def without_tokens(text: str) -> str:
        return re.sub(r"\b[A-Za-z0-9_-]{16,}\b", "", text)

    seat = Seat(world.iryna)
    one = seat.page(f"/tickets/{ticket.number}")
    assert not [word for word in ("ТАЄМНО", "Приховане", f"#{other.number}") if word in one]
    last = other.links.order_by("id").last()
    assert last is not None
    world.letter(world.maria, text="ЩЕ ТАЄМНІШЕ", answers=last.message, named=other)
    two = seat.page(f"/tickets/{ticket.number}")
    assert not access.readable_messages(
        world.viewer(world.iryna), last.message.dialog, [Message.objects.latest("id").id]
    )
    assert two.count(WORDS) == 1 and "ТАЄМНІШЕ" not in two
    assert set(by_api(world.iryna, ticket)) == set(by_api(world.taras, ticket))


def test_messages_of_requests_that_one_sees_are_not_hidden(world: World, ticket: Ticket) -> None:
    other = split(ticket, [more(world, ticket, "Інше")], by=world.act(world.iryna), subject="Інше")
    assert WORDS not in page(world.iryna, ticket) and WORDS not in page(world.iryna, other)
    assert by_api(world.iryna, ticket)["hidden"] is False


def test_what_was_absorbed_and_may_not_be_read_is_hidden_too(world: World, ticket: Ticket) -> None:
    merge(apart(world, ticket, "ТАЄМНО"), ticket, by=world.act(world.taras))
    assert "ТАЄМНО" not in page(world.iryna, ticket) and WORDS in page(world.iryna, ticket)


def test_a_dialog_of_one_request_hides_nothing(world: World, ticket: Ticket) -> None:
    world.answer(ticket)
    assert WORDS not in page(world.iryna, ticket)
