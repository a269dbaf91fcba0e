"""Letters that claim a ticket without a right to it: one click decides, one takes it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.letters import with_file
from tests.taking import arrive
from tests.world import World
from vikno.core import files
from vikno.dialogs.models import Message, Participant
from vikno.intake.models import Inbound
from vikno.tickets.actions import assigning, merging, state
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
EVIL = "Марія Коваль <maria@other.example>"


@pytest.fixture
def take(world: World) -> Callable[..., Inbound]:
    def taken(**more: Any) -> Inbound:
        return arrive(world.mail, with_file("чек.bin", b"x" * 100, **more))

    return taken


@pytest.fixture
def asked(take: Callable[..., Inbound]) -> Ticket:
    entry = take(subject="Каса мовчить", message_id="<one@kramnytsia.example>")
    assert entry.ticket is not None
    return entry.ticket


@pytest.fixture
def suspect(take: Callable[..., Inbound], asked: Ticket) -> Inbound:
    entry = take(text="Це знову я.", sender=EVIL, subject="Re: Каса", In_Reply_To="<one@kramnytsia.example>")
    assert entry.fate == "suspected"
    return entry


def undo_of(seat: Seat) -> str:
    found = re.search(r'action="(/undo/\d+)"', seat.page("/suspected"))
    assert found is not None
    return found[1]


def test_the_page_says_what_it_claims_who_wrote_and_why_that_is_doubted(
    world: World, suspect: Inbound, asked: Ticket
) -> None:
    page = Seat(world.taras).page("/suspected")
    for words in (
        "maria@other.example", "Це знову я.", f"#{asked.number}", "Каса мовчить", "maria@kramnytsia.example",
        "takes no part in it", "Never wrote to you before", "Has the same name as the requester",
        f"Join to #{asked.number}",
    ):  # fmt: skip
        assert words in page
    assert re.search(r'data-place="suspected".*?nav__count">1<', page, re.S)


def test_the_ledger_offers_the_same_ways(world: World, suspect: Inbound, asked: Ticket) -> None:
    page = Seat(world.taras).page("/ledger?fate=suspected")
    assert f"Join to #{asked.number}" in page and "New request" in page and "Let in" not in page
    assert f'action="/suspected/{suspect.id}/join"' in page


def test_joining_makes_it_a_message_of_the_ticket_and_can_be_undone(
    world: World, suspect: Inbound, asked: Ticket
) -> None:
    state.close(asked, by=world.act(world.taras))
    seat, stored = Seat(world.taras), set(files.store().keys())
    seat.post(f"/suspected/{suspect.id}/join")
    suspect.refresh_from_db()
    asked.refresh_from_db()
    assert (suspect.fate, suspect.ticket, asked.stage) == ("reply", asked, "new")
    assert Message.objects.filter(links__ticket=asked, links__ended_act=None).count() == 2
    seat.post(undo_of(seat))
    suspect.refresh_from_db()
    asked.refresh_from_db()
    assert (suspect.fate, suspect.reason, suspect.ticket) == ("suspected", "not_a_participant", asked)
    assert (suspect.message, asked.stage, asked.waiting_since) == (None, "closed", None)
    assert asked.closed_at is not None
    assert Message.objects.count() == 1
    assert not Participant.objects.filter(role="newcomer", until=None).exists()
    assert "Це знову я." in seat.page("/suspected")
    assert len(set(files.store().keys()) - stored) <= 1  # it goes once the transaction is committed
    seat.post(f"/suspected/{suspect.id}/join")
    suspect.refresh_from_db()
    assert suspect.fate == "reply"


def test_a_request_of_its_own_does_not_touch_the_one_it_claimed(world: World, suspect: Inbound, asked: Ticket) -> None:
    seat = Seat(world.taras)
    seat.post(f"/suspected/{suspect.id}/apart")
    suspect.refresh_from_db()
    assert suspect.fate == "ticket"
    assert suspect.ticket not in (None, asked)
    assert suspect.ticket is not None
    assert suspect.ticket.requester.name == "Марія Коваль"
    assert asked.links.count() == 1
    made = suspect.ticket
    seat.post(undo_of(seat))
    suspect.refresh_from_db()
    made.refresh_from_db()
    assert (suspect.fate, suspect.ticket) == ("suspected", asked)
    assert made.deleted_at is not None


def test_putting_aside_holds_it_and_can_be_undone(world: World, suspect: Inbound) -> None:
    seat = Seat(world.taras)
    seat.post(f"/suspected/{suspect.id}/hold")
    suspect.refresh_from_db()
    assert (suspect.fate, suspect.reason) == ("held", "held_by_agent")
    seat.post(undo_of(seat))
    suspect.refresh_from_db()
    assert (suspect.fate, suspect.reason) == ("suspected", "not_a_participant")


def test_what_was_answered_meanwhile_stays_where_it_is(world: World, suspect: Inbound, asked: Ticket) -> None:
    seat = Seat(world.taras)
    seat.post(f"/suspected/{suspect.id}/join")
    undo = undo_of(seat)
    world.answer(asked, world.taras)
    page = seat.sends(undo).content.decode()
    assert "has been answered or sorted since" in page
    suspect.refresh_from_db()
    assert suspect.fate == "reply"


def test_nobody_else_undoes_it(world: World, suspect: Inbound) -> None:
    seat = Seat(world.taras)
    seat.post(f"/suspected/{suspect.id}/join")
    Seat(world.olena).post(undo_of(seat))
    suspect.refresh_from_db()
    assert suspect.fate == "reply"


def test_it_is_decided_once_and_by_leads_who_see_the_ticket(world: World, suspect: Inbound, asked: Ticket) -> None:
    assert Seat(world.iryna).get("/suspected").status_code == 403
    assert Seat(world.iryna).post(f"/suspected/{suspect.id}/join").status_code == 403
    assigning.hand_over(asked, world.hr, by=world.act(world.taras))
    seat = Seat(world.taras)
    assert "Це знову" not in seat.page("/suspected")
    assert seat.post(f"/suspected/{suspect.id}/join").status_code == 404
    assigning.hand_over(asked, world.support, by=world.act(world.marko))
    assert seat.post(f"/suspected/{suspect.id}/explode").status_code == 404
    seat.post(f"/suspected/{suspect.id}/join")
    assert seat.post(f"/suspected/{suspect.id}/apart").status_code == 409


def test_the_page_costs_the_same_however_many_wait(
    world: World, suspect: Inbound, take: Callable[..., Inbound], queries: Any
) -> None:
    seat = Seat(world.taras)
    seat.page("/suspected")
    with queries(at_most=24) as few:
        seat.page("/suspected")
    for number in range(6):
        take(sender=f"x{number}@other.example", In_Reply_To="<one@kramnytsia.example>")
    with queries(at_most=24) as many:
        seat.page("/suspected")
    assert len(few) == len(many)


def test_the_ticket_says_so_to_whoever_may_decide(
    world: World, suspect: Inbound, asked: Ticket, take: Callable[..., Inbound]
) -> None:
    seat, where = Seat(world.taras), f"/tickets/{asked.number}"
    page = seat.page(where)
    assert "A letter from maria@other.example may belong here" in page
    assert f'href="/suspected#entry-{suspect.id}"' in page
    assert f'id="entry-{suspect.id}"' in seat.page("/suspected")
    assert "may belong here" not in Seat(world.iryna).page(where)
    take(sender="x@other.example", In_Reply_To="<one@kramnytsia.example>")
    assert "2 letters may belong here" in seat.page(where)
    other = world.ticket(world.petro)
    assert "may belong here" not in seat.page(f"/tickets/{other.number}")


def test_a_ticket_that_absorbed_the_one_claimed_says_so_too(world: World, suspect: Inbound, asked: Ticket) -> None:
    whole = world.ticket(world.maria)
    merging.merge(asked, whole, by=world.act(world.taras))
    assert "may belong here" in Seat(world.taras).page(f"/tickets/{whole.number}")
