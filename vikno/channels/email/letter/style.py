"""The inline styles that may stay: looks of text and boxes, nothing that moves, covers or loads anything."""

from __future__ import annotations

import re
from functools import lru_cache

from .words import words

_NUMBERS = (
    "font-size line-height width max-width min-width height max-height text-indent border-width border-radius "
    "border-spacing margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right "
    "padding-bottom padding-left letter-spacing"
)
_LOOKS = (
    "color background-color font-family font-style font-weight font-variant text-align text-decoration "
    "text-decoration-line text-transform vertical-align white-space word-break word-wrap overflow-wrap direction "
    "list-style-type border border-top border-right border-bottom border-left border-color border-style "
    "border-collapse table-layout display float clear unicode-bidi caption-side empty-cells"
)
ALLOWED = words(_NUMBERS + " " + _LOOKS)
# A letter with only these can stand in our page, in the page's own colours.
LIGHT = words(
    "font-style font-weight text-decoration text-decoration-line text-align margin margin-top margin-right "
    "margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left white-space "
    "border-left word-wrap overflow-wrap"
)
_DISPLAY = words("none block inline inline-block table table-row table-cell list-item")
# Letters, digits, quotes, colours, lengths; of functions only rgb() and hsl(). No backslash, url(), var(), calc().
_VALUE = re.compile(r"(?:[\w\s#%.,'\"!+-]|\b(?:rgb|hsl)a?\([\d\s%.,/]{1,40}\)){1,200}")
_ORDINARY = 200  # characters; longer ones are not remembered
_NEGATIVE = re.compile(r"(?:^|[\s,])-\s*[\d.]")
_HUGE = re.compile(r"\d{5,}")


def safe_style(style: str) -> str:
    """The declarations of `style` that are allowed, in order; "" if none are."""
    return _remembered(style) if len(style) <= _ORDINARY else _safe(style)


@lru_cache(maxsize=1000)  # a table says the same in each of its cells
def _remembered(style: str) -> str:
    return _safe(style)


def _safe(style: str) -> str:
    kept = []
    for declaration in style[:4_000].split(";")[:100]:
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), " ".join(value.split())
        if not colon or name not in ALLOWED or not _VALUE.fullmatch(value):
            continue
        if _NEGATIVE.search(value) or _HUGE.search(value) or value.count('"') % 2 or value.count("'") % 2:
            continue
        if name == "display" and value.lower() not in _DISPLAY:
            continue
        kept.append(f"{name}:{value}")
    return ";".join(kept)
