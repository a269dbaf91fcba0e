"""How a word sounds, in few letters: "привіт", "привит", "pryvit" and "privet" of different alphabets meet here.

For the second try only, so it may be coarse: і, ї, и, ы, й are one sound, so are е, є, э, ё.
"""

from __future__ import annotations

import re

_CYRILLIC = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "h", "д": "d", "е": "e", "є": "e", "ё": "e", "э": "e", "ж": "Z",
    "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "ы": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "C", "ш": "S", "щ": "S",
    "ь": None, "ъ": None, "ю": "u", "я": "a", "'": None,
})  # fmt: skip
_LATIN = [
    ("shch", "S"), ("sch", "S"), ("zh", "Z"), ("kh", "h"), ("ch", "C"), ("sh", "S"), ("ts", "c"), ("tz", "c"),
    ("ya", "a"), ("ia", "a"), ("ja", "a"), ("yu", "u"), ("iu", "u"), ("ju", "u"), ("ye", "e"), ("ie", "e"), ("je", "e"),
    ("yi", "i"), ("yo", "e"), ("jo", "e"), ("io", "e"), ("ph", "f"), ("ck", "k"), ("x", "ks"), ("w", "v"), ("q", "k"),
    ("y", "i"), ("j", "i"), ("g", "h"),
]  # fmt: skip
# Ways of writing in the other alphabet, longest first: by the Ukrainian rules, then by the Russian ones.
_UKRAINIAN = """
shch щ zgh зг zh ж kh х ch ч sh ш ts ц ya я ia я ja я yu ю iu ю ju ю ye є ie є je є yi ї ii ії yo йо io йо a а b б v в
w в h г g г d д e е z з y и i і k к l л m м n н o о p п r р s с t т u у f ф j й c к x кс q к
"""
_RUSSIAN = """
shch щ sch щ zh ж kh х ch ч sh ш ts ц ya я ia я ja я yu ю iu ю ju ю yo ё jo ё ye е ie е je е iy ий yy ый a а b б v в
w в g г h х d д e е z з y ы i и j й k к l л m м n н o о p п r р s с t т u у f ф c к x кс q к
"""
_WAYS = [list(zip(words[::2], words[1::2], strict=True)) for words in (_UKRAINIAN.split(), _RUSSIAN.split())]
_TWICE = re.compile(r"(.)\1+")


def in_cyrillic(word: str) -> list[str]:
    """A word of Latin letters as it may be meant in Cyrillic ones: "pryntery" → "принтери", "прынтеры"."""
    if not word.isascii() or not word.isalpha():
        return []
    return list(dict.fromkeys(_written(word, way) for way in _WAYS))


def _written(word: str, way: list[tuple[str, str]]) -> str:
    found, at = "", 0
    while at < len(word):
        latin, letter = next(((one, other) for one, other in way if word.startswith(one, at)), (word[at], word[at]))
        found += letter
        at += len(latin)
    return found


def sound(word: str) -> str:
    """The sound of a folded word in either alphabet; "" when nothing is left of it."""
    if word.isascii():
        for written, heard in _LATIN:
            word = word.replace(written, heard)
    else:
        word = word.translate(_CYRILLIC)
    return _TWICE.sub(r"\1", word)
