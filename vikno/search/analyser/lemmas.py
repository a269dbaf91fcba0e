"""Dictionary forms of words: two dictionaries for Cyrillic, as a letter is often in both languages, and a stemmer for
English."""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import Any

from vikno.search.analyser.folding import folded, is_cyrillic

MOST_FORMS = 2  # of one word in one language: "стали" is of "стать" and of "сталь"
_LOST_APOSTROPHE = re.compile(r"(?<=[бпвмфркдтзнс])(?=[яюєї])")


@cache
def _dictionaries() -> tuple[Any, ...]:
    import pymorphy3

    logging.getLogger("pymorphy3").setLevel(logging.WARNING)  # it tells of each dictionary that it loads
    return tuple(pymorphy3.MorphAnalyzer(lang=language) for language in ("uk", "ru"))


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english", 10_000)


def warm() -> None:
    """Load the dictionaries now (a tenth of a second), not in the middle of a transaction."""
    _dictionaries()
    _stemmer()


def forms(word: str) -> tuple[str, ...]:
    """The terms of a word that was spelled: its dictionary forms, folded. A word that no dictionary knows (a name) has
    itself and what it would be by its ending."""
    if not is_cyrillic(word):
        return (_stemmer().stemWord(word.replace("'", "")),) if word.isascii() else (folded(word),)
    known: dict[str, None] = {}
    for dictionary in _dictionaries():
        if dictionary.word_is_known(word):
            known |= dict.fromkeys(_normal(dictionary, word, MOST_FORMS))
    if not known and _LOST_APOSTROPHE.search(word):  # many write "обєкт" and "пять"
        put_back = _LOST_APOSTROPHE.sub("'", word)
        ukrainian = _dictionaries()[0]
        if ukrainian.word_is_known(put_back):
            known |= dict.fromkeys(_normal(ukrainian, put_back, MOST_FORMS))
    if not known:
        known[folded(word)] = None
        for dictionary in _dictionaries():
            known |= dict.fromkeys(_normal(dictionary, word, 1))
    return tuple(known)


def _normal(dictionary: Any, word: str, most: int) -> list[str]:
    found: dict[str, None] = {}
    for parse in dictionary.parse(word):
        found[folded(parse.normal_form)] = None
        if len(found) == most:
            break
    return list(found)
