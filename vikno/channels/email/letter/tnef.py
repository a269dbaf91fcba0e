"""winmail.dat: the envelope into which Outlook puts formatted letters (MS-OXTNEF, MS-OXCDATA).

A stream of attributes; those called MAPI properties hold long names, Unicode, code pages and the body.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

import compressed_rtf

from . import limits
from .charset import decode
from .headers import scrub
from .rtf import read_rtf

log = logging.getLogger(__name__)

SIGNATURE = b"\x78\x9f\x3e\x22"
_MAX_NESTING = 3
_MAX_PROPERTIES = 5_000
_MAX_VALUES = 1_000
MAX_RTF = 8 * 1024 * 1024  # bytes, unpacked, of all such envelopes of a letter
_ATT_SUBJECT, _ATT_BODY, _ATT_CODE_PAGE, _ATT_PROPERTIES = 0x18004, 0x2800C, 0x69007, 0x69003
_FILE_STARTS, _FILE_NAME, _FILE_DATA, _FILE_PROPERTIES = 0x69002, 0x18010, 0x6800F, 0x69005
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}  # bytes of a value, padded
_VARIABLE = (0x0D, 0x1E, 0x1F, 0x102)
_STRING8, _UNICODE, _OBJECT = 0x1E, 0x1F, 0x0D
_SUBJECT, _BODY, _RTF, _HTML = 0x0037, 0x1000, 0x1009, 0x1013
_SENDER_NAME, _SENDER_ADDRESS = 0x0C1A, 0x0C1F
_DATA, _SHORT_NAME, _LONG_NAME, _SHOWN_NAME, _MIME_TAG, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x3001, 0x370E, 0x3712
_CODE_PAGES = (0x3FDE, 0x3FFD)  # of the internet body, of the message


class BadTnef(ValueError):
    """The stream ends or leads nowhere."""


@dataclass(slots=True)
class TnefFile:
    """A file of the stream, as far as it is known."""

    name: str = ""
    type: str = ""
    content: bytes = b""
    cid: str = ""


@dataclass(slots=True)
class Tnef:
    """What a stream holds. `whole` is False where it was damaged; then this is what came before."""

    subject: str = ""
    sender: str = ""
    address: str = ""
    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Value:
    kind: int
    data: bytes

    def text(self, code_page: str | None) -> str:
        if self.kind == _UNICODE:
            return self.data.decode("utf-16-le", "replace").rstrip("\x00")
        return decode(self.data.split(b"\x00", 1)[0] if self.kind == _STRING8 else self.data, code_page).rstrip("\x00")


@dataclass(slots=True)
class Allowance:
    """How much rich text of one letter may still be unpacked, in bytes: many small envelopes cost as much as one."""

    left: int = MAX_RTF


def read_tnef(data: bytes, nesting: int = 0, allowance: Allowance | None = None) -> Tnef | None:
    """The contents; None if this is no such stream. Never raises. Give all envelopes of a letter one allowance."""
    if not data.startswith(SIGNATURE):
        return None
    reader = _Reader(data, nesting, allowance or Allowance())
    try:
        reader.read()
    except (BadTnef, struct.error):
        reader.found.whole = False
    except Exception:  # a stranger's bytes must not stop the letter they came with
        log.exception("A winmail.dat could not be read to its end")
        reader.found.whole = False
    reader.finish()
    return reader.found


class _Reader:
    def __init__(self, data: bytes, nesting: int, allowance: Allowance) -> None:
        self.data, self.nesting, self.allowance = data, nesting, allowance
        self.found = Tnef()
        self.code_page: str | None = None
        self.properties: dict[int, _Value] = {}
        self.texts: dict[int, bytes] = {}
        self.file: TnefFile | None = None
        self.count = 0

    def read(self) -> None:
        place = 6
        while place < len(self.data):
            if len(self.data) - place < 9:
                raise BadTnef
            level, name, length = struct.unpack_from("<BII", self.data, place)
            place += 9
            if level not in (1, 2) or length > len(self.data) - place:
                raise BadTnef
            self._attribute(name, self.data[place : place + length])
            place += length + 2  # and a checksum that nobody keeps

    def _attribute(self, name: int, value: bytes) -> None:
        if name == _ATT_CODE_PAGE and len(value) >= 4:
            self.code_page = _codec(struct.unpack_from("<I", value)[0]) or self.code_page
        elif name in (_ATT_SUBJECT, _ATT_BODY):
            self.texts[name] = value
        elif name == _ATT_PROPERTIES:
            self.properties |= self._properties(value)
        elif name == _FILE_STARTS:
            if len(self.found.files) >= limits.MAX_ATTACHMENTS:
                self.file = None
                raise BadTnef
            self.file = TnefFile()
            self.found.files.append(self.file)
        elif self.file is not None:
            self._of_file(self.file, name, value)

    def _of_file(self, file: TnefFile, name: int, value: bytes) -> None:
        if name == _FILE_NAME and not file.name:
            file.name = _Value(_STRING8, value).text(self.code_page)
        elif name == _FILE_DATA:
            file.content = value
        elif name == _FILE_PROPERTIES:
            found = self._properties(value)
            file.name = self._first(found, _LONG_NAME, _SHORT_NAME) or file.name or self._first(found, _SHOWN_NAME)
            file.type = self._first(found, _MIME_TAG).lower()
            file.cid = self._first(found, _CONTENT_ID)
            inner = found.get(_DATA)
            if inner is not None:
                self._content(file, inner)

    def _content(self, file: TnefFile, value: _Value) -> None:
        if value.kind != _OBJECT:
            file.content = file.content or value.data
            return
        inside = value.data[16:]  # after the name of the interface
        nested = read_tnef(inside, self.nesting + 1, self.allowance) if self.nesting < _MAX_NESTING else None
        if nested is None:
            file.content = inside
        else:
            file.content, file.type = as_letter(nested), "message/rfc822"
            file.name = (nested.subject or file.name or "letter")[:80] + ".eml"

    def _properties(self, data: bytes) -> dict[int, _Value]:
        found: dict[int, _Value] = {}
        (count,) = struct.unpack_from("<I", data)
        place = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            self.count += 1
            if self.count > 10 * _MAX_PROPERTIES:
                raise BadTnef
            kind, name = struct.unpack_from("<HH", data, place)
            place = self._past_name(data, place + 4) if name >= 0x8000 else place + 4
            value, place = _read_value(data, place, kind)
            found.setdefault(name, _Value(kind & 0xFFF, value))
        return found

    def _past_name(self, data: bytes, place: int) -> int:
        """A property with a name: its set, then a number or a name."""
        kind, value = struct.unpack_from("<II", data, place + 16)
        return place + 24 + (_padded(value) if kind == 1 else 0)

    def _first(self, found: dict[int, _Value], *names: int) -> str:
        return next((text for name in names if name in found and (text := scrub(found[name].text(self.code_page)))), "")

    def finish(self) -> None:
        """Put together what was gathered."""
        for name in _CODE_PAGES:
            page = self.properties.get(name)
            if page is not None and len(page.data) >= 4 and self.code_page is None:
                self.code_page = _codec(struct.unpack_from("<I", page.data)[0])
        found, known = self.found, self.properties
        found.subject = self._first(known, _SUBJECT) or scrub(
            _Value(_STRING8, self.texts.get(_ATT_SUBJECT, b"")).text(self.code_page)
        )
        found.sender, found.address = self._first(known, _SENDER_NAME), self._first(known, _SENDER_ADDRESS)
        if _BODY in known:
            found.text = known[_BODY].text(self.code_page)
        elif _ATT_BODY in self.texts:
            found.text = _Value(_STRING8, self.texts[_ATT_BODY]).text(self.code_page)
        if _HTML in known:
            page = known.get(_CODE_PAGES[0])
            codec = _codec(struct.unpack_from("<I", page.data)[0]) if page and len(page.data) >= 4 else None
            found.html = known[_HTML].text(codec or self.code_page)
        elif _RTF in known:
            text, found.html = read_rtf(_unpacked(known[_RTF].data, self.allowance))
            found.text = found.text or text
        found.text = found.text[: limits.MAX_TEXT].replace("\r\n", "\n")


def _read_value(data: bytes, place: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property and the place after all of them."""
    many, base = kind & 0x1000, kind & 0xFFF
    size = _FIXED.get(base)
    if size is None and base not in _VARIABLE and base != 1:
        raise BadTnef
    count = 1
    if many or base in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, place)
        place += 4
        if count > _MAX_VALUES:
            raise BadTnef
    first: bytes | None = None
    for _ in range(count):
        if base in _VARIABLE:
            (size,) = struct.unpack_from("<I", data, place)
            place += 4
        length = size or 0
        if length > len(data) - place:
            raise BadTnef
        first = data[place : place + length] if first is None else first
        place += _padded(length)
    return first or b"", place


