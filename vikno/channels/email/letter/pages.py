"""A letter's markup as lines of text that know where in the tree they came from, and the tree split by them.

Every piece of text and every picture belongs to exactly one line; so two halves of the lines make two halves of the
letter, and nothing can fall between them.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from lxml import etree
from lxml import html as trees

from .closing import LOGO, PICTURE
from .words import words

_BLOCK = words(
    "address article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header "
    "hr li main nav ol p pre section summary table tbody tfoot thead tr caption ul"
)
_CELLS = words("td th")
# Taking one of these out alone would shift what stands beside it.
_FIXED = words("td th col colgroup tbody thead tfoot")
_FOLD = re.compile(r"[ \t\r\n\f\u00a0\u200b]+")
_PRE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
RULE_LINE = "_" * 20
_LOGO_SIZE = 260  # pixels of the shorter side: what is larger may be a screenshot
_PIXELS = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?px")


class Page:
    """The lines of a tree. `spans` tells for some elements the lines from and up to (excluded) which they reach."""

    def __init__(self, root: Any, watched: Callable[[Any], bool]) -> None:
        self.root = root
        self.lines: list[str] = []
        self.spans: dict[Any, tuple[int, int]] = {}
        self._pieces: list[tuple[Any, str, int]] = []
        self._line: list[str] = []
        self._filled = False
        self._split_preformatted()
        self._walk(watched)

    def _split_preformatted(self) -> None:
        """Line ends that are shown become elements, so that no piece of text spans several lines."""
        for element in list(self.root.iter()):
            style = element.get("style")
            if element.tag == "pre" or (style and _PRE.search(style)):
                for one in list(element.iter()):
                    if one is not element:
                        _break_tail(one)
                    _break_text(one)

    def _walk(self, watched: Callable[[Any], bool]) -> None:
        open_spans: dict[Any, int] = {}
        for event, element in etree.iterwalk(self.root, events=("start", "end")):
            tag = element.tag
            if event == "start":
                if tag in _BLOCK:
                    self._end(blank_before=tag == "p")
                elif tag in _CELLS and self._filled:
                    self._line.append(" ")
                if watched(element):
                    self._end()
                    open_spans[element] = len(self.lines)
                self._piece(element, "text", element.text)
                self._leaf(element, tag)
                continue
            if tag in _BLOCK or element in open_spans:
                self._end()
            if element in open_spans:
                self.spans[element] = (open_spans[element], len(self.lines))
            if element is not self.root:
                self._piece(element, "tail", element.tail)
        self._end()

    def _leaf(self, element: Any, tag: str) -> None:
        if tag == "br":
            self._pieces.append((element, "self", len(self.lines)))
            self._end(force=True)
        elif tag == "hr":
            self._line, self._filled = [RULE_LINE], True
            self._pieces.append((element, "self", len(self.lines)))
            self._end()
        elif tag == "img":
            self._pieces.append((element, "self", len(self.lines)))
            size = _shorter_side(element)
            if size is None or size > 2:  # less is there to be fetched, not to be seen
                self._line.append(LOGO if size and size <= _LOGO_SIZE else PICTURE)
                self._filled = True

    def _piece(self, element: Any, place: str, text: str | None) -> None:
        if not text or not text.strip():
            if text and self._filled:
                self._line.append(" ")
            return
        self._pieces.append((element, place, len(self.lines)))
        self._line.append(_FOLD.sub(" ", text))
        self._filled = True

    def _end(self, force: bool = False, blank_before: bool = False) -> None:
        if self._filled or force:
            self.lines.append(_FOLD.sub(" ", "".join(self._line)).strip())
            self._line, self._filled = [], False
        if blank_before and self.lines and self.lines[-1]:
            self.lines.append("")

    def marked(self, quotes: Sequence[Any]) -> list[str]:
        """The lines, with ">" before those that stand in one of these elements."""
        lines = list(self.lines)
        for quote in quotes:
            first, last = self.spans[quote]
            for index in range(first, last):
                lines[index] = "> " + lines[index]
        return lines

    def split(self, hidden: Sequence[bool]) -> tuple[str, str]:
        """(markup of the lines that are not hidden, markup of those that are)."""
        order = {element: number for number, element in enumerate(self.root.iter())}
        pieces = [(order[element], place, line < len(hidden) and hidden[line]) for element, place, line in self._pieces]
        return _half(self.root, pieces, False), _half(self.root, pieces, True)


def _half(root: Any, pieces: Sequence[tuple[int, str, bool]], wanted: bool) -> str:
    """The markup with only those pieces; elements that held others alone are gone."""
    root = deepcopy(root)
    elements = list(root.iter())
    order = {element: number for number, element in enumerate(elements)}
    kept, gone = [0] * len(elements), [0] * len(elements)
    for number, place, of_hidden in pieces:
        element = elements[number]
        holder = order[element.getparent()] if place == "tail" else number
        if of_hidden == wanted:
            kept[holder] += 1
            continue
        gone[holder] += 1
        if place == "tail":
            element.tail = None
        elif place == "text":
            element.text = None
    for number in range(len(elements) - 1, 0, -1):
        holder = order[elements[number].getparent()]
        kept[holder] += kept[number]
        gone[holder] += gone[number]
    for number in range(len(elements) - 1, 0, -1):
        if gone[number] and not kept[number] and elements[number].tag not in _FIXED:
            _remove(elements[number])
    return _inner(root)


def _remove(element: Any) -> None:
    """Take an element out; the text behind it stays."""
    tail, parent, before = element.tail, element.getparent(), element.getprevious()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _inner(root: Any) -> str:
    return entities.escape(root.text or "", quote=False) + "".join(
        str(trees.tostring(child, encoding="unicode", with_tail=True)) for child in root
    )


def _shorter_side(image: Any) -> int | None:
    """In pixels, as the letter tells; None if it does not."""
    told = [value for side in ("width", "height") if (value := (image.get(side) or "").strip(" px"))]
    told += [value for _, value in _PIXELS.findall(image.get("style") or "")]
    sizes = [int(value) for value in told if value.isascii() and value.isdigit()]
    return min(sizes) if sizes else None


def _break_text(element: Any) -> None:
    first, *more = (element.text or "").split("\n")
    if more:
        element.text = first
        for place, text in enumerate(more):
            new = element.makeelement("br")
            new.tail = text
            element.insert(place, new)


def _break_tail(element: Any) -> None:
    first, *more = (element.tail or "").split("\n")
    if more:
        element.tail = first
        parent = element.getparent()
        at = parent.index(element) + 1
        for place, text in enumerate(more):
            new = element.makeelement("br")
            new.tail = text
            parent.insert(at + place, new)
