"""Contracts of customers are changed and ended where they stand, and never taken from requests bound to them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_people import change, undo
from tests.world import World
from vikno.core import clock
from vikno.journal.models import Event
from vikno.people.models import Contract
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_a_contract_that_requests_are_bound_to_stays(world: World) -> None:
    contract = Contract.objects.get()
    Ticket.objects.filter(id=world.ticket(world.maria).id).update(contract=contract)
    assert "so it stays" in change(Seat(world.iryna), world.maria.person, contract_remove=contract.id)


def test_a_contract_is_changed_also_where_requests_are_bound_to_it(world: World) -> None:
    contract, seat = Contract.objects.get(), Seat(world.iryna)
    ticket = world.ticket(world.maria)
    Ticket.objects.filter(id=ticket.id).update(contract=contract)
    was = f"{contract.number}||"
    fields = {"contract_change": contract.id, "number": "НОВИЙ-1", "since": "", "until": "2030-01-31", "was": was}
    page = change(seat, world.maria.person, **fields)
    assert "Contract НОВИЙ-1 is changed." in page and "until Jan 31, 2030" in page
    act = Event.objects.latest("id").act
    assert "Undone." in undo(seat, f"/people/{world.maria.person_id}")
    assert Contract.objects.get().number == contract.number
    assert Ticket.objects.get(id=ticket.id).contract == contract
    assert "Nothing was undone" in seat.sends(f"/undo/{act}").content.decode()


@pytest.mark.parametrize(("fields", "words"), [
    ({"number": ""}, "between 1 and 60"),
    ({"number": "К", "since": "2026-02-02", "until": "2026-01-01"}, "ends before"),
    ({"number": "К", "was": "чужий||"}, "changed"), ({"number": "ЗАЙНЯТО"}, "number already"),
    ({"number": "К", "contract_change": 999999}, "no longer there"),
])  # fmt: skip
def test_a_change_of_a_contract_that_cannot_be_is_refused(world: World, fields: dict[str, Any], words: str) -> None:
    contract = Contract.objects.get()
    Contract.objects.create(number="ЗАЙНЯТО", person=world.petro.person)
    page = change(Seat(world.iryna), world.maria.person, **({"contract_change": contract.id} | fields))
    assert words in page
    assert Contract.objects.get(id=contract.id).number == contract.number


def test_one_that_has_ended_is_said_to_be_and_ends_once(world: World) -> None:
    contract, seat = Contract.objects.get(), Seat(world.iryna)
    page = change(seat, world.maria.person, contract_end=contract.id)
    assert "has ended" in page and "· ended" in page and 'name="contract_end"' not in page
    assert Contract.objects.get(id=contract.id).until is not None


def test_an_observer_reads_contracts_and_changes_none(world: World) -> None:
    contract, seat = Contract.objects.get(), Seat(world.sofia)
    where = f"/people/{world.maria.person_id}/change"
    assert seat.post(where, {"contract_end": contract.id}).status_code == 403
    assert Contract.objects.get(id=contract.id).until is None


def test_an_undo_does_not_take_a_contract_from_requests(world: World) -> None:
    seat, person = Seat(world.iryna), world.maria.person
    change(seat, person, contract="К-77")
    act, contract = Event.objects.latest("id").act, Contract.objects.get(number="К-77")
    Ticket.objects.filter(id=world.ticket(world.maria).id).update(contract=contract)
    assert "so it stays" in seat.sends(f"/undo/{act}", back="/people").content.decode()
    assert Ticket.objects.get().contract == contract


@pytest.mark.parametrize(("language", "words"), [
    ("en", "Feb 1, 2026 to Jan 31, 2030"), ("uk", "1 лют. 2026"), ("ru", "31 янв. 2030"),
])  # fmt: skip
def test_days_of_a_contract_are_written_as_the_reader_writes_them(world: World, language: str, words: str) -> None:
    Contract.objects.update(since=date(2026, 2, 1), until=date(2030, 1, 31))
    seat, where = Seat(world.iryna), f"/people/{world.maria.person_id}"
    page = seat.page(where, HTTP_ACCEPT_LANGUAGE=language)
    assert words in page
    shown = re.sub(r'value="[^"]*"', "", page)
    assert "2030-01-31" not in shown and "2026-02-01" not in shown
    assert 'type="date" value="2030-01-31"' in page, "a field for a day wants it as it always was"


def test_those_that_are_over_are_offered_last_and_say_so(world: World) -> None:
    now = clock.now().date()
    Contract.objects.update(number="К-2", until=now + timedelta(days=20))
    person = world.maria.person
    Contract.objects.create(number="К-1", person=person, until=now - timedelta(days=20))
    Contract.objects.create(number="К-10", person=person)
    page = Seat(world.iryna).page(f"/tickets/{world.ticket(world.maria).number}")
    select = page.partition('id="p-contract"')[2].partition("</select>")[0]
    assert re.findall(r"<option[^>]*>([^<]*)", select) == ["–", "К-10", "К-2", "К-1 · ended"]
