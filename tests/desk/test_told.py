"""The list of notices at the desk: its badge, what is read where, and that no one reads another's."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.notices.conftest import Post, post, read
from tests.world import World, later
from vikno.live.models import Breath
from vikno.notices.kinds import Kind
from vikno.notices.models import Choices, Notice, Rules
from vikno.staff.models import Agent
from vikno.tasks import actions as tasks
from vikno.tasks.actions import Plan
from vikno.tasks.models import Task
from vikno.tasks.reminding import remind_due
from vikno.tickets.actions import assigning, noting
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
__all__ = ["post"]


def badge(seat: Seat) -> str:
    found = re.search(r'data-place="told".*?</a>', seat.page("/todo"), re.S)
    assert found
    count = re.search(r'nav__count">([^<]*)<', found[0])
    return count[1] if count else ""


def noted(world: World, agent: Agent | None = None) -> Ticket:
    """A request of Iryna's on which a colleague has noted something."""
    ticket = world.ticket(subject="Каса мовчить")
    assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
    read()
    Notice.objects.all().delete()
    noting.add_note(ticket, agent or world.taras, "Гляньте", by=world.act(agent or world.taras))
    read()
    return ticket


def test_it_stands_there_until_the_request_was_looked_at_on_any_device(world: World, post: Post) -> None:
    ticket, seat, other = noted(world), Seat(world.iryna), Seat(world.iryna)
    page = seat.page("/notices")
    assert (f"#{ticket.number} Каса мовчить" in page, "Advice of a lead" in page, "Taras" in page) == (True,) * 3
    assert (badge(seat), badge(other)) == ("1", "1")
    Breath.objects.all().delete()
    other.post(f"/tickets/{ticket.number}/seen")
    assert badge(seat) == ""
    assert list(Breath.objects.filter(kind="notices").values_list("ticket_id", "agent_id")) == [(0, world.iryna.id)]


def test_all_is_read_at_a_word(world: World, post: Post) -> None:
    noting.add_note(noted(world), world.taras, "І ще раз", by=world.act(world.taras))
    read()
    seat = Seat(world.iryna)
    assert badge(seat) == "2"
    seat.sends("/notices/read")
    assert badge(seat) == ""
    assert Notice.objects.filter(read_at=None).count() == 0


def test_nobody_reads_anothers(world: World, post: Post) -> None:
    noted(world)
    seat = Seat(world.olena)
    assert badge(seat) == ""
    assert "Каса мовчить" not in seat.page("/notices")
    seat.sends("/notices/read")
    assert Notice.objects.filter(read_at=None).count() == 1


def test_a_request_out_of_sight_is_not_named(world: World, post: Post) -> None:
    ticket = noted(world)
    assigning.hand_over(ticket, world.hr, by=world.act(world.olena))
    page = Seat(world.iryna).page("/notices")
    assert ("мовчить" in page, str(ticket.number) in page) == (False, False)
    assert "A request that you may not see" in page


def test_a_reminder_is_read_when_it_is_done(world: World, post: Post) -> None:
    tasks.add(world.iryna, Plan("Звіт", later(hours=1), remind_at=later(minutes=-1)), by=world.act(world.iryna))
    remind_due()
    read()
    seat = Seat(world.iryna)
    assert "Звіт" in seat.page("/notices")
    assert badge(seat) == "1"
    seat.sends(f"/todo/{Task.objects.get().id}/done")
    assert badge(seat) == ""


def test_its_page_sets_working_hours_and_a_daily_letter(world: World) -> None:
    seat = Seat(world.iryna)
    form = {"works": ["0", "4"], "from-0": "08:30", "until-0": "17:00", "from-4": "10:00", "until-4": "00:00"}
    seat.sends("/settings/notices", mail=["reply"], page=["reply", "task"], digest="7", **form)
    row = Choices.objects.get()
    assert (row.hours, row.digest) == ({"0": ["08:30", "17:00"], "4": ["10:00", "00:00"]}, 7)
    assert {kind for kind, on in row.page.items() if on} == {"reply", "task"}
    page = seat.page("/settings/notices")
    assert ("My working hours (Europe/Kyiv)" in page, 'value="08:30"' in page) == (True, True)
    answer = seat.post("/settings/notices", {"works": ["0"], "from-0": "soon", "until-0": "17:00"})
    assert answer.status_code == 422
    assert Choices.objects.get().digest == 7


def test_the_owner_switches_a_kind_off_for_everybody(world: World) -> None:
    Seat(world.olena).sends("/settings/notices/rules", letters_an_hour="20", words="1", allowed=["reply", "task"])
    assert set(Rules.objects.get().off) == set(Kind.values) - {"reply", "task"}
    page = Seat(world.iryna).page("/settings/notices")
    assert page.count("An owner has switched it off") == len(Kind.values) - 2
