"""Who else is here: at the same request, or at another one of the same dialog."""

from __future__ import annotations

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Message
from vikno.live.models import Breath
from vikno.staff.models import Agent
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.ticket(text="Відкрите питання", subject="Каса")


def another(world: World, ticket: Ticket, subject: str = "Чеки") -> Ticket:
    """A second request in the dialog of this one."""
    last = ticket.links.order_by("id").last()
    assert last is not None and ticket.identity is not None
    world.letter(ticket.identity, text=subject, answers=last.message)
    return split(ticket, [Message.objects.get(texts__text=subject)], by=world.act(world.taras), subject=subject)


def looks(agent: Agent, ticket: Ticket) -> None:
    assert Seat(agent).post(f"/tickets/{ticket.number}/seen").status_code == 204


def writes(agent: Agent, ticket: Ticket, kind: str) -> None:
    words = {"kind": kind, "body": "Дивлюся", "dialog": str(ticket.links.order_by("id")[0].message.dialog_id)}
    assert Seat(agent).post(f"/tickets/{ticket.number}/draft", words).status_code == 204


def beside(agent: Agent, ticket: Ticket) -> str:
    """What the page says of who else is here."""
    page = Seat(agent).page(f"/tickets/{ticket.number}")
    return page[page.index('id="presence"') :].partition("</div>")[0]


def test_two_colleagues_on_two_requests_of_one_dialog_see_each_other(world: World, ticket: Ticket) -> None:
    other = another(world, ticket)
    looks(world.taras, ticket)
    looks(world.iryna, other)
    assert "Iryna Агентка is here" in beside(world.taras, ticket)
    assert "Taras Керівник is here" in beside(world.iryna, other)


def test_who_writes_an_answer_in_the_dialog_is_seen_to_write_it_at_both(world: World, ticket: Ticket) -> None:
    other = another(world, ticket)
    writes(world.taras, other, "reply")
    assert "Taras Керівник is replying" in beside(world.iryna, ticket)
    assert "Taras Керівник is replying" in beside(world.iryna, other)


def test_a_note_is_told_at_its_own_request_alone(world: World, ticket: Ticket) -> None:
    """It is in no dialog."""
    other = another(world, ticket)
    writes(world.taras, other, "note")
    assert "Taras" in beside(world.iryna, other)
    assert "Taras" not in beside(world.iryna, ticket)


def test_nothing_of_a_restricted_request_is_told_but_that_a_colleague_is_here(world: World, ticket: Ticket) -> None:
    other = another(world, ticket, "Приховане")
    restrict(other, True, by=world.act(world.taras))
    looks(world.taras, other)
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert "Taras Керівник is here" in beside(world.iryna, ticket)
    assert "Приховане" not in page and str(other.number) not in page


def test_nobody_is_told_of_a_dialog_that_they_read_nothing_of(world: World, ticket: Ticket) -> None:
    """A merge opens nothing: the dialog of a restricted request that was absorbed stays with who may read it."""
    hidden = world.ticket(world.petro, subject="Приховане")
    apart = another(world, hidden, "Ще одне")
    for one in (hidden, apart):
        restrict(one, True, by=world.act(world.taras))
    merge(hidden, ticket, by=world.act(world.taras))
    looks(world.taras, apart)
    assert "Taras" not in beside(world.iryna, ticket)
    assert Breath.objects.filter(ticket_id=apart.id, dialog_id__gt=0).exists()


def test_who_looks_at_a_merged_request_is_in_the_dialogs_that_they_may_read(world: World, ticket: Ticket) -> None:
    absorbed = world.ticket(world.petro, subject="Друге")
    apart = another(world, absorbed, "Третє")
    restricted = world.ticket(world.stranger, subject="Приховане")
    beyond = another(world, restricted, "Четверте")
    restrict(restricted, True, by=world.act(world.taras))
    for one in (absorbed, restricted):
        merge(one, ticket, by=world.act(world.taras))
    looks(world.iryna, ticket)
    assert "Iryna Агентка is here" in beside(world.taras, apart)
    assert "Iryna" not in beside(world.taras, beyond)


def test_who_has_left_is_not_told_of_at_the_other_request(world: World, ticket: Ticket) -> None:
    other = another(world, ticket)
    looks(world.taras, other)
    assert "Taras" in beside(world.iryna, ticket)
    Seat(world.taras).post(f"/tickets/{other.number}/answer", {"kind": "reply", "body": "Готово"})
    assert "Taras" not in beside(world.iryna, ticket)
