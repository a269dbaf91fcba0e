"""How large a file is, as people read it."""

from __future__ import annotations

from functools import lru_cache

from babel.units import format_unit
from django.utils import translation

STEP = 1024  # bytes of a kilobyte, as the limits count them
UNITS = ("byte", "kilobyte", "megabyte", "gigabyte")


def size_words(size: int) -> str:
    """A number of bytes in the reader's language: "812 bytes", "175.8 kB", "1,1 МБ"."""
    return _words(size, translation.get_language() or "en")


@lru_cache(maxsize=4096)
def _words(size: int, language: str) -> str:
    power = 0
    while power + 1 < len(UNITS) and size >= STEP ** (power + 1):
        power += 1
    if not power:  # the short English of bytes is "812 byte"
        return format_unit(size, "byte", length="long", format="#,##0", locale=language)
    return format_unit(size / STEP**power, UNITS[power], length="short", format="#,##0.#", locale=language)
