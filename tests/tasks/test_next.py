"""What next: who finds what in their queue, and why; passing one over, and the way to the head."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.desk.seats import Seat
from tests.world import World, later
from vikno.core import clock
from vikno.staff.models import Agent, Membership
from vikno.tasks.models import Passed
from vikno.tasks.queue import _walks, queue
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def numbers(world: World, agent: Agent) -> list[int]:
    return [one.number for one in queue(world.viewer(agent), clock.now())]


def reasons(world: World, agent: Agent, ticket: Ticket) -> dict[str, int]:
    [found] = [one for one in queue(world.viewer(agent), clock.now()) if one.number == ticket.number]
    return {part.reason: part.points for part in found.parts}


def since(ticket: Ticket, **hours: float) -> None:
    """The instants of a request lie so many hours back."""
    Ticket.objects.filter(id=ticket.id).update(**{name: later(hours=-back) for name, back in hours.items()})


def test_the_heaviest_stands_first_and_says_why(world: World) -> None:
    calm, waits, over = world.ticket(), world.ticket(), world.ticket()
    since(waits, waiting_since=5.1, asked_at=5.1)
    since(over, due_at=2.1)
    assert numbers(world, world.iryna) == [over.number, waits.number, calm.number]
    assert reasons(world, world.iryna, over) == {"overdue": 44, "team": 8}
    assert reasons(world, world.iryna, waits) == {"waiting": 10, "team": 8}


def test_what_a_colleague_has_is_not_there_unless_one_is_named(world: World) -> None:
    ticket = world.ticket()
    assigning.take(ticket, world.taras, by=world.act(world.taras))
    assert numbers(world, world.iryna) == []
    assert reasons(world, world.taras, ticket) == {"mine": 12}
    noting.add_note(ticket, world.taras, "@Iryna глянь", mentions=[world.iryna], by=world.act(world.taras))
    assert reasons(world, world.iryna, ticket) == {"mentioned": 15}
    state.mark_opened(ticket, world.iryna.id)
    assert numbers(world, world.iryna) == []


def test_it_knows_the_sight_of_each(world: World) -> None:
    open_, own, closed, restricted = (world.ticket(subject=one) for one in ("а", "б", "в", "г"))
    act = world.act(world.olena)
    assigning.hand_over(own, world.billing, by=act)
    assigning.hand_over(closed, world.hr, by=act)
    fields.restrict(restricted, True, by=act)
    assert numbers(world, world.iryna) == [open_.number]
    assert set(numbers(world, world.bohdan)) == {open_.number, own.number}
    assert closed.number in numbers(world, world.marko)
    assert set(numbers(world, world.taras)) == {open_.number, restricted.number}  # the lead of its team
    assert numbers(world, world.sofia) == []  # who only looks takes nothing


def test_what_is_closed_aside_or_waits_for_others_is_not_there(world: World) -> None:
    closed, aside, waits = world.ticket(), world.ticket(), world.ticket()
    act = world.act(world.iryna)
    state.close(closed, by=act)
    state.snooze(aside, later(hours=3), by=act)
    world.answer(waits)
    state.wait(waits, by=act)
    assert numbers(world, world.iryna) == []
    since(waits, due_at=1)
    assert numbers(world, world.iryna) == [waits.number]


def test_a_customer_who_writes_again_after_our_answer_is_heard(world: World) -> None:
    ticket = world.ticket()
    world.answer(ticket)
    Ticket.objects.filter(id=ticket.id).update(answered_at=later(hours=-2))
    world.letter(world.maria, answers=ticket.links.order_by("id")[0].message)
    assert reasons(world, world.iryna, ticket)["reply"] == 8


def test_an_urgent_one_is_found_in_the_midst_of_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vikno.tasks.queue.TAKEN", 2)
    many = [world.ticket(subject=str(n)) for n in range(9)]
    for n, one in enumerate(many):
        since(one, waiting_since=20 - n, asked_at=20 - n, updated_at=20 - n)
    urgent = many[5]
    fields.set_priority(urgent, world.priorities["urgent"], by=world.act(world.olena))
    since(urgent, updated_at=15)
    assert numbers(world, world.iryna)[0] == urgent.number


def test_what_needs_nobody_takes_no_place_of_what_is_ones_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vikno.tasks.queue.TAKEN", 2)
    many = [world.ticket(subject=str(n)) for n in range(9)]
    act = world.act(world.iryna)
    for n, one in enumerate(many):
        assigning.take(one, world.iryna, by=act)
        if n % 2:
            state.snooze(one, later(hours=3), by=act)
        elif n != 4:
            world.answer(one)
            state.wait(one, by=act)
    for n, one in enumerate(many):
        since(one, updated_at=20 - n)
    Ticket.objects.filter(id=many[4].id).update(waiting_since=None)
    assert numbers(world, world.iryna) == [many[4].number]


def test_the_queue_is_one_query_and_walks_no_more_than_its_bound(world: World, queries: Any) -> None:
    viewer = world.viewer(world.iryna)
    world.ticket()
    with queries(at_most=1) as seen:
        queue(viewer, clock.now())
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + seen[0]["sql"])
            plan = [row[3] for row in cursor.fetchall()]
        walks = len(_walks(viewer, None))
        assert sum(bool(re.search(r"tickets_ticket USING (COVERING )?INDEX tickets_", one)) for one in plan) == walks
        assert plan.count("SCAN tickets_ticket") == walks, plan  # what each walk has found, once; the table never


class TestThePage:
    def test_it_shows_the_sum_its_reasons_and_the_table_of_weights(self, world: World) -> None:
        ticket = world.ticket(subject="Каса <b>мовчить</b>")
        since(ticket, waiting_since=5.1, asked_at=5.1)
        page = Seat(world.iryna).page("/next")
        assert f"#{ticket.number} Каса &lt;b&gt;мовчить&lt;/b&gt;" in page
        assert re.search(r"queue__sum[^>]*>.*</span>18</span>", page)
        assert "The customer has waited 5 hours" in page
        assert "+10" in page
        assert "2 for each hour, at most 60" in page

    def test_passing_over_takes_it_out_of_ones_own_queue_alone_and_is_undone(self, world: World) -> None:
        ticket, seat = world.ticket(), Seat(world.iryna)
        page = seat.sends("/next/pass", number=ticket.number).content.decode()
        assert f"/next/back/{ticket.number}" in page
        assert (numbers(world, world.iryna), numbers(world, world.taras)) == ([], [ticket.number])
        seat.sends(f"/next/back/{ticket.number}")
        assert numbers(world, world.iryna) == [ticket.number]

    def test_what_was_passed_over_comes_back_after_hours_or_with_the_customer(self, world: World) -> None:
        ticket = world.ticket()
        Seat(world.iryna).sends("/next/pass", number=ticket.number)
        Passed.objects.update(at=later(minutes=-1))
        world.letter(world.maria, answers=ticket.links.get().message)
        assert numbers(world, world.iryna) == [ticket.number]
        Passed.objects.update(at=clock.now(), until=clock.now() - timedelta(seconds=1))
        assert numbers(world, world.iryna) == [ticket.number]

    def test_one_key_leads_to_the_head_and_from_there_to_the_next(self, world: World) -> None:
        first, second, seat = world.ticket(), world.ticket(), Seat(world.iryna)
        since(first, due_at=1)
        assert seat.get("/next/first").headers["Location"] == f"/tickets/{first.number}"
        on = seat.get("/next/first", headers={"referer": f"http://127.0.0.1:8000/tickets/{first.number}?list=mine"})
        assert on.headers["Location"] == f"/tickets/{second.number}"
        state.close(first, by=world.act(world.iryna))
        state.close(second, by=world.act(world.iryna))
        assert seat.get("/next/first").headers["Location"] == "/next"
        assert "Nothing waits for you" in seat.page("/next")

    def test_who_only_looks_has_no_queue_and_one_out_of_sight_is_not_passed(self, world: World) -> None:
        hidden = world.ticket()
        assigning.hand_over(hidden, world.hr, by=world.act(world.olena))
        assert Seat(world.sofia).get("/next").status_code == 403
        assert Seat(world.iryna).post("/next/pass", {"number": hidden.number}).status_code == 404
        assert Passed.objects.count() == 0

    def test_the_page_costs_the_same_however_many_wait(self, world: World, queries: Any) -> None:
        world.ticket()
        seat = Seat(world.iryna)
        seat.page("/next")
        with queries() as few:
            seat.page("/next")
        for _ in range(12):
            world.ticket()
        with queries(at_most=len(few)):
            seat.page("/next")


def test_an_owner_without_a_team_has_a_queue_too(world: World) -> None:
    ticket = world.ticket()
    Membership.objects.filter(agent=world.olena).delete()
    assert reasons(world, world.olena, ticket) == {}
    assert numbers(world, world.olena) == [ticket.number]
