"""Names of files, those who had a letter in copy, who is responsible by another word, and numbers without hyphens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.desk.seats import Seat
from tests.letters import letter, with_file
from tests.searching import found, index_follows, look
from tests.taking import arrive
from tests.world import World
from vikno.core import clock
from vikno.dialogs.actions import NewFile
from vikno.people.models import Identity
from vikno.search import completing
from vikno.search.marks import SINCE_HANGING
from vikno.search.models import Build
from vikno.search.rebuild import step
from vikno.tickets.actions import assigning, fields, noting
from vikno.tickets.actions.answering import Recipients
from vikno.tickets.models import Link, Ticket

pytestmark = pytest.mark.django_db


def came(world: World, raw: bytes) -> Ticket:
    """The request that this letter opened."""
    entry = arrive(world.mail, raw)
    return Link.objects.get(message=entry.message_id).ticket


@pytest.mark.parametrize(
    "text",
    ["file:акт-звірки-2026.pdf", "file:акт", "file:звірки", "файл:PDF", 'file:"акт pdf"', "-file:рахунок file:pdf",
     "file:.pdf каса", "file:акт from:коваль"],
)  # fmt: skip
def test_a_request_is_found_by_the_name_of_a_file(world: World, text: str) -> None:
    ticket = came(world, with_file("акт-звірки-2026.pdf", b"x", text="Каса стоїть. Договір додаю."))
    came(world, letter("Каса стоїть, акт звірки надішлю, файл pdf."))
    came(world, with_file("рахунок.xlsx", b"x", text="Каса, акт pdf"))
    index_follows()
    assert found(world, text, exactly=True) == [ticket.number]


def test_a_name_of_a_file_stays_when_the_request_gets_other_marks(world: World) -> None:
    ticket = came(world, with_file("акт.pdf", b"x"))
    index_follows()
    fields.tag(ticket, [fields.tag_named("терміново")], by=world.act(world.iryna))
    index_follows()
    assert found(world, "file:акт tag:терміново") == [ticket.number]


def test_what_names_no_file_is_said(world: World) -> None:
    came(world, with_file("акт.pdf", b"x"))
    index_follows()
    assert look(world, "file:?").query.problems and look(world, "file:").query.problems
    assert found(world, "-file:акт каса", exactly=True) == []


def test_who_had_a_letter_in_copy_is_found(world: World) -> None:
    asked = came(world, letter(Cc="Олена Крук <olena.kruk@kramnytsia.example>"))
    answered = world.ticket(world.petro)
    world.answer(answered, recipients=Recipients(to=[world.petro], cc=[world.maria]))
    index_follows()
    for text in ("cc:olena.kruk@kramnytsia.example", "копія:крук", "копия:олена", "olena.kruk@kramnytsia.example"):
        assert found(world, text, exactly=True) == [asked.number], text
    assert found(world, "cc:коваль") == [answered.number]
    assert found(world, "cc:petro@example.net", exactly=True) == []  # it was written to him
    assert found(world, "-cc:крук каса", exactly=True) == [answered.number]


def test_a_copy_of_what_one_may_not_see_says_nothing(world: World) -> None:
    ticket = came(world, letter(Cc="olena.kruk@kramnytsia.example"))
    fields.restrict(ticket, True, by=world.act(world.taras))
    index_follows()
    assert found(world, "cc:olena.kruk@kramnytsia.example", world.iryna) == []
    assert found(world, "cc:olena.kruk@kramnytsia.example", world.taras) == [ticket.number]


def test_who_is_responsible_has_other_words_too(world: World) -> None:
    ticket, other = world.ticket(), world.ticket(world.petro)
    assigning.take(ticket, world.iryna, by=world.act(world.iryna))
    index_follows()
    for text in ("assignee:me", "виконавець:я", "исполнитель:iryna"):
        assert found(world, text) == [ticket.number], text
    assert found(world, "assignee:nobody") == [other.number]


def test_the_new_fields_are_offered(world: World) -> None:
    viewer = world.viewer(world.iryna)

    def offered(text: str, language: str = "en") -> list[str]:
        return [one.shown for one in completing.complete(text, viewer, language)]

    assert "assignee:" in offered("assi") and "виконавець:" in offered("викон", "uk")
    assert "cc:" in offered("cc") and "копія:" in offered("коп", "uk") and "копия:" in offered("копи", "ru")
    assert "file:" in offered("fi") and "файл:" in offered("фай", "ru")
    world.ticket(world.petro)
    index_follows()
    assert "cc:petro@example.net" in offered("cc:petro") and offered("file:do") == ["file:docx"]
    assert any(one.startswith("assignee:Iryna") for one in offered("assignee:iry"))


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("INV-2026-00042", "INV202600042"), ("INV-2026-00042", "inv-202600042"), ("INV202600042", "INV-2026-00042"),
        ("INV-2026-00042", "2026-00042"), ("РН_2026/0417", "рн20260417"), ("PF-3X9K2M", "PF3X9K2M"),
    ],
)  # fmt: skip
def test_a_number_is_found_without_its_hyphens(world: World, written: str, asked: str) -> None:
    ticket = world.ticket(text=f"Рахунок {written} не сплачено.")
    world.ticket(world.petro, text="Рахунок 24-7 та 2.6 за 12:30")
    index_follows()
    assert found(world, asked, exactly=True) == [ticket.number]


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("Картка 4149499912345678.", ["5678", "345678", "4149499912345678"]), ("Рах. №1004567", ["4567", "1004567"]),
        ("Дзвоніть +38 (067) 123-45-67", ["4567", "34567", "1234567"]), ("Договір UA-2024-001234", ["1234", "01234"]),
        ("UA213223130000026007233566001", ["566001", "6001"]), ("SN4477120x", ["7120"]), ("№ 0671234567", ["4567"]),
    ],
)  # fmt: skip
def test_a_number_is_found_by_its_last_digits(world: World, written: str, ends: list[str]) -> None:
    ticket = world.ticket(text=written)
    world.ticket(world.petro, text="Сума 24567 грн, замовлення 5678123, 1234001")
    index_follows()
    for text in ends:
        assert found(world, text, exactly=True) == [ticket.number], text


def test_the_middle_of_a_number_and_a_short_end_are_no_number(world: World) -> None:
    ticket = world.ticket(text="Картка 4149499912345678")
    index_follows()
    for text in ("678", "9991", '"5678"', "#5678"):
        assert found(world, text, exactly=True) == [], text
    assert found(world, "картка -5678") == [ticket.number]


def test_a_whole_number_stands_before_those_that_end_so(world: World) -> None:
    whole = world.ticket(text="Рахунок 5678", said_at=clock.now() - timedelta(days=900), imported=True)
    ended = [world.ticket(world.petro, text=f"Картка {n}49499912345678") for n in (1, 2)]
    index_follows()
    assert found(world, "5678") == [whole.number, *(one.number for one in reversed(ended))]


def test_a_person_is_found_by_the_last_digits_of_a_phone(world: World) -> None:
    Identity.objects.create(person=world.petro.person, kind="phone", value="+380671234567", shown="+38 067 123 45 67")
    index_follows()
    assert [one.name for one in look(world, "4567").people] == ["Петро Лис"]
    assert [one.name for one in look(world, "4567", typing=True).people] == ["Петро Лис"]


def test_what_is_short_is_no_other_number(world: World) -> None:
    world.ticket(text="Працюємо 24/7, версія 2.6, сервер 10.0.4.17")
    index_follows()
    for text in ("247", "26", "100417"):
        assert found(world, text, exactly=True) == [], text


def test_a_hit_in_a_file_says_in_which(world: World) -> None:
    came(world, with_file("договір-оренди.pdf", b"x", text="Дивіться вкладення."))
    world.ticket(text="Дивіться ще.", files=(NewFile("нотатки.txt", "text/plain", "Синиця прилетіла".encode()),))
    world.ticket(world.petro, text="Горобець тут.", files=(NewFile("інше.txt", "text/plain", b"abc"),))
    index_follows()
    seat = Seat(world.iryna)
    for text in ("оренда", "file:договір", "file:pdf"):
        page = seat.page(f"/search?q={text}")
        assert "found__file" in page and "<mark>договір-оренди.pdf</mark>" in page, text
    page = seat.page("/search?q=синиця")
    assert "found__file" in page and "нотатки.txt" in page
    assert "found__file" not in seat.page("/search?q=горобець")


def test_of_several_files_those_are_named_that_say_it(world: World) -> None:
    texts = {"а.txt": "Горобець", "б.txt": "Синиця", "в.csv": "Снігур;Щиглик", "г.txt": "Щиглик"}
    files = [NewFile(name, "text/plain", words.encode()) for name, words in texts.items()]
    ticket = world.ticket(text="Дивіться про горобців.", files=files)
    noted = NewFile("д.txt", "text/plain", "Дятел".encode())
    noting.add_note(ticket, world.iryna, "Гляньте", by=world.act(world.iryna), attached=[noted])
    index_follows()
    seat = Seat(world.iryna)
    for text, names in (
        ("синиця", ["б.txt"]), ("горобець", []), ("щиглик", ["в.csv", "г.txt"]), ("снігур щиглик", ["в.csv", "г.txt"]),
        ("горобець синиця", ["б.txt"]), ("дятел", ["д.txt"]), ("txt снігур", ["в.csv", "а.<mark>txt</mark>"]),
    ):  # fmt: skip
        page = seat.page(f"/search?q={text}")
        assert re.findall(r"File: </span>(.*?)</span>", page) == names, text
    said = seat.get("/search/quick", {"q": "синиця"}).json()["found"][0]["said"]
    assert said == [["File: ", False], ["б.txt", False]]


def test_what_an_older_version_made_is_said_to_lack_names(world: World) -> None:
    ticket = came(world, with_file("акт.pdf", b"x"))
    index_follows()
    Build.objects.update(made_by=SINCE_HANGING - 1)
    step()  # another index begins to be built
    assert "is being made anew" in " ".join(look(world, "file:акт").query.problems)
    assert not look(world, "каса").query.problems
    while Build.objects.get().building:
        step()
    answer = look(world, "file:акт")
    assert not answer.query.problems and [hit.match.shown for hit in answer.hits] == [ticket.id]
