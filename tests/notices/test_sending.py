"""When notices go out, what goes together, and what becomes of those that cannot leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.notices.conftest import Post, after, pass_, read, send
from tests.world import World
from vikno.core import clock
from vikno.dialogs.channels import Halted, NoWayOut, Rejected, Retry, Unknown
from vikno.journal.models import Event
from vikno.notices import sending
from vikno.notices.actions import choose, decide
from vikno.notices.judging import judge
from vikno.notices.kinds import Kind
from vikno.notices.models import Choices, Notice, NoticeDelivery
from vikno.notices.telling import tell
from vikno.tickets.actions import assigning, noting
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Mine = Callable[[], Ticket]
AtDesk = Callable[..., None]
State = NoticeDelivery.State


@pytest.fixture
def mine(world: World, post: Post) -> Callable[[], Ticket]:
    """Requests that are Iryna's."""

    def one() -> Ticket:
        ticket = world.ticket()
        assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
        read()
        Notice.objects.filter(ticket=ticket).delete()
        return ticket

    return one


def note(world: World, ticket: Ticket, text: str = "Гляньте") -> None:
    noting.add_note(ticket, world.taras, text, by=world.act(world.taras))


def states() -> list[str]:
    return list(NoticeDelivery.objects.order_by("id").values_list("state", flat=True))


@pytest.mark.parametrize("words", [True, False])
def test_of_a_new_request_it_says_who_asks(world: World, post: Post, words: bool) -> None:
    """The owner's page promises it also for letters without the customer's words."""
    decide(words=words, letters_an_hour=20, by=world.act(world.olena))
    world.ticket(world.maria)
    world.ticket(world.stranger)  # of whom nobody knows a name
    after()
    heads = [one.pieces[0].head for one in post.to("iryna")]
    assert len(heads) == 2 and "Марія Коваль" in heads[0] and "nobody@example.com" in heads[1]


class TestTogether:
    def test_what_happened_on_one_request_goes_in_one_letter(self, world: World, post: Post, mine: Mine) -> None:
        ticket = mine()
        note(world, ticket, "перше")
        note(world, ticket, "друге")
        after()
        [one] = post.told
        assert [piece.text for piece in one.pieces] == ["перше", "друге"]
        assert one.thread and states() == [State.SENT, State.SENT]

    def test_each_request_has_a_letter_of_its_own_in_a_thread_of_its_own(
        self, world: World, post: Post, mine: Mine
    ) -> None:
        first, second = mine(), mine()
        for ticket in (first, second, first):
            note(world, ticket)
        after()
        note(world, first)
        after()
        threads = [one.thread for one in post.told]
        assert len(threads) == 3 and len(set(threads)) == 2 and threads[0] == threads[2]
        assert len({one.mark for one in post.told}) == 3

    def test_many_at_once_go_in_one_that_names_them_all(self, world: World, post: Post, mine: Mine) -> None:
        tickets = [mine() for _ in range(sending.MANY + 1)]
        for ticket in tickets:
            note(world, ticket, "Таємне слово")
        after()
        [one] = post.told
        assert [piece.link.rpartition("/")[2] for piece in one.pieces] == [str(ticket.number) for ticket in tickets]
        assert (one.thread, one.answers) == ("", None)

    def test_an_absorbed_request_is_told_as_its_survivor(self, world: World, post: Post, mine: Mine) -> None:
        first, second = mine(), mine()
        note(world, first)
        merge(first, second, by=world.act(world.taras))
        after()
        assert [one.link.rpartition("/")[2] for one in post.told] == [str(second.number)]


class TestAtTheDesk:
    def test_who_has_it_open_is_left_in_peace_for_a_while(
        self, world: World, post: Post, mine: Mine, at_desk: AtDesk
    ) -> None:
        note(world, mine())
        at_desk(world.iryna)
        after()
        assert (post.told, states()) == ([], [State.WAITING])

    def test_but_an_open_page_need_not_mean_that_somebody_sits_there(
        self, world: World, post: Post, mine: Mine, at_desk: AtDesk
    ) -> None:
        note(world, mine())
        at_desk(world.iryna)
        after(21)
        assert len(post.told) == 1

    def test_who_has_gone_is_told(self, world: World, post: Post, mine: Mine, at_desk: AtDesk) -> None:
        note(world, mine())
        at_desk(world.iryna, minutes_ago=5)
        after()
        assert len(post.told) == 1


