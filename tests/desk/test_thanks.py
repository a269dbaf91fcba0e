"""Thanks on the page of a ticket: shown as such, with the words that made them so, and one click against it."""

from __future__ import annotations

import re

from tests.desk.seats import Seat
from tests.world import World
from vikno.tickets.actions import state
from vikno.tickets.models import Ticket


def test_the_page_says_why_and_one_click_makes_it_ordinary(world: World) -> None:
    ticket = world.ticket(world.maria)
    answer = world.answer(ticket)
    state.close(ticket, by=world.act(world.iryna))
    world.letter(world.maria, "Re: Не працює каса", text="Дякую, все працює", answers=answer)
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}")
    assert "thanks to Iryna Агентка" in page
    assert "Taken as thanks because of “Дякую”, “все працює”" in page
    found = re.search(r'action="(/messages/\d+/not-thanks)"', page)
    assert found is not None
    page = seat.sends(found[1]).content.decode()
    ticket.refresh_from_db()
    assert ticket.closed_at is None
    assert "An ordinary message now." in page
    assert "Taken as thanks" not in page
    back = re.search(r'action="(/undo/\d+)"', page)
    assert back is not None
    seat.sends(back[1])
    assert Ticket.objects.get(id=ticket.id).closed_at is not None


def test_who_may_only_look_cannot_say_so(world: World) -> None:
    ticket = world.ticket(world.maria)
    message = world.letter(world.maria, "Re: Не працює каса", text="Дякую!", answers=world.answer(ticket)).message
    assert message is not None
    seat = Seat(world.sofia)
    assert "not-thanks" not in seat.page(f"/tickets/{ticket.number}")
    assert seat.post(f"/messages/{message.id}/not-thanks").status_code == 403


def test_thanks_are_counted_as_praise_of_who_answered(world: World) -> None:
    for _number in range(2):
        ticket = world.ticket(world.maria)
        world.letter(world.maria, "Re: Не працює каса", text="Дякую!", answers=world.answer(ticket, world.taras))
    assert "thanked 2 times in 30 days" in Seat(world.olena).page("/staff")
