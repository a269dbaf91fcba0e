"""A ticket's page at its edges: what came meanwhile, odd addresses, many messages of one instant, days elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.desk.seats import Seat
from tests.desk.test_ticket import act
from tests.world import World
from vikno.core import clock
from vikno.desk.timeline import MESSAGES
from vikno.staff.models import Agent
from vikno.tickets.actions import linking, merging, noting


def test_what_was_closed_while_the_customer_wrote_says_so_in_words(world: World) -> None:
    first = world.letter(world.maria)
    ticket = first.ticket
    assert ticket is not None
    answer = world.answer(ticket)
    ticket.refresh_from_db()
    world.letter(world.maria, answers=answer, text="І ще одне")
    page = act(Seat(world.iryna), ticket, close="1", version=str(ticket.version))
    assert "the customer has written meanwhile" in page and "waiting_since" not in page
    assert ticket.closed_at is None


@pytest.mark.parametrize("form", ["close", "wait", "snooze", "status", "delete", "spam"])
def test_what_the_customer_who_waits_already_has_written_since_is_put_out_of_nobodys_way(
    world: World, form: str
) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    drawn = seat.page(f"/tickets/{ticket.number}")
    version = re.search(r'name="version" value="(\d+)"', drawn)
    assert version is not None
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    value = {"snooze": tomorrow, "status": str(world.statuses["closed"].id)}
    world.letter(world.maria, answers=ticket.links.earliest("id").message, text="Ще одне: і друк не йде")
    page = act(seat, ticket, **{form: value.get(form, "1")}, version=version[1])
    assert "Not done: the customer has written meanwhile" in page and "і друк не йде" in page
    assert (ticket.closed_at, ticket.snoozed_until, ticket.deleted_at, ticket.stage) == (None, None, None, "new")
    seen = re.search(r'name="version" value="(\d+)"', page)
    assert seen is not None
    act(seat, ticket, **{form: value.get(form, "1")}, version=seen[1])
    away = ticket.closed_at or ticket.snoozed_until or ticket.deleted_at or ticket.stage == "waiting"
    assert away, "the page shows it now"


def test_words_that_a_colleague_brought_here_meanwhile_count_as_well(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    version = str(ticket.version)
    linking.link(world.letter(world.maria).message, ticket, by=world.act(world.taras))
    page = act(seat, ticket, close="1", version=version)
    assert "Not done: a colleague has put words of the customer here meanwhile" in page and ticket.closed_at is None


def test_thanks_hinder_nobody_who_closes(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    answer = world.answer(ticket)
    ticket.refresh_from_db()
    version = ticket.version
    world.letter(world.maria, answers=answer, text="Дякую!")
    act(seat, ticket, close="1", version=str(version))
    assert ticket.closed_at is not None


@pytest.mark.parametrize("key", ["a/b", "", "team:1/2", "nothing"])
def test_a_list_that_is_none_in_the_address_breaks_no_page(world: World, key: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    assert "/inbox/open" in seat.page(f"/tickets/{ticket.number}?{urlencode({'list': key})}")
    assert seat.sends("/bulk", act="close", ticket=ticket.number, list=key).redirect_chain == [("/inbox/open", 302)]


def test_messages_of_one_instant_are_all_found_on_the_pages_before(world: World) -> None:
    at = clock.now()
    first = world.letter(world.maria, arrived_at=at)
    for n in range(34):
        world.letter(world.maria, answers=first.message, text=f"Лист-{n:02}.", arrived_at=at)
    assert first.ticket is not None
    seat, address = Seat(world.iryna), f"/tickets/{first.ticket.number}"
    newest = seat.page(address)
    older = re.search(r"\?before=\d+", newest)
    assert older is not None
    both = newest + seat.page(f"{address}{older[0]}")
    assert [n for n in range(34) if f"Лист-{n:02}." not in both] == []


def test_a_message_of_two_requests_made_one_hides_no_older_one(world: World) -> None:
    first = world.letter(world.maria, text="Лист-00.")
    said = [world.letter(world.maria, answers=first.message, text=f"Лист-{n:02}.") for n in range(1, MESSAGES + 1)]
    ticket, other = first.ticket, world.ticket(world.maria, text="Про інше.")
    assert ticket is not None
    by = world.act(world.iryna)
    linking.link(said[-1].message, other, by=by)
    linking.unlink(other.links.earliest("id").message, other, by=by)
    merging.merge(other, ticket, by=by)
    seat, address = Seat(world.iryna), f"/tickets/{ticket.number}"
    newest = seat.page(address)
    older = re.search(r"\?before=\d+", newest)
    assert older is not None and "Лист-00." not in newest
    assert "Лист-00." in seat.page(f"{address}{older[0]}")


def test_a_day_is_the_teams_also_for_who_lives_by_another_clock(world: World) -> None:
    Agent.objects.filter(id=world.iryna.id).update(zone="Asia/Tokyo")
    seat, ticket = Seat(world.iryna), world.ticket()
    page = act(seat, ticket, due="2031-12-01")
    assert "due: Dec 1, 2031" in page or "due: 1 Dec 2031" in page
    assert 'value="2031-12-01"' in seat.page(f"/tickets/{ticket.number}")


@pytest.mark.parametrize("due", ["9999-12-31", "0001-01-01"])
def test_a_date_at_the_end_of_the_calendar_breaks_no_page(world: World, due: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    assert "too far away" in act(seat, ticket, due=due)
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        Agent.objects.filter(id=world.iryna.id).update(zone=zone)
        seat.page("/inbox/open?sort=due")
        seat.page(f"/tickets/{ticket.number}")


def test_a_ticket_costs_the_same_queries_however_long_it_is(world: World, queries: Any) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    world.answer(ticket)
    noting.add_note(ticket, world.iryna, "Дивилась", by=world.act(world.iryna))
    seat.page(f"/tickets/{ticket.number}?list=open")
    with queries(at_most=38) as few:
        seat.page(f"/tickets/{ticket.number}?list=open")
    for _ in range(12):
        world.letter(world.maria, answers=world.answer(ticket))
        noting.add_note(ticket, world.iryna, "Дивилась", by=world.act(world.iryna))
    with queries(at_most=38) as many:
        assert seat.page(f"/tickets/{ticket.number}?list=open").count('class="message ') >= 26
    assert len(few) == len(many)


@pytest.mark.parametrize("number", ["0", "999999", "9223372036854775808", "99999999999999999999999"])
def test_a_number_that_no_ticket_has_is_no_error(world: World, number: str) -> None:
    assert Seat(world.iryna).get(f"/tickets/{number}").status_code == 404
