"""What a customer wants gone stands in no words of a ticket that were made of it, and comes back when shown again."""

from __future__ import annotations

import pytest

from tests.desk.seats import Seat
from tests.searching import found, index_follows
from tests.world import World
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Words
from vikno.dialogs.models import Channel, Message
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.tickets.actions import fields, hiding
from vikno.tickets.actions.entering import enter
from vikno.tickets.actions.splitting import split
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Ticket

SECRET = "Мій пароль лелека"


def words_of(ticket: Ticket) -> tuple[str, str]:
    return Ticket.objects.values_list("subject", "description").get(id=ticket.id)


@pytest.fixture
def told(world: World) -> Ticket:
    """A request that an agent entered by hand: the subject is the agent's, the words are the customer's."""
    channel = Channel.objects.get(kind="phone")
    return enter(world.iryna, channel, world.maria, Words(SECRET, subject="Вхід"), by=world.act(world.iryna))


def only(ticket: Ticket) -> Message:
    return ticket.links.get().message


def test_the_description_that_is_the_message_goes_and_comes_back(world: World, told: Ticket) -> None:
    index_follows()
    assert found(world, "лелека", exactly=True) == [told.number]
    hiding.hide(only(told), by=world.act(world.iryna))
    index_follows()
    assert words_of(told) == ("Вхід", "") and found(world, "лелека", exactly=True) == []
    hiding.show(only(told), by=world.act(world.iryna))
    index_follows()
    assert words_of(told) == ("Вхід", SECRET) and found(world, "лелека", exactly=True) == [told.number]
    hiding.hide(only(told), by=world.act(world.iryna))
    undo(Event.objects.filter(verb="message.hidden").latest("id").act, by=world.act(world.iryna))
    assert words_of(told) == ("Вхід", SECRET)


def test_a_description_in_an_agents_own_words_stays(world: World, told: Ticket) -> None:
    fields.describe(told, "Не може увійти", by=world.act(world.iryna))
    hiding.hide(only(told), by=world.act(world.iryna))
    assert words_of(told) == ("Вхід", "Не може увійти")
    hiding.show(only(told), by=world.act(world.iryna))
    assert words_of(told) == ("Вхід", "Не може увійти")


def test_what_was_described_meanwhile_is_kept_when_the_message_is_shown_again(world: World, told: Ticket) -> None:
    hiding.hide(only(told), by=world.act(world.iryna))
    fields.describe(told, "Не може увійти", by=world.act(world.iryna))
    fields.rename(told, "Допомога", by=world.act(world.iryna))
    hiding.show(only(told), by=world.act(world.iryna))
    assert words_of(told) == ("Допомога", "Не може увійти")


def test_a_subject_made_of_the_text_goes_also_of_an_older_version(world: World) -> None:
    taken = world.say(world.chat_dialog(world.maria), SECRET)
    ticket, author = taken.ticket, acts.person(world.maria.person_id)
    assert ticket is not None and ticket.subject == SECRET
    dialogs.edit_message(taken.message, Words("Нічого"), by=author)
    hiding.hide(taken.message, by=author)
    assert words_of(ticket)[0] == "…" and "лелека" not in Seat(world.iryna).page("/inbox/open")
    hiding.show(taken.message, by=author)
    assert words_of(ticket)[0] == SECRET


def test_what_a_message_left_behind_in_a_request_it_was_taken_out_of_goes_too(world: World) -> None:
    dialog = world.chat_dialog(world.maria)
    first = world.say(dialog, SECRET)
    world.say(dialog, "Ще одне")
    assert first.ticket is not None
    own = split(first.ticket, [first.message], by=world.act(world.iryna))
    assert words_of(first.ticket)[0] == words_of(own)[0] == SECRET
    hiding.hide(first.message, by=world.act(world.iryna))
    assert words_of(first.ticket)[0] == words_of(own)[0] == "…"


def test_a_subject_that_another_letter_still_says_stays(world: World) -> None:
    first = world.letter(world.maria, subject="Каса")
    later = world.letter(world.maria, subject="Каса", answers=first.message)
    assert first.ticket is not None and later.ticket == first.ticket
    hiding.hide(later.message, by=world.act(world.iryna))
    assert words_of(first.ticket)[0] == "Каса"
    hiding.hide(first.message, by=world.act(world.iryna))
    assert words_of(first.ticket)[0] == "…"
    hiding.show(later.message, by=world.act(world.iryna))
    assert words_of(first.ticket)[0] == "Каса"
