"""The owner's page of categories: their names, order and archive, and which of them are matters of an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.journal.models import Event
from vikno.staff.models import Agent
from vikno.tickets import directory
from vikno.tickets.actions import state
from vikno.tickets.actions.account import is_locked
from vikno.tickets.actions.fields import set_category
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Category, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World) -> Seat:
    directory.forget()
    Category.objects.all().delete()
    return Seat(world.olena)


@pytest.fixture
def account() -> Category:
    return Category.objects.create(name="Обліковий запис")


def made(seat: Seat, name: str, **more: Any) -> Category:
    assert seat.post("/categories", {"name": name, **more}).status_code == 302
    return Category.objects.get(name=name)


def offered(seat: Seat) -> list[str]:
    """What the form of a new ticket offers, in its order."""
    select = re.search(r'<select[^>]*name="category".*?</select>', seat.page("/tickets/new"), re.S)
    assert select is not None
    return re.findall(r'<option value="\d+"[^>]*>(.*?)</option>', select[0])


def undo(seat: Seat) -> str:
    """Undo the last act; answers what is said then."""
    last = Event.objects.filter(verb="category.changed").latest("id")
    return str(seat.sends(f"/undo/{last.act}", back="/categories").content.decode())


def test_each_act_offers_its_undo(owner: Seat, account: Category) -> None:
    page = owner.sends(f"/categories/{account.id}/archive").content.decode()
    last = Event.objects.filter(verb="category.changed").latest("id")
    assert f'action="/undo/{last.act}"' in page
    assert "Undone." in undo(owner)


def test_it_is_the_owners_and_stands_in_the_navigation(world: World, owner: Seat, account: Category) -> None:
    assert 'href="/settings/all"' in owner.page("/channels")
    assert 'href="/categories"' in owner.page("/settings/all")
    for agent in (world.taras, world.iryna):
        seat = Seat(agent)
        assert 'href="/categories"' not in seat.page("/settings") + seat.page("/settings/all")
        assert seat.get("/categories").status_code == 403
        assert seat.post("/categories", {"name": "x"}).status_code == 403
        assert seat.post(f"/categories/{account.id}", {"name": "x"}).status_code == 403
        assert seat.post(f"/categories/{account.id}/archive").status_code == 403
    account.refresh_from_db()
    assert (account.name, account.archived_at) == ("Обліковий запис", None)


def test_what_is_added_can_be_chosen_at_once_in_its_order(owner: Seat) -> None:
    money = made(owner, "Оплата")
    made(owner, "Доставка")
    made(owner, "Рахунки", parent=str(money.id))
    assert offered(owner) == ["Оплата", "Оплата / Рахунки", "Доставка"]
    owner.post(f"/categories/{money.id}/down")
    assert offered(owner) == ["Доставка", "Оплата", "Оплата / Рахунки"]
    undo(owner)
    assert offered(owner) == ["Оплата", "Оплата / Рахунки", "Доставка"]


@pytest.mark.parametrize("name", ["Оплата", " Оплата\u200b ", "", "  "])
def test_a_name_is_needed_and_given_once(owner: Seat, name: str) -> None:
    made(owner, "Оплата")
    other = made(owner, "Інше")
    assert owner.post("/categories", {"name": name}).status_code == 422
    assert owner.post(f"/categories/{other.id}", {"name": name}).status_code == 422
    assert set(Category.objects.values_list("name", flat=True)) == {"Оплата", "Інше"}


def test_adding_is_undone_as_long_as_nothing_is_filed_there(owner: Seat, world: World) -> None:
    made(owner, "Помилка")
    undo(owner)
    assert not Category.objects.filter(name="Помилка").exists()
    used = made(owner, "Оплата")
    set_category(world.ticket(world.maria), used, by=world.act(world.iryna))
    assert "Archive it instead" in undo(owner)
    assert Category.objects.filter(name="Оплата").exists()


def test_another_name_stands_on_tickets_at_once(owner: Seat, world: World, account: Category) -> None:
    ticket = world.ticket(world.maria)
    set_category(ticket, account, by=world.act(world.iryna))
    owner.post(f"/categories/{account.id}", {"name": "Акаунт"})
    assert "Акаунт" in owner.page(f"/tickets/{ticket.number}")


def test_the_switch_locks_and_unlocks_tickets_that_are_there_already(
    owner: Seat, world: World, account: Category
) -> None:
    part = Category.objects.create(name="Пароль", parent=account)
    other = Category.objects.create(name="Інше")
    ticket = world.ticket(world.maria)
    set_category(ticket, part, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert not is_locked(ticket)
    assert "only the owner of an account may ask" in owner.page(f"/categories/{account.id}")
    owner.post(f"/categories/{account.id}", {"name": account.name, "account": "1"})
    assert is_locked(ticket)
    assert owner.page("/categories").count("Matter of an account</span>") == 3  # of two rows, and of the form
    set_category(ticket, other, by=world.act(world.olena))
    undo(owner)
    set_category(ticket, part, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert not is_locked(ticket)
    last = Event.objects.filter(verb="category.changed").order_by("-id")[0]
    assert last.delta == {"category": [last.delta["category"][0]] * 2, "account_matter": [True, False]}


def test_what_waits_for_a_proof_is_not_released_unawares(owner: Seat, world: World, account: Category) -> None:
    Category.objects.filter(id=account.id).update(account_matter=True)
    waiting, closed, other = world.ticket(world.petro), world.ticket(world.petro), world.ticket(world.petro)
    for ticket in (waiting, closed):
        set_category(ticket, account, by=world.act(world.iryna))
    state.close(closed, by=world.act(world.iryna))
    form = {"name": "Акаунт"}
    page = owner.sends(f"/categories/{account.id}", **form).content.decode()
    assert "1 request here waits for a proof" in page and 'name="release"' in page
    account.refresh_from_db()
    assert (account.name, account.account_matter, is_locked(waiting)) == ("Обліковий запис", True, True)
    owner.post(f"/categories/{account.id}", {"name": account.name, "release": "1"})
    assert not is_locked(waiting)
    line = "had this account matter handled without a proof"
    assert line in owner.page(f"/tickets/{waiting.number}")
    assert line not in owner.page(f"/tickets/{other.number}") + owner.page(f"/tickets/{closed.number}")
    undo(owner)
    assert is_locked(waiting)


@pytest.mark.parametrize("ended", [None, state.close, state.delete])
def test_of_a_merged_matter_its_survivor_tells_whether_it_still_waits(
    owner: Seat, world: World, account: Category, ended: Callable[..., Any] | None
) -> None:
    Category.objects.filter(id=account.id).update(account_matter=True)
    matter, survivor = world.ticket(world.petro), world.ticket(world.petro)
    set_category(matter, account, by=world.act(world.iryna))
    state.close(matter, by=world.act(world.iryna))
    merge(matter, survivor, by=world.act(world.taras))
    if ended:
        ended(survivor, by=world.act(world.iryna))
    page = owner.sends(f"/categories/{account.id}", name=account.name).content.decode()
    assert ("1 request here waits for a proof" in page) is (ended is None)
    assert is_locked(survivor) is (ended is None)


def test_nor_by_undoing_the_switch(owner: Seat, world: World, account: Category) -> None:
    waiting = world.ticket(world.petro)
    set_category(waiting, account, by=world.act(world.iryna))
    owner.post(f"/categories/{account.id}", {"name": account.name, "account": "1"})
    said = undo(owner)
    assert "1 request here waits for a proof" in said and "Nothing was undone" in said
    account.refresh_from_db()
    assert account.account_matter and is_locked(waiting)
    owner.post(f"/categories/{account.id}", {"name": account.name, "release": "1"})
    assert not is_locked(waiting)


def test_undoing_the_switch_leaves_parts_that_were_switched_before(owner: Seat, account: Category) -> None:
    part = Category.objects.create(name="Пароль", parent=account, account_matter=True)
    owner.post(f"/categories/{account.id}", {"name": account.name, "account": "1"})
    undo(owner)
    part.refresh_from_db()
    account.refresh_from_db()
    assert (account.account_matter, part.account_matter) == (False, True)


def test_a_new_part_of_an_account_matter_is_one_too(owner: Seat) -> None:
    top = made(owner, "Акаунт", account="1")
    assert top.account_matter
    assert made(owner, "Пароль", parent=str(top.id)).account_matter


def test_what_is_used_is_archived_and_never_deleted(owner: Seat, world: World, account: Category) -> None:
    Category.objects.create(name="Пароль", parent=account)
    ticket = world.ticket(world.maria)
    set_category(ticket, account, by=world.act(world.iryna))
    assert f"/categories/{account.id}/delete" not in owner.page(f"/categories/{account.id}")
    assert "Archive it instead" in owner.sends(f"/categories/{account.id}/delete").content.decode()
    owner.post(f"/categories/{account.id}/archive")
    assert offered(owner) == []  # its parts neither
    page = owner.page(f"/tickets/{ticket.number}")
    assert re.search(rf'<option value="{account.id}" selected>Обліковий запис</option>', page)
    undo(owner)
    assert offered(owner) == ["Обліковий запис", "Обліковий запис / Пароль"]
    assert Ticket.objects.get(id=ticket.id).category_id == account.id


def test_what_nothing_is_filed_under_can_go(owner: Seat, account: Category) -> None:
    assert f"/categories/{account.id}/delete" in owner.page(f"/categories/{account.id}")
    owner.post(f"/categories/{account.id}/delete")
    assert not Category.objects.exists()
    assert owner.get(f"/categories/{account.id}").status_code == 404
    assert "No categories yet" in owner.page("/categories")


def test_what_was_changed_again_since_is_not_undone(owner: Seat, account: Category) -> None:
    owner.post(f"/categories/{account.id}", {"name": account.name, "account": "1"})
    found = re.search(r'action="(/undo/\d+)"', owner.page("/categories"))
    assert found is not None
    owner.post(f"/categories/{account.id}", {"name": account.name})
    assert "changed again since" in owner.sends(found[1]).content.decode()


def test_who_is_no_owner_any_more_undoes_nothing_here(owner: Seat, world: World, account: Category) -> None:
    owner.post(f"/categories/{account.id}/archive")
    found = re.search(r'action="(/undo/\d+)"', owner.page("/categories"))
    assert found is not None
    Agent.objects.filter(id=world.olena.id).update(role=Agent.Role.LEAD)
    assert owner.post(found[1]).status_code == 403
    account.refresh_from_db()
    assert account.archived_at is not None


@pytest.mark.parametrize("parent", ["999999", "x", "²", "9" * 30])
def test_nonsense_is_refused_in_words(owner: Seat, account: Category, parent: str) -> None:
    answer = owner.post("/categories", {"name": "Оплата", "parent": parent})
    assert answer.status_code == 422
    assert "no longer there" in answer.content.decode()
    assert owner.post(f"/categories/{account.id}/explode").status_code == 404


def test_the_page_costs_the_same_however_many_there_are(owner: Seat, account: Category, queries: Any) -> None:
    owner.page("/categories")
    with queries(at_most=20) as few:
        owner.page("/categories")
    Category.objects.bulk_create([Category(name=f"Тема {n}", parent=account, position=n) for n in range(30)])
    with queries(at_most=20) as many:
        owner.page("/categories")
    assert len(few) == len(many)
