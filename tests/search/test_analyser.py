"""What words become: the same terms however a word is written, and each id, address and phone in its parts."""

from __future__ import annotations

import random
import re
from typing import Any

import pymorphy3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikno.search.analyser import lemmas
from vikno.search.analyser.asked import ask
from vikno.search.analyser.folding import composed
from vikno.search.analyser.keyboards import other_layouts
from vikno.search.analyser.sounds import sound
from vikno.search.analyser.tokens import (
    MOST_GUESSED,
    MOST_GUESSED_TOGETHER,
    MOST_PARTS,
    Reading,
    analyse,
    spans,
)
from vikno.search.ranking import Reader

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each


def terms(text: str) -> set[str]:
    return {term for place in analyse(text).split() for term in place.split("|") if term}


@pytest.mark.parametrize(
    "group",
    [
        ("принтер", "принтера", "Принтери", "принтерами"),
        ("друкувати", "друкує", "друкувала", "не друкують"),
        ("людина", "людей", "люди"),
        ("замовлення", "замовленням", "замовлень"),
        ("человек", "человеку", "людьми"),
        ("печатать", "печатает", "печатали"),
        ("счёт", "счет", "счёта", "счетов"),
        ("ґрунт", "грунт", "ґрунту"),
        ("об'єкт", "об’єкт", "обʼєкт", "обєкт", "об`єктів"),
        ("п'ять", "п’ять", "пять"),
        ("print", "prints", "printing", "PRINTED"),
        ("delivery", "deliveries"),
        ("kас\u0430", "каса"),  # a Latin letter among Cyrillic ones
        ("и\u0306од", "йод"),  # a letter made of two characters
    ],
)
def test_forms_of_a_word_meet_in_a_term(group: tuple[str, ...]) -> None:
    first, *others = (terms(one) for one in group)
    for other in others:
        assert first & other, (first, other)


