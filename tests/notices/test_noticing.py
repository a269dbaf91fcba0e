"""Who is told of what: each kind, to whom it concerns, and to nobody who did it themselves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.letters import letter
from tests.notices.conftest import Post, after, read
from tests.taking import arrive
from tests.world import World
from vikno.dialogs import deliveries
from vikno.dialogs.models import Delivery
from vikno.journal import readers
from vikno.journal.models import Cursor
from vikno.notices import queries as reads
from vikno.notices.actions import choose
from vikno.notices.kinds import Kind
from vikno.notices.models import Notice, NoticeDelivery
from vikno.notices.readers import digest
from vikno.staff.actions import deactivate
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning, noting
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.splitting import relate
from vikno.tickets.actions.state import close, mark_opened
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Queries = Callable[..., AbstractContextManager[Any]]
TEAM = {"olena", "taras", "iryna"}  # of support


def told(post: Post) -> set[str]:
    return {one.address.partition("@")[0] for one in post.told}


def mine(world: World, agent: Agent | None = None) -> Ticket:
    """A request that somebody has taken; nobody is told of that any more."""
    ticket = world.ticket()
    assigning.assign(ticket, agent or world.iryna, by=world.act(agent or world.iryna))
    read()
    Notice.objects.all().delete()
    return ticket


class TestANewRequest:
    def test_its_team_is_told_when_nobody_takes_it(self, world: World, post: Post) -> None:
        ticket = world.ticket(subject="Каса мовчить", text="Не вмикається зовсім.")
        after()
        assert told(post) == TEAM
        one = post.to("iryna")[0]
        assert (one.subject, one.language) == (f"#{ticket.number} Каса мовчить", "uk")
        assert one.link.endswith(f"/tickets/{ticket.number}")
        assert "Не вмикається зовсім." in one.pieces[0].text

    def test_nobody_is_told_once_somebody_has_taken_it(self, world: World, post: Post) -> None:
        ticket = world.ticket()
        read()
        assigning.take(ticket, world.iryna, by=world.act(world.iryna))
        after()
        assert post.told == []
        assert set(NoticeDelivery.objects.values_list("state", "reason")) == {("dropped", "taken")}

    def test_nor_before_five_minutes_have_gone(self, world: World, post: Post) -> None:
        world.ticket()
        after(minutes=4)
        assert post.told == []

    def test_whoever_hands_it_to_a_team_is_not_told(self, world: World, post: Post) -> None:
        ticket = mine(world)
        assigning.hand_over(ticket, world.billing, by=world.act(world.iryna))
        after()
        assert told(post) == {"bohdan"}

    def test_in_a_team_of_many_only_those_who_chose_it(
        self, world: World, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reads, "CROWD", len(TEAM) - 1)
        choose(world.iryna, {Kind.NEW: True}, by=world.act(world.iryna))
        world.ticket()
        after()
        assert told(post) == {"iryna"}
        assert not reads.chosen(world.taras)[0][Kind.NEW]
        assert reads.chosen(world.taras)[0][Kind.REPLY]


class TestARequestOfMine:
    def test_a_customers_reply_is_told_to_who_is_responsible_and_who_follows(self, world: World, post: Post) -> None:
        ticket = mine(world)
        assigning.follow(ticket, world.sofia.id, by=world.act(world.sofia))
        message = ticket.links.get().message
        world.letter(world.maria, text="Досі не друкує!", answers=message)
        after()
        assert told(post) == {"iryna", "sofia"}
        piece = post.to("iryna")[0].pieces[0]
        assert ("Марія Коваль" in piece.head, piece.text) == (True, "Досі не друкує!")

    @pytest.mark.parametrize("kind", ["automatic", "list", "thanks", "spam"])
    def test_what_no_customer_wrote_in_earnest_is_not(self, world: World, post: Post, kind: str) -> None:
        ticket = mine(world)
        world.letter(world.maria, answers=ticket.links.get().message, kind=kind)
        after()
        assert post.told == []

    def test_it_was_given_to_me(self, world: World, post: Post) -> None:
        ticket = mine(world, world.taras)
        assigning.assign(ticket, world.iryna, by=world.act(world.taras))
        after()
        assert told(post) == {"iryna"}
        assert "Taras" in post.told[0].pieces[0].head

    def test_what_was_given_on_since_is_of_no_concern(self, world: World, post: Post) -> None:
        ticket = mine(world, world.taras)
        assigning.assign(ticket, world.iryna, by=world.act(world.taras))
        assigning.assign(ticket, world.olena, by=world.act(world.taras))
        after()
        assert told(post) == {"olena"}

    def test_a_colleagues_note_and_a_mention(self, world: World, post: Post) -> None:
        ticket = mine(world)
        noting.add_note(ticket, world.taras, "Подзвони їм", by=world.act(world.taras), mentions=[world.sofia])
        after()
        assert told(post) == {"iryna", "sofia"}
        assert post.to("iryna")[0].pieces[0].text == "Подзвони їм"

    def test_ones_own_note_is_no_news(self, world: World, post: Post) -> None:
        noting.add_note(mine(world), world.iryna, "Сама собі", by=world.act(world.iryna))
        after()
        assert post.told == []

    def test_an_answer_of_mine_did_not_arrive(self, world: World, post: Post) -> None:
        delivery = world.answer(mine(world)).deliveries.get()
        Delivery.objects.filter(id=delivery.id).update(state="sending")
        delivery.refresh_from_db()
        deliveries.mark_refused(delivery, "550 5.7.1 no, thank you")
        after()
        assert told(post) == {"iryna"}
        piece = post.told[0].pieces[0]
        assert ("maria@kramnytsia.example" in piece.head, "no, thank you" in piece.text) == (True, True)


class TestNotTold:
    def test_of_an_answer_that_has_gone_after_all(self, world: World, post: Post) -> None:
        delivery = world.answer(mine(world)).deliveries.get()
        Delivery.objects.filter(id=delivery.id).update(state="sending")
        delivery.refresh_from_db()
        deliveries.mark_refused(delivery, "550 5.7.1 no, thank you")
        read()
        Delivery.objects.filter(id=delivery.id).update(state="sent")
        after()
        assert post.told == []

    def test_of_a_new_request_that_went_to_another_team(self, world: World, post: Post) -> None:
        ticket = world.ticket()
        read()
        assigning.hand_over(ticket, world.billing, by=world.act(world.taras))
        after()
        assert told(post) == {"bohdan"}

    def test_of_what_was_read_at_the_desk(self, world: World, post: Post) -> None:
        ticket = mine(world)
        noting.add_note(ticket, world.taras, "Подзвони їм", by=world.act(world.taras))
        read()
        mark_opened(ticket, world.iryna.id)
        after()
        assert post.told == []
        assert NoticeDelivery.objects.get().reason == "read"

    def test_of_a_kind_that_is_switched_off(self, world: World, post: Post) -> None:
        choose(world.iryna, {kind: kind != Kind.NEW for kind in Kind.values}, by=world.act(world.iryna))
        world.ticket()
        after()
        assert told(post) == TEAM - {"iryna"}
        assert not NoticeDelivery.objects.filter(agent=world.iryna).exists()

    def test_nor_where_it_was_switched_off_only_since(self, world: World, post: Post) -> None:
        world.ticket()
        read()
        choose(world.iryna, {}, by=world.act(world.iryna))
        after()
        assert told(post) == TEAM - {"iryna"}

    def test_who_left(self, world: World, post: Post) -> None:
        world.ticket()
        read()
        deactivate(world.iryna, by=world.act(world.olena))
        after()
        assert "iryna" not in told(post)

    def test_who_may_not_see_it_by_then(self, world: World, post: Post) -> None:
        """It was restricted, or went to a closed team, between the event and the letter."""
        first, second = mine(world), mine(world)
        for ticket in (first, second):
            assigning.follow(ticket, world.sofia.id, by=world.act(world.sofia))
            noting.add_note(ticket, world.taras, "Таємниця", by=world.act(world.taras))
        read()
        restrict(first, True, by=world.act(world.taras))
        assigning.unfollow(first, world.sofia.id, by=world.act(world.taras))
        assigning.hand_over(second, world.hr, by=world.act(world.taras))
        after()
        assert "sofia" not in told(post)
        reasons = NoticeDelivery.objects.filter(agent=world.sofia).values_list("reason", flat=True)
        assert set(reasons) == {"no_sight"}

    def test_of_what_one_asked_for_oneself(self, world: World, post: Post) -> None:
        own = world.iryna.person.identities.get()
        world.ticket(own)
        after()
        assert "iryna" not in told(post)


def test_an_event_is_told_once_however_often_it_is_read(world: World, post: Post) -> None:
    world.ticket()
    read()
    before = Notice.objects.count()
    Cursor.objects.filter(reader="notices").update(position=0)
    read()
    assert Notice.objects.count() == before == len(TEAM)


def test_what_is_brought_in_of_the_past_is_no_news(world: World, post: Post) -> None:
    arrive(world.mail, letter(), imported=True)
    after()
    assert Ticket.objects.count() == 1
    assert Notice.objects.count() == 0


def test_a_batch_of_events_costs_the_same_however_many_there_are(world: World, post: Post, queries: Queries) -> None:
    position = Cursor.objects.get(reader="notices").position
    for _ in range(20):
        world.ticket()
    events = readers.read_after(position, 500)
    with queries(at_most=9):
        digest(events)
    assert Notice.objects.count() == 20 * len(TEAM)


class TestACauseThatIsSolved:
    def test_who_has_or_follows_what_it_caused_is_told(self, world: World, post: Post) -> None:
        cause, one = mine(world), mine(world)
        assigning.follow(one, world.sofia.id, by=world.act(world.sofia))
        relate(one, cause, "caused_by", by=world.act(world.iryna))
        close(cause, by=world.act(world.taras))
        after()
        assert told(post) == {"iryna", "sofia"}
        said = post.to("iryna")[0]
        assert said.link.endswith(f"/tickets/{one.number}") and str(cause.number) not in said.pieces[0].text

    def test_not_who_solved_it_nor_for_what_is_closed(self, world: World, post: Post) -> None:
        cause, own, done = mine(world), mine(world, world.taras), mine(world)
        for one in (own, done):
            relate(one, cause, "caused_by", by=world.act(world.iryna))
        close(done, by=world.act(world.taras))
        close(cause, by=world.act(world.taras))
        after()
        assert post.told == []
