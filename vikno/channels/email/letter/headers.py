"""Header values: encoded words, parameters, addresses, ids, dates, Received lines.

Every function takes one raw value (as the standard parser keeps it: 8-bit bytes as surrogates), reads it in one pass
and never raises.
"""

from __future__ import annotations

import binascii
import ipaddress
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from . import limits
from .charset import decode
from .model import Hop

# Marks that turn the direction of what follows can make "cod.exe" read as "exe.doc"; zero-width ones hide letters.
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SCRUB = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), " ") | {ord(c): None for c in _BIDI}
_UNCLEAN = re.compile("[" + "".join(map(re.escape, map(chr, _SCRUB))) + "]")
_ENCODED_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,30})?\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN = re.compile(r"[ \t\r\n]*")
_SPACES = re.compile(r"\s+")
_MESSAGE_ID = re.compile(r"<([^<>]{1,2000})>")
_IP_BRACKETS = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]")
_IP_BARE = re.compile(r"(?<![\w.:-])((?:\d{1,3}\.){3}\d{1,3})(?![\w.:-])")
_COMMENT = re.compile(r"\(([^()]{0,500})\)")
_HELO = re.compile(r"\bhelo[ =]+\S{1,255}", re.IGNORECASE)


def text_of(raw: object, charset: str | None = None) -> str:
    """A raw header value as text: 8-bit bytes repaired, folding kept. `charset`: the one that the letter names for its
    words, as no header can name one."""
    value = str(raw)[: limits.MAX_HEADER_VALUE]
    if value.isascii():
        return value
    try:
        return decode(value.encode("ascii", "surrogateescape"), charset)
    except UnicodeEncodeError:  # already text
        return value.encode("utf-8", "replace").decode("utf-8")


def bytes_of(raw: str) -> bytes:
    """The bare bytes of a raw value, as far as they are looked at."""
    return raw[: limits.MAX_HEADER_VALUE].encode("utf-8", "surrogateescape")


def scrub(value: str) -> str:
    """One clean line: no line ends, control or direction marks; white space folded."""
    if _UNCLEAN.search(value):
        value = value.translate(_SCRUB)
    return _SPACES.sub(" ", value).strip()


def decoded(raw: object) -> str:
    """A header value as one clean line of text, its encoded words (RFC 2047) read."""
    return scrub(decode_words(text_of(raw)))


def decode_words(value: str) -> str:
    """Encoded words replaced by what they mean; neighbours of one charset are joined before decoding,

    because many programs split a letter of several bytes between two words.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    charset, pending, end = "", b"", 0
    for number, word in enumerate(_ENCODED_WORD.finditer(value)):
        if number >= limits.MAX_ENCODED_WORDS:
            break
        between = value[end : word.start()]
        joined = bool(pending) and _BETWEEN.fullmatch(between) is not None
        if pending and not (joined and word[1].lower() == charset):
            out.append(decode(pending, charset))
            pending = b""
        if not joined:
            out.append(between)
        charset = word[1].lower()
        pending += _word_bytes(word[2], word[3]) or b""
        end = word.end()
    out.append(decode(pending, charset))
    out.append(value[end:])
    return "".join(out)


def count_encoded_words(value: str) -> int:
    """How many encoded words `value` claims to have (an upper bound)."""
    return value.count("=?")


def _word_bytes(kind: str, coded: str) -> bytes:
    data = coded.encode("utf-8", "replace")
    if kind in "qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "), header=False)
    return lenient_base64(data)


_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_MAX_PIECES = 10_000  # of base64 that are joined in one part


def lenient_base64(data: bytes) -> bytes:
    """Base64 with junk, missing padding or several pieces joined: whatever can be read of it."""
    out = bytearray()
    pieces = data.translate(None, _NO_BASE64).split(b"=", _MAX_PIECES)
    for piece in pieces:
        if len(pieces) > _MAX_PIECES:
            piece = piece.replace(b"=", b"")  # the last holds all the others
        if len(piece) % 4 == 1:
            piece = piece[:-1]
        out += binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))
    return bytes(out)


def parameters(raw: object) -> tuple[str, dict[str, str]]:
    """First token in lower case and the parameters of a Content-Type or Content-Disposition (RFC 2045, 2231)."""
    pieces = _split_parameters(text_of(raw))
    first = scrub(pieces[0]).lower() if pieces else ""
    plain: dict[str, str] = {}
    parts: dict[str, list[tuple[int, bool, str]]] = {}
    for piece in pieces[1:200]:
        key, equals, value = piece.partition("=")
        key = key.strip().lower()
        if not equals or not key:
            continue
        name, star, rest = key.partition("*")
        if not star:
            plain.setdefault(key, _unquote(value.strip()))
        else:
            number = rest.rstrip("*")
            order = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
            parts.setdefault(name, []).append((order, key.endswith("*"), _unquote(value.strip())))
    for name, pieces_of_name in parts.items():
        plain[name] = _join_2231(sorted(pieces_of_name, key=lambda piece: piece[0]))
    return first, {name: scrub(decode_words(value)) if name != "boundary" else value for name, value in plain.items()}


def _split_parameters(value: str) -> list[str]:
    """Split at semicolons outside quotes; a quote that is never closed ends at the line's end."""
    out, start, quoted, skip = [], 0, False, False
    for place, char in enumerate(value):
        if skip:
            skip = False
        elif char == "\\" and quoted:
            skip = True
        elif char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            out.append(value[start:place])
            start = place + 1
    out.append(value[start:])
    return out


