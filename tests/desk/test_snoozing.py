"""Putting tickets aside: until a time that was chosen, or until an answer comes; the lists of what concerns one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.seats import Seat
from tests.world import World, later
from vikno.core import clock
from vikno.desk import snoozing
from vikno.journal.models import Event
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Ticket
from vikno.tickets.waking import wake_due

pytestmark = pytest.mark.django_db
LISTS = ("mine", "unopened", "open")


def shown(seat: Seat, key: str) -> list[str]:
    """The numbers of a list's rows."""
    return re.findall(r'data-ticket="(\d+)"', seat.page(f"/inbox/{key}"))


def offered(seat: Seat, ticket: Ticket, words: str = "Tomorrow morning") -> str:
    """What stands behind one of the offers on the page of a ticket."""
    page = seat.page(f"/tickets/{ticket.number}")
    found = re.search(rf'name="snooze" value="([^"]+)"[^>]*><span class="menu__word">{words}<', page)
    assert found is not None
    return found[1]


def aside(seat: Seat, ticket: Ticket, value: str | None = None, **more: str) -> str:
    value = offered(seat, ticket) if value is None else value
    page = seat.sends(f"/tickets/{ticket.number}/change", snooze=value, version=str(ticket.version), **more)
    return str(page.content.decode())


@pytest.fixture
def seat(world: World) -> Seat:
    return Seat(world.iryna)


@pytest.fixture
def ticket(world: World) -> Ticket:
    made = world.ticket()
    assigning.take(made, world.iryna, by=world.act(world.iryna))
    made.refresh_from_db()
    return made


def test_what_is_put_aside_leaves_the_lists_and_their_counts(world: World, seat: Seat, ticket: Ticket) -> None:
    assert all(str(ticket.number) in shown(seat, key) for key in LISTS)
    page = aside(seat, ticket)
    assert "Put aside until 09:00" in page
    assert not any(shown(seat, key) for key in (*LISTS, f"team:{world.support.id}"))
    assert shown(seat, "snoozed") == [str(ticket.number)]
    nav = seat.page("/nav")
    assert re.search(r'data-place="snoozed".*?nav__count">1<', nav)
    assert 'data-place="mine"' in nav
    mine = nav.partition('data-place="mine"')[2].partition("</li>")[0]
    assert "nav__count" not in mine


def test_it_comes_back_when_its_time_has_come(seat: Seat, ticket: Ticket) -> None:
    aside(seat, ticket)
    wake_due()
    assert shown(seat, "mine") == [], "it is too early"
    Ticket.objects.filter(id=ticket.id).update(snoozed_until=later(minutes=-1))
    wake_due()
    assert shown(seat, "mine") == [str(ticket.number)]
    assert "its time has come" in seat.page(f"/tickets/{ticket.number}")
    assert wake_due() is None


def test_it_is_taken_back_by_hand_and_by_undo(seat: Seat, ticket: Ticket) -> None:
    aside(seat, ticket)
    assert "It is back in the lists." in aside(seat, ticket, "")
    assert shown(seat, "mine") == [str(ticket.number)]
    ticket.refresh_from_db()
    undo = re.search(r'action="(/undo/\d+)"', aside(seat, ticket, offered(seat, ticket, "In a week")))
    assert undo is not None
    seat.sends(undo[1])
    assert shown(seat, "mine") == [str(ticket.number)]


def test_an_own_time_is_one_of_the_agents_clock(world: World, seat: Seat, ticket: Ticket) -> None:
    aside(seat, ticket, "at", snooze_at="2031-07-01T08:30")
    ticket.refresh_from_db()
    assert ticket.snoozed_until == datetime(2031, 7, 1, 8, 30, tzinfo=ZoneInfo("Europe/Kyiv"))


@pytest.mark.parametrize(
    ("value", "own", "words"),
    [
        ("at", f"{clock.now().year - 1}-01-01T10:00", "already passed"),
        ("at", "soon", "This is not a time"),
        ("at", "", "This is not a time"),
        ("at", "9999-12-31T23:59", "too far away"),
        ("at", "0001-01-01T00:00", "too far away"),
        ("never", "", "no longer there"),
        ("tomorrow", "", "no longer there"),
        ("2020-01-01T07:00:00Z", "", "no longer there"),
        ("2999-01-01T07:00:00Z", "", "no longer there"),
        ("9999-99-99T07:00:00Z", "", "no longer there"),
        ("²", "", "no longer there"),
    ],
)
def test_what_is_no_time_is_refused_in_words(seat: Seat, ticket: Ticket, value: str, own: str, words: str) -> None:
    assert words in aside(seat, ticket, value, snooze_at=own)
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


def test_an_answer_is_sent_and_the_ticket_put_aside_as_one_act(seat: Seat, ticket: Ticket) -> None:
    then = f"snooze:{offered(seat, ticket)}"
    form = {"kind": "reply", "format": "text", "body": "Перевіримо завтра.", "then": then}
    seat.sends(f"/tickets/{ticket.number}/answer", **form)
    ticket.refresh_from_db()
    assert ticket.snoozed_until is not None
    acts = Event.objects.filter(verb__in=["message.sent", "ticket.snoozed"]).values_list("act", flat=True)
    assert len(acts) == 2
    assert len(set(acts)) == 1


