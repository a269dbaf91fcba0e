"""Small truths about text that every room needs: excerpts and the Slavic order of letters."""

import re
import unicodedata
from collections.abc import Collection, Mapping

_NAME = re.compile(r"((?:,?[ \t]+)?)\{([a-z_]{1,30})\}")
_SPACE = re.compile(r"\s+")
_BIDI_AND_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

# One order for Ukrainian, Russian and Latin together: neither database sorts these alike (SQLite by code point puts
# Є and І before А; PostgreSQL depends on the machine's locale).
_ALPHABET = "абвгґдеёєжзиіїйклмнопрстуфхцчшщъыьэюя"
_RANK = {letter: chr(0x4E00 + place) for place, letter in enumerate(_ALPHABET)}


def one_line(text: str, limit: int = 0) -> str:
    """The text on one line without control and direction marks, cut to `limit` characters with an ellipsis (0:
    whole)."""
    line = _SPACE.sub(" ", _BIDI_AND_CONTROL.sub("", text)).strip()
    if limit and len(line) > limit:
        return line[: limit - 1].rstrip() + "…"
    return line


def fill_names(text: str, values: Mapping[str, str]) -> str:
    """The text with its {names} replaced, in one pass: what a value contains is not looked at again. Other braces stay
    as they are. Where there is no value, the comma or the space before the name goes with it."""

    def put(found: re.Match[str]) -> str:
        if found[2] not in values:
            return found[0]
        return found[1] + values[found[2]] if values[found[2]] else ""

    return _NAME.sub(put, text).strip()


def unknown_names(text: str, known: Collection[str]) -> list[str]:
    """What stands in braces and is none of these names."""
    return [one for one in re.findall(r"\{([^{}\s]{1,40})\}", text) if one not in known]


def whole_number(text: str) -> int | None:
    """An id or a number as an address or a form gives it; None for what is none, or is beyond what a database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def sort_key(text: str) -> str:
    """A key under which plain binary order is the order of the alphabet, the same on SQLite and PostgreSQL."""
    folded = unicodedata.normalize("NFC", one_line(text)).casefold()
    return "".join(_RANK.get(letter, letter) for letter in folded)[:200]


def fold(text: str) -> str:
    """The text for comparing names and addresses without regard to case; SQLite's own functions know no Cyrillic."""
    return unicodedata.normalize("NFKC", one_line(text)).casefold()
