"""Lists mark what a program wrote, and call a letter without words by something."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from tests.desk.seats import Seat
from tests.letters import letter, with_file
from tests.searching import index_follows
from tests.taking import arrive
from tests.world import World
from vikno.channels.email.compose import compose
from vikno.people.models import Person
from vikno.tickets.actions import hiding, merging, splitting
from vikno.tickets.models import Link, Ticket

pytestmark = pytest.mark.django_db

MARK = 'class="ticket-row__auto" title="automatic letter"'


def came(world: World, raw: bytes) -> Ticket:
    """The request that this letter opened."""
    return Link.objects.get(message=arrive(world.mail, raw).message_id).ticket


def row(page: str, ticket: Ticket) -> str:
    found = re.search(rf'id="row-{ticket.number}".*?</(?:li|tr)>', page, re.S)
    assert found is not None, ticket.number
    return found[0]


@pytest.mark.parametrize("address", ["/inbox/open", "/inbox/open?as=table"])
def test_what_a_program_wrote_last_is_marked(world: World, address: str) -> None:
    robot = came(world, letter("Резервну копію створено.", sender="petro@example.net", Auto_Submitted="auto-generated"))
    human = came(world, letter("Не друкує каса."))
    page = Seat(world.iryna).page(address)
    assert MARK in row(page, robot) and MARK not in row(page, human)
    assert 'sr-only">automatic letter<' in row(page, robot)
    world.answer(robot)  # what was said here changes nothing of what came
    assert MARK in row(Seat(world.iryna).page(address), robot)
    world.letter(world.petro, text="Це вже я.", answers=Link.objects.filter(ticket=robot).earliest("id").message)
    assert MARK not in row(Seat(world.iryna).page(address), robot)


@pytest.mark.parametrize("address", ["/inbox/open", "/inbox/open?as=table"])
def test_a_letter_without_words_is_called_by_its_files_or_says_so(world: World, address: str) -> None:
    empty = came(world, letter("", subject=""))
    brings = came(world, with_file("скан-0042.pdf", b"x", text="", subject=""))
    page = Seat(world.iryna).page(address)
    assert "(letter without words)" in row(page, empty) and "(…)" not in page
    assert "скан-0042.pdf" in row(page, brings)


def test_the_search_says_so_too(world: World) -> None:
    empty = came(world, letter("", subject=""))
    index_follows()
    page = Seat(world.iryna).page(f"/search?q={empty.number}")
    assert "(letter without words)" in page


@pytest.mark.parametrize(("language", "about"), [("uk", "Про ваш запит"), ("en", "About your request")])
def test_an_answer_to_it_says_what_it_is_in_the_language_of_who_reads_it(
    world: World, language: str, about: str
) -> None:
    Person.objects.filter(id=world.maria.person_id).update(language=language)
    for subject, text, told in (("", "", about), ("", "Не друкує.", "Не друкує."), ("Каса", "", "Re: Каса")):
        ticket = world.ticket(subject=subject, text=text)
        for _again in range(2):
            sent = compose(world.answer(ticket).deliveries.get()).content
            assert message_from_bytes(sent, policy=policy.default)["Subject"] == told


def test_so_does_every_page_that_names_it(world: World) -> None:
    empty, other = came(world, letter("", subject="")), came(world, letter("Не друкує каса."))
    act, seat = world.act(world.iryna), Seat(world.iryna)
    splitting.relate(other, empty, "related", by=act)
    person = empty.requester_id
    assert other.requester_id == person
    for address in (
        f"/tickets/{empty.number}", f"/tickets/{other.number}", f"/tickets/{empty.number}/link",
        f"/tickets/{empty.number}/hand", f"/tickets/{other.number}/link?number={empty.number}",
        f"/merge?ticket={empty.number}&ticket={other.number}", f"/people/{person}",
    ):  # fmt: skip
        page = seat.page(address)
        assert "(letter without words)" in page and "(…)" not in page, address
    forward = seat.page(f"/letters/some-key?ticket={empty.number}")
    assert "(letter without words)" in forward and "(…)" not in forward and "Fwd:" not in forward
    merging.merge(empty, other, by=act)
    page = seat.page(f"/tickets/{other.number}")
    assert "(letter without words)" in page and "(…)" not in page


def test_a_request_that_is_called_by_a_file_is_so_no_more_once_its_letter_is_hidden(world: World) -> None:
    brings = came(world, with_file("скан-0042.pdf", b"x", text="", subject=""))
    message = Link.objects.get(ticket=brings).message
    hiding.hide(message, by=world.act(world.iryna))
    assert "скан-0042" not in Seat(world.iryna).page("/inbox/open")
    hiding.show(message, by=world.act(world.iryna))
    assert "скан-0042.pdf" in Seat(world.iryna).page("/inbox/open")
