"""Where a row stands in lists, and how old it says it is: what was said moves it, and what comes before one's eyes.
What only sorts it does not; and an undo puts it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Ask, ask  # noqa: F401
from tests.desk.seats import Seat
from tests.desk.test_ticket import act, undo_of
from tests.world import World
from vikno.core import clock
from vikno.journal.acts import Act
from vikno.tickets.actions import assigning, fields, linking, merging, noting, state
from vikno.tickets.actions.splitting import relate
from vikno.tickets.actions.undoing import undo
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Do = Callable[[World, Ticket, Act], object]


def aged(ticket: Ticket, hours: int) -> datetime:
    """Something was last said there so many hours ago."""
    at = clock.now() - timedelta(hours=hours)
    Ticket.objects.filter(id=ticket.id).update(updated_at=at)
    ticket.refresh_from_db()
    return at


def place(ticket: Ticket) -> datetime:
    return Ticket.objects.values_list("updated_at", flat=True).get(id=ticket.id)


def rows(page: str) -> list[tuple[str, str]]:
    """The rows of a list in their order, each with the moment that it shows."""
    return re.findall(r'<li class="ticket-row" id="row-(\d+)".*?<time[^>]* datetime="([^"]+)"', page, re.DOTALL)


SORTED: dict[str, Do] = {
    "tag": lambda w, one, by: fields.tag(one, [fields.tag_named("каса")], by=by),
    "due": lambda w, one, by: fields.set_due(one, date(2027, 1, 5), by=by),
    "subject": lambda w, one, by: fields.rename(one, "Інша назва", by=by),
    "taken": lambda w, one, by: assigning.take(one, w.iryna, by=by),
    "handed over": lambda w, one, by: assigning.hand_over(one, w.billing, by=by),
    "waits": lambda w, one, by: state.wait(one, by=by),
    "closed": lambda w, one, by: state.close(one, by=by),
    "put aside": lambda w, one, by: state.snooze(one, clock.now() + timedelta(days=1), by=by),
    "related": lambda w, one, by: relate(one, w.ticket(w.petro), "related", by=by),
    "note": lambda w, one, by: noting.add_note(one, w.iryna, "Дзвонила.", by=by),
}
MOVED: dict[str, Do] = {
    "urgent": lambda w, one, by: fields.set_priority(one, w.priorities["urgent"], by=by),
    "bin": lambda w, one, by: state.delete(one, by=by),
    "spam": lambda w, one, by: state.mark_spam(one, by=by),
    "merged": lambda w, one, by: merging.merge(w.ticket(w.petro), one, by=by),
    "linked": lambda w, one, by: linking.link(w.letter(w.petro).message, one, by=by),
    "answered": lambda w, one, by: w.answer(one),
}


@pytest.mark.parametrize("what", SORTED)
def test_what_only_sorts_a_request_does_not_move_it(world: World, what: str) -> None:
    ticket = world.ticket()
    at = aged(ticket, 3)
    by = world.act(world.iryna)
    SORTED[what](world, ticket, by)
    assert place(ticket) == at
    if what != "note":
        undo(by.id, by=world.act(world.iryna))
        assert place(ticket) == at


@pytest.mark.parametrize("what", MOVED)
def test_an_undo_puts_back_what_was_moved(world: World, what: str) -> None:
    ticket = world.ticket()
    at = aged(ticket, 3)
    by = world.act(world.iryna)
    done: Any = MOVED[what](world, ticket, by)
    assert place(ticket) > at
    undo(done.links.get().act if what == "answered" else by.id, by=world.act(world.iryna))
    assert place(ticket) == at


def test_what_was_said_meanwhile_stays_the_last_that_was_said(world: World) -> None:
    ticket = world.ticket()
    aged(ticket, 3)
    by = world.act(world.iryna)
    fields.set_priority(ticket, world.priorities["urgent"], by=by)
    world.letter(world.maria, answers=ticket.links.get().message)
    said = place(ticket)
    undo(by.id, by=world.act(world.iryna))
    assert place(ticket) == said


def test_an_answer_that_is_taken_back_leaves_no_trace_in_lists(world: World) -> None:
    ticket = world.ticket()
    at = aged(ticket, 3)
    answer = world.answer(ticket)
    fields.tag(ticket, [fields.tag_named("каса")], by=world.act(world.taras))
    unsend(answer, by=world.act(world.iryna))
    assert place(ticket) == at


def test_a_note_that_names_a_colleague_moves_it_up(world: World) -> None:
    ticket = world.ticket()
    at = aged(ticket, 3)
    noting.add_note(ticket, world.iryna, "Глянь, будь ласка.", by=world.act(world.iryna), mentions=[world.taras])
    assert place(ticket) > at


def test_closing_and_its_undo_leave_the_list_as_it_was(world: World) -> None:
    seat, several = Seat(world.iryna), [world.ticket(subject=str(n)) for n in range(3)]
    for n, one in enumerate(several):
        aged(one, n + 1)
    before = rows(seat.page("/inbox/open"))
    assert [int(number) for number, _at in before] == [one.number for one in several]
    page = act(seat, several[1], close="1")
    assert len(rows(seat.page("/inbox/open"))) == 2
    assert seat.sends(undo_of(page)).status_code == 200
    assert rows(seat.page("/inbox/open")) == before


def test_programs_hear_of_what_moves_nothing(world: World, ask: Ask) -> None:  # noqa: F811
    tagged, taken_back, other = world.ticket(), world.ticket(), world.ticket()
    for one in (tagged, taken_back, other):
        aged(one, 3)
    known = clock.now()
    asked = f"/tickets?updated_after={known.isoformat().replace('+00:00', 'Z')}"
    assert ask(world.iryna, "GET", asked).json()["items"] == []
    fields.tag(tagged, [fields.tag_named("каса")], by=world.act(world.iryna))
    by = world.act(world.iryna)
    state.delete(taken_back, by=by)
    undo(by.id, by=world.act(world.iryna))
    found = ask(world.iryna, "GET", asked).json()["items"]
    assert [row["number"] for row in found] == [taken_back.number, tagged.number]
    newest = max(datetime.fromisoformat(row["updated_at"]) for row in found) + timedelta(milliseconds=1)
    again = newest.isoformat().replace("+00:00", "Z")
    assert newest > known and ask(world.iryna, "GET", f"/tickets?updated_after={again}").json()["items"] == []
