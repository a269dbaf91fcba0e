"""What is found, by whom, and what is said when nothing is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q

from tests.searching import found, index_follows, look
from tests.world import World
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Message
from vikno.people.models import Identity
from vikno.search.find import matching
from vikno.search.matching import Scope
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.actions.answering import Answer as Reply
from vikno.tickets.actions.answering import reply
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.models import Ticket, TicketAlias


def test_every_part_of_a_request_is_found(world: World) -> None:
    ticket = world.ticket(
        subject="Каса не друкує чеки", text="Стрічка застрягла зранку.",
        files=(NewFile("акт-звірки.pdf", "application/pdf", b"x"),),
    )  # fmt: skip
    world.answer(ticket, text="Надішліть, будь ласка, серійний номер SN-77120.")
    noting.add_note(ticket, world.taras, "Телефонував постачальнику", by=world.act(world.taras))
    fields.tag(ticket, [fields.tag_named("терміново")], by=world.act(world.iryna))
    world.ticket(world.petro, subject="Інше")
    index_follows()
    for text in (
        "чек", "стрічку", "серійному номері", "SN-77120", "77120", "постачальник", "терміново", "акт-звірки.pdf",
        "звірка",
        "коваль", "Марії Коваль", "maria@kramnytsia.example", "kramnytsia.example", "Д-2041", str(ticket.number),
        f"#{ticket.number}", "каса стрічка постачальник", "from:maria@kramnytsia.example", "від:коваль",
        "has:file каса", "тег:терміново", "команда:підтримка каса", "agent:me каса", "-сканер каса",
        '"не друкує чеки"',
    ):  # fmt: skip
        assert found(world, text) == [ticket.number], text


@pytest.mark.parametrize(
    "text",
    ["сканер", "каса -чек", '"чеки каса"', "каса has:file", "tag:терміново каса", "status:closed каса",
     "agent:nobody стрічка",
     "before:2020 каса", "каса after:2100", "from:petro@example.net каса", "number:1"],
)  # fmt: skip
def test_what_does_not_fit_is_not_found(world: World, text: str) -> None:
    ticket = world.ticket(subject="Каса не друкує чеки", text="Стрічка застрягла.")
    assigning.take(ticket, world.iryna, by=world.act(world.iryna))
    index_follows()
    assert found(world, text, exactly=True) == []


def test_who_may_not_read_a_request_does_not_find_it(world: World) -> None:
    closed, restricted, own = (world.ticket(subject=f"Таємниця {n}", text="папуга") for n in range(3))
    assigning.hand_over(closed, world.hr, by=world.act(world.taras))
    assigning.hand_over(own, world.billing, by=world.act(world.taras))
    fields.restrict(restricted, True, by=world.act(world.taras))
    index_follows()
    assert set(found(world, "папуга", world.marko)) == {closed.number}
    assert set(found(world, "папуга", world.bohdan)) == {own.number}
    assert set(found(world, "папуга", world.taras)) == {restricted.number}
    assert found(world, "папуга", world.iryna) == []
    assert look(world, "папугра", world.iryna).shown_for == ""  # nor is the word betrayed to who mistypes it
    assert look(world, "папугра", world.taras).shown_for == "папуга"
    assert found(world, str(closed.number), world.iryna) == []


def test_rights_are_those_of_this_moment(world: World) -> None:
    """The index may be behind: what the live rows say counts."""
    ticket = world.ticket(text="папуга")
    index_follows()
    fields.restrict(ticket, True, by=world.act(world.taras))
    assert found(world, "папуга") == []


def test_a_merged_request_leads_to_the_one_it_is_read_as(world: World) -> None:
    one, other = world.ticket(text="горобець"), world.ticket(text="ластівка")
    merge(other, one, by=world.act(world.iryna))
    index_follows()
    assert found(world, "ластівка") == [one.number]
    assert found(world, str(other.number)) == [one.number]
    assert found(world, "горобець") == [one.number]


def test_what_was_merged_answers_as_the_one_it_is_read_as(world: World) -> None:
    """A page's conditions, and the bin, are those of the survivor: it is what stands in the list."""
    one, other = world.ticket(text="горобець"), world.ticket(text="ластівка")
    merge(other, one, by=world.act(world.iryna))
    assigning.assign(one, world.iryna, by=world.act(world.iryna))
    index_follows()
    viewer = world.viewer(world.iryna)
    hers, nobodys = Scope.of(Q(agent=world.iryna)), Scope.of(Q(agent=None))
    assert [match.shown for match in matching(viewer, "ластівка", scope=hers).matches] == [one.id]
    assert matching(viewer, "ластівка", scope=nobodys).matches == []
    state.delete(one, by=world.act(world.taras))
    assert matching(viewer, "ластівка").matches == []
    assert found(world, str(other.number)) == []


