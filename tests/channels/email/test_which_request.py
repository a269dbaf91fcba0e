"""A dialog may hold several open requests: a letter that quotes nothing then names the one that it answers."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.channels.email.compose import compose
from vikno.core import clock
from vikno.dialogs.models import Channel, Message
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.splitting import split
from vikno.tickets.actions.state import set_status
from vikno.tickets.models import Ticket
from vikno.tickets.quoting import Quote, how_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(world: World) -> tuple[Ticket, Ticket]:
    """Two requests in one dialog, of which the second was split off the first."""
    first = world.ticket(text="Не друкує каса", subject="Каса")
    answer = world.answer(first, text="Дивимось", quote=Quote.NONE)
    world.letter(world.maria, text="І ще рахунок", answers=answer)
    second = Message.objects.get(texts__text="І ще рахунок")
    return first, split(first, [second], by=world.act(world.iryna), subject="Рахунок")


def text(message: Message) -> str:
    read = email.message_from_bytes(compose(message.deliveries.get()).content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    found = []
    for kind in ("plain", "html"):
        part = read.get_body((kind,))
        assert part is not None
        found.append(str(part.get_content()).replace("&quot;", '"'))
    plain, page = found
    assert ("About your request" in plain) is ("About your request" in page)
    return plain


def line_of(ticket: Ticket) -> str:
    day = (ticket.asked_at or ticket.created_at).astimezone(clock.zone("", "Europe/Kyiv"))
    return f"About your request #{ticket.number} of {day:%B} {day.day}, {day.year}"


def named(world: World, ticket: Ticket, quote: Quote = Quote.NONE) -> bool:
    message = world.answer(ticket, text="Готово", quote=quote)
    said = text(message)
    assert ticket.subject not in said  # which may hold what was kept from one of those who get it
    return line_of(ticket) in said


@pytest.fixture(autouse=True)
def english(world: World) -> None:
    world.maria.person.language = "en"
    world.maria.person.save(update_fields=["language"])


def test_it_is_named_where_nothing_is_quoted(world: World, two: tuple[Ticket, Ticket]) -> None:
    assert [named(world, one) for one in two] == [True, True]


def test_also_where_the_channel_quotes_nothing(world: World, two: tuple[Ticket, Ticket]) -> None:
    Channel.objects.filter(id=world.mail.id).update(settings={"quote": False})
    assert line_of(two[1]) in text(world.answer(two[1], text="Готово"))


def test_a_quotation_says_it_already(world: World, two: tuple[Ticket, Ticket]) -> None:
    message = world.answer(two[1], text="Готово", quote=Quote.LAST)
    assert "> І ще рахунок" in text(message) and "About your request" not in text(message)


def test_all_that_are_answered_are_named(world: World, two: tuple[Ticket, Ticket]) -> None:
    first, second = two
    world.letter(world.maria, text="І третє", answers=Message.objects.filter(author="agent").latest("id"))
    third = split(first, [Message.objects.get(texts__text="І третє")], by=world.act(world.iryna), subject="Третє")
    said = text(world.answer(first, text="Готово", tickets=[second], quote=Quote.NONE))
    assert line_of(first) in said and line_of(second) in said and line_of(third) not in said


def test_alone_or_beside_what_is_over_there_is_nothing_to_mistake(world: World, two: tuple[Ticket, Ticket]) -> None:
    first, second = two
    assert not named(world, world.ticket(world.petro))
    set_status(first, world.statuses["closed"], by=world.act(world.iryna))
    assert not named(world, second)


def test_what_was_merged_is_one_request(world: World, two: tuple[Ticket, Ticket]) -> None:
    first, second = two
    merge(second, first, by=world.act(world.iryna))
    first.refresh_from_db()
    assert not named(world, first)


def test_the_agent_sees_the_line_before_and_it_counts_as_no_quotation(world: World, two: tuple[Ticket, Ticket]) -> None:
    seat, ticket = Seat(world.iryna), two[1]
    shown = seat.post(f"/tickets/{ticket.number}/quotation", {"quote": "none"}, headers={"HX-Request": "true"})
    assert line_of(ticket) in shown.content.decode()
    assert how_of(line_of(ticket)) == Quote.NONE
