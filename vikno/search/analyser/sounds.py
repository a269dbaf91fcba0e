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
_TWICE = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """The sound of a folded word in either alphabet; "" when nothing is left of it."""
    if word.isascii():
        for written, heard in _LATIN:
            word = word.replace(written, heard)
    else:
        word = word.translate(_CYRILLIC)
    return _TWICE.sub(r"\1", word)
