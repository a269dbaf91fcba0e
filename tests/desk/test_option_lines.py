"""What can be chosen in a custom field, typed in the form that makes the field."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk.option_lines import MOST
from vikno.journal.models import Event
from vikno.people.models import CustomField, CustomOption
from vikno.tickets.directory import directory
from vikno.tickets.models import Field, FieldOption

pytestmark = pytest.mark.django_db
PAGE, OF_CUSTOMERS = "/settings/fields", "/settings/customer-fields"


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


def made(owner: Seat, kind: str, options: str) -> list[str]:
    """A field with these things to choose; answers what is offered, in order."""
    answer = owner.post(PAGE, {"name": "Пристрій", "kind": kind, "options": options})
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == PAGE
    return [name for _pk, name in directory().options[Field.objects.get().id]]


def refused(owner: Seat, where: str = PAGE, **form: Any) -> str:
    answer = owner.post(where, {"name": "Пристрій", **form})
    assert answer.status_code == 422
    assert not Field.objects.exists() and not CustomField.objects.exists()
    return unescape(answer.content.decode())


def test_a_choice_is_made_with_what_can_be_chosen_and_taken_back_whole(world: World, owner: Seat) -> None:
    assert made(owner, "choice", "Синій\r\n\r\n  Червоний  \r\nA / B\r\n") == ["Синій", "Червоний", "A / B"]
    event = Event.objects.get(verb="field.changed")
    assert event.delta["options"] == [0, 3]
    assert "things to choose: 3" in owner.page("/settings/journal")
    assert "Undone." in owner.sends(f"/undo/{event.act}").content.decode()
    assert not Field.objects.exists() and not FieldOption.objects.exists()


TREE = ["Принтери", "Принтери / Чорнило", "Принтери / Чорнило / Синє", "Принтери / Папір", "Каси"]


@pytest.mark.parametrize(
    "typed",
    [
        "Принтери\n  Чорнило\n    Синє\n  Папір\nКаси",
        "\tПринтери\n\t\tЧорнило\n\n\t\t\tСинє\n\t\tПапір\n\tКаси\n",
        "Принтери / Чорнило / Синє\nПринтери / Папір\nКаси",
        "Принтери\n   Чорнило / Синє\n   Папір\nКаси",
        "Принтери / Чорнило / Синє\nПринтери\n  Папір\nКаси",
    ],
)
def test_a_tree_is_typed_further_in_or_as_ways(world: World, owner: Seat, typed: str) -> None:
    assert made(owner, "tree", typed) == TREE
    field = Field.objects.get()
    assert owner.post(f"{PAGE}/{field.id}/delete").status_code == 302
    assert not Field.objects.exists() and not FieldOption.objects.exists()


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("text", "Синій", "Only a choice and a tree have something to choose."),
        ("choice", "Синій\nЧервоний\nСиній", "Line 3: “Синій” stands there twice."),
        ("choice", "x" * 101, f"Line 1: “{'x' * 40}…” is longer than 100 characters."),
        ("choice", "\n".join(map(str, range(MOST + 1))), f"At most {MOST} at once."),
        ("tree", "А\n    Б\n  В", "Line 3 stands as far in as no line above it"),
        ("tree", "  А\nБ", "Line 1 stands further in, and nothing above it"),
        ("tree", "А\n  Б\nА / Б", "Line 3: “А / Б” stands there twice."),
        ("tree", "А / / Б", "Line 1: something is missing beside a “/”."),
        ("tree", "1 / 2 / 3 / 4 / 5 / 6", "Line 1: a tree has at most 5 levels."),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line_and_stays(
    world: World, owner: Seat, kind: str, typed: str, words: str
) -> None:
    page = refused(owner, kind=kind, options=typed)
    assert words in page and typed in page


def test_without_any_one_goes_on_to_where_they_are_made(world: World, owner: Seat) -> None:
    answer = owner.post(PAGE, {"name": "Пристрій", "kind": "choice", "options": " "}, follow=True)
    field = Field.objects.get()
    assert answer.redirect_chain[-1][0] == f"{PAGE}/{field.id}/options"
    assert "Say here what can be chosen in it." in answer.content.decode()
    assert owner.post(PAGE, {"name": "Номер", "kind": "text"})["Location"] == PAGE


@pytest.mark.parametrize("of", ["person", "organisation"])
def test_fields_of_customers_too(world: World, owner: Seat, of: str) -> None:
    assert "Line 2: “Б” stands" in refused(owner, OF_CUSTOMERS, kind="choice", of=of, options="Б\nБ")
    assert "Only a choice" in refused(owner, OF_CUSTOMERS, kind="date", of=of, options="Б")
    form = {"name": "Рівень", "kind": "choice", "of": of, "options": "Золото\nСрібло"}
    assert owner.post(OF_CUSTOMERS, form)["Location"] == OF_CUSTOMERS
    assert list(CustomOption.objects.order_by("position").values_list("name", flat=True)) == ["Золото", "Срібло"]
    assert "Undone." in owner.sends(f"/undo/{Event.objects.get(verb='field.changed').act}").content.decode()
    assert not CustomField.objects.exists()
    answer = owner.post(OF_CUSTOMERS, form | {"options": ""})
    assert answer["Location"] == f"{OF_CUSTOMERS}/{CustomField.objects.get().id}/options"
