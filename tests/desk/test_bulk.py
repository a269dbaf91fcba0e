"""An act on many tickets goes in batches and steps; it is one act all the same, of what was chosen at the click."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import clock, jobs
from vikno.core.models import Job
from vikno.desk import batches, going_on
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions import splitting, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets in a batch, and a batch in a step."""
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    monkeypatch.setattr(batches, "STEP", 0.0)


def _brings_back(page: str) -> str:
    found = re.search(r'name="work" value="([^"]+)"', page)
    assert found, page
    return found[1]


def _closed() -> int:
    return Ticket.objects.filter(stage="closed").count()


def _click(seat: Seat, tickets: list[Ticket]) -> str:
    fields: dict[str, Any] = {"ticket": [one.number for one in tickets], "act": "close", "list": "open"}
    return seat.post("/bulk", fields, **HTMX).content.decode()


@pytest.mark.usefixtures("small_steps")
def test_a_long_act_says_how_far_it_is_and_is_undone_as_one(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    page = _click(seat, tickets)
    assert "Done: 2 of 5." in page and _closed() == 2
    late = world.ticket()  # came after the click
    page = seat.post("/bulk", {"work": _brings_back(page)}, **HTMX).content.decode()
    assert "Done: 4 of 5." in page and _closed() == 4
    assert re.search(r'hx-target="#bulk-\d+" hx-swap="outerHTML"', page)
    page = seat.post("/bulk", {"work": _brings_back(page)}, **HTMX).content.decode()
    assert "Done: 5." in page and 'name="work"' not in page and _closed() == 5
    assert len(set(Event.objects.filter(verb=Verb.TICKET_STATUS).values_list("act", flat=True))) == 1
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    assert _closed() == 0
    assert Ticket.objects.get(id=late.id).version == late.version


@pytest.mark.usefixtures("small_steps")
def test_what_was_so_already_is_said_and_not_counted(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    state.close(tickets[0], by=world.act(world.taras))
    before = Ticket.objects.get(id=tickets[0].id).version
    page = _click(seat, tickets)
    page = seat.post("/bulk", {"work": _brings_back(page)}, **HTMX).content.decode()
    assert f"Done: 2. Already so: #{tickets[0].number}." in page
    assert Ticket.objects.get(id=tickets[0].id).version == before
    page = _click(seat, tickets[:2])
    assert "Done: 0. Already so:" in page and "/undo/" not in page


@pytest.mark.usefixtures("small_steps")
def test_without_a_script_one_request_does_it_all(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    page = seat.sends("/bulk", ticket=[one.number for one in tickets], act="close", list="open").content.decode()
    assert "Done: 5." in page and _closed() == 5


@pytest.mark.usefixtures("small_steps")
def test_nobody_goes_on_with_what_another_began_or_nobody_did(world: World) -> None:
    tickets = [world.ticket() for _number in range(3)]
    packed = _brings_back(_click(Seat(world.iryna), tickets))
    for seat, work in ((Seat(world.olena), packed), (Seat(world.iryna), packed[:-3]), (Seat(world.iryna), "x")):
        page = seat.post("/bulk", {"work": work}, **HTMX).content.decode()
        assert "Done" not in page and "toast" not in page.replace("#toasts", "")
    assert _closed() == 2


@pytest.mark.usefixtures("small_steps")
def test_rights_that_ended_meanwhile_end_it(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    packed = _brings_back(_click(seat, tickets))
    world.iryna.role = "observer"
    world.iryna.save(update_fields=["role"])
    assert "Your role does not include this" in seat.post("/bulk", {"work": packed}, **HTMX).content.decode()
    assert _closed() == 2


def test_what_is_beyond_the_most_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    page = _click(Seat(world.iryna), [world.ticket() for _number in range(3)])
    assert "Done: 2. At most 2 are changed at once; so many were left out: 1." in page
    assert _closed() == 2


def _engine(monkeypatch: pytest.MonkeyPatch, seconds: float = going_on.SILENT + 1) -> None:
    """So much later the engine does what is due."""
    now = clock.now() + timedelta(seconds=seconds)
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now)
        jobs.run_due()


@pytest.mark.usefixtures("small_steps")
def test_who_leaves_halfway_finds_it_done_and_can_undo_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    _click(seat, tickets)
    assert jobs.run_due() == 0 and _closed() == 2  # the page may still be there
    page = seat.page("/people")
    assert "Done: 2 of 5." in page and 'hx-trigger="load"' in page  # any page goes on with it
    assert "Done:" not in Seat(world.olena).page("/people")
    _engine(monkeypatch)
    assert _closed() == 5
    page = seat.page("/people")
    assert "Done: 5." in page and seat.page("/people").count('hx-post="/undo/') == 1
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    assert _closed() == 0 and "Done:" not in seat.page("/people")


@pytest.mark.usefixtures("small_steps")
def test_what_ended_unseen_is_told_until_it_is_put_away_or_two_weeks_have_passed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = Seat(world.iryna)
    for last in ("told", "two weeks"):
        _click(seat, [world.ticket() for _number in range(3)])
        _engine(monkeypatch)
        assert "Done: 3." in seat.page("/people")
        if last == "told":
            seat.sends("/bulk/told")
        else:
            _engine(monkeypatch, 13 * 86400)
            assert "Done: 3." in seat.page("/people")
            _engine(monkeypatch, 15 * 86400)
        assert "Done:" not in seat.page("/people") and not Job.objects.exists()


@pytest.mark.usefixtures("small_steps")
def test_one_goes_on_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(6)]
    first = _click(seat, tickets[:3])
    assert "still goes on" in _click(seat, tickets[3:]) and _closed() == 2
    Job.objects.update(state=Job.State.RUNNING, lease_until=clock.now() + timedelta(seconds=60))  # the engine is at it
    page = seat.post("/bulk", {"work": _brings_back(first)}, **HTMX).content.decode()
    assert "Done: 2 of 3." in page and "delay:1s" in page and _closed() == 2
    seat.sends("/bulk/told")
    Job.objects.update(lease_until=clock.now() - timedelta(seconds=60))  # it died
    _engine(monkeypatch)
    assert _closed() == 3
    page = seat.post("/bulk", {"work": _brings_back(first)}, **HTMX).content.decode()
    assert "Done: 3." in page and "/undo/" in page
    _click(seat, tickets[3:])
    assert _closed() == 5


def _breaks_at(monkeypatch: pytest.MonkeyPatch, broken: Ticket, error: Exception) -> None:
    closes = state.close

    def close(ticket: Ticket, **how: Any) -> int | None:
        if ticket.id == broken.id:
            with transaction.atomic():
                closes(ticket, **how)  # what it wrote before it broke is not kept
                raise error
        return closes(ticket, **how)

    monkeypatch.setattr(state, "close", close)


def test_what_goes_wrong_with_one_stops_no_other_and_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(4)]
    _breaks_at(monkeypatch, tickets[2], ValueError("broken"))
    page = _click(seat, tickets)
    assert f"Done: 3. #{tickets[2].number}: This failed by a fault of the program" in page
    assert _closed() == 3 and not Ticket.objects.filter(id=tickets[2].id, stage="closed").exists()
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    assert _closed() == 0


@pytest.mark.usefixtures("small_steps")
def test_a_refusal_writes_nothing_and_is_kept_to_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    _breaks_at(monkeypatch, tickets[0], Invalid("Not this one."))
    _click(seat, tickets)
    _engine(monkeypatch)
    assert f"Done: 4. #{tickets[0].number}: Not this one." in seat.page("/people") and _closed() == 4


@pytest.mark.usefixtures("small_steps")
def test_rights_that_ended_end_it_in_the_engine_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    _click(seat, tickets)
    world.iryna.role = "observer"
    world.iryna.save(update_fields=["role"])
    _engine(monkeypatch)
    assert _closed() == 2 and "Done: 2. #" in seat.page("/people")


def test_each_further_one_is_only_written(world: World, queries: Any) -> None:
    """They are locked and read together: what is left for each is a savepoint, the change and its event."""
    seat, tickets, counted = Seat(world.iryna), [world.ticket() for _number in range(30)], []
    _click(seat, tickets[:1])
    for several in (tickets[1:6], tickets[6:30]):
        with queries() as seen:
            assert f"Done: {len(several)}." in _click(seat, several)
        counted.append(len(seen))
    assert counted[1] - counted[0] <= 5 * (24 - 5)


def test_what_is_caused_by_one_of_many_is_told(world: World) -> None:
    first, *others = (world.ticket() for _number in range(4))
    act = world.act(world.iryna)
    splitting.relate(others[0], first, "caused_by", by=act)
    page = _click(Seat(world.iryna), [first, others[1]])
    assert "Done: 2." in page and _closed() == 2
    told = Event.objects.get(verb=Verb.TICKET_CAUSE_CLOSED)
    concerned = EventTicket.objects.filter(event_id=told.id)
    assert list(concerned.values_list("ticket_id", flat=True)) == [others[0].id]


@pytest.mark.parametrize("both", [False, True])
def test_what_another_of_the_same_act_wrote_is_not_lost(world: World, both: bool) -> None:
    """The caused one is told by the closing of its cause, and closed itself: both stand in its history."""
    first, second = world.ticket(), world.ticket()
    splitting.relate(second, first, "caused_by", by=world.act(world.iryna))
    before = Ticket.objects.get(id=second.id).version
    _click(Seat(world.iryna), [first, second] if both else [first])
    fresh = Ticket.objects.get(id=second.id)
    assert (fresh.version - before, fresh.stage == "closed") == ((2, True) if both else (1, False))


@pytest.mark.usefixtures("small_steps")
def test_what_was_done_before_the_program_was_killed_is_not_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(4)]

    def killed(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(going_on, "step_done", killed)
        _click(seat, tickets)
    assert _closed() == 2
    first = Ticket.objects.get(id=tickets[0].id)
    state.set_status(
        first, next(one for one in world.statuses.values() if one.stage == "open"), by=world.act(world.olena)
    )
    _engine(monkeypatch, 130)  # its lease is over
    assert Ticket.objects.get(id=first.id).stage == "open" and _closed() == 3
    assert "Done: 4." in seat.page("/people")


@pytest.mark.usefixtures("small_steps")
def test_a_step_whose_act_somebody_else_has_taken_writes_nothing_and_each_batch_renews_the_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(6)]
    monkeypatch.setattr(batches, "STEP", 600.0)
    closes, leases = state.close, []

    def close(ticket: Ticket, **how: Any) -> int | None:
        leases.append(Job.objects.get().lease_until)
        if ticket.id == tickets[4].id:
            Job.objects.update(fence=99)
        return closes(ticket, **how)

    monkeypatch.setattr(state, "close", close)
    page = _click(seat, tickets)
    assert "Done: 4 of 6." in page and "delay:1s" in page and _closed() == 4
    assert Job.objects.get().payload["done"] == 4 and leases[0] < leases[2] < leases[4]


