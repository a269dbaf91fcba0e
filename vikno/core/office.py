"""The words of office files (Office Open XML and OpenDocument), for search. They are zip files of XML, and strangers
made them: each bound holds for the whole file, and what lies beyond it, or is no XML, is not read. No document type is
borne, so nothing is expanded and nothing is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from vikno.core.zips import members

MOST_BYTES = 20 * 1024 * 1024  # of a file that is opened: its list of members stands at its end
MOST_UNFOLDED = 4 * 1024 * 1024  # bytes of XML of texts, and as many of sheets
MOST_ELEMENTS = 150_000
_TEXTS = re.compile(
    r"content\.xml|word/(?:document|footnotes|endnotes|header\d*|footer\d*)\.xml|xl/sharedStrings\.xml"
    r"|ppt/(?:slides/slide|notesSlides/notesSlide)\d+\.xml"
)
_SHEETS = re.compile(r"xl/worksheets/sheet\d+\.xml")  # numbers, and places of texts
# Elements by their names without prefixes.
_BORDERS = frozenset({"p", "h", "si", "row", "c", "table-cell", "br", "cr", "tab", "s", "line-break"})
_NO_NUMBERS = frozenset({"s", "b", "e"})  # cells whose value points to a text, or is true, false or an error


class _Enough(Exception):
    """No more is to be read."""


def words(content: bytes, most: int) -> str:
    """What an office file says, at most so many characters; "" for what is none."""
    if len(content) >= MOST_BYTES:  # perhaps cut off
        return ""
    said = _Said(most)
    try:
        for some in (_TEXTS, _SHEETS):
            for name, xml in members(content, some.fullmatch, MOST_UNFOLDED):
                said.read(xml, open_document=name == "content.xml")
    except _Enough:
        pass
    return "".join(said.pieces)[:most]


@dataclass
class _Said:
    left: int
    elements: int = MOST_ELEMENTS
    pieces: list[str] = field(default_factory=list)
    inside: int = 0  # elements that are said, around this place
    cell: str = ""  # what kind of value the cell has
    open_document: bool = False

    def read(self, xml: bytes, *, open_document: bool) -> None:
        """One member, as far as it is well formed. Raises _Enough."""
        self.inside, self.cell, self.open_document = 0, "", open_document
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(xml, True)  # at once: pieces of one long word would be gone through again and again
        except (expat.ExpatError, ValueError, LookupError):
            pass  # what stands before the fault was read
        self._add("\n")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements -= 1
        if self.elements < 0:
            raise _Enough
        name = name.rpartition(":")[2]
        if name == "c":
            self.cell = attributes.get("t", "")
        self.inside += self._is_said(name)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self.inside -= self._is_said(name)
        if name in _BORDERS and self.pieces[-1:] != [" "]:
            self._add(" ")

    def _is_said(self, name: str) -> bool:
        """Whether its text is words: paragraphs of OpenDocument; in Office Open XML runs, and values of cells."""
        if self.open_document:
            return name in ("p", "h")
        return name == "t" or (name == "v" and self.cell not in _NO_NUMBERS)

    def _text(self, text: str) -> None:
        if self.inside > 0:
            self._add(text)

    def _add(self, text: str) -> None:
        self.left -= len(text)
        self.pieces.append(text)
        if self.left <= 0:
            raise _Enough


def _refuse(*_declared: object) -> None:
    raise ValueError("a document type in an office file")
