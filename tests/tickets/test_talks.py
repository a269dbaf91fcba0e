"""Design 1a, "Where things go": after twelve hours of silence a new talk begins in a chat."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import clock
from vikno.dialogs.models import Channel, Message
from vikno.journal import readers
from vikno.replies.readers import ACKNOWLEDGING
from vikno.tickets.actions import state


def talks(**only: object) -> list[bool | None]:
    """Of each message in its order, whether a talk begins with it."""
    return list(Message.objects.filter(**only).order_by("arrived_at", "id").values_list("opens_talk", flat=True))


@pytest.mark.parametrize(("hours", "begins"), [(11.9, False), (12, True), (30, True)])
def test_silence_of_twelve_hours_begins_a_new_one(world: World, hours: float, begins: bool) -> None:
    dialog = world.chat_dialog(world.maria)
    world.say(dialog)
    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        world.say(dialog)
        world.say(dialog)
    assert talks() == [True, begins, False]


def test_what_the_other_side_says_is_no_silence_and_the_hours_are_the_channels(world: World) -> None:
    dialog = world.chat_dialog(world.maria)
    ticket = world.say(dialog).ticket
    with time_machine.travel(clock.now() + timedelta(hours=8)):
        world.answer(ticket)
    with time_machine.travel(clock.now() + timedelta(hours=16)):
        world.say(dialog)
    assert talks() == [True, False, False]
    Channel.objects.filter(id=world.chat.id).update(talk_hours=1)
    dialog.refresh_from_db()
    with time_machine.travel(clock.now() + timedelta(hours=17, minutes=1)):
        world.say(dialog)
    assert talks()[-1] is True


def test_letters_and_calls_know_none(world: World) -> None:
    world.answer(world.ticket())
    assert talks() == [None, None]


def test_the_time_line_says_where_a_talk_begins(world: World) -> None:
    dialog = world.chat_dialog(world.maria)
    ticket = world.say(dialog, "Перше").ticket
    seat = Seat(world.iryna)
    assert "A new talk" not in seat.page(f"/tickets/{ticket.number}")
    with time_machine.travel(clock.now() + timedelta(hours=20)):
        world.say(dialog, "Друге")
        page = seat.page(f"/tickets/{ticket.number}").partition('id="timeline"')[2]
    assert page.index("Перше") < page.index("A new talk") < page.index("Друге")


def test_one_is_greeted_once_a_talk(world: World) -> None:
    Channel.objects.filter(id=world.chat.id).update(settings={"acknowledge": {"on": True}}, reopen_hours=0)
    world.chat.refresh_from_db()
    while readers.run_once(ACKNOWLEDGING):
        pass
    dialog = world.chat_dialog(world.maria)

    def asks_anew(hours: float) -> int:
        """Another request after so many hours; answers how often they were greeted by then."""
        with time_machine.travel(clock.now() + timedelta(hours=hours)):
            taken = world.say(dialog, "Інше питання")
            while readers.run_once(ACKNOWLEDGING):
                pass
            state.close(taken.ticket, by=world.act(world.iryna))
        return Message.objects.filter(author="system").count()

    with time_machine.travel(clock.now(), tick=False):
        first = world.say(dialog, "Питання")
        while readers.run_once(ACKNOWLEDGING):
            pass
        state.close(first.ticket, by=world.act(world.iryna))
    assert Message.objects.filter(author="system").count() == 1
    assert asks_anew(1) == 1
    assert asks_anew(20) == 2