def _unquote(value: str) -> str:
    if value[:1] == '"':
        inner = value[1:]
        end = len(inner)
        skip = False
        for place, char in enumerate(inner):
            if skip:
                skip = False
            elif char == "\\":
                skip = True
            elif char == '"':
                end = place
                break
        # A backslash before a letter is a Windows path, not an escape.
        return re.sub(r'\\(["\\])', r"\1", inner[:end])
    return value


def _join_2231(pieces: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: pieces in order; the first coded one names the charset of all."""
    charset, data = None, b""
    for number, (_, coded, value) in enumerate(pieces):
        if coded and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw = value.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if coded else raw
    return decode(data, charset)


def message_ids(raw: object) -> tuple[str, ...]:
    """Message ids of In-Reply-To or References, brackets included, in order; of a very long row the first and last."""
    found = ["<" + re.sub(r"\s+", "", scrub(one)) + ">" for one in _MESSAGE_ID.findall(text_of(raw))]
    found = [one for one in found if 2 < len(one) <= limits.MAX_MESSAGE_ID]
    half = limits.MAX_REFERENCES // 2
    return tuple(found if len(found) <= limits.MAX_REFERENCES else found[:half] + found[-half:])


def message_id(raw: object) -> str | None:
    """The letter's own id with brackets, also when its program forgot these; None if there is none of use."""
    ids = message_ids(raw)
    if ids:
        return ids[0]
    bare = re.sub(r"\s+", "", scrub(text_of(raw))).strip("<>")
    return f"<{bare}>" if bare and len(bare) <= limits.MAX_MESSAGE_ID - 2 else None


def date(raw: object) -> datetime | None:
    """The header Date in UTC; None if it is no date or an absurd one."""
    try:
        found = parsedate_to_datetime(scrub(text_of(raw))[:200])
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
    return found if 1970 <= found.year < 2200 else None


def hop(raw: object) -> Hop:
    """One Received line (RFC 5321 section 4.4). The address comes from what the server saw, not from the HELO."""
    value = scrub(text_of(raw))[:2_000].partition(";")[0]
    before, _, after = value.partition(" by ") if not value.startswith("by ") else ("", "", value[3:])
    from_part = before[5:] if before.lower().startswith("from ") else ""
    by_host = after.split(" ", 1)[0].strip("()[]").rstrip(".").lower()
    from_host = from_part.split(" ", 1)[0].strip("()").rstrip(".").lower()
    return Hop(from_host[:255], _ip_of(from_part), by_host[:255])


def _ip_of(from_part: str) -> str | None:
    comments = [_HELO.sub("", comment) for comment in _COMMENT.findall(from_part)]
    for place in (*comments, from_part):
        for pattern in (_IP_BRACKETS, _IP_BARE):
            for candidate in pattern.findall(place)[:5]:
                try:
                    return str(ipaddress.ip_address(candidate))
                except ValueError:
                    continue
    return None
