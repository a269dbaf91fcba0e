"""When somebody is told: working hours in their zone, one letter a day, what is urgent, and the further kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.notices.conftest import Post, after, read, send
from tests.world import World, later
from vikno.core import clock
from vikno.journal.models import Event
from vikno.notices import actions
from vikno.notices.deadlines import warn_due
from vikno.notices.kinds import Kind
from vikno.notices.models import Notice, NoticeDelivery
from vikno.notices.working import begin_of_work, next_digest
from vikno.staff.models import Agent
from vikno.tasks import actions as tasks
from vikno.tasks.actions import Plan
from vikno.tasks.reminding import remind_due
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.models import Ticket
from vikno.tickets.waking import wake_due

pytestmark = pytest.mark.django_db
KYIV = "Europe/Kyiv"
OFFICE = {str(day): ["09:00", "18:00"] for day in range(5)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestWorkingHours:
    def test_who_has_set_none_always_works(self) -> None:
        assert begin_of_work({}, KYIV, at("2026-11-22T03:00")) is None

    @pytest.mark.parametrize(
        ("now", "begins"),
        [
            ("2026-11-23T07:00", None),  # Monday, 09:00 in Kyiv
            ("2026-11-23T15:59", None),
            ("2026-11-23T16:00", "2026-11-24T07:00"),
            ("2026-11-23T06:59", "2026-11-23T07:00"),
            ("2026-11-22T12:00", "2026-11-23T07:00"),  # Sunday
            ("2026-11-20T17:00", "2026-11-23T07:00"),  # Friday evening
            ("2027-03-26T17:00", "2027-03-29T06:00"),  # over the weekend clocks go forward
            ("2027-10-29T17:00", "2027-11-01T07:00"),  # and back
        ],
    )
    def test_what_comes_outside_waits_until_they_begin(self, now: str, begins: str | None) -> None:
        assert begin_of_work(OFFICE, KYIV, at(now)) == (at(begins) if begins else None)

    def test_hours_over_midnight_and_to_the_end_of_a_day(self) -> None:
        night = {"0": ["22:00", "06:00"]}
        assert begin_of_work(night, "UTC", at("2026-11-24T05:59")) is None  # Tuesday morning
        assert begin_of_work(night, "UTC", at("2026-11-24T06:00")) == at("2026-11-30T22:00")
        for end in ("24:00", "00:00"):
            assert begin_of_work({"0": ["12:00", end]}, "UTC", at("2026-11-23T23:59")) is None
            assert begin_of_work({"0": ["12:00", end]}, "UTC", at("2026-11-24T00:00")) == at("2026-11-30T12:00")

    def test_an_hour_that_clocks_leave_out_is_the_one_after_it(self) -> None:
        sunday = {"6": ["03:30", "12:00"]}
        assert begin_of_work(sunday, KYIV, at("2027-03-28T00:00")) == at("2027-03-28T01:30")  # 04:30 there

    @given(
        st.dictionaries(
            st.sampled_from([str(day) for day in range(7)]),
            st.tuples(st.times(), st.times()).map(lambda two: [f"{one:%H:%M}" for one in two])
            .filter(lambda two: two[0] != two[1]), min_size=1,
        ),
        st.sampled_from([KYIV, "UTC", "America/New_York", "Australia/Lord_Howe"]),
        st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    )  # fmt: skip
    def test_when_they_begin_they_have_begun(self, hours: Any, zone: str, now: datetime) -> None:
        begins = begin_of_work(hours, zone, now)
        if begins is not None:
            assert now < begins <= now + timedelta(days=8)
            assert begin_of_work(hours, zone, begins) is None

    @given(st.integers(0, 23), st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
    def test_the_next_daily_letter_is_within_a_day_of_the_clock(self, hour: int, now: datetime) -> None:
        assert timedelta() < next_digest(hour, KYIV, now) - now <= timedelta(hours=25)


def mine(world: World, agent: Agent | None = None) -> Ticket:
    ticket = world.ticket()
    assigning.assign(ticket, agent or world.iryna, by=world.act(agent or world.iryna))
    read()
    Notice.objects.all().delete()
    return ticket


def noted(world: World, ticket: Ticket) -> None:
    noting.add_note(ticket, world.taras, "Подзвоніть їм", by=world.act(world.taras))


def times(world: World, hours: Any, digest: int | None = None) -> None:
    actions.set_times(world.iryna, hours, digest, by=world.act(world.iryna))


class TestHeldBack:
    def test_a_letter_waits_for_the_morning_and_goes_then(self, world: World, post: Post) -> None:
        with time_machine.travel(at("2026-11-23T19:00"), tick=False) as clock_:
            ticket = mine(world)
            times(world, OFFICE)
            noted(world, ticket)
            read()
            clock_.shift(timedelta(minutes=10))
            send()
            assert post.told == []
            [row] = NoticeDelivery.objects.all()
            assert (row.due_at, row.not_before) == (at("2026-11-24T07:00"), at("2026-11-24T07:00"))
            clock_.move_to(at("2026-11-24T07:00:01"))
            send()
            assert [one.address for one in post.told] == ["iryna@kashtan.example"]

    def test_over_a_weekend_it_is_not_taken_for_old(self, world: World, post: Post) -> None:
        with time_machine.travel(at("2026-11-20T19:00"), tick=False) as clock_:
            ticket = mine(world)
            times(world, OFFICE)
            noted(world, ticket)
            read()
            clock_.shift(timedelta(minutes=10))
            send()
            clock_.move_to(at("2026-11-23T07:00:01"))
            send()
            assert len(post.told) == 1

    def test_what_is_urgent_waits_for_nothing(self, world: World, post: Post) -> None:
        with time_machine.travel(at("2026-11-22T12:00"), tick=False) as clock_:
            ticket, calm = mine(world), mine(world)
            times(world, OFFICE, 9)
            fields.set_priority(ticket, world.priorities["urgent"], by=world.act(world.taras))
            noted(world, ticket)
            noted(world, calm)
            read()
            clock_.shift(timedelta(minutes=10))
            send()
            assert [one.link.rpartition("/")[2] for one in post.told] == [str(ticket.number)]

    def test_a_daily_letter_names_all_at_once(self, world: World, post: Post) -> None:
        with time_machine.travel(at("2026-11-23T08:00"), tick=False) as clock_:
            one, other = mine(world), mine(world)
            times(world, {}, 16)
            noted(world, one)
            noted(world, other)
            read()
            clock_.shift(timedelta(minutes=10))
            send()
            assert post.told == []
            clock_.move_to(at("2026-11-23T14:00:01"))  # 16:00 in Kyiv
            send()
            assert [len(told.pieces) for told in post.told] == [2]

    def test_what_is_read_meanwhile_does_not_go_at_all(self, world: World, post: Post) -> None:
        with time_machine.travel(at("2026-11-22T12:00"), tick=False) as clock_:
            ticket = mine(world)
            times(world, OFFICE)
            noted(world, ticket)
            read()
            clock_.shift(timedelta(minutes=10))
            send()
            actions.read(world.iryna, tickets=[ticket.id])
            clock_.move_to(at("2026-11-23T07:00:01"))
            send()
            assert post.told == []
            assert NoticeDelivery.objects.get().reason == "read"

    def near(self, world: World, ticket: Ticket, **ahead: int) -> None:
        Ticket.objects.filter(id=ticket.id).update(due_at=later(**ahead))
        warn_due()
        read()

    def test_a_deadline_and_a_reminder_wait_for_no_daily_letter(self, world: World, post: Post) -> None:
        with time_machine.travel(at("2026-11-23T08:00"), tick=False) as clock_:
            ticket, calm = mine(world), mine(world)
            times(world, {}, 16)
            noted(world, calm)
            self.near(world, ticket, minutes=90)
            plan = Plan("Звіт", later(hours=1), remind_at=later(minutes=-1))
            tasks.add(world.iryna, plan, by=world.act(world.iryna))
            remind_due()
            read()
            clock_.shift(timedelta(minutes=10))
            send()
            told = sorted(one.link.rpartition("/")[2] for one in post.told)
            assert told == [str(ticket.number), "todo"]

    @pytest.mark.parametrize(("hours", "told"), [({"0": ["11:00", "18:00"]}, 0), ({"0": ["12:00", "18:00"]}, 1)])
    def test_a_deadline_waits_for_work_unless_it_passes_before(
        self, world: World, post: Post, hours: Any, told: int
    ) -> None:
        with time_machine.travel(at("2026-11-23T08:30"), tick=False) as clock_:  # 10:30 in Kyiv, a Monday
            ticket = mine(world)
            times(world, hours)
            self.near(world, ticket, minutes=90)  # 12:00
            clock_.shift(timedelta(minutes=10))
            send()
            assert len(post.told) == told
            clock_.move_to(at("2026-11-23T10:00") - timedelta(seconds=1))
            send()
            assert len(post.told) == 1

    @pytest.mark.parametrize(
        ("due", "is_day", "told"),
        [
            (timedelta(minutes=-1), False, 0),  # passed while it could not leave
            (timedelta(), False, 0),
            (timedelta(minutes=1), False, 1),
            (timedelta(hours=3), False, 0),  # moved away
            (timedelta(hours=3), True, 1),
            (timedelta(hours=16), True, 0),
            (None, False, 0),
        ],
    )
    def test_a_deadline_is_told_only_while_it_is_ahead_and_near(
        self, world: World, post: Post, due: timedelta | None, is_day: bool, told: int
    ) -> None:
        with time_machine.travel(at("2026-11-23T08:00"), tick=False) as clock_:
            ticket = mine(world)
            self.near(world, ticket, minutes=90)
            clock_.shift(timedelta(minutes=10))
            moved = None if due is None else clock.now() + due
            Ticket.objects.filter(id=ticket.id).update(due_at=moved, due_is_day=is_day)
            send()
            assert len(post.told) == told
            [row] = NoticeDelivery.objects.all()
            assert row.reason == ("" if told else "done")

    @pytest.mark.parametrize("wrong", [{"7": ["09:00", "18:00"]}, {"1": ["9", "18:00"]}, {"1": ["09:00", "09:00"]}])
    def test_what_is_no_hour_is_refused(self, world: World, wrong: Any) -> None:
        with pytest.raises(ValueError):
            times(world, wrong)


class TestKinds:
    def kinds(self, agent: Agent) -> list[str]:
        return list(Notice.objects.filter(agent=agent).order_by("id").values_list("kind", flat=True))

    def test_who_is_named_is_told_so_and_who_is_responsible_of_a_note(self, world: World, post: Post) -> None:
        ticket = mine(world)
        noting.add_note(ticket, world.taras, "@Olena", mentions=[world.olena], by=world.act(world.taras))
        after()
        assert (self.kinds(world.olena), self.kinds(world.iryna)) == (["mention"], ["advice"])
        assert {one.pieces[0].head.split()[0] for one in post.told} == {"Taras"}

    def test_what_was_put_aside_is_back(self, world: World, post: Post) -> None:
        ticket = mine(world)
        state.snooze(ticket, later(seconds=30), by=world.act(world.iryna))
        Ticket.objects.filter(id=ticket.id).update(snoozed_until=later(seconds=-1))
        wake_due()
        after()
        assert self.kinds(world.iryna) == ["back"]
        assert len(post.to("iryna")) == 1

    def test_who_takes_it_back_by_hand_is_told_nothing_and_nobody_else(self, world: World, post: Post) -> None:
        ticket = mine(world)
        state.snooze(ticket, later(hours=3), by=world.act(world.iryna))
        state.wake(ticket, by=world.act(world.taras))
        after()
        assert self.kinds(world.iryna) == []

    def test_a_deadline_is_told_once_for_each_instant(self, world: World, post: Post) -> None:
        ticket, far = mine(world), mine(world)
        Ticket.objects.filter(id=ticket.id).update(due_at=later(minutes=90))
        Ticket.objects.filter(id=far.id).update(due_at=later(hours=5))
        warn_due()
        warn_due()
        after()
        assert self.kinds(world.iryna) == ["due"]
        assert Event.objects.filter(verb="ticket.due_soon").count() == 1
        Ticket.objects.filter(id=ticket.id).update(due_at=later(minutes=100))
        warn_due()
        assert Event.objects.filter(verb="ticket.due_soon").count() == 2

    def test_a_day_is_told_of_in_its_morning(self, world: World, post: Post) -> None:
        ticket = mine(world)
        Ticket.objects.filter(id=ticket.id).update(due_at=later(hours=14), due_is_day=True)
        warn_due()
        after()
        assert self.kinds(world.iryna) == ["due"]

    def test_nobody_is_told_of_a_deadline_of_what_is_closed_by_then(self, world: World, post: Post) -> None:
        ticket = mine(world)
        Ticket.objects.filter(id=ticket.id).update(due_at=later(minutes=90))
        warn_due()
        read()
        state.close(ticket, by=world.act(world.taras))
        after()
        assert post.told == []

    def test_a_reminder_comes_to_its_author_alone(self, world: World, post: Post) -> None:
        plan = Plan("Подзвонити Марії", later(hours=1), remind_at=later(minutes=-1))
        tasks.add(world.iryna, plan, by=world.act(world.iryna))
        remind_due()
        after(minutes=0.1)
        [told] = post.told
        assert (told.address, told.link.endswith("/todo")) == ("iryna@kashtan.example", True)
        assert "Подзвонити Марії" in told.subject
        assert (told.may_answer, told.thread) == (False, "")

    def test_one_that_is_done_by_then_does_not_come(self, world: World, post: Post) -> None:
        task = tasks.add(
            world.iryna, Plan("Звіт", later(hours=1), remind_at=later(minutes=-1)), by=world.act(world.iryna)
        )
        remind_due()
        read()
        tasks.set_done(task, True, by=world.act(world.iryna))
        after()
        assert post.told == []
        assert NoticeDelivery.objects.get().reason == "done"

    def test_what_the_owner_takes_from_everybody_goes_to_nobody_by_mail(self, world: World, post: Post) -> None:
        ticket = mine(world)
        actions.decide(words=True, letters_an_hour=20, off=["advice"], by=world.act(world.olena))
        noted(world, ticket)
        after()
        assert (post.told, self.kinds(world.iryna)) == ([], ["advice"])  # it stands at the desk all the same

    def test_each_kind_is_switched_for_the_desk_and_for_mail(self, world: World, post: Post) -> None:
        ticket = mine(world)
        none = dict.fromkeys(Kind.values, False)
        actions.choose(world.iryna, none | {"advice": True}, page=none, by=world.act(world.iryna))
        noted(world, ticket)
        after()
        assert len(post.told) == 1
        assert Notice.objects.filter(agent=world.iryna, in_page=True).count() == 0
