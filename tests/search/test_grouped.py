"""Numbers are found however their digits are grouped, where they stand and where they are typed."""

from __future__ import annotations

import pytest

from tests.searching import found, index_follows, look
from tests.world import World


@pytest.mark.parametrize("typed", ["48 428", "48-428", "48428", "48\u00a0428", "№48 428", '"48 428"', "48 428 чашки"])
def test_an_order_number_is_found_however_its_digits_are_grouped(world: World, typed: str) -> None:
    written = ("48 428", "48-428", "48428", "48\u00a0428")
    several = [world.ticket(text=f"Де замовлення {one}? Чашки до свята.") for one in written]
    world.ticket(world.petro, text="Замовлення 48 й 500, чашки.")
    index_follows()
    assert sorted(found(world, typed)) == [one.number for one in several]


def test_two_numbers_beside_each_other_are_found_apart_too(world: World) -> None:
    ticket = world.ticket(text="Рахунок 120, сума 500.")
    index_follows()
    assert found(world, "120 500") == [ticket.number]


def test_the_number_of_a_request_may_be_typed_in_groups(world: World) -> None:
    ticket = world.ticket()
    assert look(world, f"{ticket.number:,}".replace(",", " ")).exact == [ticket.id]
