"""Jobs that died and events that a reader parked: owners see them and try them again."""

from __future__ import annotations

import pytest

from tests.desk.seats import Seat
from vikno.core.models import Job
from vikno.journal import readers
from vikno.journal.models import Parked
from vikno.journal.readers import Reader


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
    assert "Nothing was left undone" in page
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
