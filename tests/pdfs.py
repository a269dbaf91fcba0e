"""PDF files made by hand: a few lines on each page, in a font that says which letters it draws. And what the processes
that read them are given."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

_CMAP = b"begincmap 1 begincodespacerange <0000><FFFF> endcodespacerange %d beginbfchar\n%sendbfchar endcmap"
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
FONT = b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>"
BELOW = (
    b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
    b"/Supplement 0>>/DW 600>>"
)
FIRST = 6  # the number of the first page; its content has the next one


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), more, content)


def packed(content: bytes) -> bytes:
    return stream(zlib.compress(content, 9), b"/Filter/FlateDecode")


def page(content: int) -> bytes:
    return b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>" % content


def file(objects: Sequence[bytes], more: bytes = b"") -> bytes:
    """Of objects, numbered from one; the first is the catalogue."""
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    listed = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\n" % (size, listed, size, more)
    return made + end + b"startxref\n%d\n%%%%EOF" % len(made)


def pdf(*pages: Sequence[str], count: int | None = None, contents: Sequence[bytes] = ()) -> bytes:
    """Lines of each page, and further pages of these contents (streams). `count`: how many pages it claims to have."""
    letters = b"".join(
        b"<%04X><%s>\n" % (ord(one) % 0x10000, one.encode("utf-16-be").hex().encode())
        for one in sorted({letter for lines in pages for line in lines for letter in line})
    )
    drawn = [stream(_text(lines)) for lines in pages] + list(contents)
    kids = b" ".join(b"%d 0 R" % (FIRST + 2 * at) for at in range(len(drawn)))
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(drawn) if count is None else count)
    objects = [CATALOG, tree, FONT, BELOW, stream(_CMAP % (letters.count(b"\n"), letters))]
    for at, one in enumerate(drawn):
        objects += [page(FIRST + 2 * at + 1), one]
    return file(objects)


def _text(lines: Sequence[str]) -> bytes:
    shown = (b"<%s> Tj T*" % "".join(f"{ord(one) % 0x10000:04X}" for one in line).encode() for line in lines)
    return b"BT /F 12 Tf 14 TL 50 800 Td %s ET" % b" ".join(shown)


def environments_given(monkeypatch: pytest.MonkeyPatch, starts: str) -> list[dict[str, str]]:
    """What each process is given that `subprocess` begins by this name from now on, while this one knows a secret."""
    given: list[dict[str, str]] = []
    start = getattr(subprocess, starts)

    def watched(*command: Any, **how: Any) -> Any:
        given.append(how["env"])
        return start(*command, **how)

    monkeypatch.setattr(subprocess, starts, watched)
    monkeypatch.setenv("VIKNO_DATABASE_URL", "postgresql://somebody:secret@127.0.0.1/vikno")
    return given
