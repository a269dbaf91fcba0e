"""An undo after something else has happened: it loses nothing that came from the customer, and says who did what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_ticket import act, undo_of
from tests.world import World
from vikno.core import clock
from vikno.journal.acts import Act
from vikno.tickets.actions import assigning, judging, linking, merging, state
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
WROTE = "Not undone: the customer has written meanwhile."


def closed(world: World, *, answered: bool = True) -> Ticket:
    ticket = world.ticket()
    if answered:
        world.answer(ticket)
    state.close(ticket, by=world.act(world.taras))
    return ticket


def undone(seat: Seat, page: str) -> str:
    return str(seat.sends(undo_of(page)).content.decode())


def writes(world: World, ticket: Ticket, text: str = "Знову не працює", **more: Any) -> Any:
    return world.letter(world.maria, text=text, answers=ticket.links.earliest("id").message, **more)


@pytest.mark.parametrize("answered", [True, False])
def test_reopening_is_not_undone_once_the_customer_wrote(world: World, answered: bool) -> None:
    seat, ticket = Seat(world.iryna), closed(world, answered=answered)
    page = act(seat, ticket, reopen="1")
    writes(world, ticket)
    assert WROTE in undone(seat, page)
    ticket.refresh_from_db()
    assert ticket.closed_at is None and ticket.waiting_since is not None


def asleep(ticket: Ticket, by: Act) -> None:
    state.snooze(ticket, clock.now() + timedelta(days=3), by=by)


@pytest.mark.parametrize(
    ("away", "back"),
    [(state.wait, "status"), (asleep, "snooze"), (state.delete, "restore"), (state.mark_spam, "spam")],
)
def test_nor_is_it_put_away_again_in_another_way(world: World, away: Callable[..., object], back: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    away(ticket, by=world.act(world.taras))
    form = {"status": str(world.statuses["open"].id), "restore": "1"}
    page = act(seat, ticket, **{back: form.get(back, "")})
    assert (ticket.snoozed_until, ticket.deleted_at, ticket.stage == "waiting") == (None, None, False)
    writes(world, ticket)
    assert WROTE in undone(seat, page)
    ticket.refresh_from_db()
    assert (ticket.snoozed_until, ticket.deleted_at, ticket.stage == "waiting") == (None, None, False)


def test_what_wants_no_answer_hinders_no_undo(world: World) -> None:
    seat, ticket = Seat(world.iryna), closed(world)
    page = act(seat, ticket, reopen="1")
    writes(world, ticket, "Дякую!")
    assert "Undone." in undone(seat, page)
    ticket.refresh_from_db()
    assert ticket.stage == "closed"


def test_words_that_a_colleague_put_here_or_judged_to_be_ordinary_count_as_well(world: World) -> None:
    seat, one, other = Seat(world.iryna), closed(world), closed(world)
    pages = [act(seat, ticket, reopen="1") for ticket in (one, other)]
    linking.link(world.letter(world.maria).message, one, by=world.act(world.taras))
    thanks = writes(world, other, "Дякую!").message
    judging.judge(thanks, "ordinary", by=world.act(world.taras))
    said = [undone(seat, page) for page in pages]
    assert "Not undone" in said[0] and WROTE not in said[0], "the colleague put it there"
    assert WROTE in said[1]
    for ticket in (one, other):
        ticket.refresh_from_db()
        assert ticket.closed_at is None


def test_what_was_written_to_a_request_that_was_merged_here_counts(world: World) -> None:
    seat, ticket, other = Seat(world.iryna), closed(world), world.ticket()
    merging.merge(other, ticket, by=world.act(world.taras))
    page = act(seat, ticket, reopen="1")
    writes(world, other)
    assert WROTE in undone(seat, page)
    ticket.refresh_from_db()
    assert ticket.closed_at is None


def test_who_answered_or_changed_it_is_named(world: World) -> None:
    seat, ticket = Seat(world.iryna), closed(world, answered=False)
    page = act(seat, ticket, reopen="1")
    world.answer(ticket, world.taras)
    said = undone(seat, page)
    assert f"Not undone: it was answered meanwhile, by {world.taras.person.name}." in said
    assert "customer has written" not in said
    page = act(seat, ticket, priority=str(world.priorities["high"].id))
    act(Seat(world.taras), ticket, priority=str(world.priorities["low"].id))
    assert f"it was changed meanwhile by {world.taras.person.name} (priority)" in undone(seat, page)
    page = act(seat, ticket, take="1")
    assigning.assign(ticket, world.taras, by=world.act(world.iryna))
    assert "you have changed it again since (responsible)" in undone(seat, page)


def test_that_the_customer_opened_it_again_is_said_of_the_undo_of_closing(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = act(seat, ticket, close="1")
    writes(world, ticket)
    assert WROTE in undone(seat, page)
