"""Design 1a, "Numbers and time": numbers, clocks, due dates, versions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.world import World
from vikno.core import clock
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Said, Words
from vikno.dialogs.models import Message
from vikno.journal.models import Event
from vikno.people.models import Contract
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.actions.changing import Conflict, Invalid
from vikno.tickets.actions.receiving import receive
from vikno.tickets.models import Note, Status, Ticket, TicketNumber


def test_numbers_are_never_used_again(world: World) -> None:
    numbers = [world.ticket().number for _ in range(3)]
    assert numbers == sorted(set(numbers))
    Ticket.objects.filter(number=numbers[-1]).update(deleted_at=clock.now())
    assert world.ticket().number > numbers[-1]


def test_the_number_is_not_the_key(world: World) -> None:
    before = world.ticket()
    TicketNumber.objects.create()
    after = world.ticket()
    assert after.number - before.number == 2
    assert after.id - before.id == 1


def test_clocks_run_from_the_arrival_of_the_first_customer_message(world: World) -> None:
    arrived = clock.now() - timedelta(hours=3)
    ticket = world.ticket(said_at=arrived - timedelta(days=1), arrived_at=arrived)
    assert ticket.asked_at == arrived


def test_a_public_answer_by_a_human_stops_the_clock_an_automatic_one_does_not(world: World) -> None:
    ticket = world.ticket()
    dialog = ticket.last_dialog
    automatic = dialogs.add_message(
        dialog, Said(Message.Author.SYSTEM, kind="automatic"), Words("Ми отримали ваш лист")
    )
    receive(automatic, ticket, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None and ticket.first_reply_at is None
    answer = world.answer(ticket)
    assert (ticket.waiting_since, ticket.first_reply_at) == (None, answer.arrived_at)


def test_the_first_reply_is_the_first_for_ever_and_waiting_begins_anew(world: World) -> None:
    first = world.letter(world.maria)
    answer = world.answer(first.ticket)
    again = world.letter(world.maria, answers=answer)
    assert again.ticket.waiting_since == again.message.arrived_at
    world.answer(again.ticket)
    again.ticket.refresh_from_db()
    assert again.ticket.first_reply_at == answer.arrived_at


def test_a_note_is_no_answer(world: World) -> None:
    ticket = world.ticket()
    noting.add_note(ticket, world.iryna, "Дзвонила постачальнику", by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None and ticket.first_reply_at is None


def test_a_note_belongs_to_exactly_one_ticket_or_person(world: World) -> None:
    ticket = world.ticket()
    for place in ({}, {"ticket": ticket, "person": world.maria.person}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Note.objects.create(agent=world.iryna, **place)


def test_the_stage_is_written_in_the_event(world: World) -> None:
    ticket = world.ticket()
    state.close(ticket, by=world.act(world.iryna))
    delta = Event.objects.get(verb="ticket.status").delta
    assert delta["stage"] == ["new", "closed"]
    Status.objects.filter(stage="closed").update(name="Архів")
    assert Event.objects.get(verb="ticket.status").delta == delta


class TestDue:
    def test_a_day_without_an_hour_is_its_end_in_the_teams_zone(self, world: World) -> None:
        world.support.zone = "America/New_York"
        world.support.save()
        ticket = world.ticket()
        fields.set_due(ticket, date(2026, 7, 1), by=world.act(world.iryna))
        assert ticket.due_at == datetime(2026, 7, 2, 3, 59, 59, tzinfo=UTC) and ticket.due_is_day

    def test_without_one_the_companys_zone_counts(self, world: World) -> None:
        ticket = world.ticket()
        fields.set_due(ticket, date(2026, 12, 31), by=world.act(world.iryna))
        assert ticket.due_at == datetime(2026, 12, 31, 21, 59, 59, tzinfo=UTC)

    def test_it_is_the_same_day_for_the_team_it_is_handed_to(self, world: World) -> None:
        world.billing.zone = "America/New_York"
        world.billing.save()
        ticket, by = world.ticket(), world.act(world.iryna)
        fields.set_due(ticket, date(2026, 7, 1), by=by)
        assigning.hand_over(ticket, world.billing, by=by)
        assert ticket.due_at == datetime(2026, 7, 2, 3, 59, 59, tzinfo=UTC) and ticket.due_is_day
        fields.set_due(ticket, datetime(2026, 7, 1, 12, tzinfo=UTC), by=by)
        assigning.hand_over(ticket, world.support, by=by)
        assert ticket.due_at == datetime(2026, 7, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        "due", [date.min, date.max, datetime.min.replace(tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    )
    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
    def test_one_that_no_clock_can_tell_everywhere_is_refused(self, world: World, due: date, zone: str) -> None:
        world.support.zone = zone
        world.support.save()
        with pytest.raises(Invalid):
            fields.set_due(world.ticket(), due, by=world.act(world.iryna))

    @pytest.mark.parametrize(("day", "hour"), [(date(2026, 3, 29), 20), (date(2026, 10, 25), 21)])
    def test_days_of_23_and_25_hours_end_when_their_clocks_say(self, day: date, hour: int) -> None:
        assert clock.end_of_day(day, "Europe/Kyiv") == datetime(day.year, day.month, day.day, hour, 59, 59, tzinfo=UTC)

    @given(
        st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        st.sampled_from(["Europe/Kyiv", "UTC", "America/St_Johns", "Pacific/Apia", "Africa/Cairo"]),
    )
    @example(date(2026, 10, 29), "Africa/Cairo")  # clocks go back at midnight
    def test_the_end_of_a_day_lies_in_that_day(self, day: date, zone: str) -> None:
        assume((day, zone) != (date(2011, 12, 30), "Pacific/Apia"))  # there was no such day
        end = clock.end_of_day(day, zone)
        assert clock.day_in(end, zone) == day and clock.day_in(end + timedelta(seconds=1), zone) > day


class TestVersions:
    def test_a_verb_refuses_only_if_one_of_its_own_fields_changed(self, world: World) -> None:
        ticket = world.ticket()
        seen = ticket.version
        fields.set_priority(ticket, world.priorities["high"], by=world.act(world.taras))
        assigning.assign(ticket, world.iryna, by=world.act(world.iryna), seen=seen)
        with pytest.raises(Conflict) as refused:
            fields.set_priority(ticket, world.priorities["low"], by=world.act(world.iryna), seen=seen)
        theirs, yours = refused.value.fields["priority"]
        assert (theirs, yours) == (world.priorities["high"].id, world.priorities["low"].id)
        ticket.refresh_from_db()
        assert ticket.priority == world.priorities["high"]

    def test_wanting_the_same_is_no_conflict(self, world: World) -> None:
        ticket = world.ticket()
        seen = ticket.version
        state.close(ticket, by=world.act(world.taras))
        assert state.close(ticket, by=world.act(world.iryna), seen=seen) is None

    def test_doing_what_is_done_writes_no_event(self, world: World) -> None:
        ticket = world.ticket()
        fields.set_priority(ticket, world.priorities["high"], by=world.act(world.taras))
        count = Event.objects.count()
        assert fields.set_priority(ticket, world.priorities["high"], by=world.act(world.iryna)) is None
        assert Event.objects.count() == count


def test_events_hold_no_words(world: World) -> None:
    ticket = world.ticket(world.maria, subject="Таємна тема", text="Таємний текст")
    fields.rename(ticket, "Таємна назва", by=world.act(world.iryna))
    fields.describe(ticket, "Таємний опис", by=world.act(world.iryna))
    fields.tag(ticket, [fields.tag_named("таємний")], by=world.act(world.iryna))
    world.answer(ticket, text="Таємна відповідь")
    noting.add_note(ticket, world.iryna, "Таємна нотатка", by=world.act(world.iryna))
    kept = repr(list(Event.objects.values_list("delta", "verb", "actor_kind")))
    for word in ("аємн", "maria", "Марія", "kramnytsia"):
        assert word not in kept


class TestAssigning:
    def test_taking_a_new_ticket_opens_it(self, world: World) -> None:
        ticket = world.ticket()
        assigning.take(ticket, world.iryna, by=world.act(world.iryna))
        assert (ticket.agent, ticket.stage) == (world.iryna, "open")

    def test_who_cannot_answer_cannot_be_responsible(self, world: World) -> None:
        ticket, closed = world.ticket(), world.ticket()
        assigning.hand_over(closed, world.hr, by=world.act(world.olena))
        for one, agent in ((ticket, world.sofia), (closed, world.iryna)):
            with pytest.raises(Invalid):
                assigning.assign(one, agent, by=world.act(world.olena))

    def test_another_team_keeps_the_agent_only_if_they_are_of_it(self, world: World) -> None:
        ticket = world.ticket()
        assigning.take(ticket, world.iryna, by=world.act(world.iryna))
        assigning.hand_over(ticket, world.billing, by=world.act(world.iryna))
        assert (ticket.team, ticket.agent) == (world.billing, None)


def test_a_contract_of_somebody_else_is_refused(world: World) -> None:
    ticket = world.ticket(world.petro)
    with pytest.raises(Invalid):
        fields.set_contract(ticket, Contract.objects.get(), by=world.act(world.iryna))


def test_snooze_ends_with_an_answer(world: World) -> None:
    first = world.letter(world.maria)
    state.snooze(first.ticket, clock.now() + timedelta(days=3), by=world.act(world.iryna))
    again = world.letter(world.maria, answers=first.message)
    assert again.ticket.snoozed_until is None
    with pytest.raises(Invalid):
        state.snooze(first.ticket, clock.now() - timedelta(minutes=1), by=world.act(world.iryna))


def test_opening_a_ticket_is_breath_and_no_event(world: World) -> None:
    ticket = world.ticket()
    count = Event.objects.count()
    state.mark_opened(ticket, world.iryna.id)
    ticket.refresh_from_db()
    assert ticket.opened_at and Event.objects.count() == count
