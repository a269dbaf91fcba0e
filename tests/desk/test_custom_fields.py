"""Custom fields: the owner's pages, values on the page of a request, what is asked to open one and to close it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.desk.seats import Seat
from tests.world import World
from vikno.accounts.actions import create_token
from vikno.core import clock
from vikno.journal.models import Event
from vikno.people.actions import remove_contract
from vikno.people.models import Contract
from vikno.tickets import directory
from vikno.tickets.actions.asking_fields import add_field, add_option, set_rules
from vikno.tickets.actions.fields import set_field
from vikno.tickets.models import Category, Field, FieldOption, FieldValue, Stage, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


@pytest.fixture
def seat(world: World) -> Seat:
    return Seat(world.iryna)


def made(owner: Seat, name: str, kind: str, **rules: str) -> Field:
    assert owner.post("/settings/fields", {"name": name, "kind": kind}).status_code == 302
    field = Field.objects.get(name=name)
    if rules:
        assert owner.post(f"/settings/fields/{field.id}", {"name": name, **rules}).status_code == 302
    return field


def option(owner: Seat, field: Field, name: str, **more: str) -> FieldOption:
    assert owner.post(f"/settings/fields/{field.id}/options", {"name": name, **more}).status_code == 302
    return FieldOption.objects.get(field=field, name=name)


def fill(seat: Seat, ticket: Ticket, field: Field, value: Any, **more: str) -> str:
    """Set a field on the ticket's page; answers the page."""
    form = {"field": field.key, "value": str(value), **more}
    page: str = seat.sends(f"/tickets/{ticket.number}/change", **form).content.decode()
    return page


def says(seat: Seat, ticket: Ticket, field: Field) -> str:
    """What the page shows as the value of a field: chosen, typed, or fixed."""
    page = seat.page(f"/tickets/{ticket.number}")
    here = rf'[^>]*id="p-field\.{field.key}"[^>]*>'
    control = re.search(rf"<select{here}.*?</select>|<input{here}", page, re.S)
    if control is None:
        fixed = re.search(rf'<dt>{field.name}</dt><dd>\s*<span class="property__value">(.*?)</span>', page, re.S)
        return fixed[1] if fixed else "absent"
    chosen = re.search(r"selected>(.*?)<", control[0]) or re.search(r'value="(.*?)"', control[0])
    return chosen[1] if chosen else ""


def undo(seat: Seat, verb: str) -> str:
    last = Event.objects.filter(verb=verb).latest("id")
    page: str = seat.sends(f"/undo/{last.act}").content.decode()
    return page


@pytest.mark.parametrize(
    ("kind", "value", "shown", "line"),
    [
        ("text", "SN-0042", "SN-0042", "Серійний номер: SN-0042"),
        ("number", "12,50", "12.5", "Серійний номер: 12.5"),
        ("date", "2026-12-31", "2026-12-31", "Серійний номер: Dec 31, 2026"),
        ("checkbox", "0", "No", "Серійний номер: No"),
    ],
)
def test_a_value_is_set_in_place_told_in_the_history_and_undone(
    world: World, owner: Seat, seat: Seat, kind: str, value: str, shown: str, line: str
) -> None:
    field, ticket = made(owner, "Серійний номер", kind), world.ticket()
    assert line in fill(seat, ticket, field, value)
    assert says(seat, ticket, field) == shown
    assert "Undone." in undo(seat, "ticket.changed")
    assert says(seat, ticket, field) in ("", "–")
    assert "Серійний номер: –" in seat.page(f"/tickets/{ticket.number}")


def test_the_undo_of_an_emptying_does_not_stand_beside_a_later_value(world: World, owner: Seat, seat: Seat) -> None:
    field, ticket = made(owner, "Модель", "text"), world.ticket()
    fill(seat, ticket, field, "Exellio")
    fill(seat, ticket, field, "")
    emptied = Event.objects.filter(verb="ticket.changed").latest("id").act
    fill(seat, ticket, field, "Datecs")
    assert "changed again since" in seat.sends(f"/undo/{emptied}").content.decode()
    assert says(seat, ticket, field) == "Datecs"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("number", "a dozen"), ("number", "1e400"), ("number", "NaN"), ("date", "31.12.2026"), ("choice", "7"),
     ("tree", "x"),
     ("contract", "999999"), ("contract", "9" * 30)],
)  # fmt: skip
def test_what_is_no_value_of_the_kind_is_refused_in_words(
    world: World, owner: Seat, seat: Seat, kind: str, value: str
) -> None:
    field, ticket = made(owner, "Поле", kind), world.ticket()
    assert "cannot be the value of “Поле”" in fill(seat, ticket, field, value) or kind == "contract"
    assert not FieldValue.objects.exists()


