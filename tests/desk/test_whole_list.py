"""All of a list is selected, also what the page has not loaded: as it stood there then, and no more of it is meant."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk import batches, lists, table
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions import assigning, fields
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


def selected(seat: Seat, key: str = "open", shown: str = "") -> tuple[str, str]:
    """What the field of the form says then, and its words."""
    page = seat.page(f"/inbox/{key}/all?{shown}", **HTMX)
    found = re.search(r'name="all" form="bulk" value="([\d,-]*)" data-said="([^"]*)"', page)
    assert found is not None, page
    return found[1], unescape(found[2])


def numbers(*tickets: Ticket) -> set[str]:
    return {str(one.number) for one in tickets}


def named(chosen: str) -> set[str]:
    return {one.partition("-")[0] for one in chosen.split(",")}


def act(seat: Seat, chosen: str, what: str = "close", **more: Any) -> str:
    form = {"list": "open", "act": what, "all": chosen} | more
    return unescape(seat.post("/bulk", form, **HTMX).content.decode())


def closed() -> set[int]:
    return set(Ticket.objects.filter(stage="closed").values_list("id", flat=True))


def test_all_of_a_list_is_meant_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    taken, hidden, secret = (world.ticket() for _number in range(3))
    assigning.assign(taken, world.iryna, by=world.act(world.taras))
    assigning.hand_over(hidden, world.hr, by=world.act(world.taras))
    fields.restrict(secret, True, by=world.act(world.taras))
    chosen, words = selected(seat, "unassigned")
    assert named(chosen) == numbers(*tickets) and words == "5 selected: all of this list"
    later = world.ticket()
    page = act(seat, chosen, ticket=[tickets[0].number])
    assert "Done: 5." in page and closed() == {one.id for one in tickets} and later.id not in closed()
    assert len(set(Event.objects.filter(verb=Verb.TICKET_STATUS).values_list("act", flat=True))) == 1
    undo = re.search(r"/undo/\d+", page)
    assert undo is not None
    seat.sends(undo[0])
    assert not closed()


@pytest.mark.parametrize("shown", ["", "sort=waiting", "as=table&sort=number", "as=table&sort=by-waiting"])
def test_of_too_many_the_first_in_the_order_that_is_shown(
    world: World, monkeypatch: pytest.MonkeyPatch, shown: str
) -> None:
    first, second, third = (world.ticket() for _number in range(3))
    world.answer(first)  # it waits for nobody any more, and changed last
    monkeypatch.setattr(batches, "MOST", 2)
    chosen, words = selected(Seat(world.iryna), shown=shown)
    which, rest = {
        "": ((first, third), "the first"), "sort=waiting": ((second, third), "all"),
        "as=table&sort=number": ((first, second), "the first"), "as=table&sort=by-waiting": ((second, third), "all"),
    }[shown]  # fmt: skip
    assert named(chosen) == numbers(*which) and words == f"2 selected: {rest} of this list"


def test_where_more_are_than_can_be_sorted_the_usual_order_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [world.ticket() for _number in range(3)]
    monkeypatch.setattr(table, "MOST_SORTED", 2)
    chosen, _words = selected(Seat(world.iryna), shown="as=table&sort=number")
    assert named(chosen) == numbers(*tickets)


def test_it_costs_the_same_however_many_there_are(world: World, queries: Any) -> None:
    seat = Seat(world.iryna)
    world.ticket()
    selected(seat)
    with queries() as one:
        selected(seat)
    for _number in range(5):
        world.ticket()
    with queries(at_most=len(one)):
        selected(seat)


def test_what_cannot_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    for key in ("team:999999", f"team:{world.hr.id}", "nothing"):
        assert seat.get(f"/inbox/{key}/all").status_code == 404
    chosen, _words = selected(seat)
    assert "Select one by one what is to become one request." in act(seat, chosen, "merge")
    assert Seat(world.sofia).post("/bulk", {"list": "open", "act": "close", "all": chosen}).status_code == 403
    fields.restrict(ticket, True, by=world.act(world.taras))
    assert "Done: 0." in act(seat, f"{chosen},x,,²,{'9' * 30}") and not closed(), "what may not be seen is not done"
    assert "name=" not in seat.page("/inbox/open/all", **HTMX)


def test_one_row_that_is_closed_by_its_own_button_is_one(world: World) -> None:
    one, _other = world.ticket(), world.ticket()
    seat = Seat(world.iryna)
    act(seat, selected(seat)[0], close=one.number)
    assert closed() == {one.id}


def test_it_is_offered_to_who_may_act(world: World) -> None:
    world.ticket()
    for address, way in (("open", "open/all?"), ("open?as=table&sort=number", "open/all?as=table&amp;sort=number")):
        assert f'hx-get="/inbox/{way}"' in Seat(world.iryna).page(f"/inbox/{address}")
        assert "data-select-whole" not in Seat(world.sofia).page(f"/inbox/{address}")
