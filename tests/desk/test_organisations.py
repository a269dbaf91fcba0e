"""The desk's pages of organisations: found, changed, undone, and whose persons and requests they show."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk.seats import Seat
from tests.world import World, make_customer
from vikno.core import jobs
from vikno.core.text import sort_key
from vikno.journal.models import Event
from vikno.people import actions as people
from vikno.people.models import Organisation, Person
from vikno.tickets.actions import state

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(world: World) -> Organisation:
    return Organisation.objects.get()


def change(seat: Seat, one: Organisation, **fields: Any) -> str:
    return str(seat.sends(f"/organisations/{one.id}/change", **fields).content.decode())


def undo(seat: Seat) -> str:
    return str(seat.sends(f"/undo/{Event.objects.latest('id').act}", back="/organisations").content.decode())


def test_they_stand_by_name_and_are_walked_to_the_end(world: World) -> None:
    Organisation.objects.bulk_create(
        Organisation(name=f"Фірма {number:03}", sort_key=sort_key(f"Фірма {number:03}")) for number in range(70)
    )
    seat = Seat(world.iryna)
    first = seat.page("/organisations")
    assert first.index("Крамниця") < first.index("Фірма 000") and "Фірма 069" not in first
    last = Organisation.objects.get(name="Фірма 048")
    assert f"?after={last.id}" in first
    assert "Фірма 069" in seat.page(f"/organisations?after={last.id}")
    with CaptureQueriesContext(connection) as asked:
        seat.page("/organisations")
    assert not [one for one in asked if "COUNT(" in one["sql"] and "organisation" in one["sql"]]


@pytest.mark.parametrize("asked", ["крам", "kramnytsia.example", "@Kramnytsia.example", "Ф-12"])
def test_one_is_found_by_name_domain_and_contract(world: World, shop: Organisation, asked: str) -> None:
    people.add_contract("Ф-12", organisation=shop, by=world.act(world.iryna))
    Organisation.objects.create(name="Інша", sort_key=sort_key("Інша"))
    page = Seat(world.iryna).page(f"/organisations?q={asked}")
    assert f'href="/organisations/{shop.id}"' in page and "Інша" not in page


def test_one_is_made_once_and_unmade_by_undo_alone_while_it_is_empty(world: World) -> None:
    seat = Seat(world.iryna)
    page = seat.sends("/organisations/add", name="Нова <b>фірма</b>").content.decode()
    assert "Нова &lt;b&gt;фірма&lt;/b&gt;" in page
    made, act = Organisation.objects.latest("id"), Event.objects.latest("id").act
    assert "already" in seat.sends("/organisations/add", name="нова <B>фірма</b>").content.decode()
    assert Organisation.objects.count() == 2
    people.set_organisation(world.petro.person, made, by=world.act(world.taras))
    assert "by now" in seat.sends(f"/undo/{act}", back="/organisations").content.decode()
    people.set_organisation(world.petro.person, None, by=world.act(world.taras))
    assert "Undone." in seat.sends(f"/undo/{act}", back="/organisations").content.decode()
    assert not Organisation.objects.filter(id=made.id).exists()
    answer = seat.post("/organisations/add", {"name": "  "})
    assert answer.status_code == 422 and "needs a name" in answer.content.decode()


def test_each_change_stands_and_is_undone(world: World, shop: Organisation) -> None:
    seat = Seat(world.iryna)
    contract = people.add_contract("Ф-12", organisation=shop, by=world.act(world.iryna))

    def now() -> tuple[Any, ...]:
        one = Organisation.objects.get(id=shop.id)
        return one.name, set(one.domains.values_list("domain")), set(one.contracts.values_list("number", "until"))

    for fields in (
        {"name": "Крамниця на розі", "was": "Крамниця"}, {"domain": "shop.example"},
        {"domain_remove": shop.domains.get().id}, {"contract": "Ф-13", "until": "2027-01-01"},
        {"contract_change": contract.id, "number": "Ф-14", "until": "2027-01-01"}, {"contract_end": contract.id},
        {"contract_remove": contract.id},
    ):  # fmt: skip
        before = now()
        change(seat, shop, **fields)
        assert now() != before, fields
        assert "Undone." in undo(seat), fields
        assert now() == before, fields


def test_a_domain_gathers_who_writes_from_it(world: World, shop: Organisation) -> None:
    one = make_customer("Гнат Бровар", "hnat@brovar.example")
    page = change(Seat(world.iryna), shop, domain="brovar.example")
    assert "those who are known are added soon" in page
    jobs.run_due()
    assert Person.objects.get(id=one.person_id).organisation_id == shop.id
    assert "Гнат Бровар" in Seat(world.iryna).page(f"/organisations/{shop.id}")
    assert "by the domain of their address" in Seat(world.iryna).page(f"/people/{one.person_id}")


@pytest.mark.parametrize("fields", [{"domain": "gmail.com"}, {"domain": "com.ua"}, {"domain": "не домен"},
    {"name": ""}, {"domain_remove": "99"}, {"contract": ""}, {"x": "1"}, {"name": "Інша", "was": "Стара"},
    {"contract": "К", "since": "2026-02-02", "until": "2026-01-01"}])  # fmt: skip
def test_what_cannot_be_is_said_and_changes_nothing(world: World, shop: Organisation, fields: dict[str, str]) -> None:
    before = Event.objects.count()
    answer = Seat(world.iryna).post(f"/organisations/{shop.id}/change", fields)
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert Event.objects.count() == before


def test_a_domain_of_another_stays_theirs(world: World, shop: Organisation) -> None:
    other = Organisation.objects.create(name="Інша", sort_key=sort_key("Інша"))
    assert "another organisation" in change(Seat(world.iryna), other, domain="kramnytsia.example")


def test_requests_of_all_its_persons_stand_there_as_far_as_one_sees_them(world: World, shop: Organisation) -> None:
    act = world.act(world.iryna)
    for one in (world.maria, world.petro):
        people.set_organisation(one.person, shop, by=act)
    seen, closed = world.ticket(world.maria, subject="Відкрите"), world.ticket(world.petro, subject="Закрите")
    state.close(closed, by=act)
    hidden = world.ticket(world.maria, subject="Приватне")
    hidden.restricted = True
    hidden.save()
    page = Seat(world.bohdan).page(f"/organisations/{shop.id}")
    assert page.index(f"/tickets/{seen.number}") < page.index(f"/tickets/{closed.number}")
    assert "Приватне" not in page and "Марія Коваль" in page


def test_an_observer_reads_and_changes_nothing(world: World, shop: Organisation) -> None:
    seat = Seat(world.sofia)
    page = seat.page(f"/organisations/{shop.id}")
    assert "kramnytsia.example" in page and "/change" not in page
    assert "organisations/add" not in seat.page("/organisations")
    assert seat.post(f"/organisations/{shop.id}/change", {"name": "x"}).status_code == 403
    assert seat.post("/organisations/add", {"name": "x"}).status_code == 403


def test_names_are_offered_while_one_types(world: World, shop: Organisation) -> None:
    seat = Seat(world.iryna)
    assert 'value="Крамниця"' in seat.page("/organisations/names?organisation=кра")
    assert "Крамниця" not in seat.page("/organisations/names?organisation=інша")
    assert 'value="Крамниця"' in seat.page("/organisations/names")