def test_what_lies_in_the_bin_or_was_taken_back_is_not_found(world: World) -> None:
    gone, ticket = world.ticket(text="горобець"), world.ticket(text="синиця")
    answer = world.answer(ticket, text="ластівка")
    spam = world.letter(world.petro, subject="Re", text="сорока")
    Message.objects.filter(id=spam.message.id).update(kind="spam")
    index_follows()
    assert found(world, "ластівка") == [ticket.number]
    unsend(answer, by=world.act(world.iryna))
    state.delete(gone, by=world.act(world.taras))
    index_follows()
    assert found(world, "горобець") == found(world, "ластівка") == found(world, "сорока") == []


def test_numbers_of_another_system_are_found(world: World) -> None:
    ticket = world.ticket()
    TicketAlias.objects.create(source="old", number="REQ-88", ticket=ticket)
    filler = world.ticket(text="REQ-88 згадано")
    fields.rename(ticket, "Нова назва", by=world.act(world.iryna))
    index_follows()
    assert found(world, "REQ-88")[0] == ticket.number
    assert filler.number in found(world, "REQ-88")


def test_people_stand_before_tickets(world: World) -> None:
    world.ticket(world.petro)
    index_follows()
    assert [one.name for one in look(world, "лис").people] == ["Петро Лис"]
    assert [one.name for one in look(world, "petro@example.net").people] == ["Петро Лис"]
    assert [one.name for one in look(world, "Д-2041").people] == ["Марія Коваль"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ghbynth", "принтер"),
        ("прінтер", "принтер"),
        ("prynter", "принтер"),
        ("принтре", "принтер"),
        ("пирнтер", "принтер"),
    ],
)
def test_a_second_try_finds_what_was_meant_and_says_so(world: World, typed: str, shown: str) -> None:
    ticket = world.ticket(subject="Принтер", text="Не працює.")
    index_follows()
    answer = look(world, typed)
    assert [hit.match.shown for hit in answer.hits] == [ticket.id]
    assert answer.shown_for == shown
    assert look(world, typed, exactly=True).hits == []


def test_only_the_word_at_fault_is_replaced(world: World) -> None:
    ticket = world.ticket(subject="Принтер у бухгалтерії")
    index_follows()
    answer = look(world, "бухгалтерія ghbynth status:new")
    assert [hit.match.shown for hit in answer.hits] == [ticket.id]
    assert answer.shown_for == "бухгалтерія принтер status:new"


def test_a_beginning_is_enough_while_typing(world: World) -> None:
    ticket = world.ticket(subject="Людей забагато", text="Номер 7712045")
    index_follows()
    for typed in ("лю", "люде", "Людей заб", "7712"):
        assert found(world, typed, typing=True) == [ticket.number], typed
    assert look(world, "заба").begun


def test_nearer_words_and_subjects_come_first(world: World) -> None:
    far = world.ticket(
        subject="Різне", text="Принтер стоїть у кутку. " + "Довга розповідь про погоду. " * 12 + "Папір скінчився."
    )
    near = world.ticket(subject="Різне", text="Принтер жує папір.")
    head = world.ticket(subject="Принтер жує папір", text="Допоможіть.")
    index_follows()
    assert found(world, "принтер папір") == [head.number, near.number, far.number]


def test_older_matches_follow_without_gap_or_repeat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [world.ticket(text="ластівка").number for _ in range(7)]
    index_follows()
    seen: list[int] = []
    before = ""
    for _ in range(10):
        page = matching(world.viewer(world.iryna), "ластівка", before=before, limit=2)
        seen += (
            Ticket.objects.filter(id__in=[one.shown for one in page.matches])
            .order_by("-id")
            .values_list("number", flat=True)
        )
        before = page.older
        if not before:
            break
    assert sorted(seen) == made and len(seen) == 7


