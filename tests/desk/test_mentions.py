"""Mentioning a colleague in a note: whom an @ means, and that nobody is told of what they may not see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk.mentions import named_in
from vikno.journal.models import Event
from vikno.tickets.actions.assigning import hand_over
from vikno.tickets.actions.fields import restrict
from vikno.tickets.models import Mention, Ticket

AGENTS = [(1, "Тарас Бондар"), (2, "Тарас"), (3, "Anna-Maria O’Neil"), (4, "Anna"), (5, "Тарас Бондар")]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@Тарас Бондар, глянь", [1, 5]),  # two of this name: both
        ("глянь, @тарас бондар", [1, 5]),
        ("@Тарас, глянь", [2]),
        ("@Anna-Maria O’Neil and @Anna", [3, 4]),
        ("(@Anna)", [4]),
        ("@Annabel", []),
        ("post@Anna", []),  # an address
        ("Anna", []),
        ("@", []),
        ("@Тарас\nБондар", [1, 5]),  # a line that was broken
    ],
)
def test_whom_an_at_sign_means(text: str, meant: list[int]) -> None:
    assert named_in(text, AGENTS) == meant


@given(st.text(), st.lists(st.tuples(st.integers(1, 9), st.text(max_size=12)), max_size=6))
def test_any_text_is_borne(text: str, agents: list[tuple[int, str]]) -> None:
    found = named_in(text, agents)
    assert set(found) <= {pk for pk, _name in agents}
    assert "@" in text or not found


def noted(seat: Seat, ticket: Ticket, text: str) -> str:
    form = {"kind": "note", "format": "html", "body": f"<p>{text}</p>"}
    return str(seat.sends(f"/tickets/{ticket.number}/answer", **form).content.decode())


@pytest.mark.django_db
class TestInANote:
    def test_who_is_mentioned_finds_it(self, world: World) -> None:
        ticket = world.ticket()
        assert "Noted." in noted(Seat(world.iryna), ticket, f"@{world.taras.person.name} глянь")
        assert Mention.objects.get().agent == world.taras
        assert Event.objects.get(verb="note.added").delta["mentioned"] == [[], [world.taras.id]]
        assert str(ticket.number) in Seat(world.taras).page("/inbox/mentioned")

    def test_oneself_is_not_told(self, world: World) -> None:
        noted(Seat(world.iryna), world.ticket(), f"@{world.iryna.person.name} не забути")
        assert not Mention.objects.exists()

    def test_of_what_they_may_not_see_nobody_is_told_and_the_page_says_so(self, world: World) -> None:
        ticket = world.ticket()
        restrict(ticket, True, by=world.act(world.taras))
        page = noted(Seat(world.taras), ticket, f"@{world.bohdan.person.name} глянь")
        assert "It was not told to" in page
        assert world.bohdan.person.name in page
        assert Seat(world.bohdan).get(f"/tickets/{ticket.number}").status_code == 404

    def test_an_answer_to_the_customer_mentions_nobody(self, world: World) -> None:
        ticket = world.ticket()
        form = {"kind": "reply", "format": "text", "body": f"@{world.taras.person.name}"}
        Seat(world.iryna).sends(f"/tickets/{ticket.number}/answer", **form)
        assert not Mention.objects.exists()

    def test_a_closed_team_stays_closed(self, world: World) -> None:
        ticket = world.ticket()
        hand_over(ticket, world.hr, by=world.act(world.taras))
        assert "It was not told to" in noted(Seat(world.marko), ticket, f"@{world.iryna.person.name} глянь")
        assert Seat(world.iryna).get(f"/tickets/{ticket.number}").status_code == 404
