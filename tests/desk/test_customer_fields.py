"""Custom fields of customers and organisations: the owner's pages, values on their pages, and where they go."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.searching import found, index_follows
from tests.world import World, make_agent
from vikno.care.erasure import erase
from vikno.journal.models import Event
from vikno.people import actions as people
from vikno.people.models import CustomField, CustomOption, CustomValue, Organisation, Person

pytestmark = pytest.mark.django_db
KINDS = ["text", "number", "date", "choice", "checkbox"]


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


@pytest.fixture
def seat(world: World) -> Seat:
    return Seat(world.iryna)


def made(owner: Seat, name: str, kind: str, of: str = "person", *, beside: bool = False) -> CustomField:
    assert owner.post("/settings/customer-fields", {"name": name, "kind": kind, "of": of}).status_code == 302
    field = CustomField.objects.get(name=name, of=of)
    if beside:
        assert owner.post(f"/settings/customer-fields/{field.id}", {"name": name, "beside": "1"}).status_code == 302
    return field


def option(owner: Seat, field: CustomField, name: str) -> CustomOption:
    assert owner.post(f"/settings/customer-fields/{field.id}/options", {"name": name}).status_code == 302
    return CustomOption.objects.get(field=field, name=name)


def address(one: Person | Organisation) -> str:
    return f"/people/{one.id}" if isinstance(one, Person) else f"/organisations/{one.id}"


def fill(seat: Seat, one: Person | Organisation, field: CustomField, value: Any, **more: str) -> str:
    """Set a field in place; answers the page."""
    form = {"field": field.key, "value": str(value), **more}
    return str(seat.sends(f"{address(one)}/change", **form).content.decode())


def says(seat: Seat, one: Person | Organisation, field: CustomField) -> str:
    """What the page shows in a field: chosen, typed, or only to be read."""
    page = seat.page(address(one))
    here = rf'[^>]*id="c-{field.key}"[^>]*>'
    control = re.search(rf"<select{here}.*?</select>|<input{here}", page, re.S)
    if control is None:
        shown = re.search(rf"<dt>{field.name}</dt><dd><span class=\"property__value\"><bdi>(.*?)</bdi>", page, re.S)
        return unescape(shown[1]) if shown else "absent"
    chosen = re.search(r"selected>(.*?)<", control[0]) or re.search(r'value="(.*?)"', control[0])
    return unescape(chosen[1]) if chosen else ""


def undo(seat: Seat, verb: str = "person.changed") -> str:
    last = Event.objects.filter(verb=verb).latest("id")
    return str(seat.sends(f"/undo/{last.act}").content.decode())


class TestOnThePage:
    @pytest.mark.parametrize("of", ["person", "organisation"])
    @pytest.mark.parametrize(
        ("kind", "value", "shown"),
        [("text", "  Перша   лінія ", "Перша лінія"), ("number", "12,50", "12.5"), ("date", "2026-12-31", "2026-12-31"),
         ("checkbox", "0", "No")],
    )  # fmt: skip
    def test_a_value_is_set_in_place_and_undone(
        self, world: World, owner: Seat, seat: Seat, of: str, kind: str, value: str, shown: str
    ) -> None:
        one = world.maria.person if of == "person" else Organisation.objects.get()
        field = made(owner, "Рівень", kind, of)
        assert says(seat, one, field) in ("", "–")
        assert "Saved." in fill(seat, one, field, value)
        assert says(seat, one, field) == shown
        event = Event.objects.filter(verb=f"{of}.changed").latest("id")
        assert event.delta[f"field.{field.key}"] == [None, CustomValue.objects.get().id], "ids, no words"
        assert "Undone." in undo(seat, f"{of}.changed")
        assert says(seat, one, field) in ("", "–")
        assert "Undone." in undo(seat, f"{of}.changed")
        assert says(seat, one, field) == shown

    @pytest.mark.parametrize("kind", ["number", "date", "choice", "checkbox"])
    def test_what_is_no_value_of_the_kind_is_refused_in_words(
        self, world: World, owner: Seat, seat: Seat, kind: str
    ) -> None:
        field = made(owner, "Поле", kind)
        assert "“x” cannot be the value of “Поле”" in fill(seat, world.maria.person, field, "x") or kind == "choice"
        assert not CustomValue.objects.exists()

    def test_what_a_colleague_changed_meanwhile_is_not_overwritten(self, world: World, owner: Seat, seat: Seat) -> None:
        field, maria = made(owner, "Тариф", "text"), world.maria.person
        fill(seat, maria, field, "Базовий", was="0")
        assert "It is “Базовий” now" in fill(owner, maria, field, "Повний", was="0")
        assert says(seat, maria, field) == "Базовий"
        first = Event.objects.filter(verb="person.changed").latest("id").act
        fill(seat, maria, field, "Повний", was=str(CustomValue.objects.get(current=True).id))
        assert "changed again since" in seat.sends(f"/undo/{first}").content.decode()
        assert says(seat, maria, field) == "Повний"

    def test_the_undo_of_an_emptying_does_not_stand_beside_a_later_value(
        self, world: World, owner: Seat, seat: Seat
    ) -> None:
        field, maria = made(owner, "Тариф", "text"), world.maria.person
        fill(seat, maria, field, "Базовий")
        fill(seat, maria, field, "")
        emptied = Event.objects.filter(verb="person.changed").latest("id").act
        fill(seat, maria, field, "Повний")
        assert "changed again since" in seat.sends(f"/undo/{emptied}").content.decode()
        assert says(seat, maria, field) == "Повний"

    def test_fields_of_customers_are_none_of_organisations(self, world: World, owner: Seat, seat: Seat) -> None:
        shop = Organisation.objects.get()
        ours, theirs = made(owner, "Рівень", "text"), made(owner, "Галузь", "text", "organisation")
        assert says(seat, shop, ours) == "absent" and says(seat, world.maria.person, theirs) == "absent"
        assert "no longer there" in fill(seat, shop, ours, "x") and "no longer there" in fill(
            seat, world.maria.person, theirs, "x"
        )
        assert not CustomValue.objects.exists()

    def test_who_may_not_change_customers_reads_them(self, world: World, owner: Seat, seat: Seat) -> None:
        field, shop = made(owner, "Галузь", "text", "organisation"), Organisation.objects.get()
        fill(seat, shop, field, "Роздріб")
        observer = Seat(world.sofia)
        assert says(observer, shop, field) == "Роздріб" and 'id="c-' not in observer.page(address(shop))
        assert observer.post(f"{address(shop)}/change", {"field": field.key, "value": "x"}).status_code == 403
        colleague = world.taras.person
        assert seat.post(f"{address(colleague)}/change", {"field": field.key, "value": "x"}).status_code in (403, 404)

    def test_many_fields_cost_one_query(self, world: World, owner: Seat, seat: Seat, queries: Any) -> None:
        where = [address(one) for one in (world.maria.person, Organisation.objects.get())]
        before = []
        for one in where:
            seat.page(one)
            with queries() as seen:
                seat.page(one)
            before.append(len(seen))
        for number in range(6):
            field = made(owner, f"Поле {number}", "choice")
            fill(seat, world.maria.person, field, option(owner, field, "Так").id)
            fill(seat, Organisation.objects.get(), made(owner, f"Поле {number}", "text", "organisation"), "так")
        for one, count in zip(where, before, strict=True):
            seat.page(one)
            with queries(at_most=count + 1):
                seat.page(one)


class TestOneHuman:
    def test_who_is_shown_as_one_loses_no_value(self, world: World, owner: Seat, seat: Seat) -> None:
        maria, petro = world.maria.person, world.petro.person
        tariff, city = made(owner, "Тариф", "text"), made(owner, "Місто", "text")
        fill(seat, maria, tariff, "Базовий")
        fill(seat, petro, tariff, "Повний")
        fill(seat, petro, city, "Львів")
        people.join(petro, maria, by=world.act(world.iryna))
        assert (says(seat, maria, tariff), says(seat, maria, city)) == ("Базовий", "Львів")
        assert "also: Повний" in seat.page(address(maria))
        fill(seat, maria, city, "Одеса")
        fill(seat, maria, tariff, "")
        assert (says(seat, maria, tariff), says(seat, maria, city)) == ("Повний", "Одеса")
        people.unjoin(petro, by=world.act(world.iryna))
        assert (says(seat, petro, tariff), says(seat, petro, city)) == ("Повний", "Одеса")
        assert (says(seat, maria, tariff), says(seat, maria, city)) == ("", "")

    def test_what_a_colleague_who_is_joined_says_is_theirs(self, world: World, owner: Seat, seat: Seat) -> None:
        colleague = make_agent("Юрій", "agent", (world.support, False))
        field = made(owner, "Місто", "text")
        fill(owner, colleague.person, field, "Київ")
        Person.objects.filter(id=colleague.person_id).update(joined_to=world.maria.person)
        answer = seat.post(f"{address(world.maria.person)}/change", {"field": field.key, "value": "Львів"})
        assert answer.status_code == 403 or says(seat, world.maria.person, field) == "Львів"
        assert CustomValue.objects.get(person=colleague.person, current=True).text == "Київ"


class TestBesideRequests:
    def test_what_is_marked_stands_on_the_card_and_costs_no_statement(
        self, world: World, owner: Seat, seat: Seat, queries: Any
    ) -> None:
        maria, shop, ticket = world.maria.person, Organisation.objects.get(), world.ticket(world.maria)
        people.set_organisation(maria, shop, by=world.act(world.iryna))
        seat.page(f"/tickets/{ticket.number}")
        with queries() as before:
            seat.page(f"/tickets/{ticket.number}")
        count = len(before)
        values = {"text": "<b>важливий</b>", "number": "1500", "date": "2027-01-02", "checkbox": "1"}
        for kind in KINDS:
            field = made(owner, f"Клієнт {kind}", kind, beside=True)
            fill(seat, maria, field, values.get(kind) or option(owner, field, "Золотий").id)
        fill(seat, shop, made(owner, "Галузь", "text", "organisation", beside=True), "Роздріб")
        fill(seat, maria, made(owner, "Не видно", "text"), "таємно")
        made(owner, "Порожнє", "text", beside=True)
        seat.page(f"/tickets/{ticket.number}")  # words of the company are read once
        with queries(at_most=count):
            page = seat.page(f"/tickets/{ticket.number}")
        card = page[page.index('id="card-person"') : page.index('id="card-properties"')]
        for line in ("Клієнт text: &lt;b&gt;важливий&lt;/b&gt;", "Клієнт number: 1500", "Клієнт date: Jan 2, 2027",
                     "Клієнт checkbox: Yes", "Клієнт choice: Золотий", "Галузь: Роздріб"):  # fmt: skip
            assert line in card
        assert "таємно" not in page and "Порожнє" not in card

    def test_it_says_what_the_page_of_the_human_says(self, world: World, owner: Seat, seat: Seat) -> None:
        field, ticket = made(owner, "Тариф", "text", beside=True), world.ticket(world.petro)
        fill(seat, world.petro.person, field, "Повний")
        fill(seat, world.maria.person, field, "Базовий")
        people.join(world.petro.person, world.maria.person, by=world.act(world.iryna))
        assert "Тариф: Базовий" in seat.page(f"/tickets/{ticket.number}")
        owner.post(f"/settings/customer-fields/{field.id}/archive")
        assert "Тариф:" not in seat.page(f"/tickets/{ticket.number}")


class TestTheOwnersPages:
    def test_fields_stand_by_whom_they_belong_to_and_are_ordered_among_these(self, owner: Seat) -> None:
        first, second = made(owner, "Рівень", "text"), made(owner, "Тариф", "choice")
        other = made(owner, "Рівень", "text", "organisation")
        assert len({first.key, second.key, other.key}) == 3
        page = owner.page("/settings/customer-fields")
        assert "Customers · Text" in page and "Customers · Choice" in page and "Organisations · Text" in page
        assert f"/settings/customer-fields/{other.id}/up" not in page
        owner.post(f"/settings/customer-fields/{second.id}/up")
        page = owner.page("/settings/customer-fields")
        assert page.index(f'id="word-{second.id}"') < page.index(f'id="word-{first.id}"')
        assert "Undone." in undo(owner, "field.changed")
        same = owner.post("/settings/customer-fields", {"name": "Рівень", "kind": "text", "of": "person"})
        assert same.status_code == 422 and "one of this name already" in same.content.decode()
        tree = owner.post("/settings/customer-fields", {"name": "Дерево", "kind": "tree", "of": "person"})
        assert tree.status_code == 422

    def test_what_is_out_of_use_stays_readable_and_asks_nobody(self, world: World, owner: Seat, seat: Seat) -> None:
        field, maria, petro = made(owner, "Тариф", "choice"), world.maria.person, world.petro.person
        one = option(owner, field, "Базовий")
        fill(seat, maria, field, one.id)
        owner.post(f"/settings/customer-options/{one.id}", {"name": "Основний"})
        owner.post(f"/settings/customer-options/{one.id}/archive")
        assert says(seat, maria, field) == "Основний" and says(seat, petro, field) == "–"
        fill(seat, petro, field, one.id)
        assert says(seat, petro, field) == "–", "it is chosen no more"
        owner.post(f"/settings/customer-fields/{field.id}/archive")
        assert says(seat, maria, field) == "Основний" and says(seat, petro, field) == "absent"
        assert "no longer there" in fill(seat, maria, field, "")
        owner.post(f"/settings/customer-fields/{field.id}/delete")
        owner.post(f"/settings/customer-options/{one.id}/delete")
        assert CustomField.objects.exists() and CustomOption.objects.exists(), "somebody has a value of it"
        assert "Undone." in undo(owner, "field.changed")
        assert says(seat, petro, field) == "–"

    def test_what_nobody_has_is_deleted(self, owner: Seat) -> None:
        field = made(owner, "Тариф", "choice")
        option(owner, field, "Базовий")
        assert "Nobody has a value of it" in owner.page(f"/settings/customer-fields/{field.id}")
        owner.post(f"/settings/customer-fields/{field.id}/delete")
        assert not CustomField.objects.exists() and not CustomOption.objects.exists()

    def test_the_journal_of_settings_names_them(self, owner: Seat) -> None:
        field = made(owner, "Тариф", "choice", beside=True)
        option(owner, field, "Базовий")
        page = unescape(owner.page("/settings/journal"))
        assert "Field of customers “Тариф”, option “Базовий”" in page and "shown beside requests" in page

    def test_only_owners_come_there(self, seat: Seat, owner: Seat) -> None:
        field = made(owner, "Тариф", "choice")
        assert seat.get("/settings/customer-fields").status_code == 403
        for where in ("", f"/{field.id}", f"/{field.id}/options", f"/{field.id}/archive"):
            assert seat.post(f"/settings/customer-fields{where}", {"name": "x"}).status_code == 403


class TestWhereValuesGo:
    def test_customers_and_organisations_are_found_by_what_is_said(self, world: World, owner: Seat, seat: Seat) -> None:
        field, other = made(owner, "Дилер", "text"), made(owner, "Галузь", "text", "organisation")
        world.ticket(world.maria)
        fill(seat, world.maria.person, field, "Будсервіс Захід")
        fill(seat, Organisation.objects.get(), other, "Роздріб")
        index_follows()
        assert "Марія Коваль" in seat.page("/people?q=будсервіс")
        assert Organisation.objects.get().name in seat.page("/organisations?q=Роздріб")
        assert found(world, "будсервіс") == [], "their requests say nothing of it"
        fill(seat, world.maria.person, field, "")
        index_follows()
        assert "Nobody was found" in seat.page("/people?q=будсервіс")

    def test_erasing_takes_them_away_and_an_undo_brings_none_back(self, world: World, owner: Seat, seat: Seat) -> None:
        field, maria = made(owner, "Дилер", "text"), world.maria.person
        fill(seat, maria, field, "Будсервіс")
        fill(seat, maria, field, "Інший")
        last = Event.objects.filter(verb="person.changed").latest("id").act
        assert "What custom fields say of them" in owner.page(f"/people/{maria.id}/erase")
        erase(maria.id, world.act(world.olena))
        assert not CustomValue.objects.filter(current=True).exists()
        assert not CustomValue.objects.exclude(text="").exists()
        owner.post(f"/undo/{last}")
        assert not CustomValue.objects.filter(current=True).exists()

    def test_the_undo_of_making_an_organisation_leaves_one_of_which_something_is_said(
        self, world: World, owner: Seat, seat: Seat
    ) -> None:
        field = made(owner, "Галузь", "text", "organisation")
        seat.post("/organisations/add", {"name": "Нова"})
        there, act = Organisation.objects.get(name="Нова"), Event.objects.latest("id").act
        fill(seat, there, field, "Роздріб")
        assert "values of fields by now" in seat.sends(f"/undo/{act}").content.decode()
        assert Organisation.objects.filter(name="Нова").exists()