def test_a_choice_is_ordered_named_and_put_out_of_use_without_losing_values(
    world: World, owner: Seat, seat: Seat
) -> None:
    field, ticket = made(owner, "Модель", "choice"), world.ticket()
    one, two = option(owner, field, "Exellio"), option(owner, field, "Datecs")
    fill(seat, ticket, field, one.id)
    assert says(seat, ticket, field) == "Exellio"
    owner.post(f"/settings/options/{two.id}/up")
    page = seat.page(f"/tickets/{ticket.number}")
    assert page.index(">Datecs<") < page.index(">Exellio<")
    owner.post(f"/settings/options/{one.id}", {"name": "Exellio DPU"})
    owner.post(f"/settings/options/{one.id}/archive")
    assert says(seat, ticket, field) == "Exellio DPU"
    other = world.ticket(world.petro)
    assert "cannot be the value" in fill(seat, other, field, one.id)
    assert "Undone." in undo(owner, "field.changed")
    fill(seat, other, field, one.id)
    assert says(seat, other, field) == "Exellio DPU"


def test_a_tree_shows_the_whole_way(world: World, owner: Seat, seat: Seat) -> None:
    field, ticket = made(owner, "Місце", "tree"), world.ticket()
    city = option(owner, field, "Київ")
    shop = option(owner, field, "Крамниця 4", parent=str(city.id))
    fill(seat, ticket, field, shop.id)
    assert says(seat, ticket, field) == "Київ / Крамниця 4"
    assert "Місце: Київ / Крамниця 4" in seat.page(f"/tickets/{ticket.number}")
    plain = made(owner, "Модель", "choice")
    assert owner.post(f"/settings/fields/{plain.id}/options", {"name": "a", "parent": str(city.id)}).status_code == 302
    assert FieldOption.objects.get(field=plain).parent is None, "only a tree has options below others"


def test_a_contract_is_one_of_the_requesters(world: World, owner: Seat, seat: Seat) -> None:
    field = made(owner, "За договором", "contract")
    mine, others = world.ticket(), world.ticket(world.petro)
    contract = world.maria.person.contracts.get()
    fill(seat, mine, field, contract.id)
    assert says(seat, mine, field) == "Д-2041"
    assert "cannot be the value" in fill(seat, others, field, contract.id)
    Contract.objects.filter(id=contract.id).update(until=clock.now().date() - timedelta(days=2))
    assert f">{contract.number} · ended</option>" in seat.page(f"/tickets/{mine.number}")
    remove_contract(contract, by=world.act(world.iryna))
    assert says(seat, mine, field) in ("", "–")


def test_two_agents_at_one_field_lose_nothing(world: World, owner: Seat, seat: Seat) -> None:
    field, ticket = made(owner, "Поле", "text"), world.ticket()
    ticket.refresh_from_db()
    seen = str(ticket.version)
    fill(seat, ticket, field, "перше", version=seen)
    page = fill(Seat(world.taras), ticket, field, "друге", version=seen)
    assert "a colleague has changed this meanwhile (Поле)" in page
    assert says(seat, ticket, field) == "перше"


def test_a_field_is_asked_of_its_team_and_category_alone(world: World, owner: Seat, seat: Seat) -> None:
    desks = Category.objects.get(name="Каси")
    below = Category.objects.create(name="Друк", parent=desks)
    ticket = world.ticket()
    here = made(owner, "Наше", "text", team=str(world.support.id))
    elsewhere = made(owner, "Чуже", "text", team=str(world.billing.id))
    filed = made(owner, "Каса", "text", category=str(desks.id))
    assert (says(seat, ticket, here), says(seat, ticket, elsewhere), says(seat, ticket, filed)) == (
        "",
        "absent",
        "absent",
    )
    assert "no longer asked here" in fill(seat, ticket, filed, "x")
    Ticket.objects.filter(id=ticket.id).update(category=below)
    directory.forget()
    fill(seat, ticket, filed, "№ 3")
    Ticket.objects.filter(id=ticket.id).update(category=None)
    assert says(seat, ticket, filed) == "№ 3", "what was filled in stays to be read"


