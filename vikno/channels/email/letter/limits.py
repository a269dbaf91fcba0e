"""Bounds on what a stranger's letter may cost, applied before anything looks inside it.

What lies over a bound is not read; it stays in the raw bytes, and a code among the letter's problems says so.
"""

from __future__ import annotations

import re

MAX_BYTES = 64 * 1024 * 1024
MAX_LINES = 1_000_000  # 64 MB of base64 are about 900,000 lines
MAX_HEADER_BYTES = 256 * 1024  # of the letter's own header section
MAX_HEADER_VALUE = 64 * 1024  # characters of one header, in any part
MAX_HEADERS = 1_000  # in any one part
MAX_PARTS = 500
MAX_DEPTH = 30
MAX_ADDRESSES = 500  # in any one header
MAX_ENCODED_WORDS = 2_000  # in any one header
MAX_REFERENCES = 200
MAX_HOPS = 50
MAX_ATTACHMENTS = 300
MAX_TEXT = 2_000_000  # characters
MAX_TEXT_BYTES = 4 * MAX_TEXT  # no charset takes more for a character
MAX_HTML = 1_000_000  # characters of markup that are cleaned
MAX_SUBJECT = 2_000  # characters
MAX_MESSAGE_ID = 998  # characters; RFC 5322 section 2.1.1 allows no longer line

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK_START = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t]{0,1000}(?:\r\n|\r|\n)){1,100}")
_MBOX_START = re.compile(rb"\A>?From [^\r\n]{0,1000}(?:\r\n|\r|\n)")
_HEADER_END = re.compile(rb"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r|\n)")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_KNOWN_FIELD = re.compile(
    rb"(?im)^(?:from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|reply-to)[ \t]*:"
)


def bound(raw: bytes, problems: list[str]) -> bytes:
    """The part of `raw` that may be read, its header section mended; adds codes to `problems`."""
    if len(raw) > MAX_BYTES:
        raw = raw[:MAX_BYTES]
        problems.append("too_many_bytes")
    raw = _drop_false_start(raw)
    raw = _cut_lines(raw, problems)
    return _bound_header(raw, problems)


def _drop_false_start(raw: bytes) -> bytes:
    """Blank lines and an mbox line before the header would make a parser take the header for text."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    blank = _BLANK_START.match(raw)
    if blank and _FIELD.match(raw, blank.end()):
        raw = raw[blank.end() :]
    mbox = _MBOX_START.match(raw)
    return raw[mbox.end() :] if mbox else raw


def _cut_lines(raw: bytes, problems: list[str]) -> bytes:
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if lines <= MAX_LINES:
        return raw
    problems.append("too_many_lines")
    for number, end in enumerate(_LINE_END.finditer(raw)):
        if number == MAX_LINES:
            return raw[: end.end()]
    return raw


def _bound_header(raw: bytes, problems: list[str]) -> bytes:
    if raw[:1] in (b"\n", b"\r"):  # no header at all
        return raw
    end = _HEADER_END.search(raw)
    head, rest = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    if len(head) > MAX_HEADER_BYTES:
        problems.append("header_too_long")
        head = head[:MAX_HEADER_BYTES]
    return _mend_header(head) + rest


def _mend_header(head: bytes) -> bytes:
    """Make a line that is no field part of the field before it, as long as real fields follow.

    A parser would end the header there and show the remaining fields as text.
    """
    lines = head.splitlines(keepends=True)
    odd = [i for i, line in enumerate(lines) if line[:1] not in b" \t" and not _FIELD.match(line)]
    known = max((i for i, line in enumerate(lines) if _KNOWN_FIELD.match(line)), default=-1)
    for i in odd:
        if 0 < i < known:
            lines[i] = b" " + lines[i]
    if odd[:1] == [0] and sum(1 for line in lines if _KNOWN_FIELD.match(line)) >= 4:
        lines[0] = b"X-Unreadable: " + lines[0]
    return b"".join(lines) if odd else head