class TestTheLimit:
    def test_beyond_it_the_rest_comes_in_one_letter_later(self, world: World, post: Post, mine: Mine) -> None:
        decide(words=True, letters_an_hour=2, by=world.act(world.olena))
        tickets = [mine() for _ in range(4)]
        for ticket in tickets:
            note(world, ticket)
        after()
        assert len(post.told) == 2
        held = NoticeDelivery.objects.filter(held=True)
        assert held.count() == 2
        assert all(timedelta(minutes=50) < row.due_at - clock.now() <= timedelta(hours=1) for row in held)
        pass_(61)
        send()
        assert len(post.told) == 3
        assert {piece.link.rpartition("/")[2] for piece in post.told[2].pieces} == {
            str(ticket.number) for ticket in tickets[2:]
        }
        assert set(states()) == {State.SENT}

    def test_each_person_has_their_own(self, world: World, post: Post, mine: Mine) -> None:
        decide(words=True, letters_an_hour=1, by=world.act(world.olena))
        ticket = mine()
        assigning.follow(ticket, world.sofia.id, by=world.act(world.sofia))
        note(world, ticket)
        after()
        assert len(post.told) == 2


def test_the_owner_may_keep_the_customers_words_out_of_letters(world: World, post: Post, mine: Mine) -> None:
    decide(words=False, letters_an_hour=20, by=world.act(world.olena))
    ticket = mine()
    world.letter(world.maria, subject="Секретна справа", text="секретне слово", answers=ticket.links.get().message)
    Ticket.objects.filter(id=ticket.id).update(subject="Секретна справа")
    after()
    [one] = post.told
    said = " ".join([one.subject, *(piece.head + piece.text for piece in one.pieces)])
    assert "екретн" not in said
    assert str(ticket.number) in one.subject and "Марія" in said


class TestTrouble:
    @pytest.mark.parametrize(
        "trouble", [Retry("451 later"), Halted("password_refused"), NoWayOut()], ids=["retry", "halted", "no way"]
    )
    def test_what_certainly_did_not_go_is_tried_again(
        self, world: World, post: Post, mine: Mine, trouble: Exception
    ) -> None:
        note(world, mine())
        post.trouble = trouble
        after()
        row = NoticeDelivery.objects.get()
        assert (row.state, row.attempts, row.mark) == (State.WAITING, 1, "")
        assert row.due_at > clock.now()
        post.trouble = None
        pass_(10)
        send()
        assert len(post.told) == 1

    def test_but_not_when_it_is_no_news_any_more(self, world: World, post: Post, mine: Mine) -> None:
        note(world, mine())
        after(25 * 60)
        assert (post.told, NoticeDelivery.objects.get().reason) == ([], "late")

    def test_what_may_have_gone_is_not_repeated(self, world: World, post: Post, mine: Mine) -> None:
        note(world, mine())
        post.trouble = Unknown("no_answer")
        after()
        post.trouble = None
        pass_(60)
        send()
        assert (post.told, states()) == ([], [State.DOUBTFUL])

    def test_nor_is_one_whose_sender_died(self, world: World, post: Post, mine: Mine) -> None:
        note(world, mine())
        read()
        past = clock.now() - timedelta(seconds=1)
        NoticeDelivery.objects.update(state=State.SENDING, lease_until=past)
        sending.step()
        assert (post.told, states()) == ([], [State.DOUBTFUL])

    def test_an_address_that_is_gone_ends_the_letters_until_its_person_says_otherwise(
        self, world: World, post: Post, mine: Mine
    ) -> None:
        ticket = mine()
        note(world, ticket)
        post.trouble = Rejected("550 5.1.1 no such user")
        after()
        chosen = Choices.objects.get(agent=world.iryna)
        assert chosen.failed_at is not None and "5.1.1" in chosen.failed_words
        post.trouble = None
        note(world, ticket)
        after()
        assert post.told == []
        assert NoticeDelivery.objects.latest("id").reason == "returned"
        choose(world.iryna, dict.fromkeys(Kind.values, True), by=world.act(world.iryna))
        note(world, ticket)
        after()
        assert len(post.told) == 1

    def test_a_refusal_for_other_reasons_ends_nothing(self, world: World, post: Post, mine: Mine) -> None:
        note(world, mine())
        post.trouble = Rejected("554 5.7.1 looks like spam")
        after()
        assert states() == [State.REFUSED]
        assert not Choices.objects.filter(failed_at__isnull=False).exists()


def test_two_engines_do_not_send_the_same(world: World, post: Post, mine: Mine) -> None:
    note(world, mine())
    read()
    pass_(6)
    [row] = sending._claim()
    assert sending._claim() == []
    NoticeDelivery.objects.filter(id=row.id).update(fence=row.fence + 1)  # its lease ended and another took it
    judged = judge(row.agent, [row])
    assert judged.viewer is not None
    sending._hand_over([row], tell(row.agent, judged.viewer, judged.needed))
    assert post.told == []


def test_notices_write_no_events(world: World, post: Post, mine: Mine) -> None:
    """Else telling of an event would lead to telling."""
    note(world, mine())
    read()
    before = Event.objects.count()
    after()
    assert len(post.told) == 1
    assert Event.objects.count() == before
