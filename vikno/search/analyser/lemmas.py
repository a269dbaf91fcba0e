"""Dictionary forms of words: two dictionaries for Cyrillic, as a letter is often in both languages, and a stemmer for
English."""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache
from typing import Any

from vikno.search.analyser.folding import folded, is_cyrillic

MOST_FORMS = 2  # of one word in one language: "стали" is of "стать" and of "сталь"
_LOST_APOSTROPHE = re.compile(r"(?<=[бпвмфркдтзнс])(?=[яюєї])")


class Guesses:
    """How many more words may have forms guessed. A guess takes ten times as long as a look into the dictionaries, and
    anybody can send letters full of words that are none."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.made: set[str] = set()
        self.refused: set[str] = set()

    def allow(self, word: str) -> bool:
        """Whether this word's forms may be guessed."""
        if word not in self.made:
            (self.made if len(self.made) < self.most else self.refused).add(word)
        return word in self.made


@cache
def dictionaries() -> tuple[Any, ...]:
    """Those of the Ukrainian and the Russian language, loaded when first asked for."""
    import pymorphy3

    from vikno.search.analyser.mapped import map_files

    logging.getLogger("pymorphy3").setLevel(logging.WARNING)  # it tells of each dictionary that it loads
    found = tuple(pymorphy3.MorphAnalyzer(lang=language, result_type=None) for language in ("uk", "ru"))
    for dictionary in found:
        map_files(dictionary)
    return found


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english", 10_000)


def warm() -> None:
    """Load the dictionaries now (a tenth of a second), not in the middle of a transaction."""
    dictionaries()
    _stemmer()


def is_known(word: str) -> bool:
    """Whether a dictionary has this word, as it was spelled; those of Cyrillic alone are asked."""
    return any(dictionary.word_is_known(word) for dictionary in dictionaries())


def forms(word: str, guesses: Guesses | None = None) -> tuple[str, ...]:
    """The terms of a word that was spelled: its dictionary forms, folded. A word that no dictionary knows (a name) has
    itself and, if a guess may be made, what it would be by its ending."""
    if not is_cyrillic(word):
        return (_stemmer().stemWord(word.replace("'", "")),) if word.isascii() else (folded(word),)
    known: dict[str, None] = {}
    for dictionary in dictionaries():
        if dictionary.word_is_known(word):
            known |= dict.fromkeys(_normal(dictionary, word, MOST_FORMS))
    if not known and _LOST_APOSTROPHE.search(word):  # many write "обєкт" and "пять"
        put_back = _LOST_APOSTROPHE.sub("'", word)
        ukrainian = dictionaries()[0]
        if ukrainian.word_is_known(put_back):
            known |= dict.fromkeys(_normal(ukrainian, put_back, MOST_FORMS))
    if not known:
        return _guessed(word) if guesses is None or guesses.allow(word) else (folded(word),)
    return tuple(known)


@lru_cache(maxsize=2000)
def _guessed(word: str) -> tuple[str, ...]:
    found = {folded(word): None}
    for dictionary in dictionaries():
        found |= dict.fromkeys(_normal(dictionary, word, 1))
    return tuple(found)


def _normal(dictionary: Any, word: str, most: int) -> list[str]:
    found: dict[str, None] = {}
    for _word, _tag, normal, _score, _methods in dictionary.parse(word):
        found[folded(normal)] = None
        if len(found) == most:
            break
    return list(found)
