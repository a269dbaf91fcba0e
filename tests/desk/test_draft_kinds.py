"""A draft of an answer and one of a note: neither is lost or taken for the other, also where there is no dialog yet."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.desk.test_create import create
from tests.desk.test_drafts import a_file, drop
from tests.world import World
from vikno.tickets.models import Ticket


@pytest.fixture
def call(world: World) -> Ticket:
    """A customer with an address came in person: there is no dialog that carries an answer."""
    create(world, requester=world.maria.value, kind="in_person")
    return Ticket.objects.get()


def keep(seat: Seat, ticket: Ticket, **form: str) -> None:
    given = {"kind": "reply", "format": "text", "dialog": ""} | form
    assert seat.post(f"/tickets/{ticket.number}/draft", given).status_code == 204


def composer_of(page: str) -> str:
    return page[page.index('<form class="composer"') :]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', composer_of(page))
    assert found is not None
    return found[1]


def kind_of(page: str) -> str:
    found = re.search(r'name="kind" value="(\w+)"[^>]* checked', composer_of(page))
    assert found is not None
    return found[1]


class TestWithoutADialog:
    @pytest.mark.parametrize("kind", ["reply", "note"])
    def test_a_draft_comes_back_as_what_it_was(self, world: World, call: Ticket, kind: str) -> None:
        seat = Seat(world.iryna)
        keep(seat, call, kind=kind, body="Пів речен")
        page = seat.page(f"/tickets/{call.number}")
        assert "Пів речен</textarea>" in page
        assert (kind_of(page), field(page, "was")) == (kind, kind)

    def test_so_do_files_alone(self, world: World, call: Ticket) -> None:
        seat = Seat(world.iryna)
        drop(seat, call, a_file(), kind="reply")
        assert kind_of(seat.page(f"/tickets/{call.number}")) == "reply"
