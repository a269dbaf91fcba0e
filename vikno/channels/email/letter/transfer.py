"""Transfer encodings (RFC 2045 section 6) and uuencode, with the faults that occur in letters."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from .headers import lenient_base64

_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}\s*\Z")
_BASE64_ONLY = re.compile(rb"[A-Za-z0-9+/=\s]*\Z")
_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\r\n]{0,254})\r?$", re.MULTILINE)
_UU_LINE = re.compile(r"[ -`]{1,62}\Z")
_UU_MAX, _UU_TRIES = 50, 1_000


@dataclass(frozen=True, slots=True)
class Embedded:
    """A uuencoded file found inside a text."""

    name: str
    content: bytes


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Bytes of an attachment after its Content-Transfer-Encoding; an unknown encoding changes nothing."""
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return lenient_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        found = extract_uuencoded(data.decode("latin-1"))[1]
        return found[0].content if found else data
    return data


def decode_text_transfer(data: bytes, encoding: str, problems: list[str]) -> bytes:
    """The same for text, which must not be lost: what is not base64 although it says so is kept as it stands."""
    if encoding.strip().lower() != "base64" or not data.strip():
        return decode_transfer(data, encoding)
    if _BASE64_ONLY.match(data) and _reasonable(lenient_base64(data)):
        return lenient_base64(data)
    lines = data.splitlines(keepends=True)
    coded = 0
    while coded < len(lines) and (not lines[coded].strip() or _BASE64_LINE.match(lines[coded])):
        coded += 1
    head, tail = b"".join(lines[:coded]), b"".join(lines[coded:])
    problems.append("broken_base64")
    if b" " in tail.strip() and len(head.strip()) >= 8:  # a list server has written its footer after the code
        return lenient_base64(head) + b"\n" + tail
    junk = len(re.findall(rb"[^A-Za-z0-9+/=\s]", data))
    read = lenient_base64(data)
    return read if junk * 10 < len(data) and _reasonable(read) else data


def _reasonable(data: bytes) -> bool:
    """Text has hardly any control characters, unless it is UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or not data:
        return bool(data)
    return len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", data)) * 20 <= len(data)


def extract_uuencoded(text: str) -> tuple[str, list[Embedded]]:
    """Uuencoded files taken out of a text. A "begin" without code after it is left alone."""
    found: list[Embedded] = []
    out: list[str] = []
    end = 0
    for tries, begin in enumerate(_UU_BEGIN.finditer(text)):
        if tries >= _UU_TRIES or len(found) >= _UU_MAX:
            break
        if begin.start() < end:
            continue
        content, stop = _read_uu(text, begin.end())
        if stop:
            out.append(text[end : begin.start()])
            found.append(Embedded(begin[1].strip(), content))
            end = stop
    out.append(text[end:])
    return "".join(out), found


def _read_uu(text: str, start: int) -> tuple[bytes, int]:
    """Content and place after "end", or (b"", 0) if this is no uuencoded block."""
    data = bytearray()
    place = start
    while True:
        newline = text.find("\n", place)
        if newline < 0:
            return b"", 0
        place = newline + 1
        stop = text.find("\n", place)
        line = text[place : stop if stop >= 0 else len(text)].rstrip("\r")
        if line.rstrip() == "end":
            return bytes(data), place + len(line) if data else 0
        if not line.strip() or line == "`":
            continue
        if not _UU_LINE.match(line):
            return b"", 0
        try:
            data += binascii.a2b_uu(line.encode("ascii"))
        except binascii.Error:  # some encoders pad the last group wrongly: the first byte says how many count
            wanted = (((ord(line[0]) - 32) & 63) * 4 + 5) // 3
            try:
                data += binascii.a2b_uu(line[:wanted].encode("ascii"))
            except binascii.Error:
                return b"", 0
