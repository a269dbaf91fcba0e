"""Names in braces: replaced once, from a closed list, and escaped as all text is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikno.core.text import fill_names, unknown_names
from vikno.replies.filling import NAMES, filled, markup


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Добрий день, {name}!", "Добрий день!"),  # no name is known: no hole is left
        ("{name}, добрий день", ", добрий день"),
        ("{agent}", "{number}"),  # a value is not looked at again
        ("{password} {{agent}} {0} {agent.name}", "{password} {{number}} {0} {agent.name}"),
        ("%(agent)s {% if x %} {{ 7*7 }}", "%(agent)s {% if x %} {{ 7*7 }}"),
    ],
)
def test_only_the_closed_list_of_names_is_known(text: str, shown: str) -> None:
    assert fill_names(text, {"agent": "{number}", "number": "7", "name": ""}) == shown


def test_what_is_in_braces_and_no_name_is_told() -> None:
    assert unknown_names("{name} {password} {Name} { x }", NAMES) == ["password", "Name"]


def test_a_value_stays_on_its_line() -> None:
    assert filled("Вітаємо, {name}.", {"name": "Марія\nКоваль"}) == "Вітаємо, Марія Коваль."


@given(st.text(max_size=80))
def test_no_markup_comes_out_but_paragraphs_and_breaks(text: str) -> None:
    assert not re.search(r"<(?!/?p>|br>)", markup(text))


@given(st.text(alphabet="{}name gt", max_size=40), st.text(alphabet="{}agent", max_size=20))
def test_no_value_is_ever_looked_at_again(text: str, value: str) -> None:
    value = value.strip() or "x"
    shown = fill_names(text, {"name": value, "agent": "WRONG"} if "{agent}" not in text else {"name": value})
    assert "WRONG" not in shown