def _padded(length: int) -> int:
    return length + (-length % 4)


def _codec(page: int) -> str | None:
    if page in (0, 65001):
        return "utf-8" if page else None
    return {20866: "koi8-r", 21866: "koi8-u", 28591: "iso-8859-1", 28595: "iso-8859-5"}.get(page, f"cp{page}")


def _unpacked(data: bytes, allowance: Allowance) -> bytes:
    if len(data) < 16:
        return b""
    size = max(struct.unpack_from("<I", data, 4)[0], len(data))
    if size > allowance.left:
        return b""
    allowance.left -= size
    try:
        return bytes(compressed_rtf.decompress(data))[:MAX_RTF]
    except Exception:  # the library tells of damage in many ways
        log.info("The rich text of a winmail.dat is damaged")
        return b""


def as_letter(nested: Tnef) -> bytes:
    """An enclosed letter in the common form, so that it can be opened as one."""
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    made["Subject"] = nested.subject[:500]
    if nested.sender or nested.address:
        made["X-Original-From"] = scrub(f"{nested.sender} <{nested.address}>")[:300]
    made.set_content(nested.text or "\n")
    if nested.html:
        made.add_alternative(nested.html, subtype="html")
    for file in nested.files:
        made.add_attachment(
            file.content, maintype="application", subtype="octet-stream", filename=scrub(file.name)[:200] or "file"
        )
    return made.as_bytes()
