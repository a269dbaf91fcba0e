"""The page of held letters, the blocked senders, and spam marked on a ticket."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.desk.seats import Seat
from tests.letters import letter
from tests.world import World
from vikno.intake.models import Inbound
from vikno.people.models import BlockedDomain, Identity
from vikno.tickets.models import Ticket

Take = Callable[..., Inbound]


def undo_of(page: str) -> str:
    found = re.search(r'action="(/(?:held/)?undo/\d+)"', page)
    assert found is not None, "there is nothing to undo by"
    return found[1]


def test_an_empty_page_says_what_would_wait_here(world: World) -> None:
    assert "Nothing is held" in Seat(world.taras).page("/held")


def test_it_says_who_wrote_what_and_why_it_is_held(world: World, take: Take) -> None:
    for number in range(3):
        take(letter(subject=f"Виграш {number}", sender="Lucky <win@casino.example>", X_Spam_Flag="YES"))
    take(letter("Ваш виграш чекає на вас", subject="Інше", sender="x@other.example", X_Spam_Flag="YES"))
    seat = Seat(world.taras)
    page = seat.page("/held")
    for words in (
        "win@casino.example",
        "Lucky",
        "Ваш виграш чекає на вас",
        "Виграш 2",
        "The mail provider marked it as spam.",
        "2 more of this sender",
    ):
        assert words in page
    alone = seat.page("/held?sender=win%40casino.example")
    assert "Виграш 0" in alone
    assert "Інше" not in alone


def test_ticked_letters_are_let_in_together_and_taken_back(world: World, take: Take) -> None:
    one, two, three = (take(letter(subject=word, X_Spam_Flag="YES")) for word in ("Один", "Два", "Три"))
    seat = Seat(world.taras)
    page = seat.sends("/held/act", act="let-in", entry=[one.id, two.id]).content.decode()
    assert "2 letters let in." in page
    assert "Три" in page
    assert "Один" not in page
    assert Ticket.objects.filter(deleted_at=None).count() == 2
    seat.sends(undo_of(page))
    assert not Ticket.objects.filter(deleted_at=None).exists()
    three.refresh_from_db()
    assert three.fate == "held"


def test_a_block_is_undone_by_its_toast(world: World, take: Take) -> None:
    entry = take(letter(sender="win@casino.example", X_Spam_Flag="YES"))
    seat = Seat(world.taras)
    page = seat.sends("/held/act", one=f"block:{entry.id}").content.decode()
    assert "win@casino.example" in seat.page("/held/senders")
    seat.sends(undo_of(page))
    assert "win@casino.example" not in seat.page("/held/senders")
    assert "win@casino.example" in seat.page("/held")


def test_the_button_of_the_toast_shows_the_page_anew(world: World, take: Take) -> None:
    entry = take(letter(X_Spam_Flag="YES"))
    seat = Seat(world.taras)
    undo = undo_of(seat.sends("/held/act", one=f"let-in:{entry.id}").content.decode())
    answer = seat.post(undo, {"back": "/held?sender=x"}, HTTP_HX_REQUEST="true")
    assert answer["HX-Redirect"] == "/held?sender=x"
    page = seat.page("/held")
    assert "Taken back for 1 letter." in page and f'id="held-{entry.id}"' in page


def test_nothing_ticked_changes_nothing_and_says_so(world: World, take: Take) -> None:
    entry = take(letter(X_Spam_Flag="YES"))
    page = Seat(world.taras).sends("/held/act", act="let-in").content.decode()
    assert "tick the letters first" in page
    entry.refresh_from_db()
    assert entry.fate == "held"


def test_agents_without_the_ledger_are_refused(world: World) -> None:
    seat = Seat(world.iryna)
    for address in ("/held", "/held/senders", "/held/tickets"):
        assert seat.get(address).status_code == 403
    assert seat.post("/held/act", {"act": "let-in"}).status_code == 403
    assert seat.post("/held/senders/act", {"who": "a@b.example"}).status_code == 403


@pytest.mark.parametrize("who", ["Win@casino.example", "casino.example", "@casino.example"])
def test_an_address_or_a_domain_is_blocked_and_unblocked(world: World, who: str) -> None:
    seat = Seat(world.taras)
    page = seat.sends("/held/senders/act", who=who).content.decode()
    assert "casino.example" in page
    key = re.search(r'name="unblock" value="([^"]+)"', page)
    assert key is not None
    assert "Nobody is blocked" in seat.sends("/held/senders/act", unblock=key[1]).content.decode()


@pytest.mark.parametrize("who", ["gmail.com", "kashtan.example", "nonsense"])
def test_what_cannot_be_blocked_is_said(world: World, who: str) -> None:
    page = Seat(world.taras).sends("/held/senders/act", who=who).content.decode()
    assert "Nobody is blocked" in page
    assert 'role="alert"' in page or "danger" in page
    assert not BlockedDomain.objects.filter(blocked_at__isnull=False).exists()


def test_a_ticket_is_marked_as_spam_its_sender_blocked_and_both_undone(world: World) -> None:
    ticket = world.ticket(world.petro)
    seat = Seat(world.iryna)
    page = seat.sends(f"/tickets/{ticket.number}/change", spam="1").content.decode()
    assert "Marked as spam" in page
    assert "Block petro@example.net" in page
    marked = undo_of(page)
    page = seat.sends(f"/tickets/{ticket.number}/change", block="sender").content.decode()
    assert Identity.objects.get(id=world.petro.id).blocked_at is not None
    seat.sends(undo_of(page))
    assert Identity.objects.get(id=world.petro.id).blocked_at is None
    assert f"#{ticket.number}" in Seat(world.taras).page("/held/tickets")
    seat.sends(marked)
    ticket.refresh_from_db()
    assert (ticket.spam_at, ticket.deleted_at) == (None, None)


def test_the_navigation_counts_what_is_held(world: World, take: Take) -> None:
    badge = re.compile(r'data-place="held"(?:(?!</a>).)*nav__count">(\d+)<', re.S)
    for number in range(3):
        take(letter(subject=f"Виграш {number}", X_Spam_Flag="YES"))
    found = badge.search(Seat(world.taras).page("/settings"))
    assert found is not None
    assert found[1] == "3"
