"""One way of writing for what people write in several: case, ё, ґ, apostrophes, look-alike letters."""

from __future__ import annotations

import re
import unicodedata

APOSTROPHES = "'’ʼ‘`´′ʹ＇"
_TO_ONE_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
_LAST = str.maketrans({"ё": "е", "ґ": "г", "'": None})
_ALIKE = str.maketrans("aceiopxykmthb", "асеіорхукмтнв")
_LATIN, _CYRILLIC = re.compile(r"[a-z]"), re.compile(r"[\u0400-\u04ff]")
_MARKS = re.compile(r"[\u0300-\u036f]")


def composed(text: str) -> str:
    """The text with each letter as one character: "й" may come as two."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def spelled(word: str) -> str:
    """The word as dictionaries have it: small letters, one kind of apostrophe, no Latin letter among Cyrillic ones,
    no accents over Latin ones."""
    word = word.casefold()
    if word.isascii():
        return word
    # Apostrophes first: a lone accent is one to who types it, and a space with a mark to Unicode.
    word = unicodedata.normalize("NFKC", word.translate(_TO_ONE_APOSTROPHE)).translate(_TO_ONE_APOSTROPHE)
    word = "".join(word.split())
    if _CYRILLIC.search(word):
        alike = word.translate(_ALIKE)
        # Who types on two layouts takes the wrong "c" or "i"; "vpnом" stays what it is.
        return _MARKS.sub("", word if _LATIN.search(alike) else alike)
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", word)))


def folded(word: str) -> str:
    """A spelled word as a term: ё is е, ґ is г, apostrophes are gone. і, ї and є stay what they are."""
    return word.translate(_LAST)


def is_cyrillic(word: str) -> bool:
    return _CYRILLIC.search(word) is not None
