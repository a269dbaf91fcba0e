"""Owners say how long data are kept, see what the last runs did, and erase a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tests.desk.seats import Seat
from tests.world import World
from vikno.care import retention
from vikno.core import clock
from vikno.core.models import DutyRun, RetentionRule
from vikno.dialogs.models import MessageText
from vikno.journal.models import Event
from vikno.tickets.actions import linking
from vikno.tickets.models import SentForm


@pytest.fixture(autouse=True)
def _nothing_from_other_tests() -> Iterator[None]:
    yield
    (Path(settings.DATA) / "erasures.jsonl").unlink(missing_ok=True)


def as_shown(seat: Seat) -> dict[str, str]:
    """The days as the page gives them."""
    page = seat.page("/settings/keeping")
    return {name: re.search(rf'name="{name}"[^>]* value="(\d*)"', page)[1] for name in retention.KINDS}  # type: ignore[index]


def test_owners_alone_come_here(world: World) -> None:
    world.ticket()
    erase = f"/people/{world.maria.person_id}/erase"
    for agent in (world.taras, world.iryna, world.sofia):
        seat = Seat(agent)
        for address in ("/settings/keeping", erase):
            assert seat.get(address).status_code == seat.post(address, {"name": "Марія"}).status_code == 403
        assert "/settings/keeping" not in seat.page("/settings")
    assert "/settings/keeping" in Seat(world.olena).page("/settings/all")
    world.maria.refresh_from_db()
    assert world.maria.erased_at is None


def test_the_days_of_one_kind_are_changed_and_no_others(world: World) -> None:
    seat = Seat(world.olena)
    before = as_shown(seat)
    assert before["raw_letters"] == "365"
    page = seat.sends("/settings/keeping", **before | {"not_let_in": "10", "security_log": ""})
    assert "Saved." in page.content.decode()
    assert as_shown(seat) == before | {"not_let_in": "10", "security_log": ""}
    assert set(RetentionRule.objects.values_list("kind", "days")) == {("not_let_in", 10), ("security_log", None)}
    told = Event.objects.filter(verb="setting.changed", actor_id=world.olena.id)
    assert {name: change for event in told for name, change in event.delta.items()} == {
        "keep.not_let_in": [90, 10], "keep.security_log": [730, None],
    }  # fmt: skip


@pytest.mark.parametrize("days", ["0", "-1", "x", "36501", "1.5", "9" * 40, "\0"])
def test_what_is_no_number_of_days_is_said_and_nothing_is_saved(world: World, days: str) -> None:
    seat = Seat(world.olena)
    answer = seat.post("/settings/keeping", as_shown(seat) | {"outbox": days, "raw_letters": "1"})
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not RetentionRule.objects.exists()


def test_a_form_without_a_field_does_not_mean_for_ever(world: World) -> None:
    Seat(world.olena).post("/settings/keeping", {"outbox": "5"})
    assert list(RetentionRule.objects.values_list("kind", "days")) == [("outbox", 5)]


def test_the_last_runs_are_shown(world: World) -> None:
    seat = Seat(world.olena)
    assert "Not yet. It runs every night." in seat.page("/settings/keeping")
    SentForm.objects.create(agent=world.iryna, key="old", at=clock.now() - timedelta(days=8))
    SentForm.objects.create(agent=world.iryna, key="new", at=clock.now() - timedelta(days=6))
    retention.run()
    assert list(SentForm.objects.values_list("key", flat=True)) == ["new"]
    result = {"in_mailbox": 9, "missing": 2, "taken": 1}
    now = clock.now()
    DutyRun.objects.create(name=f"mailbox {world.mail.id}", started_at=now, finished_at=now, result=result)
    page = seat.page("/settings/keeping")
    assert "Traces of forms that were sent, by which a second sending is noticed: 1" in page
    assert "Letters in the mailbox: 9; missing here: 2; fetched: 1." in page
    DutyRun.objects.filter(name=retention.DUTY).update(error="OSError: <disk>", result={})
    page = seat.page("/settings/keeping")
    assert "OSError: &lt;disk&gt;" in page
    assert "Nothing was old enough." in page


def test_a_person_is_erased_once_their_name_is_typed(world: World) -> None:
    seat, ticket, other = Seat(world.olena), world.ticket(), world.ticket(world.petro)
    world.answer(ticket)
    linking.link(ticket.links.order_by("id")[0].message, other, by=world.act(world.olena))
    address = f"/people/{world.maria.person_id}/erase"
    assert f'href="{address}"' in seat.page(f"/tickets/{ticket.number}")
    assert address not in Seat(world.iryna).page(f"/tickets/{ticket.number}")
    page = seat.page(address)
    assert re.search(r"Messages from them and to them</td><td[^>]*>2<", page)
    assert re.search(r"Requests of others in which they wrote[^<]*</td><td[^>]*>1<", page)
    for wrong in ("", "Петро", "maria@"):
        answer = seat.post(address, {"name": wrong})
        assert answer.status_code == 422
        assert "Nothing was erased" in answer.content.decode()
    world.maria.refresh_from_db()
    assert world.maria.erased_at is None
    assert "Erased." in seat.sends(address, name=f"  {world.maria.shown.upper()} ").content.decode()
    world.maria.refresh_from_db()
    assert world.maria.erased_at is not None
    assert not MessageText.objects.filter(message__dialog__identity=world.maria).exclude(text="").exists()
    assert MessageText.objects.filter(message__dialog__identity=world.petro).exclude(text="").exists()
    assert seat.get(address).status_code == seat.post(address, {"name": ""}).status_code == 404
    assert address not in seat.page(f"/tickets/{ticket.number}")


def test_a_colleague_at_work_is_not_erased_and_it_is_said_why(world: World) -> None:
    answer = Seat(world.olena).post(f"/people/{world.iryna.person_id}/erase", {"name": world.iryna.person.name})
    assert answer.status_code == 422
    assert "Deactivate the agent first" in answer.content.decode()
    world.iryna.person.refresh_from_db()
    assert world.iryna.person.erased_at is None


@pytest.mark.parametrize("number", [0, 77777777, 2**63, 10**30])
def test_nobody_is_not_erased(world: World, number: int) -> None:
    assert Seat(world.olena).get(f"/people/{number}/erase").status_code == 404
