"""Jobs that died and events that a reader parked: owners see them and try them again."""

from __future__ import annotations

import pytest

from tests.desk.seats import Seat
from vikno.core.models import Job
from vikno.journal import readers
from vikno.journal.models import Parked
from vikno.journal.readers import Reader
from vikno.people.models import Person
from vikno.search import filling, rebuild
from vikno.search.models import Due
from vikno.tickets.actions.fields import restrict
from vikno.tickets.models import Ticket


@pytest.fixture
def owner(world) -> Seat:
    return Seat(world.olena)


@pytest.fixture
def dead(world) -> Job:
    return Job.objects.create(kind="email.plain", state=Job.State.DEAD, attempts=8, error="OSError: <disk> is full")


def test_owners_alone_see_what_was_left_undone(world, owner, dead):
    for agent in (world.taras, world.iryna, world.sofia):
        seat = Seat(agent)
        assert seat.get("/undone").status_code == 403
        assert seat.post(f"/undone/jobs/{dead.id}").status_code == 403
    page = owner.page("/undone")
    assert "Send a letter about signing in" in page
    assert "OSError: &lt;disk&gt; is full" in page
    dead.refresh_from_db()
    assert dead.state == Job.State.DEAD


def test_a_dead_job_is_tried_again(owner, dead):
    page = owner.sends(f"/undone/jobs/{dead.id}").content.decode()
    assert "It is tried again now" in page
    assert "No job has failed" in page
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (Job.State.WAITING, 0)


def test_what_is_gone_is_said(owner):
    assert "somebody was faster" in owner.sends("/undone/jobs/77").content.decode()
    assert "somebody was faster" in owner.sends("/undone/events/77").content.decode()


def test_a_parked_event_goes_when_its_reader_bears_it_and_stays_when_not(world, owner, monkeypatch):
    world.ticket()
    event = readers.last_event()
    told: list[int] = []
    bears = False

    def digest(events):
        if not bears:
            raise ValueError("not yet")
        told.extend(one.id for one in events)

    monkeypatch.setitem(readers.REGISTRY, "figures", Reader("figures", digest))
    parked = Parked.objects.create(reader="figures", event_id=event, error="ValueError: not yet")
    assert "It failed again: ValueError" in owner.sends(f"/undone/events/{parked.id}").content.decode()
    assert Parked.objects.filter(id=parked.id).exists()
    bears = True
    assert "it was passed on" in owner.sends(f"/undone/events/{parked.id}").content.decode()
    assert told == [event]
    assert not Parked.objects.exists()


def test_more_of_them_cost_no_more_queries(owner, queries, dead):
    owner.page("/undone")
    with queries() as seen:
        owner.page("/undone")
    few = len(seen)
    for number in range(30):
        Job.objects.create(kind="care.retention", state=Job.State.DEAD)
        Parked.objects.create(reader="live", event_id=number, error="x")
    with queries(at_most=few):
        owner.page("/undone")


def test_what_cannot_be_put_in_the_search_index_stands_here_until_it_can(world, owner):
    ticket = world.ticket()
    hidden = world.ticket()
    restrict(hidden, True, by=world.act(world.taras))
    for one in (ticket.id, hidden.id, -world.maria.person_id):
        filling.postpone(one, ValueError("whatever it said"))
    page = owner.page("/undone")
    assert f"Search does not find ticket #{ticket.number} as it is now" in page
    assert "Search does not find a ticket as it is now" in page and f"#{hidden.number}" not in page
    assert "Search does not find a person" in page
    assert "ValueError" in page and "whatever it said" not in page
    for due in Due.objects.all():
        assert Seat(world.taras).post(f"/undone/index/{due.id}").status_code == 403
        assert "It is tried again now" in owner.sends(f"/undone/index/{due.id}").content.decode()
    filling.catch_up()
    page = owner.page("/undone")
    assert "No job has failed" in page and "Search does not find" not in page
    assert "somebody was faster" in owner.sends("/undone/index/77").content.decode()


def test_the_search_index_is_made_anew_by_a_button_and_one_sees_how_far_it_is(world, owner, monkeypatch):
    monkeypatch.setattr(rebuild, "AT_ONCE", 1)
    for _ in range(3):
        world.ticket()
    assert "It is complete" in owner.page("/undone")
    assert Seat(world.taras).post("/undone/index").status_code == 403
    page = owner.sends("/undone/index").content.decode()
    total = Ticket.objects.count() + Person.objects.count()
    assert "A new one is being made" in page and "Make the index anew" not in page
    rebuild.step()
    page = owner.page("/undone")
    assert f"1 of {total} tickets and people" in page and f'value="{100 // total}"' in page
    assert 'hx-trigger="every 2s"' in page
    while rebuild.step():
        pass
    page = owner.page("/undone")
    assert "It is complete, made on" in page and "Make the index anew" in page and "every 2s" not in page