def test_a_field_out_of_use_keeps_its_values_and_is_asked_no_more(world: World, owner: Seat, seat: Seat) -> None:
    field, ticket, other = made(owner, "Старе", "text"), world.ticket(), world.ticket(world.petro)
    fill(seat, ticket, field, "є")
    assert "so it stays" in owner.sends(f"/settings/fields/{field.id}/delete").content.decode()
    owner.post(f"/settings/fields/{field.id}/archive")
    assert (says(seat, ticket, field), says(seat, other, field)) == ("є", "absent")
    assert "Undone." in undo(owner, "field.changed")
    assert says(seat, other, field) == ""


def test_closing_is_refused_until_what_is_required_is_filled_in(world: World, owner: Seat, seat: Seat) -> None:
    cause = made(owner, "Причина", "text", required="closing")
    opened = made(owner, "Каса", "text", required="opening")
    ticket = world.ticket()
    page = seat.sends(f"/tickets/{ticket.number}/change", close="1").content.decode()
    assert "Not closed: fill in “Причина”, “Каса” first" in page
    assert "Причина (needed to close)" in page
    said = {"kind": "reply", "body": "Готово", "format": "text", "then": "close"}
    assert "Not closed" in seat.sends(f"/tickets/{ticket.number}/answer", **said).content.decode()
    told = seat.sends("/bulk", act="close", ticket=str(ticket.number)).content.decode()
    assert f"#{ticket.number}: Not closed: fill in" in told
    fill(seat, ticket, cause, "кабель")
    fill(seat, ticket, opened, "3")
    seat.post(f"/tickets/{ticket.number}/change", {"close": "1"})
    ticket.refresh_from_db()
    assert ticket.stage == Stage.CLOSED


def test_rules_of_a_field_are_undone(world: World, owner: Seat, seat: Seat) -> None:
    field = made(owner, "Причина", "text", required="closing", shown="1")
    assert "required to close · shown to customers" in owner.page("/settings/fields")
    assert "Undone." in undo(owner, "field.changed")
    field.refresh_from_db()
    assert (field.required, field.shown_to_customers) == ("", False)


def new(seat: Seat, **more: str) -> Any:
    form = {"kind": "phone", "requester": "0671234567", "subject": "Каса", "text": "Не друкує"}
    return seat.post("/tickets/new", form | more)


def test_a_new_ticket_asks_for_what_is_required_to_open_it(world: World, owner: Seat, seat: Seat) -> None:
    field = made(owner, "Серійний номер", "number", required="opening", team=str(world.support.id))
    assert f'name="field.{field.key}"' in seat.page("/tickets/new")
    refused = new(seat, team=str(world.support.id))
    assert refused.status_code == 422 and "needed to open a request: “Серійний номер”" in refused.content.decode()
    wrong = new(seat, **{"team": str(world.support.id), f"field.{field.key}": "багато"})
    assert wrong.status_code == 422 and 'value="багато"' in wrong.content.decode()
    assert not Ticket.objects.exists()
    assert new(seat, **{"team": str(world.support.id), f"field.{field.key}": "42"}).status_code == 302
    assert FieldValue.objects.get().number == 42
    assert new(seat, team=str(world.billing.id), requester="0671234568").status_code == 302, "of others it is not asked"


def test_a_letter_comes_in_without_what_is_required(world: World, owner: Seat) -> None:
    made(owner, "Серійний номер", "number", required="opening")
    assert world.ticket().stage == Stage.NEW


def test_programs_are_held_to_the_same(world: World, owner: Seat) -> None:
    field = made(owner, "Модель", "choice", required="opening")
    datecs = option(owner, field, "Datecs")
    token = create_token(world.iryna.person.user, "program")[1]
    client = Client(HTTP_HOST="127.0.0.1:8000", HTTP_AUTHORIZATION=f"Bearer {token}")

    def send(method: str, path: str, **body: Any) -> Any:
        return client.generic(method, f"/api/v1{path}", json.dumps(body), content_type="application/json")

    asked = {"requester": {"phone": "0671234567"}, "subject": "Каса", "text": "Не друкує"}
    refused = send("POST", "/tickets", **asked)
    assert refused.status_code == 422 and "Модель" in refused.content.decode()
    unknown = send("POST", "/tickets", **asked, fields={field.key: "Datecs", "colour": "red"})
    assert unknown.status_code == 422 and "colour" in unknown.content.decode()
    answer = send("POST", "/tickets", **asked, fields={field.key: "Datecs"})
    assert answer.status_code == 201 and answer.json()["fields"] == {field.key: "Datecs"}
    number = answer.json()["number"]
    assert send("PATCH", f"/tickets/{number}", fields={field.key: None}).json()["fields"] == {}
    closed = world.statuses["closed"].id
    lacking = send("PATCH", f"/tickets/{number}", status=closed)
    assert lacking.status_code == 422 and "Not closed" in lacking.content.decode()
    both = send("PATCH", f"/tickets/{number}", fields={field.key: datecs.id}, status=closed)
    assert (both.status_code, both.json()["stage"]) == (200, "closed")