def test_several_are_put_aside_at_once(world: World, seat: Seat, ticket: Ticket) -> None:
    other = world.ticket()
    choice = offered(seat, ticket, "In a week")
    assert f'value="{choice}"' in seat.page("/inbox/open"), "the same is offered for several"
    seat.post("/bulk", {"ticket": [ticket.number, other.number], "snooze": choice})
    assert sorted(shown(seat, "snoozed")) == sorted([str(ticket.number), str(other.number)])


def test_whoever_put_it_aside_anew_is_not_woken_by_the_old_time(world: World, ticket: Ticket) -> None:
    state.snooze(ticket, later(hours=2), by=world.act(world.iryna))
    assert state.wake(ticket, by=world.act(world.iryna), due_by=clock.now()) is None
    ticket.refresh_from_db()
    assert ticket.snoozed_until is not None


def test_what_is_awake_wakes_what_absorbs_it(world: World, seat: Seat, ticket: Ticket) -> None:
    other = world.ticket()
    state.snooze(ticket, later(hours=2), by=world.act(world.iryna))
    merge(other, ticket, by=world.act(world.iryna))
    assert shown(seat, "open") == [str(ticket.number)]


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["Europe/Kyiv", "UTC", "Asia/Tokyo"]))
def test_whatever_is_offered_lies_ahead_and_is_what_is_done(at: datetime, zone: str) -> None:
    now = at.replace(tzinfo=UTC)
    offers = snoozing.choices(zone, "en", now)
    times = [snoozing.until_of(value, "", zone, now) for value, _word, _when in offers]
    assert all(one > now for one in times)
    assert len(set(times)) == len(times)
    assert {"Tomorrow morning", "Until an answer comes"} <= {word for _value, word, _when in offers}


def test_an_offer_means_the_day_that_was_shown_also_after_midnight(world: World, seat: Seat, ticket: Ticket) -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    with time_machine.travel(datetime(2031, 7, 1, 23, 58, tzinfo=kyiv), tick=False):
        seat.force_login(world.iryna.person.user)
        value = offered(seat, ticket)
    with time_machine.travel(datetime(2031, 7, 2, 0, 3, tzinfo=kyiv), tick=False):
        aside(seat, ticket, value)
    ticket.refresh_from_db()
    assert ticket.snoozed_until == datetime(2031, 7, 2, 9, tzinfo=kyiv)


def test_an_offer_that_is_over_is_refused() -> None:
    shown = datetime(2026, 1, 1, 17, 50, tzinfo=UTC)
    (evening,) = [value for value, word, _when in snoozing.choices("UTC", "en", shown) if word == "This evening"]
    assert snoozing.until_of(evening, "", "UTC", shown) == datetime(2026, 1, 1, 18, tzinfo=UTC)
    with pytest.raises(Invalid):
        snoozing.until_of(evening, "", "UTC", shown + timedelta(minutes=15))


class TestWhatConcernsOne:
    def test_what_is_due_soon_and_what_is_overdue(self, world: World, seat: Seat) -> None:
        over, soon, far = world.ticket(), world.ticket(), world.ticket()
        for ticket, hours in ((over, -2), (soon, 3), (far, 72)):
            Ticket.objects.filter(id=ticket.id).update(due_at=clock.now() + timedelta(hours=hours))
        assert (shown(seat, "overdue"), shown(seat, "due")) == ([str(over.number)], [str(soon.number)])

    def test_what_one_follows_or_was_mentioned_on(self, world: World, seat: Seat, ticket: Ticket) -> None:
        other = world.ticket()
        assigning.follow(other, world.iryna.id, by=world.act(world.iryna))
        noting.add_note(ticket, world.taras, "Подивись", mentions=[world.iryna], by=world.act(world.taras))
        assert str(other.number) in shown(seat, "following")
        assert shown(seat, "mentioned") == [str(ticket.number)]
        assert shown(Seat(world.olena), "mentioned") == []

    def test_a_followed_ticket_that_one_may_not_see_any_more_is_not_listed(self, world: World, seat: Seat) -> None:
        other = world.ticket()
        assigning.follow(other, world.iryna.id, by=world.act(world.iryna))
        fields.restrict(other, True, by=world.act(world.taras))
        assigning.unfollow(other, world.iryna.id, by=world.act(world.iryna))
        assert shown(seat, "following") == []

    def test_what_is_empty_does_not_stand_in_the_navigation(self, seat: Seat) -> None:
        nav = seat.page("/nav")
        assert 'data-place="overdue"' not in nav
        assert 'data-place="open"' in nav
        assert 'data-place="overdue"' in seat.page("/inbox/overdue"), "but where one is"


class TestTheBin:
    def test_what_is_in_the_bin_is_found_and_restored(self, seat: Seat, ticket: Ticket) -> None:
        seat.sends(f"/tickets/{ticket.number}/change", delete="1", version=str(ticket.version))
        assert shown(seat, "bin") == [str(ticket.number)]
        page = seat.page(f"/tickets/{ticket.number}")
        assert "In the bin" in page
        seat.sends(f"/tickets/{ticket.number}/change", restore="1")
        assert shown(seat, "bin") == []
        assert shown(seat, "mine") == [str(ticket.number)]

    def test_spam_has_a_page_of_its_own(self, world: World, seat: Seat, ticket: Ticket) -> None:
        state.mark_spam(ticket, by=world.act(world.iryna))
        assert shown(seat, "bin") == []