@pytest.mark.parametrize(("one", "other"), [("кіт", "кит"), ("рис", "рік"), ("принтер", "сканер"), ("їжа", "ижа")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert not terms(one) & terms(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("INC-2026/00123", {"inc-2026/00123", "inc", "2026", "00123", "123"}),
        ("рахунок_2026-11.pdf", {"рахунок_2026-11.pdf", "рахунок", "2026", "11", "pdf"}),
        ("Petro.Lys@Example.net", {"petro.lys@example.net", "petro.lys", "example.net", "petro", "lys", "example"}),
        ("hp1020", {"hp1020", "hp", "1020"}),
        ("#4512", {"4512"}),
    ],
)
def test_ids_and_addresses_stand_whole_and_in_parts(text: str, found: set[str]) -> None:
    assert found <= terms(text)


@pytest.mark.parametrize(
    "written",
    ["+38 (067) 123-45-67", "380671234567", "067 123 45 67", "(067)123-45-67", "0671234567", "+380 67 123 4567"],
)
def test_a_phone_is_one_number_in_any_notation(written: str) -> None:
    assert "671234567" in terms(f"Телефон {written}, дзвоніть")
    assert [one.alternatives for one in ask(written)] == [(("671234567",),)]


@pytest.mark.parametrize("text", ["12.03.2026 15:00", "2026-11-22 10:00:00", "100 200 300"])
def test_dates_and_sums_are_no_phones(text: str) -> None:
    assert not any(len(term) == 7 and term.isdigit() for term in terms(text))


@pytest.mark.parametrize("written", ["48 428", "48\u00a0428", "№48 428,", "48-428", "48428", "(48 428)"])
def test_a_number_in_groups_is_one_number(written: str) -> None:
    assert "48428" in terms(f"Замовлення {written} ще в дорозі")
    assert len(analyse(written).split()) == 1
    assert ("48428",) in ask(written)[0].alternatives and len(ask(written)) == 1


@pytest.mark.parametrize(
    "text",
    ["48 42", "2026 100", "12 345.50", "1 5000", "у2 100", "10-18", "1-100", "3.14 159", "48 428 500.50", "12  345",
     "5 100кг", "7 428-9"],
)  # fmt: skip
def test_what_stands_beside_each_other_by_chance_is_not(text: str) -> None:
    there = {part for part in re.split(r"\D+", text) if part}
    assert {term for term in terms(text) if term.isdigit()} <= there


def test_a_number_in_groups_may_be_several_unless_it_is_meant_as_one() -> None:
    assert ask("48 428", ends=True)[0].alternatives == (("48428",), ("48", "428"))
    assert ask("48 428")[0].alternatives == (("48428",),)


def test_an_id_is_asked_for_whole_or_by_all_of_its_parts() -> None:
    assert ask("INC-2026/00123")[0].alternatives == (
        ("inc-2026/00123",), ("inc", "2026", "00123"), ("inc202600123",),
    )  # fmt: skip
    assert ask("petro@example.net")[0].alternatives == (("petro@example.net",),)


def test_words_of_every_text_keep_their_place_and_hold_nothing() -> None:
    assert analyse("не працює та не друкує").split()[0] == "|"
    assert ask("не")[0].alternatives == ()


@pytest.mark.parametrize("text", ["0´0", "a´b", "п´ять", "x-\u00a8-y", "10\u00a0\u00b8кг"])
def test_no_term_holds_a_space(text: str) -> None:
    assert [term for term in analyse(text).split(" ") if not term] == []
    assert len(analyse(text).split(" ")) == len(list(spans(composed(text))))


@given(st.text(max_size=300))
def test_any_text_becomes_terms_that_a_database_can_hold(text: str) -> None:
    places = analyse(text).split(" ") if analyse(text) else []
    found = list(spans(composed(text)))
    assert len(found) == len(places)
    assert all(0 <= begin < end <= len(composed(text)) for begin, end in found)
    for place in places:
        assert not set(place) & set("'\"\\()* \n\x00")


@pytest.mark.parametrize(
    ("typed", "meant"), [("ghbdsn", "привіт"), ("ghbdtn", "привет"), ("htvjyn", "ремонт"), ("щквук", "order")]
)
def test_another_layout_is_undone(typed: str, meant: str) -> None:
    assert meant in other_layouts(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [("привіт", "pryvit"), ("привіт", "привит"), ("коваленко", "kovalenko"), ("щука", "shchuka")],
)
def test_words_that_sound_alike_meet(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_dictionaries_lie_in_their_files_and_answer_as_those_in_memory() -> None:
    """Each process holds but a part of what the two automata of a language take."""
    for mapped, language in zip(lemmas.dictionaries(), ("uk", "ru"), strict=True):
        held = pymorphy3.MorphAnalyzer(lang=language, result_type=None)
        for automaton in (mapped.dictionary.words, *mapped.dictionary.prediction_suffixes_dawgs):
            assert isinstance(automaton.dct._units, memoryview) and isinstance(automaton.guide._units, memoryview)
        for word in ("принтер", "людей", "стали", "грунт", "счетов", "замовленнячко", "куашпс", "об'єктом", "поумнее"):
            assert mapped.word_is_known(word) == held.word_is_known(word)
            assert [one[:4] for one in mapped.parse(word)] == [one[:4] for one in held.parse(word)], word


# ---- letters full of words that are none -----------------------------------------------------------------------------


def invented(count: int, seed: int = 1) -> list[str]:
    """Different words that no dictionary knows."""
    chosen = random.Random(seed)
    return list({"ж" + "".join(chosen.choices("бвгдклмнпрст", k=9)) for _ in range(count)})


@pytest.mark.parametrize("joint", [" ", ".", "-", "_", "/"])
def test_of_very_many_unknown_words_only_some_are_guessed(monkeypatch: pytest.MonkeyPatch, joint: str) -> None:
    asked: list[str] = []
    dictionary = lemmas.dictionaries()[0]
    monkeypatch.setattr(lemmas, "dictionaries", lambda: (Counting(dictionary, asked),))
    text = joint.join(invented(2000))
    found = analyse(text)
    assert len(set(asked)) <= MOST_GUESSED + MOST_PARTS
    assert len(found.split()) == len(list(spans(text)))


class Counting:
    """A dictionary that notes the words that it was asked to guess."""

    def __init__(self, dictionary: Any, asked: list[str]) -> None:
        self.dictionary, self.asked = dictionary, asked

    def word_is_known(self, word: str) -> bool:
        return self.dictionary.word_is_known(word)

    def parse(self, word: str) -> Any:
        self.asked.append(word)
        return self.dictionary.parse(word)


def test_each_unknown_word_is_found_as_it_is_written_however_many_there_are() -> None:
    words = invented(1200, seed=2)
    places = analyse(" ".join(words)).split()
    for word, place in zip(words, places, strict=True):
        assert Reader(ask(word)[:1])[place]


def test_known_words_behind_very_many_unknown_ones_are_found_in_every_form() -> None:
    found = analyse(" ".join([*invented(800, seed=3), "друкувала", "людей"]))
    assert {"друкувати", "людина"} <= {term for place in found.split() for term in place.split("|")}


def test_what_is_not_guessed_is_not_offered_to_who_mistypes() -> None:
    reading = Reading()
    words = invented(900, seed=4)
    reading.analyse(" ".join([*words, "принтер"]))
    assert "принтер" in reading.words
    assert len(reading.words) <= MOST_GUESSED + 1


def test_the_texts_of_one_entry_share_what_is_guessed() -> None:
    reading = Reading()
    for part in range(MOST_GUESSED_TOGETHER // MOST_GUESSED + 5):
        reading.analyse(" ".join(invented(MOST_GUESSED, seed=10 + part)))
    assert len(reading.words) <= MOST_GUESSED_TOGETHER
