"""Words that were broken at the end of a line, put together again: those of a page that was set for print."""

from __future__ import annotations

import re

from vikno.core.pdf_words import BROKEN
from vikno.search.analyser.folding import APOSTROPHES, spelled
from vikno.search.analyser.lemmas import is_known

LONGEST = 40  # characters of a word that a dictionary is asked for
_LETTER = rf"[\w{re.escape(APOSTROPHES)}]"
_IN_PIECES = re.compile(rf"(?<!{_LETTER}){_LETTER}+(?:{BROKEN}{_LETTER}+)+")
_HYPHENED = re.compile(rf"\d{BROKEN}|{BROKEN}\d|[^\W\dA-ZА-ЯЄІЇҐ]{BROKEN}[A-ZА-ЯЄІЇҐ]")


def mended(text: str) -> str:
    """The text with each such word whole: with its hyphen between digits and before a capital letter, else as the
    dictionaries have it ("Івано-Франківськ", "постачання"), or in both ways, where either may be right."""
    return _IN_PIECES.sub(_mended, text).replace(BROKEN, " ")


def _mended(found: re.Match[str]) -> str:
    whole, hyphened = found[0].replace(BROKEN, ""), found[0].replace(BROKEN, "-")
    if _HYPHENED.search(found[0]):
        return hyphened
    known = [one for one in (hyphened, whole) if len(one) <= LONGEST and is_known(spelled(one))]
    return " ".join(known or (hyphened, whole))
