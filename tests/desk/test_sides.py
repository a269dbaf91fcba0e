"""What suppliers and colleagues say is shown to agents apart from what the customer hears, like notes."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Dialog

pytestmark = pytest.mark.django_db


def shown(world: World, side: str) -> list[str]:
    """How each message of a request is drawn whose dialog has this side."""
    ticket = world.ticket(text="Запчастини будуть завтра")
    world.answer(ticket, text="Чекаємо")
    Dialog.objects.update(side=side)
    return re.findall(r"message--(\w+)", Seat(world.iryna).page(f"/tickets/{ticket.number}"))


@pytest.mark.parametrize("side", [Dialog.Side.THIRD, Dialog.Side.STAFF])
def test_both_sides_of_such_a_talk_look_like_no_talk_with_the_customer(world: World, side: str) -> None:
    assert set(shown(world, side)) == {"third"}


def test_a_customers_own(world: World) -> None:
    assert set(shown(world, Dialog.Side.CUSTOMER)) == {"customer", "agent"}
