"""An act on many tickets goes in batches and steps; it is one act all the same, of what was chosen at the click."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk import batches
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets in a batch, and a batch in a step."""
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    monkeypatch.setattr(batches, "STEP", 0.0)


def _brings_back(page: str) -> str:
    found = re.search(r'name="work" value="([^"]+)"', page)
    assert found, page
    return found[1]


def _closed() -> int:
    return Ticket.objects.filter(stage="closed").count()


def _click(seat: Seat, tickets: list[Ticket]) -> str:
    fields: dict[str, Any] = {"ticket": [one.number for one in tickets], "act": "close", "list": "open"}
    return seat.post("/bulk", fields, **HTMX).content.decode()


@pytest.mark.usefixtures("small_steps")
def test_a_long_act_says_how_far_it_is_and_is_undone_as_one(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    page = _click(seat, tickets)
    assert "Done: 2 of 5." in page and _closed() == 2
    late = world.ticket()  # came after the click
    page = seat.post("/bulk", {"work": _brings_back(page)}, **HTMX).content.decode()
    assert "Done: 4 of 5." in page and _closed() == 4
    assert re.search(r'hx-target="#bulk-\d+" hx-swap="outerHTML"', page)
    page = seat.post("/bulk", {"work": _brings_back(page)}, **HTMX).content.decode()
    assert "Done: 5." in page and 'name="work"' not in page and _closed() == 5
    assert len(set(Event.objects.filter(verb=Verb.TICKET_STATUS).values_list("act", flat=True))) == 1
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    assert _closed() == 0
    assert Ticket.objects.get(id=late.id).version == late.version


@pytest.mark.usefixtures("small_steps")
def test_without_a_script_one_request_does_it_all(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    page = seat.sends("/bulk", ticket=[one.number for one in tickets], act="close", list="open").content.decode()
    assert "Done: 5." in page and _closed() == 5


@pytest.mark.usefixtures("small_steps")
def test_nobody_goes_on_with_what_another_began_or_nobody_did(world: World) -> None:
    tickets = [world.ticket() for _number in range(3)]
    packed = _brings_back(_click(Seat(world.iryna), tickets))
    for seat, work in ((Seat(world.olena), packed), (Seat(world.iryna), packed[:-3]), (Seat(world.iryna), "x")):
        page = seat.post("/bulk", {"work": work}, **HTMX).content.decode()
        assert "can no longer be gone on with" in page
    assert _closed() == 2


@pytest.mark.usefixtures("small_steps")
def test_rights_that_ended_meanwhile_end_it(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    packed = _brings_back(_click(seat, tickets))
    world.iryna.role = "observer"
    world.iryna.save(update_fields=["role"])
    assert "Your role does not include this" in seat.post("/bulk", {"work": packed}, **HTMX).content.decode()
    assert _closed() == 2


def test_what_is_beyond_the_most_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    page = _click(Seat(world.iryna), [world.ticket() for _number in range(3)])
    assert "Done: 2. At most 2 are changed at once; so many were left out: 1." in page
    assert _closed() == 2
