"""What is found, by whom, and what is said when nothing is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from tests.searching import found, index_follows, look
from tests.world import World, make_customer
from vikno.core import clock
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Message
from vikno.people.models import Identity
from vikno.search import completing, people
from vikno.search.find import matching
from vikno.search.matching import Scope
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.actions.answering import Answer as Reply
from vikno.tickets.actions.answering import reply
from vikno.tickets.actions.creating import default_status
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.models import Stage, Ticket, TicketAlias


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


def test_people_who_are_hidden_take_the_place_of_nobody(world: World) -> None:
    """However many newer ones of the same name stand in hidden requests alone."""
    for number in range(35):
        world.ticket(make_customer(f"Захар Лис {number}", f"petro-{number:02}@example.net"))
    Ticket.objects.update(restricted=True, agent=world.taras)
    index_follows()
    assert [one.name for one in look(world, "лис").people] == ["Петро Лис"]
    assert len(look(world, "лис", world.taras).people) == people.MOST
    offered = " ".join(map(str, completing.complete("from:petro", world.viewer(world.iryna), "en")))
    assert "petro@example.net" in offered and "petro-" not in offered


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


@pytest.mark.parametrize("typed", ["папуга горобець", "папугра", "папуга горобць"])
def test_nothing_is_looked_for_twice_to_tell_what_was_meant(world: World, queries: Any, typed: str) -> None:
    world.ticket(text="папуга")
    world.ticket(text="горобець")
    index_follows()
    with queries() as seen:
        look(world, typed)
    walks = [query["sql"] for query in seen if "into_id" in query["sql"]]
    assert len(walks) > 1
    assert len(walks) == len(set(walks))


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


ODD = [
    "", " ", '"', '""', "-", "--", "-:", ":", "from:", 'from:"', "OR", "AND NOT", "*", "(", "a*",
    "'; DROP TABLE x; --", "\\",
    "\x00", "NEAR(a b)", "rowid:1", "=t1", "=file", "'" * 300, "до:", "до:99.99.9999", "before:2026-13-45",
    "é\u0301", "🦊", "a" * 5000,
    "number:9999999999999999999999", "&", "|", "!", "<->", ":*", "^a", "{a b}", "after:0001-01-01",
    "before:9999-12-31",
]  # fmt: skip


def test_whatever_is_typed_is_only_looked_for(world: World) -> None:
    number = world.ticket().number
    index_follows()
    for text in ODD:
        for typing in (False, True):
            look(world, text, typing=typing)
        matching(world.viewer(world.iryna), text)
        assert found(world, "каса") == [number], text


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York", "UTC"])
def test_the_ends_of_the_calendar_are_dates_too(world: World, zone: str) -> None:
    number = world.ticket().number
    index_follows()
    for ages, there in (
        ("after:2107", False), ("after:2150", False), ("after:9999-12-31", False), ("before:9999-12-31", True),
        ("before:2150", True), ("after:0001", True), ("before:0001", False), ("-after:2150", True),
        ("-before:0001", True), ("before:2150 before:9999", True),
    ):  # fmt: skip
        for text in (ages, f"каса {ages}"):
            assert found(world, text, zone=zone) == [number] * there, text


def test_a_cursor_that_is_none_harms_nothing(world: World) -> None:
    world.ticket()
    index_follows()
    for before in ("x", "~", "-1", "99999999999999999999", "2026-01-01~", "2026-01-01~1", "0"):
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


def test_open_is_all_that_is_not_closed(world: World) -> None:
    new, taken, waiting, closed = (world.ticket() for _ in range(4))
    assigning.take(taken, world.iryna, by=world.act(world.iryna))
    state.set_status(taken, default_status(Stage.OPEN), by=world.act(world.iryna))
    state.wait(waiting, by=world.act(world.iryna))
    state.close(closed, by=world.act(world.iryna))
    index_follows()
    alive = {new.number, taken.number, waiting.number}
    for text in ("status:open", "статус:відкритий", "статус:открытые", "is:open", "-is:closed", "-status:вирішено"):
        assert set(found(world, text)) == alive, text
        assert set(found(world, f"каса {text}")) == alive, text
    for text in ("-status:open", "is:closed", "status:resolved", "статус:вирішено", "status:closed"):
        assert found(world, text) == found(world, f"каса {text}") == [closed.number], text
    assert found(world, 'статус:"у роботі"') == [taken.number]
    assert found(world, "is:waiting") == [waiting.number] and found(world, "is:new") == [new.number]
    assert "snoozed" in look(world, "is:далеко").query.problems[0]


def test_what_was_put_aside_is_found_by_that(world: World) -> None:
    aside, other = world.ticket(), world.ticket()
    Ticket.objects.filter(id=aside.id).update(snoozed_until=clock.now() + timedelta(days=1))
    index_follows()
    for text in ("is:snoozed", "is:відкладені", "is:отложено каса"):
        assert found(world, text) == [aside.number], text
    assert found(world, "-is:snoozed каса") == [other.number]


def test_the_beginning_of_a_phone_number_finds_it_in_any_notation(world: World) -> None:
    one = world.ticket(subject="Перший", text="Мій телефон 095 555-12-34.")
    two = world.ticket(subject="Другий", text="Телефонуйте +380955551234!")
    world.ticket(subject="Журнал", text="Рядок 95: код 555; рядок 955: код 551; 555 помилок, 95 попереджень.")
    index_follows()
    for text in ("095 555", "(095) 555", "095-555", "095 555 12", "+380 95 555", "0955551", "095555"):
        assert set(found(world, text)) == {one.number, two.number}, text
    assert found(world, "095 555 перший") == [one.number]
    assert found(world, "555-12") == [one.number]


def test_words_of_the_subject_alone(world: World) -> None:
    ticket = world.ticket(subject="Каса не друкує", text="Стрічка застрягла.")
    other = world.ticket(subject="Інше", text="Каса не друкує.")
    index_follows()
    for text in ("subject:каса", "тема:каси", 'тема:"каса не друкує"', "каса subject:друкує", "стрічка тема:каса"):
        assert found(world, text, exactly=True) == [ticket.number], text
    assert found(world, "subject:стрічка", exactly=True) == []
    assert found(world, 'тема:"друкує каса"', exactly=True) == []
    assert found(world, "каса -subject:каса") == [other.number]
    assert look(world, "тема:принтир").people == []


@pytest.mark.parametrize(
    ("text", "words"),
    [("foo:bar каса", "There is no field “foo”"), ("tag:немає каса", "There is no tag “немає”"),
     ("tag:таємниця каса", "There is no tag “таємниця”")],
)  # fmt: skip
def test_fields_and_tags_that_are_none_are_named(world: World, text: str, words: str) -> None:
    closed = world.ticket()
    fields.tag(closed, [fields.tag_named("таємниця")], by=world.act(world.taras))
    assigning.hand_over(closed, world.hr, by=world.act(world.taras))
    index_follows()
    assert any(words in problem for problem in look(world, text).query.problems)


@pytest.mark.parametrize("text", ["http://kramnytsia.example/a", "C:\\temp", "tag:терміново", '"foo:bar"'])
def test_a_colon_is_no_field_everywhere(world: World, text: str) -> None:
    fields.tag(world.ticket(), [fields.tag_named("терміново")], by=world.act(world.iryna))
    assert look(world, text).query.problems == []


def test_without_the_word_that_is_nowhere(world: World) -> None:
    ticket = world.ticket(subject="Каса не друкує", text="Стрічка застрягла.")
    index_follows()
    answer = look(world, "каса абракадабрище status:new стрічка")
    assert answer.hits == [] and answer.unknown == ("абракадабрище",)
    assert answer.fewer == "каса status:new стрічка"
    assert found(world, answer.fewer) == [ticket.number]
    assert look(world, "абракадабрище хтозначенко").fewer == ""
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    assert look(world, "каса абракадабрище").fewer == ""  # nor does it betray what others read
