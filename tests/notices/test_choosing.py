"""What each chooses: advice apart from notes, switches that were one, how long before a deadline, whole days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.desk.seats import Seat
from tests.notices.conftest import Post, after, read, send
from tests.world import World, later
from vikno.journal.models import Event
from vikno.notices import actions
from vikno.notices.deadlines import warn_due
from vikno.notices.models import Choices, Notice, Rules
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning, noting
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
PAGE = "/settings/notices"


@pytest.fixture
def ticket(world: World) -> Ticket:
    """A request of Iryna's; Taras leads its team."""
    return of(world, world.iryna)


def of(world: World, agent: Agent) -> Ticket:
    made = world.ticket()
    assigning.assign(made, agent, by=world.act(agent))
    read()
    Notice.objects.all().delete()
    return made


def note(world: World, ticket: Ticket, by: Agent, *mentioned: Agent) -> None:
    noting.add_note(ticket, by, "Спробуйте так", mentions=mentioned, by=world.act(by))


def kinds(agent: Agent) -> list[str]:
    read()
    return list(Notice.objects.filter(agent=agent).order_by("id").values_list("kind", flat=True))


def test_a_note_of_who_leads_the_team_is_advice(world: World, post: Post, ticket: Ticket) -> None:
    note(world, ticket, world.taras)
    note(world, ticket, world.olena)
    note(world, ticket, world.sofia)
    note(world, ticket, world.taras, world.iryna)
    assert kinds(world.iryna)[-4:] == ["advice", "advice", "note", "mention"]


def test_each_has_its_own_switch(world: World, post: Post, ticket: Ticket) -> None:
    Seat(world.iryna).sends(PAGE, mail=["advice"], page=["note", "mention"])
    note(world, ticket, world.taras)
    note(world, ticket, world.sofia)
    note(world, ticket, world.sofia, world.iryna)
    after()
    [piece] = [piece for one in post.to("iryna") for piece in one.pieces]
    assert piece.head.startswith("Taras Керівник")


@pytest.mark.parametrize(("mail", "told"), [
    ({"note": False}, 0), ({}, 3), ({"note": False, "mention": True}, 1), ({"note": False, "advice": True}, 1),
    ({"note": True, "mention": False}, 2),
])  # fmt: skip
def test_who_chose_before_there_was_a_switch_gets_what_they_chose_for_notes(
    world: World, post: Post, ticket: Ticket, mail: dict[str, bool], told: int
) -> None:
    Choices.objects.create(agent=world.iryna, mail=mail)
    note(world, ticket, world.taras)
    note(world, ticket, world.sofia)
    note(world, ticket, world.sofia, world.iryna)
    after()
    assert sum(len(one.pieces) for one in post.to("iryna")) == told
    page = Seat(world.iryna).page(PAGE)
    on = 'name="mail" value="{}" aria-label="By mail: {}" checked'
    assert (on.format("advice", "Advice of a lead") in page) == mail.get("advice", mail.get("note", True))
    assert (on.format("mention", "I was mentioned") in page) == mail.get("mention", mail.get("note", True))


# ---- deadlines


def due(ticket: Ticket, **ahead: Any) -> None:
    Ticket.objects.filter(id=ticket.id).update(due_at=later(**ahead))


def choose(agent: Agent, ahead: int | None, world: World) -> None:
    actions.set_times(agent, {}, None, ahead, by=world.act(agent))


def test_each_is_told_as_long_before_as_they_chose(world: World, post: Post, ticket: Ticket) -> None:
    choose(world.iryna, 480, world)
    other = of(world, world.taras)
    due(ticket, hours=5)
    due(other, hours=5)
    warn_due()
    assert kinds(world.iryna)[-1] == "due"
    assert "due" not in kinds(world.taras)
    assert Event.objects.filter(verb="ticket.due_soon").count() == 1, "nobody else has chosen so"
    with time_machine.travel(later(hours=4)):
        warn_due()
        warn_due()
        assert kinds(world.iryna).count("due") == 1
        assert kinds(world.taras).count("due") == 1


def test_a_letter_waits_for_nothing_and_is_not_held_for_far(world: World, post: Post, ticket: Ticket) -> None:
    choose(world.iryna, 480, world)
    due(ticket, hours=5)
    warn_due()
    after()
    assert len(post.to("iryna")) == 1


def test_the_owner_sets_limits(world: World, post: Post, ticket: Ticket) -> None:
    choose(world.iryna, 30, world)
    form = {"words": "1", "letters_an_hour": "20", "allowed": ["due"], "ahead_least": "240", "ahead_most": "480"}
    assert Seat(world.olena).post(f"{PAGE}/rules", form).status_code == 302
    assert Rules.objects.get().ahead_least == 240
    due(ticket, hours=3.9)
    warn_due()
    assert kinds(world.iryna)[-1] == "due"
    page = Seat(world.iryna).page(PAGE)
    assert "As everybody: 4 hours before" in page and "30 minutes before" not in page
    wrong = Seat(world.olena).post(f"{PAGE}/rules", form | {"ahead_most": "60"})
    assert wrong.status_code == 422 and Rules.objects.get().ahead_most == 480


def test_a_deadline_of_a_day_is_told_a_morning_before_to_who_wants_days(
    world: World, post: Post, ticket: Ticket
) -> None:
    Ticket.objects.filter(id=ticket.id).update(due_at=later(hours=38), due_is_day=True)
    warn_due()
    assert "due" not in kinds(world.iryna)
    choose(world.iryna, 1440, world)
    warn_due()
    assert kinds(world.iryna)[-1] == "due"


def test_the_form_keeps_what_was_chosen(world: World) -> None:
    seat = Seat(world.iryna)
    seat.sends(PAGE, ahead="240")
    assert Choices.objects.get().ahead == 240
    assert '<option value="240" selected>' in seat.page(PAGE)
    assert seat.post(PAGE, {"ahead": "7"}).status_code == 422


# ---- whole days


def test_a_whole_day_is_working_hours(world: World, post: Post, ticket: Ticket) -> None:
    seat = Seat(world.iryna)
    whole = {"works": [str(day) for day in range(7)]}
    whole |= {f"{side}-{day}": "00:00" for side in ("from", "until") for day in range(7)}  # type: ignore[misc]
    assert seat.post(PAGE, whole | {"mail": ["note"]}).status_code == 302
    assert Choices.objects.get().hours["0"] == ["00:00", "00:00"]
    monday = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    with time_machine.travel(monday, tick=False) as moment:
        note(world, ticket, world.sofia)
        read()
        moment.shift(timedelta(minutes=5))
        send()
    assert len(post.to("iryna")) == 1
    assert seat.post(PAGE, whole | {"from-0": "09:00", "until-0": "09:00"}).status_code == 422
