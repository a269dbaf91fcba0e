"""Rich text as Outlook puts it into winmail.dat: text, or the markup that it wraps (MS-OXRTFEX).

It reads what letters hold and no more: no fields, no pictures, no layout. One pass, bounded.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass

from . import limits
from .charset import codec_name, decode
from .words import words

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_SKIPPED = words(
    "fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable "
    "listoverridetable generator xmlnstbl themedata datastore latentstyles rsidtbl mmathPr fldinst"
)
_BREAKS = words("par line sect page row")
_SIGNS = {
    "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "cell": "\t",
}  # fmt: skip
_CODE_PAGES = {20866: "koi8-r", 21866: "koi8-u", 65001: "utf-8"}
_CHARSETS = {204: "cp1251", 238: "cp1250", 161: "cp1253", 162: "cp1254", 186: "cp1257", 0: "cp1252"}
_MAX_TOKENS = 1_200_000
_SHORT = 8  # bytes
_MAX_DEPTH = 500


@dataclass(slots=True)
class _Group:
    """What holds inside a pair of braces."""

    skipped: bool = False
    tag: bool = False  # \\*\\htmltag: raw markup
    shadow: bool = False  # \\htmlrtf: only for readers of rich text
    codec: str = ""
    after_unicode: int = 1


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.out: list[str] = []
        self.bytes = bytearray()
        self.groups = [_Group()]
        self.is_html = b"\\fromhtml" in data[:4_000]
        self.fonts: dict[int, str] = {}
        self.font: int | None = None
        self.in_fonts = 0
        self.page = "cp1252"
        self.skip = 0  # characters that stand for a \\u one in old readers
        self.starred = False
        self.size = 0

    def read(self) -> str:
        for number, token in enumerate(_TOKEN.finditer(self.data)):
            if number > _MAX_TOKENS or self.size > limits.MAX_TEXT:
                break
            self._token(token)
        self._flush()
        return "".join(self.out)

    def _token(self, token: re.Match[bytes]) -> None:
        word, number, code, sign, brace, text = token.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word.decode("ascii"), int(number) if number else None)
        elif code:
            self._bytes(bytes.fromhex(code.decode("ascii")), one=True)
        elif sign:
            self._sign(sign)
        elif text:
            self._bytes(text)

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.starred = False
        if brace == b"{":
            top = self.groups[-1]
            if len(self.groups) < _MAX_DEPTH:
                self.groups.append(_Group(top.skipped, top.tag, top.shadow, top.codec, top.after_unicode))
        elif len(self.groups) > 1:
            self.groups.pop()
            if self.in_fonts > len(self.groups):
                self.in_fonts = 0

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.starred = True
        elif sign in b"\\{}":
            self._bytes(sign, one=True)
        elif sign == b"~":
            self._write("\u00a0")
        elif sign == b"_":
            self._write("-")
        elif sign in b"\r\n":
            self._break()

    def _word(self, word: str, number: int | None) -> None:
        group = self.groups[-1]
        if word == "u" and number is not None:
            self._flush()
            self._write(chr(number % 65_536))
            self.skip = group.after_unicode
            return
        self._flush()
        if self.starred:
            self.starred = False
            if word == "htmltag":
                group.tag, group.skipped = True, False
            else:
                group.skipped = True
        elif word in _SKIPPED:
            group.skipped = True
            if word == "fonttbl":
                self.in_fonts = len(self.groups)
        elif word == "htmlrtf":
            group.shadow = number != 0
        elif word in _BREAKS:
            self._break()
        elif word in _SIGNS:
            self._write(_SIGNS[word])
        else:
            self._state(word, number or 0, group)

    def _state(self, word: str, number: int, group: _Group) -> None:
        if word == "uc":
            group.after_unicode = min(max(number, 0), 10)
        elif word == "ansicpg":
            self.page = _CODE_PAGES.get(number, f"cp{number}")
        elif word == "f":
            if self.in_fonts:
                self.font = number
            group.codec = self.fonts.get(number, "")
        elif word == "fcharset" and self.in_fonts and self.font is not None and len(self.fonts) < 500:
            self.fonts[self.font] = _CHARSETS.get(number, "")

    def _break(self) -> None:
        self._flush()
        group = self.groups[-1]
        if not self.is_html or group.tag:
            self._write("\n")

    def _bytes(self, data: bytes, one: bool = False) -> None:
        if self.skip:
            dropped = min(self.skip, len(data))
            self.skip -= dropped
            data = data[dropped:]
        self.bytes += data
        if not one:
            self._flush()

    def _flush(self) -> None:
        if not self.bytes:
            return
        data, self.bytes = bytes(self.bytes), bytearray()
        self._write(data.decode("ascii") if data.isascii() else self._decoded(data))

    def _decoded(self, data: bytes) -> str:
        page = self.groups[-1].codec or self.page
        name = codec_name(page) if len(data) < _SHORT else None
        if name is None:
            return decode(data, page)
        # So few bytes are no evidence against the page that is named, and there may be a million of them.
        return data.decode(name, "replace").encode("utf-8", "replace").decode("utf-8")

    def _write(self, text: str) -> None:
        group = self.groups[-1]
        if group.skipped or (self.is_html and group.shadow):
            return
        if self.is_html and not group.tag:
            text = entities.escape(text, quote=False)
        self.out.append(text)
        self.size += len(text)


def read_rtf(data: bytes) -> tuple[str, str]:
    """(text, markup) of rich text; one of them is "". Never raises; damaged code gives what can be read of it."""
    reader = _Reader(data)
    found = reader.read().encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    return ("", found) if reader.is_html else (found, "")
