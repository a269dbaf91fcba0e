"""Which of our languages a text is written in, told by its letters and commonest words. No more than a guess."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ONLY_UKRAINIAN, _ONLY_RUSSIAN = "іїєґ", "ыэёъ"
_CYRILLIC = re.compile(r"[а-яіїєґё]")
_UKRAINIAN = _words("та що не це як для або від під є була дякую вітаю доброго дня будь мене мені")
_RUSSIAN = _words("и что не это как или от есть был была спасибо здравствуйте добрый день меня мне")
_ENGLISH = _words("the and to is of you for with my not please hello hi it we are have this that can thanks")
_WORD = re.compile(r"[^\W\d_]+")
LOOKED_AT = 2000  # characters


def guess(text: str) -> str:
    """ "uk", "ru", "en", or "" when nothing speaks for one of them."""
    words = [word.lower() for word in _WORD.findall(text[:LOOKED_AT])]
    letters = "".join(words)
    cyrillic = len(_CYRILLIC.findall(letters))
    if cyrillic * 2 > len(letters):
        uk = 3 * sum(map(letters.count, _ONLY_UKRAINIAN)) + _known(_UKRAINIAN, words)
        ru = 3 * sum(map(letters.count, _ONLY_RUSSIAN)) + _known(_RUSSIAN, words)
        return "" if uk == ru else "uk" if uk > ru else "ru"
    return "en" if letters.isascii() and _known(_ENGLISH, words) else ""


def _known(language: frozenset[str], words: list[str]) -> int:
    return sum(word in language for word in words)
