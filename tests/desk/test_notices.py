"""The page of notices: one's own switches, what became of each, and what the owner decides for everybody."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.notices.conftest import Post, after, post, read
from tests.world import World
from vikno.dialogs.channels import NoWayOut
from vikno.journal.models import Event
from vikno.live.actions import at_desk
from vikno.notices.actions import mark_failed
from vikno.notices.kinds import Kind
from vikno.notices.models import Choices, NoticeDelivery, Rules
from vikno.notices.queries import chosen
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning

pytestmark = pytest.mark.django_db
__all__ = ["post"]
PAGE = "/settings/notices"


def test_everything_is_on_until_somebody_says_otherwise(world: World) -> None:
    page = Seat(world.iryna).page(PAGE)
    assert page.count('name="mail"') == page.count('name="page"') == len(Kind)
    assert page.count(" checked") == 2 * len(Kind)
    assert "iryna@kashtan.example" in page


def test_each_kind_is_switched_by_itself_and_the_journal_knows(world: World) -> None:
    iryna = Seat(world.iryna)
    iryna.sends(PAGE, mail=["reply", "failed"])
    on, _row = chosen(world.iryna)
    assert {kind for kind, is_on in on.items() if is_on} == {"reply", "failed"}
    event = Event.objects.latest("id")
    assert (event.verb, event.delta["notices"][1]) == ("agent.changed", ["reply", "failed"])
    assert len(re.findall(r'name="mail"[^>]* checked', iryna.page(PAGE))) == 2
    assert chosen(world.taras)[0]["new"]


def test_saying_the_same_again_is_no_change(world: World) -> None:
    iryna = Seat(world.iryna)
    iryna.sends(PAGE, mail=["reply"])
    before = Event.objects.count()
    iryna.sends(PAGE, mail=["reply"])
    assert Event.objects.count() == before


def test_that_letters_come_back_stands_there_until_one_saves(world: World) -> None:
    mark_failed(world.iryna.id, "550 5.1.1 no such <b>user</b>")
    iryna = Seat(world.iryna)
    page = iryna.page(PAGE)
    assert "550 5.1.1 no such &lt;b&gt;user&lt;/b&gt;" in page
    iryna.sends(PAGE, mail=list(Kind.values))
    assert "5.1.1" not in iryna.page(PAGE)
    assert Choices.objects.get().failed_at is None


def test_it_tells_what_became_of_each(world: World, post: Post) -> None:
    ticket = world.ticket(subject="Каса мовчить")
    read()
    iryna = Seat(world.iryna)
    assert "unless you read it first" in iryna.page(PAGE)
    assigning.take(ticket, world.taras, by=world.act(world.taras))
    after()
    page = iryna.page(PAGE)
    assert f"#{ticket.number} Каса мовчить" in page
    assert "taken by somebody first" in page


def test_a_request_that_one_may_not_see_any_more_is_not_named(world: World, post: Post) -> None:
    ticket = world.ticket(subject="Каса мовчить")
    after()
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    page = Seat(world.iryna).page(PAGE)
    assert "мовчить" not in page
    assert str(ticket.number) not in page
    assert "A request that you may not see" in page


def test_the_owner_decides_for_everybody(world: World) -> None:
    olena = Seat(world.olena)
    olena.sends(f"{PAGE}/rules", letters_an_hour="7")
    decided = Rules.objects.get()
    assert (decided.words, decided.letters_an_hour) == (False, 7)
    answer = olena.post(f"{PAGE}/rules", {"words": "1", "letters_an_hour": "0"})
    assert answer.status_code == 422
    assert Rules.objects.get().letters_an_hour == 7


@pytest.mark.parametrize("who", ["taras", "iryna", "sofia"])
def test_nobody_else_does(world: World, who: str) -> None:
    seat = Seat(getattr(world, who))
    assert "/rules" not in seat.page(PAGE)
    assert seat.post(f"{PAGE}/rules", {"letters_an_hour": "1"}).status_code == 403
    assert not Rules.objects.exists()


def test_whoever_listens_at_the_desk_is_known_to_be_there(world: World) -> None:
    at_desk([world.iryna.id])
    seen = dict(Agent.objects.values_list("id", "seen_at"))
    assert seen[world.iryna.id] is not None
    assert seen[world.taras.id] is None
    assert not NoticeDelivery.objects.exists()


def test_one_that_could_not_leave_says_so_and_when_it_is_tried_again(world: World, post: Post) -> None:
    post.trouble = NoWayOut()
    world.ticket(subject="Каса мовчить")
    after()
    page = Seat(world.iryna).page(PAGE)
    assert "is tried again at" in page and "It could not leave yet." in page
    assert "unless you read it first" not in page
