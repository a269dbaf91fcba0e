"""Lists: which tickets stand on which, order, cursors, filters, counts, and what they cost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import clock
from vikno.desk import lists
from vikno.journal.models import Event
from vikno.staff.models import Agent, Team
from vikno.tickets import directory
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.models import Status, Ticket, TicketTag

LISTS = ("mine", "unassigned", "unopened", "waiting", "open", "all")
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "ul#rows"}


def numbers(page: str) -> list[int]:
    """The tickets of a page in their order."""
    return [int(number) for number in re.findall(r'<li class="ticket-row" id="row-(\d+)"', page)]


def listed(seat: Seat, key: str, query: str = "") -> set[int]:
    return set(numbers(seat.page(f"/inbox/{key}{query}")))


def test_each_list_holds_what_its_name_says(world: World) -> None:
    seat, by = Seat(world.iryna), world.act(world.iryna)
    mine, waits, closed, fresh = (world.ticket(subject=name) for name in ("Mine", "Waits", "Closed", "Fresh"))
    assigning.take(mine, world.iryna, by=by)
    state.mark_opened(mine, world.iryna.id)
    state.wait(waits, by=by)
    state.close(closed, by=by)
    found = {key: listed(seat, key) for key in LISTS}
    assert found["mine"] == {mine.number}
    assert found["unassigned"] == {waits.number, fresh.number}
    assert found["unopened"] == {waits.number, fresh.number}
    assert found["waiting"] == {waits.number}
    assert found["open"] == {mine.number, waits.number, fresh.number}
    assert found["all"] == {mine.number, waits.number, closed.number, fresh.number}


def test_a_list_of_a_team_is_there_for_who_reads_its_tickets(world: World) -> None:
    here, there = world.ticket(), world.ticket()
    assigning.hand_over(there, world.hr, by=world.act(world.taras))
    assert listed(Seat(world.iryna), f"team:{world.support.id}") == {here.number}
    assert listed(Seat(world.marko), f"team:{world.hr.id}") == {there.number}
    assert Seat(world.iryna).get(f"/inbox/team:{world.hr.id}").status_code == 404
    assert "Кадри" not in re.sub(r"<main.*", "", Seat(world.iryna).page("/inbox/open"))


@pytest.mark.parametrize("key", ["nothing", "team:", "team:x", "team:99999999999999999999", "Mine", "all'--"])
def test_a_list_that_is_not_there_is_said_to_be_missing(world: World, key: str) -> None:
    assert Seat(world.iryna).get(f"/inbox/{key}").status_code == 404


def test_the_front_door_leads_to_ones_own_tickets_if_there_are_any(world: World) -> None:
    seat = Seat(world.iryna)
    assert seat.get("/")["Location"] == "/inbox/open"
    assigning.take(world.ticket(), world.iryna, by=world.act(world.iryna))
    assert seat.get("/")["Location"] == "/inbox/mine"


def test_an_empty_list_says_so(world: World) -> None:
    assert "Nothing waiting here." in Seat(world.iryna).page("/inbox/open")


@pytest.mark.parametrize(
    "after", ["x", "~", "2026-01-01~", "2026-01-01~x", f"2026-01-01~{9**40}", "9999-12-31T23:59:59~1", "0001-01-01~-1"]
)
def test_a_cursor_that_is_none_begins_or_ends_the_list(world: World, after: str) -> None:
    world.ticket()
    assert Seat(world.iryna).get("/inbox/open", {"after": after}).status_code == 200


def test_orders_put_the_longest_waiting_and_the_nearest_due_first(world: World) -> None:
    seat, by = Seat(world.iryna), world.act(world.iryna)
    first, second, third = world.ticket(), world.ticket(), world.ticket()
    today = clock.now().date()
    fields.set_due(first, today + timedelta(days=9), by=by)
    fields.set_due(third, today + timedelta(days=2), by=by)
    world.answer(second)
    assert numbers(seat.page("/inbox/open?sort=due")) == [third.number, first.number]
    assert numbers(seat.page("/inbox/open?sort=waiting")) == [first.number, third.number]
    assert numbers(seat.page("/inbox/open"))[0] == second.number
    assert numbers(seat.page("/inbox/open?sort=nonsense")) == numbers(seat.page("/inbox/open"))


@pytest.mark.parametrize(
    ("zone", "team", "due", "told"),
    [
        ("America/New_York", "", date(2026, 12, 4), "4 Dec"),  # its end is 4 Dec 17:00 in New York
        ("Pacific/Auckland", "", date(2026, 12, 4), "4 Dec"),  # and 5 Dec 11:00 in Auckland
        ("Europe/Kyiv", "Pacific/Auckland", date(2026, 12, 5), "5 Dec"),  # 4 Dec 12:59 in Kyiv
        ("Pacific/Auckland", "", date(2026, 12, 1), "today"),  # it is 1 December in Kyiv, and the 2nd in Auckland
        ("Europe/Kyiv", "", date(2027, 1, 4), "4 Jan 2027"),
        ("Pacific/Auckland", "", datetime(2026, 12, 4, 21, tzinfo=UTC), "5 Dec"),  # an instant is on the reader's clock
        ("Pacific/Auckland", "", datetime(2026, 12, 1, 20, 30, tzinfo=UTC), "09:30"),
    ],
)  # fmt: skip
def test_a_due_day_is_told_as_the_team_counts_days_and_an_instant_on_the_readers_clock(
    world: World, zone: str, team: str, due: date, told: str
) -> None:
    Team.objects.filter(id=world.support.id).update(zone=team)
    Agent.objects.filter(id=world.iryna.id).update(zone=zone)
    directory.forget()
    with time_machine.travel(datetime(2026, 12, 1, 18, tzinfo=UTC), tick=False):
        ticket = world.ticket()
        ticket.team.refresh_from_db()
        fields.set_due(ticket, due, by=world.act(world.iryna))
        seat = Seat(world.iryna)
        chip = re.compile(r'<span class="chip" data-tone="[a-z]*"><svg.*?</svg>([^<]*)</span>')
        assert chip.findall(seat.page("/inbox/open")) == [told]
        head = seat.page(f"/tickets/{ticket.number}").partition('class="thread__facts"')[2].partition("</form>")[0]
        assert told in chip.findall(head)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instants=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    limit=st.integers(1, 4),
    sort=st.sampled_from(["newest", "waiting", "due"]),
)
def test_walking_all_pages_gives_each_ticket_once_and_in_order(
    walking: tuple[World, list[Ticket]], instants: list[int], limit: int, sort: str
) -> None:
    """Also where many have the same instant, which is where cursors that look at the instant alone lose rows."""
    world, tickets = walking
    start = clock.now().replace(microsecond=0)
    Ticket.objects.update(deleted_at=start)
    for ticket, minutes in zip(tickets, instants, strict=False):
        at = start + timedelta(minutes=minutes, microseconds=minutes)
        Ticket.objects.filter(id=ticket.id).update(updated_at=at, waiting_since=at, due_at=at, deleted_at=None)
    viewer = world.viewer(world.iryna)
    of, order = lists.place(viewer, "open"), lists.SORTS[sort]
    assert of is not None
    seen: list[tuple[Any, int]] = []
    after = ""
    for _ in range(20):
        page = lists.page(viewer, of, order, after=after, limit=limit)
        assert len(page.rows) <= limit
        seen += [(instants[[t.id for t in tickets].index(row[0])], row[0]) for row in page.rows]
        after = page.after
        if not after:
            break
    expected = sorted(zip(instants, [ticket.id for ticket in tickets], strict=False), reverse=order.descending)
    assert seen == expected


@pytest.fixture
def walking(world: World) -> tuple[World, list[Ticket]]:
    return world, [world.ticket() for _ in range(9)]


def test_show_more_leads_on_until_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [world.ticket().number for _ in range(5)]
    seat = Seat(world.iryna)
    monkeypatch.setattr(lists.page, "__kwdefaults__", {"after": "", "limit": 2})
    found, address = [], "/inbox/open"
    for _ in range(4):
        page = seat.page(address, **PART)
        found += numbers(page)
        more = re.search(r'<a class="more" href="([^"]+)"', page)
        if more is None:
            break
        address = more[1].replace("&amp;", "&")
    assert found == made[::-1]


def test_counts_stop_at_a_thousand(world: World, monkeypatch: pytest.MonkeyPatch, queries: Any) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 3)
    for _ in range(3):
        world.ticket()
    viewer = world.viewer(world.iryna)
    of = lists.places(viewer)
    assert lists.counts(viewer, of)["open"] == "3"
    world.ticket()
    with queries(at_most=1) as seen:
        assert lists.counts(viewer, of) == {
            "mine": "", "unassigned": "3+", "unopened": "3+", "waiting": "", "overdue": "", "due": "", "snoozed": "",
            "mentioned": "", "following": "", "open": "3+",
        }  # fmt: skip
    assert seen[0]["sql"].count("LIMIT 4") == 10


@pytest.mark.only_on("sqlite")  # the planner of PostgreSQL rightly scans small tables
def test_each_badge_is_counted_in_an_index_that_holds_what_it_asks(world: World, queries: Any) -> None:
    viewer = world.viewer(world.iryna)
    of = [*lists.places(viewer), *lists.team_places(viewer)]
    with queries(at_most=1) as seen:
        lists.counts(viewer, of)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + seen[0]["sql"])
        looks = [row[3] for row in cursor.fetchall() if " tickets_ticket " in row[3]]
    assert len(looks) == len([one for one in of if not one.closed_too])
    few = ("alive_agent", "INDEX tickets_due", "INDEX tickets_snoozed", "INTEGER PRIMARY KEY")  # rows that are few
    assert [one for one in looks if "INDEX tickets_badge" not in one and not any(name in one for name in few)] == []


def test_forty_teams_are_counted_by_few_words(world: World, queries: Any) -> None:
    """PostgreSQL, and the driver before it, take longer to understand each part than to count it."""
    names = [f"Branch {n:02}" for n in range(40)]
    teams = Team.objects.bulk_create(Team(name=name, sort_key=name.lower()) for name in names)
    for team, number in ((world.support, 1), (teams[7], 2), (teams[30], 3)):
        for _ in range(number):
            assigning.hand_over(world.ticket(), team, by=world.act(world.taras))
    assigning.take(one := Ticket.objects.order_by("-id")[0], world.iryna, by=world.act(world.iryna))
    directory.forget()
    viewer = world.viewer(world.iryna)
    assert not viewer.sees_all_teams
    of = [*lists.places(viewer), *lists.team_places(viewer)]
    with queries(at_most=1) as seen:
        found = lists.counts(viewer, of)
    assert one.team_id == teams[30].id and found["mine"] == "1" and found["open"] == "6"
    assert {key: count for key, count in found.items() if key.startswith("team:") and count} == {
        f"team:{world.support.id}": "1", f"team:{teams[7].id}": "2", f"team:{teams[30].id}": "3",
    }  # fmt: skip
    assert seen[0]["sql"].count("LIMIT 1001") == 11  # ten lists, and all the teams


def test_a_list_costs_the_same_queries_however_many_rows_it_has(world: World, queries: Any) -> None:
    seat = Seat(world.iryna)
    for place in range(5):
        fields.tag(world.ticket(), [fields.tag_named(f"tag{place}")], by=world.act(world.iryna))
    seat.page("/inbox/open")
    with queries(at_most=12) as few:
        assert len(numbers(seat.page("/inbox/open"))) == 5
    for _ in range(46):
        world.ticket()
    with queries(at_most=12) as many:
        assert len(numbers(seat.page("/inbox/open"))) == 50
    assert len(few) == len(many)


def test_ticked_tickets_are_taken_and_closed_as_one_act_that_is_undone_as_one(world: World) -> None:
    seat = Seat(world.iryna)
    one, two, hidden = world.ticket(), world.ticket(), world.ticket()
    assigning.hand_over(hidden, world.hr, by=world.act(world.taras))
    page = seat.sends(
        "/bulk", ticket=[one.number, two.number, hidden.number, "x", "²", "9" * 30], act="close", list="open"
    )
    assert "Done: 2." in page.content.decode()
    stages = dict(Ticket.objects.values_list("number", "stage"))
    assert (stages[one.number], stages[two.number], stages[hidden.number]) == ("closed", "closed", "new")
    undo = re.search(r'action="(/undo/\d+)"', page.content.decode())
    assert undo is not None
    assert "Undone." in seat.sends(undo[1]).content.decode()
    assert set(Ticket.objects.values_list("stage", flat=True)) == {"new"}
    seat.sends("/bulk", ticket=[one.number], act="take", list="open")
    one.refresh_from_db()
    assert one.agent == world.iryna


def test_nothing_ticked_and_unknown_acts_change_nothing(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    before = Event.objects.count()
    for fields_ in ({}, {"act": "close"}, {"ticket": [ticket.number], "act": "explode"}, {"ticket": [ticket.number]}):
        assert seat.post("/bulk", fields_).status_code == 302
    assert Event.objects.count() == before


def test_an_observer_ticks_nothing(world: World) -> None:
    ticket = world.ticket()
    assert Seat(world.sofia).post("/bulk", {"ticket": [ticket.number], "act": "close"}).status_code == 403
    ticket.refresh_from_db()
    assert ticket.stage == "new"


def test_reading_lists_writes_nothing(world: World) -> None:
    world.ticket()
    seat, before = Seat(world.iryna), Event.objects.count()
    for key in LISTS:
        assert seat.get(f"/inbox/{key}").status_code == seat.head(f"/inbox/{key}").status_code == 200
    assert seat.get("/nav").status_code == 200
    assert Event.objects.count() == before
    assert not Ticket.objects.exclude(opened_at=None).exists()


def test_words_of_strangers_are_only_words(world: World) -> None:
    evil = "<img src=x onerror=alert(1)>"
    world.petro.person.name = evil
    world.petro.person.save(update_fields=["name"])
    world.ticket(world.petro, subject=f"{evil} subject", text=f"{evil} text")
    page = Seat(world.iryna).page("/inbox/open")
    assert "onerror=alert" in page
    assert "<img" not in page


def test_several_are_given_to_a_colleague_or_a_team_and_taken_back_as_one(world: World) -> None:
    seat, tickets = Seat(world.olena), [world.ticket(), world.ticket(world.petro)]
    numbers = [ticket.number for ticket in tickets]
    page = seat.sends("/bulk", ticket=numbers, agent=world.taras.id, team="").content.decode()
    assert "Done: 2." in page
    assert {Ticket.objects.get(id=one.id).agent for one in tickets} == {world.taras}
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    assert {Ticket.objects.get(id=one.id).agent for one in tickets} == {None}
    seat.sends("/bulk", ticket=numbers, agent="", team=world.billing.id)
    assert {Ticket.objects.get(id=one.id).team for one in tickets} == {world.billing}
    seat.sends("/bulk", ticket=numbers[:1], act="take", agent="", team="")
    seat.sends("/bulk", ticket=numbers[:1], agent="0", team="")
    assert Ticket.objects.get(number=numbers[0]).agent is None
    for odd in ("999999", "x"):
        assert "Done: 0." in seat.sends("/bulk", ticket=numbers, agent=odd).content.decode()
    assert "Done: 0." in seat.sends("/bulk", ticket=numbers).content.decode()


def test_the_count_beside_the_title_is_of_what_the_list_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    Ticket.objects.filter(id=tickets[0].id).update(due_at=clock.now())
    counted = '<span class="pane__count">{}</span>'
    assert counted.format(3) in seat.page("/inbox/open")
    assert counted.format(1) in seat.page("/inbox/open?sort=due")
    rows = {"HX-Request": "true", "HX-Target": "ul#rows"}
    again = '<hx-partial hx-target="#list .pane__count" hx-swap="innerHTML">{}</hx-partial>'
    assert again.format(3) in seat.page("/inbox/open", headers=rows)
    monkeypatch.setattr(lists.page, "__kwdefaults__", {"after": "", "limit": 1})
    Ticket.objects.filter(id=tickets[1].id).update(due_at=clock.now())
    assert again.format(3) in seat.page("/inbox/open", headers=rows)
    assert again.format(2) in seat.page("/inbox/open?sort=due", headers=rows)


@pytest.mark.parametrize("what", ["status", "priority", "tag", "spam", "delete"])
def test_the_bar_for_several_does_the_rest_too_and_each_is_undone_as_one(world: World, what: str) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket(), world.ticket(world.petro)]
    numbers_of = [ticket.number for ticket in tickets]
    waiting = Status.objects.filter(stage="waiting").first()
    assert waiting is not None
    every: dict[str, dict[str, object]] = {
        "status": {"status": waiting.id}, "priority": {"priority": world.priorities["high"].id},
        "tag": {"tag": "рахунок"}, "spam": {"act": "spam"}, "delete": {"act": "delete"},
    }  # fmt: skip

    def now() -> set[object]:
        rows = Ticket.objects.filter(number__in=numbers_of)
        found: dict[str, set[object]] = {
            "status": set(rows.values_list("stage", flat=True)),
            "priority": set(rows.values_list("priority__rank", flat=True)),
            "tag": set(TicketTag.objects.filter(ticket__number__in=numbers_of).values_list("tag__name", flat=True)),
            "spam": {row.spam_at is None for row in rows},
            "delete": {row.deleted_at is None for row in rows},
        }
        return found[what]

    before = now()
    page = seat.sends("/bulk", ticket=numbers_of, **every[what]).content.decode()
    assert "Done: 2." in page
    assert now() != before
    assert len(now()) == 1
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    assert now() == before


def test_what_was_refused_to_several_is_said_once_with_its_reason(world: World) -> None:
    seat, tickets = Seat(world.olena), [world.ticket() for _number in range(7)]
    world.taras.active = False
    world.taras.save(update_fields=["active"])
    page = seat.sends("/bulk", ticket=[one.number for one in tickets], agent=world.taras.id).content.decode()
    assert "Done: 0." in page
    first = ", ".join(f"#{one.number}" for one in tickets[:5])
    assert f"{first} and 2 more:" in page


def test_a_company_of_very_many_teams_has_its_pages(world: World) -> None:
    names = [f"Branch {n:03}" for n in range(600)]
    Team.objects.bulk_create(Team(name=name, sort_key=name.lower()) for name in names)
    ticket, seat = world.ticket(), Seat(world.iryna)
    for path in ("/inbox/open", "/nav", f"/tickets/{ticket.number}"):
        page = seat.page(path)
        assert 'href="/lists/teams"' in page and f'data-place="team:{world.support.id}"' in page, path
    assert all(name in seat.page(f"/lists/teams?q={name}") for name in (names[0], names[-1]))