@pytest.mark.parametrize(
    "text",
    ["", " ", '"', '""', "-", "--", "-:", ":", "from:", 'from:"', "OR", "AND NOT", "*", "(", "a*",
     "'; DROP TABLE x; --", "\\",
     "\x00", "NEAR(a b)", "rowid:1", "=t1", "=file", "'" * 300, "до:", "до:99.99.9999", "before:2026-13-45",
     "é\u0301", "🦊", "a" * 5000,
     "number:9999999999999999999999", "&", "|", "!", "<->", ":*", "^a", "{a b}", "after:0001-01-01",
     "before:9999-12-31"],
)  # fmt: skip
def test_whatever_is_typed_is_only_looked_for(world: World, text: str) -> None:
    world.ticket()
    index_follows()
    for typing in (False, True):
        look(world, text, typing=typing)
    matching(world.viewer(world.iryna), text)


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York", "UTC"])
@pytest.mark.parametrize(
    ("ages", "there"),
    [("after:2107", False), ("after:2150", False), ("after:9999-12-31", False), ("before:9999-12-31", True),
     ("before:2150", True), ("after:0001", True), ("before:0001", False), ("-after:2150", True),
     ("-before:0001", True), ("before:2150 before:9999", True)],
)  # fmt: skip
def test_the_ends_of_the_calendar_are_dates_too(world: World, ages: str, there: bool, zone: str) -> None:
    number = world.ticket().number
    index_follows()
    for text in (ages, f"каса {ages}"):
        assert found(world, text, zone=zone) == [number] * there, text


@pytest.mark.parametrize("before", ["x", "~", "-1", "99999999999999999999", "2026-01-01~", "2026-01-01~1", "0"])
def test_a_cursor_that_is_none_harms_nothing(world: World, before: str) -> None:
    world.ticket()
    index_follows()
    look(world, "каса", before=before)
    look(world, "status:new", before=before)


@pytest.mark.parametrize(
    ("text", "words"),
    [("team:відсутня", "There is no team “відсутня”."), ("before:колись", "is no date"), ("has:душа",
     "knows only “file”"),
     ("status:", "needs a value"), ("number:сім", "is no number")],
)  # fmt: skip
def test_what_was_not_understood_is_said(world: World, text: str, words: str) -> None:
    ticket = world.ticket(subject="Каса")
    index_follows()
    answer = look(world, f"каса {text}")
    assert any(words in problem for problem in answer.query.problems)
    assert [hit.match.shown for hit in answer.hits] == [ticket.id]  # the rest is looked for


def test_fields_alone_list_tickets_last_change_first(world: World) -> None:
    one, two = world.ticket(), world.ticket()
    state.close(two, by=world.act(world.iryna))
    assert found(world, "status:new") == [one.number]
    assert found(world, "стан:закрито") == found(world, "-status:new") == [two.number]
    assert found(world, "channel:email") == [two.number, one.number]


def test_a_long_request_is_found_by_its_first_and_its_last_word(world: World) -> None:
    dialog = world.chat_dialog(world.petro)
    ticket = world.say(dialog, "зозуля").ticket
    for n in range(34):
        world.say(dialog, f"ще одне слово {n}")
    world.say(dialog, "чайка")
    index_follows()
    assert found(world, "зозуля") == found(world, "чайка") == [ticket.number]
    assert found(world, "чайка лис") == [ticket.number]  # its head stands in each part


def test_a_search_takes_few_queries(world: World, queries: Any) -> None:
    for _ in range(12):
        world.ticket(subject="Принтер", text="Папір застряг.")
    index_follows()
    look(world, "принтер")
    with queries(at_most=8):  # four of them make the viewer
        assert len(look(world, "принтер папір").hits) == 12


def test_an_answer_to_a_merged_request_stays_with_it(world: World) -> None:
    ticket = world.ticket(text="горобець")
    reply(ticket, world.iryna, Reply(Words("Лелека")), by=world.act(world.iryna))
    index_follows()
    assert found(world, "лелека") == [ticket.number]
    assert Identity.objects.filter(erased_at=None).exists()
