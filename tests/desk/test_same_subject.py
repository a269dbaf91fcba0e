"""A new request says that the same person asked with the same subject before, and leads to the merge."""

from __future__ import annotations

import re
from html import unescape

import pytest
import time_machine

from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from tests.world import World, later
from vikno.tickets.actions import fields, state
from vikno.tickets.models import Link, Ticket

pytestmark = pytest.mark.django_db

SAID = "Same subject as #"


def came(world: World, subject: str = "Рахунок за жовтень", **more: str) -> Ticket:
    """The request that this letter opened."""
    return Link.objects.get(message=arrive(world.mail, letter(subject=subject, **more)).message_id).ticket


def page(world: World, ticket: Ticket) -> str:
    return Seat(world.iryna).page(f"/tickets/{ticket.number}")


def test_the_same_subject_is_said_and_merged_by_a_click(world: World) -> None:
    older = came(world)
    ticket = came(world, "Re: рахунок за  жовтень")
    here = page(world, ticket)
    assert f"{SAID}{older.number}, which is not closed." in here
    assert SAID not in page(world, older)  # only the newer one tells
    way = re.search(r'href="([^"]*/merge\?[^"]*)"[^>]*>Merge …', here)
    assert way is not None
    merging = Seat(world.iryna).page(unescape(way[1]))
    assert f"#{older.number}" in merging and f"#{ticket.number}" in merging


def test_of_one_that_is_closed_it_says_so_for_a_month(world: World) -> None:
    older = came(world)
    state.close(older, by=world.act(world.iryna))
    with time_machine.travel(later(days=3)):
        ticket = came(world)
        assert f"{SAID}{older.number}, closed: " in page(world, ticket)
        state.close(ticket, by=world.act(world.iryna))
    with time_machine.travel(later(days=60)):
        assert SAID not in page(world, came(world))


def test_it_is_said_until_somebody_answers(world: World) -> None:
    came(world)
    ticket = came(world)
    assert SAID in page(world, ticket)
    world.answer(ticket)
    assert SAID not in page(world, ticket)


def test_others_hidden_ones_and_other_subjects_are_not_named(world: World) -> None:
    hidden = came(world)
    fields.restrict(hidden, True, by=world.act(world.taras))
    came(world, sender="petro@example.net")
    came(world, "Інше питання")
    assert SAID not in page(world, came(world))
    assert SAID not in Seat(world.sofia).page(f"/tickets/{came(world, 'Інше питання').number}")  # she may not merge
