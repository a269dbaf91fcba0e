"""A list as a table: its columns, any order of a list that is not too long, the same rows as the list shows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import clock
from vikno.desk import table
from vikno.people.models import Organisation, Person
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.models import TableLayout, Ticket

PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "tbody#rows"}


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr class="ticket-row sheet__row" id="row-(\d+)"', page)]


def ordered(seat: Seat, sort: str, key: str = "open") -> list[int]:
    return numbers(seat.page(f"/inbox/{key}?as=table&sort={sort}"))


@pytest.fixture
def three(world: World) -> list[Ticket]:
    """Three requests that differ in everything; what is last in each order is what has nothing there."""
    by = world.act(world.iryna)
    first, second, third = (
        world.ticket(who, subject=subject)
        for who, subject in ((world.maria, "Єдиний"), (world.petro, "Аркуш"), (world.supplier, "Яблуко"))
    )
    Person.objects.filter(id=world.maria.person_id).update(organisation=Organisation.objects.get())
    assigning.assign(first, world.taras, by=by)
    assigning.assign(second, world.iryna, by=by)
    fields.set_priority(second, world.priorities["urgent"], by=by)
    fields.set_priority(third, world.priorities["low"], by=by)
    fields.tag(first, [fields.tag_named("ящик"), fields.tag_named("єнот")], by=by)
    fields.tag(third, [fields.tag_named("акція")], by=by)
    fields.set_due(second, clock.now() + timedelta(days=2), by=by)
    fields.set_due(third, clock.now() + timedelta(days=1), by=by)
    state.wait(first, by=by)
    return [first, second, third]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("number", [1, 2, 3]), ("-number", [3, 2, 1]),
        ("subject", [2, 1, 3]), ("-subject", [3, 1, 2]),  # Аркуш, Єдиний, Яблуко: no database's own order
        ("requester", [1, 2, 3]), ("-requester", [3, 2, 1]),  # Марія, Петро, ТОВ
        ("organisation", [1, 3, 2]),
        ("agent", [2, 1, 3]), ("-agent", [1, 2, 3]),  # Iryna, Taras, nobody; nobody last both ways
        ("status", [3, 2, 1]), ("-status", [1, 2, 3]),  # new, taken, waiting
        ("priority", [3, 1, 2]), ("-priority", [2, 1, 3]),
        ("tags", [3, 1, 2]), ("-tags", [1, 3, 2]),
        ("due", [3, 2, 1]), ("-due", [2, 3, 1]),
        ("created", [1, 2, 3]), ("-created", [3, 2, 1]),
    ],
)  # fmt: skip
def test_any_column_is_an_order(world: World, three: list[Ticket], sort: str, expected: list[int]) -> None:
    found = ordered(Seat(world.iryna), sort)
    assert found == [three[n - 1].number for n in expected], sort


def test_orders_with_an_index_are_those_of_the_lists(world: World, three: list[Ticket]) -> None:
    seat = Seat(world.iryna)
    listed = re.findall(r'<li class="ticket-row" id="row-(\d+)"', seat.page("/inbox/open"))
    assert ordered(seat, "") == ordered(seat, "newest") == ordered(seat, "nonsense") == [int(one) for one in listed]
    assert ordered(seat, "by-due") == [three[2].number, three[1].number]
    assert ordered(seat, "updated") == ordered(seat, "-updated")[::-1]


def test_a_list_that_is_too_long_keeps_to_the_indexes_and_says_so(
    world: World, three: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_SORTED", 2)
    seat = Seat(world.iryna)
    page = seat.page("/inbox/open?as=table&sort=subject")
    assert "More than 10,000 tickets stand here" in page
    assert numbers(page) == ordered(seat, "newest")
    assert "More than 10,000" not in seat.page("/inbox/open?as=table&sort=by-waiting")
    assert "More than 10,000" not in seat.page(f"/inbox/team:{world.support.id}?as=table")


def test_all_lines_are_reached_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [world.ticket(subject=f"Subject {n}").number for n in range(5)]
    monkeypatch.setattr(table, "PAGE", 2)
    seat = Seat(world.iryna)
    found: list[int] = []
    address = "/inbox/open?as=table&sort=subject"
    for _turn in range(4):
        page = seat.page(address, **PART)
        found += numbers(page)
        more = re.search(r'<a class="more" href="([^"]+)"', page)
        if more is None:
            break
        address = more[1].replace("&amp;", "&")
    assert found == made


@pytest.mark.parametrize("after", ["x", "-1", "²", "9" * 30, "99999", "2026-01-01~1"])
def test_a_cursor_that_is_none_is_no_mistake(world: World, after: str) -> None:
    world.ticket()
    seat = Seat(world.iryna)
    for sort in ("subject", "newest"):
        assert seat.get("/inbox/open", {"as": "table", "sort": sort, "after": after}).status_code == 200


def test_a_table_shows_no_more_than_its_reader_may_see(world: World) -> None:
    here, there = world.ticket(), world.ticket()
    assigning.hand_over(there, world.hr, by=world.act(world.taras))
    for sort in ("newest", "subject"):
        assert ordered(Seat(world.iryna), sort) == [here.number]
        assert set(ordered(Seat(world.marko), sort)) == {here.number, there.number}


def test_columns_are_chosen_and_kept_for_each_agent_and_list(world: World, three: list[Ticket]) -> None:
    seat = Seat(world.iryna)

    def shown(who: Seat, key: str = "open") -> list[str]:
        return re.findall(r'<th scope="col" data-column="(\w+)"', who.page(f"/inbox/{key}?as=table"))

    usual = shown(seat)
    assert set(usual) == set(table.USUAL)
    answer = seat.post(
        "/inbox/open/columns?as=table&sort=-priority", {"column": ["organisation", "channel", "x'--", "tags"]}
    )
    assert answer["Location"] == "/inbox/open?as=table&sort=-priority"
    assert shown(seat) == ["subject", "organisation", "channel", "tags"]
    assert "Крамниця" in seat.page("/inbox/open?as=table")
    assert shown(seat, "mine") == usual and shown(Seat(world.taras)) == usual
    seat.post("/inbox/open/columns", {})
    assert shown(seat) == ["subject"]
    assert seat.post("/inbox/nothing/columns", {}).status_code == 404
    assert TableLayout.objects.count() == 1


def test_every_column_is_drawn_and_ordered_by(world: World, three: list[Ticket]) -> None:
    seat = Seat(world.sofia)
    codes = [one.code for one in table.columns(world.viewer(world.sofia))]
    seat.post("/inbox/all/columns", {"column": codes})
    for code in codes:
        for sign in ("", "-"):
            assert sorted(ordered(seat, f"{sign}{code}", "all")) == sorted(one.number for one in three)


def test_a_ticket_opened_from_a_table_leads_back_to_it(world: World) -> None:
    ticket = world.ticket()
    seat = Seat(world.iryna)
    row = re.search(
        r'<a class="ticket-row__link sheet__link" href="([^"]+)"', seat.page("/inbox/open?as=table&sort=agent")
    )
    assert row is not None
    page = seat.page(row[1].replace("&amp;", "&"))
    assert 'href="/inbox/open?as=table&amp;sort=agent" data-act="back"' in page
    assert f"#{ticket.number}" in page


def test_a_table_costs_the_same_queries_however_many_lines_it_has(world: World, queries: Any) -> None:
    seat = Seat(world.iryna)
    for place in range(5):
        fields.tag(world.ticket(), [fields.tag_named(f"tag{place}")], by=world.act(world.iryna))
    for sort in ("newest", "subject"):
        seat.page(f"/inbox/open?as=table&sort={sort}")
    most = 17  # on PostgreSQL four of them hold one statement to its time
    with queries(at_most=most) as few:
        assert len(ordered(seat, "subject")) == 5
    for _ in range(46):
        world.ticket()
    with queries(at_most=most) as many:
        assert len(ordered(seat, "subject")) == 50
    assert len(few) == len(many)
    with queries(at_most=most):
        assert len(ordered(seat, "newest")) == 50


def test_what_is_next_follows_the_order_of_the_table(world: World, three: list[Ticket]) -> None:
    """Beside the ticket stands the table's order, so keys, closing and going on lead to what stood below it there."""
    seat = Seat(world.iryna)
    expected = ordered(seat, "subject")
    here = f"/tickets/{expected[0]}?list=open&as=table&sort=subject"
    page = seat.page(here)
    assert [int(one) for one in re.findall(r'<li class="ticket-row" id="row-(\d+)"', page)] == expected
    follows = f"/tickets/{expected[1]}?list=open&amp;as=table&amp;sort=subject"
    assert f'href="{follows}" data-act="next"' in page and page.count(follows) == 2
    assert 'href="/inbox/open?as=table&amp;sort=subject" data-act="back"' in page
    part = seat.page(here, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="div#ticket")
    assert f'href="{follows}" data-act="next"' in part
    fresh = re.search(r'id="rows" data-live="list:open" hx-get="([^"]+)"', page)
    assert fresh is not None
    again = seat.page(fresh[1].replace("&amp;", "&"), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="ul#rows")
    assert [int(one) for one in re.findall(r'<li class="ticket-row" id="row-(\d+)"', again)] == expected
    backwards = seat.page(f"/tickets/{expected[0]}?list=open&as=table&sort=-subject")
    assert 'data-act="next"' not in backwards and f"/tickets/{expected[1]}?list=open" in backwards


def test_the_list_beside_goes_on_in_the_order_of_the_table(
    world: World, three: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "PAGE", 2)
    seat = Seat(world.iryna)
    first = seat.page(f"/tickets/{three[0].number}?list=open&as=table&sort=subject")
    more = re.search(r'<a class="more" href="([^"]+)"', first)
    assert more is not None and "beside=1" in more[1]
    rest = seat.page(more[1].replace("&amp;", "&"), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="li#more")
    assert re.findall(r'<li class="ticket-row" id="row-(\d+)"', rest) == [str(three[2].number)]
