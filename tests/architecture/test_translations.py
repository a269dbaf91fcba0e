"""Every word of the interface is there in every language, and the check that says so can see each kind of fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools import translations

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
TITLE = _("Mailbox of %(team)s")
MONTH = pgettext("month", "May")
def found(n): return ngettext("%(n)s ticket", "%(n)s tickets", n)
"""
TEMPLATE = "<p>{% trans trimmed name=who %}\n  Hello {{ name }}\n{% endtrans %}</p>"
TRANSLATED: list[dict[str, Any]] = [
    {"id": "Mailbox of %(team)s", "text": "Скринька команди %(team)s"},
    {"id": "May", "context": "month", "text": "травень"},
    {"id": "%(n)s ticket", "text": ["%(n)s тікет", "%(n)s тікети", "%(n)s тікетів"]},
    {"id": "Hello %(name)s", "text": "Вітаємо, %(name)s"},
]


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_all_words_are_translated(language: str) -> None:
    found = translations.problems(language)
    assert not found, f"{len(found)} problems; bin/translate --missing {language} lists the words\n" + "\n".join(
        found[:40]
    )


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A small program, fully translated into Ukrainian."""
    (tmp_path / "vikno" / "desk" / "templates").mkdir(parents=True)
    (tmp_path / "vikno" / "desk" / "words.py").write_text(CODE)
    (tmp_path / "vikno" / "desk" / "templates" / "page.html").write_text(TEMPLATE)
    assert len(translations.missing("uk", tmp_path)) == len(TRANSLATED)
    assert translations.fill("uk", TRANSLATED, tmp_path) == []
    return tmp_path


def problems(program: Path) -> str:
    return "\n".join(translations.problems("uk", program))


def change(program: Path, before: str, after: str) -> None:
    path = translations.path_of("uk", program)
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_finished_language_has_no_problems_and_writing_again_changes_nothing(program: Path) -> None:
    assert problems(program) == ""
    path = translations.path_of("uk", program)
    before = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    translations.update("uk", program)
    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == before


def test_a_new_word_is_missed_and_one_gone_is_reported(program: Path) -> None:
    (program / "vikno" / "desk" / "words.py").write_text(CODE.replace("Mailbox of", "Letters of"))
    assert "not in the catalogue: 'Letters of %(team)s'" in problems(program)
    assert "no longer used: 'Mailbox of %(team)s'" in problems(program)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('msgstr "травень"', 'msgstr ""', "not translated"),
        ('msgctxt "month"', '#, fuzzy\nmsgctxt "month"', "marked fuzzy"),
        ("Вітаємо, %(name)s", "Вітаємо, %(who)s", "placeholders or tags differ"),
        ('msgstr[0] "%(n)s тікет"', 'msgstr[0] "один тікет"', "placeholders or tags differ"),
        ('msgstr[2] "%(n)s тікетів"', 'msgstr[2] ""', "not translated"),
        ('msgstr "травень"', 'msgstr "Травень"', "django.mo is not made from django.po"),
    ],
)
def test_each_kind_of_fault_is_seen(program: Path, before: str, after: str, fault: str) -> None:
    change(program, before, after)
    assert fault in problems(program)


def test_a_template_that_cannot_be_read_is_an_error(program: Path) -> None:
    (program / "vikno" / "desk" / "templates" / "page.html").write_text("{% trans %}open")
    with pytest.raises(Exception, match="trans"):
        translations.words(program)


def test_what_cannot_be_right_is_not_filled_in(program: Path) -> None:
    refused = translations.fill(
        "uk", [{"id": "Hello %(name)s", "text": "Вітаємо"}, {"id": "Nobody says", "text": "x"}], program
    )
    assert len(refused) == 2
    assert problems(program) == ""