def test_customers_read_what_is_shown_to_them(world: World, owner: Seat) -> None:
    open_, secret = made(owner, "Гарантія", "checkbox", shown="1"), made(owner, "Вартість", "number")
    mine = world.iryna.person.identities.get()
    ticket = world.ticket(mine)
    for field, value in ((open_, "1"), (secret, "7134")):
        set_field(ticket, field, value, by=world.act(world.taras))
    page = Seat(world.iryna).page(f"/own/{ticket.number}")
    assert "Гарантія" in page and "7134" not in page


def test_two_hundred_fields_cost_the_page_no_more_queries(world: World, seat: Seat, queries: Any) -> None:
    act, ticket = world.act(world.olena), world.ticket()
    field = add_field("Перше", "choice", by=act)
    set_rules(field, {"required": "closing"}, by=act)
    add_option(field, "Так", by=act)
    add_field("Договір", "contract", by=act)
    seat.page(f"/tickets/{ticket.number}")
    with queries() as few:
        seat.page(f"/tickets/{ticket.number}")
    cost = len(few)
    for number in range(200):
        add_field(f"Поле {number}", "contract" if number % 10 == 0 else "text", by=act)
    seat.page(f"/tickets/{ticket.number}")
    with queries(at_most=cost):
        seat.page(f"/tickets/{ticket.number}")


def test_pages_of_fields_are_the_owners(world: World, owner: Seat, seat: Seat) -> None:
    field = made(owner, "Модель", "choice")
    one = option(owner, field, "Datecs")
    for path in (f"/settings/fields/{field.id}", f"/settings/fields/{field.id}/options", f"/settings/options/{one.id}"):
        assert owner.get(path).status_code == 200
        assert seat.get(path).status_code == 403 and seat.post(path, {"name": "x"}).status_code == 403
    assert owner.post("/settings/fields", {"name": "Інше", "kind": "secret"}).status_code == 422
    assert owner.post("/settings/fields", {"name": "Інше", "kind": "text", "key": "Не латиниця"}).status_code == 422
    assert owner.post("/settings/fields", {"name": "Інше", "kind": "text", "key": field.key}).status_code == 422


def test_of_very_many_fields_the_empty_ones_wait_until_they_are_asked_for(world: World, seat: Seat) -> None:
    fields = Field.objects.bulk_create(
        Field(key=f"very{n}", name=f"Field {n:02}", kind="text", position=n) for n in range(40)
    )
    Field.objects.filter(id=fields[38].id).update(required="close")
    directory.forget()
    ticket = world.ticket()
    set_field(ticket, fields[39], "Said", by=world.act(world.iryna))
    address = f"/tickets/{ticket.number}?list=mine"

    def shown(page: str) -> list[int]:
        return [int(number) for number in re.findall(r'for="p-field\.very(\d+)"', page)]

    page = seat.page(address)
    assert shown(page) == [*range(28), 38, 39] and "Show 10 more empty fields" in page
    assert f'href="{address}&amp;fields=all#card-properties"' in page
    whole = seat.page(f"{address}&fields=all")
    assert shown(whole) == [*range(40)] and "more empty" not in whole
    # What is done there, and what the page asks for by itself, shows them all again.
    change = re.search(r'action="(/tickets/\d+/change[^"]*)"[^>]*>[^§]*?id="p-field.very33"', whole)
    assert change and "fields=all" in change[1] and 'id="every-field" name="fields" value="all"' in whole
    form = {"field": "very33", "value": "New"}
    answer = seat.post(change[1].replace("&amp;", "&"), form, headers={"HX-Request": "true"}).content.decode()
    assert shown(answer) == [*range(40)]
    assert shown(seat.page(address)) == [*range(27), 33, 38, 39]