@pytest.mark.usefixtures("small_steps")
def test_an_act_is_not_undone_while_it_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    page = _click(seat, tickets)
    act = _brings_back(page)
    assert "/undo/" not in page
    assert "This still goes on." in seat.post(f"/undo/{act}", {}, **HTMX).content.decode() and _closed() == 2
    Job.objects.update(state=Job.State.DEAD)  # the engine has given it up
    assert "Undone." in seat.post(f"/undo/{act}", {}, **HTMX).content.decode()
    assert _closed() == 0 and not Job.objects.exists()


@pytest.mark.usefixtures("small_steps")
def test_an_act_that_another_version_wrote_down_breaks_no_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = Seat(world.iryna)
    _click(seat, [world.ticket() for _number in range(3)])
    job = Job.objects.get()
    for payload in (job.payload | {"colour": "blue"}, {"act": 1, "left": None}, {}):
        Job.objects.update(payload=payload)
        assert seat.get("/people").status_code == 200
        seat.sends("/bulk/told")
    Job.objects.all().delete()


def test_settings_say_what_was_given_up(world: World) -> None:
    Job.objects.create(kind=going_on.KIND, unique="x", state=Job.State.DEAD)
    assert "Go on with what an agent does to many requests" in Seat(world.olena).page("/undone")


@pytest.mark.parametrize("address", ["/inbox/open", "/inbox/open?as=table"])
def test_enter_in_a_field_of_the_bar_presses_no_button_of_a_row(world: World, address: str) -> None:
    world.ticket()
    page = Seat(world.iryna).page(address)
    form = page.index('<form id="bulk"')
    buttons = re.findall(r"<button[^>]*>", page[form : page.index("</form>", form)])
    assert buttons == ["<button disabled hidden>"], "the first one of a form is what Enter presses"
    assert 'form="bulk"' not in page[:form]
