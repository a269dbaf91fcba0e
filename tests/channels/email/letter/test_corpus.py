"""Folding, judged on letters whose every word is known to be the writer's, a quote or a signature."""

import pytest

from tests.channels.email.letter.corpus import Marked, judge, letters

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

LETTERS = letters()
UNSEEN = letters("unseen")


def test_there_are_enough_letters_of_each_form_and_language():
    groups = {(one.form, one.language) for one in LETTERS}
    assert groups == {(form, language) for form in ("text", "markup") for language in ("uk", "ru", "en", "other")}
    assert len(LETTERS) >= 140
    assert len({one.name for one in LETTERS}) == len(LETTERS)
    assert len({one.name for one in UNSEEN}) == 40


@pytest.mark.parametrize("marked", LETTERS + UNSEEN, ids=lambda one: one.name)
def test_no_word_of_the_writer_is_folded(marked: Marked):
    judged = judge(marked)
    assert judged.own
    assert not judged.lost_words


@pytest.mark.parametrize("form", ["text", "markup"])
@pytest.mark.parametrize("language", ["uk", "ru", "en", "other"])
def test_quotes_and_signatures_are_folded(form: str, language: str):
    judged = [judge(one) for one in LETTERS if (one.form, one.language) == (form, language)]
    quoted, folded = sum(one.quoted for one in judged), sum(one.quoted_folded for one in judged)
    assert folded >= 0.9 * quoted
    assert sum(one.signed_folded for one in judged) >= 0.9 * sum(one.signed for one in judged)


@pytest.mark.parametrize("form", ["text", "markup"])
def test_those_of_letters_that_no_rule_knew_are_too(form: str):
    judged = [judge(one) for one in UNSEEN if one.form == form]
    assert sum(one.quoted_folded for one in judged) >= 0.9 * sum(one.quoted for one in judged)
    assert sum(one.signed_folded for one in judged) >= 0.9 * sum(one.signed for one in judged)
