"""The to-do list and the notes of one's own: days and reminders, and that nobody else ever reads them."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.seats import Seat
from tests.searching import index_follows
from tests.world import World, later
from vikno.care import erasure
from vikno.care.export import copy_of
from vikno.core import clock
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.staff.models import Agent
from vikno.tasks import actions, queries
from vikno.tasks.actions import Plan
from vikno.tasks.models import OwnNote, Task
from vikno.tasks.planning import REMINDERS, fields_of, plan_of
from vikno.tasks.reminding import remind_due
from vikno.tickets.actions import assigning
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
KYIV = "Europe/Kyiv"


def texts(agent: Agent) -> list[str]:
    return [one.text for one in queries.open_tasks(agent)]


def put(world: World, text: str = "зателефонувати", agent: Agent | None = None, **more: Any) -> Task:
    agent = agent or world.iryna
    about = {name: more.pop(name) for name in ("ticket", "person") if name in more}
    return actions.add(agent, Plan(text, **more), **about, by=world.act(agent))


class TestADay:
    def test_without_an_hour_it_is_the_end_of_that_day_in_the_agents_zone(self) -> None:
        plan = plan_of("x", "2026-12-01", "", "", KYIV, TODAY)
        assert (plan.due_at, plan.due_is_day) == (datetime(2026, 12, 1, 21, 59, 59, tzinfo=UTC), True)

    def test_an_hour_is_that_of_the_agents_clock_and_alone_it_is_one_of_today(self) -> None:
        assert plan_of("x", "2026-12-01", "09:30", "", KYIV, TODAY).due_at == datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
        assert plan_of("x", "", "09:30", "", KYIV, TODAY).due_at == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)

    def test_days_on_which_clocks_change_are_whole(self) -> None:
        spring = plan_of("x", "2027-03-28", "", "due", KYIV, TODAY)  # a day of 23 hours
        assert spring.due_at == datetime(2027, 3, 28, 20, 59, 59, tzinfo=UTC)
        assert spring.remind_at == datetime(2027, 3, 28, 6, 0, tzinfo=UTC)
        autumn = plan_of("x", "2027-10-31", "09:00", "day", KYIV, TODAY)
        assert autumn.due_at == datetime(2027, 10, 31, 7, 0, tzinfo=UTC)
        assert autumn.remind_at == datetime(2027, 10, 30, 6, 0, tzinfo=UTC)

    def test_a_reminder_comes_when_it_was_chosen(self) -> None:
        told = {code: plan_of("x", "2026-12-01", "15:00", code, "UTC", TODAY).remind_at for code in REMINDERS}
        day = datetime(2026, 12, 1, 15, tzinfo=UTC)
        assert told == {"": None, "due": day, "hour": day - timedelta(hours=1), "day": day - timedelta(hours=30)}

    @pytest.mark.parametrize(
        ("day", "hour", "remind"), [("soon", "", ""), ("2026-12-01", "9", ""), ("9999-01-01", "", ""), ("", "", "due"),
                                    ("2026-12-01", "09:00+05:00", ""), ("0001-01-01", "", "")],
    )  # fmt: skip
    def test_what_is_no_day_is_refused(self, day: str, hour: str, remind: str) -> None:
        with pytest.raises(Invalid):
            plan_of("x", day, hour, remind, KYIV, TODAY)

    @given(
        st.dates(date(2007, 1, 1), date(2045, 1, 1)), st.none() | st.times().map(lambda at: at.replace(second=0)),
        st.sampled_from(REMINDERS), st.sampled_from([KYIV, "UTC", "America/New_York", "Asia/Kolkata"]),
    )  # fmt: skip
    def test_a_form_that_is_saved_unchanged_changes_nothing(self, day: date, hour: Any, code: str, zone: str) -> None:
        plan = plan_of("x", day.isoformat(), f"{hour:%H:%M}" if hour else "", code, zone, TODAY)
        fields = fields_of(plan, zone)
        again = plan_of("x", fields["day"], fields["hour"], fields["remind"], zone, TODAY)
        assert again == plan


class TestTheList:
    def test_it_stands_by_its_day_and_what_has_none_last(self, world: World) -> None:
        put(world, "колись")
        put(world, "завтра", due_at=later(days=1))
        put(world, "вчора", due_at=later(days=-1))
        assert texts(world.iryna) == ["вчора", "завтра", "колись"]
        page = Seat(world.iryna).page("/todo")
        assert page.index("вчора") < page.index("завтра") < page.index("колись")
        assert page.count("Overdue: ") == 1
        assert re.search(r'data-place="todo".*?nav__count">1<', page)

    def test_added_done_and_undone_by_its_page(self, world: World) -> None:
        seat = Seat(world.iryna)
        seat.sends("/todo/add", text="Подзвонити <b>Марії</b>", day="2030-05-06", hour="10:15", remind="hour")
        task = Task.objects.get()
        assert (task.due_at, task.due_is_day) == (datetime(2030, 5, 6, 7, 15, tzinfo=UTC), False)
        assert task.remind_at == datetime(2030, 5, 6, 6, 15, tzinfo=UTC)
        assert "Подзвонити &lt;b&gt;Марії&lt;/b&gt;" in seat.page("/todo")
        page = seat.sends(f"/todo/{task.id}/done").content.decode()
        assert f"/todo/{task.id}/reopen" in page
        assert texts(world.iryna) == []
        seat.sends(f"/todo/{task.id}/reopen")
        assert texts(world.iryna) == ["Подзвонити <b>Марії</b>"]
        seat.sends(f"/todo/{task.id}", text="Написати", day="", hour="", remind="")
        assert (texts(world.iryna), Task.objects.get().remind_at) == (["Написати"], None)
        verbs = list(Event.objects.filter(verb__startswith="task.").order_by("id").values_list("verb", flat=True))
        assert verbs == ["task.added", "task.done", "task.reopened", "task.changed"]

    def test_what_was_refused_is_still_typed(self, world: World) -> None:
        answer = Seat(world.iryna).post("/todo/add", {"text": "Звіт", "day": "невдовзі"})
        assert answer.status_code == 422
        assert 'value="Звіт"' in answer.content.decode()
        assert Task.objects.count() == 0

    def test_the_page_costs_the_same_however_long_it_is(self, world: World, queries: Any) -> None:
        put(world, ticket=world.ticket(), due_at=later(days=1))
        seat = Seat(world.iryna)
        seat.page("/todo")
        with queries() as few:
            seat.page("/todo")
        for n in range(8):
            put(world, str(n), ticket=world.ticket())
        with queries(at_most=len(few)):
            seat.page("/todo")

    def test_a_reminder_is_an_event_once(self, world: World) -> None:
        task = put(world, due_at=later(hours=1), remind_at=later(minutes=-1))
        put(world, "інше", due_at=later(hours=1), remind_at=later(minutes=10))
        remind_due()
        remind_due()
        [event] = Event.objects.filter(verb="task.reminded")
        assert event.delta == {"task": [task.id, task.id], "agent": [None, world.iryna.id]}
        actions.plan_anew(task, Plan(task.text, task.due_at, remind_at=later(minutes=-0.5)), by=world.act(world.iryna))
        remind_due()
        assert Event.objects.filter(verb="task.reminded").count() == 2

    def test_nobody_is_reminded_of_what_is_done(self, world: World) -> None:
        task = put(world, due_at=later(hours=1), remind_at=later(minutes=-1))
        actions.set_done(task, True, by=world.act(world.iryna))
        remind_due()
        assert not Event.objects.filter(verb="task.reminded").exists()


def known_to(world: World, agent: Agent, addresses: list[str]) -> str:
    """All that an agent is answered at these addresses."""
    seat = Seat(agent)
    return "\n".join(seat.get(one, follow=True).content.decode() for one in addresses)


class TestNobodyElse:
    @pytest.fixture
    def ticket(self, world: World) -> Ticket:
        """A request and its person with a to-do and notes of Iryna's, each of which holds a word of its own."""
        ticket = world.ticket()
        seat = Seat(world.iryna)
        seat.sends("/todo/add", text="secretone", ticket=ticket.number)
        seat.sends("/todo/add", text="secrettwo", person=ticket.requester_id)
        seat.sends("/own-note", text="secretthree", ticket=ticket.number)
        seat.sends("/own-note", text="secretfour", person=ticket.requester_id)
        index_follows()
        return ticket

    def addresses(self, ticket: Ticket) -> list[str]:
        return [
            f"/tickets/{ticket.number}", f"/people/{ticket.requester_id}", "/todo", "/next", "/settings/notices",
            "/search?q=secretone", "/search?q=secretthree", "/search?q=secretfour", "/search/quick?q=secret",
            f"/tickets/{ticket.number}/quotation", "/people", "/inbox/all",
        ]  # fmt: skip

    def test_its_author_reads_it_on_the_request_and_on_the_person(self, world: World, ticket: Ticket) -> None:
        page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
        assert ("secretone" in page, "secretthree" in page, "secrettwo" in page) == (True, True, False)
        page = Seat(world.iryna).page(f"/people/{ticket.requester_id}")
        assert ("secrettwo" in page, "secretfour" in page) == (True, True)

    def test_no_colleague_finds_a_word_of_it_anywhere(self, world: World, ticket: Ticket) -> None:
        ids = list(Task.objects.values_list("id", flat=True))
        for agent in (world.olena, world.taras, world.sofia, world.bohdan):
            told = known_to(world, agent, self.addresses(ticket))
            assert re.findall(r"secret(?:one|two|three|four)(?!\w|&)", told.replace("q=secret", "")) == [] or not any(
                f">{word}<" in told for word in ("secretone", "secrettwo", "secretthree", "secretfour")
            )
            seat = Seat(agent)
            for pk in ids:
                assert seat.post(f"/todo/{pk}", {"text": "x"}).status_code == 404
                assert seat.post(f"/todo/{pk}/done").status_code == 404
            page = seat.page(f"/tickets/{ticket.number}")
            assert "secret" not in page
            assert "secret" not in seat.page(f"/people/{ticket.requester_id}")
            assert "secret" not in seat.page("/todo")
        assert Task.objects.filter(done_at=None).count() == 2

    def test_the_api_and_the_journal_tell_nothing(self, world: World, ticket: Ticket) -> None:
        told = json.dumps(list(Event.objects.values_list("delta", flat=True)), ensure_ascii=False)
        assert "secret" not in told
        own = Event.objects.filter(verb__in=["task.added", "own_note.kept"])
        assert own.count() == 4
        assert not any(event.concerned.exists() if hasattr(event, "concerned") else False for event in own)

    def test_an_own_note_is_changed_in_place_and_goes_when_empty(self, world: World, ticket: Ticket) -> None:
        seat = Seat(world.iryna)
        seat.sends("/own-note", text="інакше", ticket=ticket.number)
        assert OwnNote.objects.get(ticket=ticket).text == "інакше"
        seat.sends("/own-note", text="  ", ticket=ticket.number)
        assert queries.notes_on(world.iryna, tickets=[ticket.id]) == {}

    def test_each_has_their_own_on_the_same_request(self, world: World, ticket: Ticket) -> None:
        Seat(world.taras).sends("/own-note", text="моє", ticket=ticket.number)
        assert queries.notes_on(world.taras, tickets=[ticket.id]) == {ticket.id: "моє"}
        assert queries.notes_on(world.iryna, tickets=[ticket.id]) == {ticket.id: "secretthree"}

    def test_out_of_sight_a_request_is_not_named_and_takes_no_note(self, world: World, ticket: Ticket) -> None:
        Ticket.objects.filter(id=ticket.id).update(subject="ховаємо це")
        assigning.hand_over(ticket, world.hr, by=world.act(world.olena))
        page = Seat(world.iryna).page("/todo")
        assert ("ховаємо" in page, "A request that you may not see" in page) == (False, True)
        assert Seat(world.iryna).post("/own-note", {"text": "x", "ticket": ticket.number}).status_code == 404
        assert Seat(world.iryna).post("/todo/add", {"text": "x", "ticket": ticket.number}).status_code == 404

    def test_what_was_merged_away_is_still_read_on_what_absorbed_it(self, world: World, ticket: Ticket) -> None:
        survivor = world.ticket()
        merge(ticket, survivor, by=world.act(world.iryna))
        page = Seat(world.iryna).page(f"/tickets/{survivor.number}")
        assert ("secretone" in page, "secretthree" in page) == (True, True)

    def test_erasing_the_person_blanks_it_and_their_copy_counts_it(self, world: World, ticket: Ticket) -> None:
        made = copy_of(world.viewer(world.olena), ticket.requester, by=world.act(world.olena))
        with made, zipfile.ZipFile(made) as packed:
            copy = json.loads(packed.read("person.json"))
        assert copy["kept_besides"] == {"tasks": 2, "own_notes": 2}
        assert "secret" not in json.dumps(copy, ensure_ascii=False)
        assert erasure.preview(ticket.requester_id)["tasks"] == {"tasks": 2, "own_notes": 2}
        erasure.erase(ticket.requester_id, by=acts.agent(world.olena.id))
        assert set(Task.objects.values_list("text", flat=True)) == {""}
        assert set(OwnNote.objects.values_list("text", flat=True)) == {""}
        assert texts(world.iryna) == []


def test_a_request_without_any_of_it_costs_no_query_more(world: World, queries: Any) -> None:
    ticket, other = world.ticket(), world.ticket()
    put(world, ticket=other)
    seat = Seat(world.iryna)
    seat.page(f"/tickets/{ticket.number}")
    with queries() as seen:
        seat.page(f"/tickets/{ticket.number}")
    assert [one["sql"] for one in seen if re.search(r'FROM "tasks_(task|ownnote)"', one["sql"])] == []


def test_who_is_not_signed_in_is_sent_away(world: World) -> None:
    assert Client(HTTP_HOST="127.0.0.1:8000").get("/todo").status_code == 302
    assert clock.now()
