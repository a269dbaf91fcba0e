"""Custom fields in the query language of search: what is found by name and value, what is offered while typing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from tests.desk.seats import Seat
from tests.desk.test_own_field_views import Office
from tests.desk.test_search import numbers
from tests.searching import index_follows
from tests.world import World
from vikno.core.selectors import leading
from vikno.search import completing, language, matching
from vikno.tickets.actions.asking_fields import set_rules
from vikno.tickets.actions.words import archive, rename


@pytest.fixture
def office(world: World) -> Office:
    made = Office(world)
    index_follows()
    return made


def found(office: Office, query: str) -> str:
    there = numbers(Seat(office.world.iryna).page(f"/search?q={quote(query)}"))
    return "".join(str(n) for n, one in enumerate((office.one, office.two, office.none), 1) if one.number in there)


@pytest.mark.parametrize(
    ("query", "whom"),
    [
        ("own-text:SN-42", "1"), ("text:sn-42", "1"), ("OWN-TEXT:інше", "2"), ('own-text:"ний SN"', "1"),
        ("-own-text:SN-42", "23"), ("own-text:*", "12"), ("-own-text:*", "3"), ("own-text:x", ""),
        ("own-number:12,5", "1"), ("own-number:-5..0", "2"), ("own-number:..12.5", "12"), ("own-number:1..", "1"),
        ("own-number:0e-99999..", "1"),
        ("-own-number:1..", "23"), ("own-date:2026", "1"), ("own-date:2026-05", "1"),
        ("own-date:2026-05..2027-01", "12"),
        ("own-date:31.01.2027", "2"), ("own-choice:red", "1"), ("own-tree:printer", "1"), ("own-tree:tray", "1"),
        ("own-tree:screen", "2"), ("own-checkbox:yes", "1"), ("own-checkbox:ні", "23"), ("-own-checkbox:yes", "23"),
        ("own-contract:d-17", "1"), ("own-text:SN own-choice:red", "1"), ("own-text:SN own-choice:blue", ""),
        ("каса own-choice:red", "1"), ("own-choice:red is:open", "1"), ("own-choice:red is:closed", ""),
    ],
)  # fmt: skip
def test_a_field_is_asked_by_its_name(office: Office, query: str, whom: str) -> None:
    assert found(office, query) == whom


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("own-number:many", "“many” is no number."),
        ("own-number:1e-99999", "“1e-99999” is no number."), ("own-date:soon", "“soon” is no date"),
        ("own-choice:green", "has no value “green” to choose"), ("own-checkbox:perhaps", "knows only yes and no"),
        ("own-text:", "needs a value"), ("own-number:..", "needs a value"),
    ],
)  # fmt: skip
def test_what_means_nothing_to_a_field_is_said(office: Office, query: str, said: str) -> None:
    assert said in Seat(office.world.iryna).page(f"/search?q={quote(query)}")


def test_what_only_looks_like_a_field_stays_a_word(office: Office) -> None:
    viewer = office.world.viewer(office.world.iryna)
    for text in ("sn-42:x", 'abc-1:"two words"', "10:30", "a_b:c", "own:x"):
        read = language.read(text, viewer)
        assert not read.fields and read.words, text
    assert len(language.read('abc-1:"two words"', viewer).words) == 2


def test_only_who_may_know_a_field_can_ask_and_is_offered_it(office: Office) -> None:
    world, by = office.world, office.world.act(office.world.olena)
    set_rules(office.fields["text"], {"team": world.hr.id}, by=by)
    archive(office.fields["number"], by=by)
    iryna, marko = world.viewer(world.iryna), world.viewer(world.marko)
    assert not language.read("own-text:SN", iryna).fields and language.read("own-text:SN", marko).fields
    assert not language.read("own-number:1", marko).fields
    assert [one.shown for one in completing.complete("own-t", iryna, "en")] == ["own-tree:"]
    assert [one.shown for one in completing.complete("own-t", marko, "en")] == ["own-text:", "own-tree:"]


def test_names_and_values_are_offered_while_one_types(office: Office) -> None:
    viewer = office.world.viewer(office.world.iryna)
    rename(office.fields["choice"], "Колір корпусу", by=office.world.act(office.world.olena))

    def offered(text: str) -> list[tuple[str, str]]:
        return [(one.text, one.about) for one in completing.complete(text, viewer, "uk")]

    assert ("каса колір-корпусу:", "Колір корпусу") in offered("каса колір")
    assert ("choice:", "Колір корпусу") in offered("cho")
    assert offered("колір-корпусу:r") == [("колір-корпусу:Red ", "")]
    assert offered("-own-tree:tr") == [('-own-tree:"Printer / Tray" ', "")]
    assert found(office, '-own-tree:"Printer / Tray"') == "23"


def test_what_is_rare_is_looked_up_and_not_walked_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = office.world.viewer(office.world.iryna)

    def way(text: str) -> str:
        told: list[str] = []

        def tell(run: Any, sql: str, *more: Any) -> Any:
            told.append(sql)
            return run(sql, *more)

        with connection.execute_wrapper(tell):
            matching.newest(viewer, "", language.read(text, viewer))
        return told[-1]

    few = "NOT INDEXED" if connection.vendor == "sqlite" else "ANY(ARRAY(SELECT led."
    assert few in way("own-choice:red")
    monkeypatch.setattr(leading, "MOST_LED", 0)
    assert few not in way("own-choice:red")
