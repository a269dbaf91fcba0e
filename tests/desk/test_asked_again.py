"""What an open desk asks for again by itself: cheap, because rows that are the same are not made again; never stale."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk.seats import Seat
from tests.world import World
from vikno.accounts.models import User
from vikno.core.models import Company
from vikno.staff.models import Agent, Membership
from vikno.tickets.actions import assigning, fields, state

ROWS = {"HX-Request": "true", "HX-Target": "ul#rows", "Vikno-By-Itself": "1"}
PLACES = ROWS | {"HX-Target": "div#nav-places"}


def rows(seat: Seat, key: str = "open") -> dict[int, str]:
    """The rows of a list as an open page asks for them, by number."""
    page = seat.page(f"/inbox/{key}", headers=ROWS)
    return {
        int(number): row for number, row in re.findall(r'(?s)<li class="ticket-row" id="row-(\d+)"(.*?)</li>', page)
    }


@time_machine.travel("2026-12-01T10:00:00Z", tick=False)
def test_each_change_of_a_row_shows_at_the_next_question(world: World) -> None:
    seat, other, by = Seat(world.iryna), Seat(world.olena), world.act(world.iryna)
    ticket, still = world.ticket(subject="First words"), world.ticket(subject="Nothing happens here")
    before = rows(seat)
    assert rows(seat) == before
    assert "First words" in before[ticket.number]
    for change, seen in (
        (lambda: assigning.take(ticket, world.iryna, by=by), f'title="{world.iryna.person.name}"'),
        (lambda: fields.tag(ticket, [fields.tag_named("рахунок")], by=by), "рахунок"),
        (lambda: state.wait(ticket, by=by), 'data-stage="waiting"'),
    ):
        assert seen not in rows(seat)[ticket.number]
        change()
        assert seen in rows(seat)[ticket.number]
    assert " data-unread" in rows(seat)[ticket.number]
    state.mark_opened(ticket, world.iryna.id)
    assert " data-unread" not in rows(seat)[ticket.number]
    assert " data-unread" in rows(other)[ticket.number]  # the same row for somebody who has not opened it
    assert rows(seat)[still.number] == before[still.number]


@time_machine.travel("2026-12-01T10:00:00Z", tick=False)
def test_rows_are_in_their_readers_language_and_zone(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket(subject="<b>&amp;")
    english = rows(seat)[ticket.number]
    assert "Close the ticket" in english
    assert "&lt;b&gt;&amp;amp;" in english
    User.objects.filter(person__agent=world.iryna).update(language="uk")
    assert "Close the ticket" not in rows(seat)[ticket.number]
    User.objects.filter(person__agent=world.iryna).update(language="en")
    assert rows(seat)[ticket.number] == english
    told = re.compile(r"data-ago[^>]*>([^<]*)<")
    Company.objects.update(zone="Pacific/Auckland")
    [there] = told.findall(seat.page("/inbox/open", headers=ROWS))
    Company.objects.update(zone="America/New_York")
    assert told.findall(seat.page("/inbox/open", headers=ROWS)) != [there]


def test_a_right_that_is_taken_away_counts_at_the_next_question(world: World) -> None:
    ticket = world.ticket()
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    seat = Seat(world.marko)
    assert set(rows(seat)) == {ticket.number}
    assert f"team:{world.hr.id}" in seat.page("/nav", headers=PLACES)
    Membership.objects.filter(agent=world.marko, team=world.hr).delete()
    assert not rows(seat)
    assert f"team:{world.hr.id}" not in seat.page("/nav", headers=PLACES)
    Agent.objects.filter(id=world.marko.id).update(active=False)
    assert "deactivated" in seat.page("/inbox/open", headers=ROWS)
    assert "deactivated" in seat.page("/nav", headers=PLACES)


@pytest.mark.parametrize("end", ["session", "login", "seal"])
def test_a_session_that_has_ended_counts_at_the_next_question(world: World, end: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    assert set(rows(seat)) == {ticket.number}
    login = User.objects.filter(person__agent=world.iryna)
    if end == "session":
        Session.objects.filter(session_key=seat.session.session_key).delete()
    elif end == "login":
        login.update(is_active=False)
    else:
        login.update(password="another")
    for address, headers in (("/inbox/open", ROWS), ("/nav", PLACES)):
        assert seat.get(address, headers=headers).status_code == 401


def test_a_question_costs_few_statements_however_many_rows_there_are(world: World) -> None:
    seat = Seat(world.iryna)
    counts = []
    for _ in range(2):
        for _ in range(3):
            world.ticket()
        for address, headers, most in (("/inbox/open", ROWS, 9), ("/nav", PLACES, 8)):
            seat.page(address, headers=headers)
            with CaptureQueriesContext(connection) as asked:
                seat.page(address, headers=headers)
            assert len(asked) <= most, [one["sql"] for one in asked]
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
