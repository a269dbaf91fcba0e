"""Mailboxes of From, To, Cc and their kin: one pass, tolerant, bounded."""

from __future__ import annotations

import re

from . import limits
from .headers import decode_words, scrub, text_of
from .model import Address

_SPACES = re.compile(r"\s+")
_LOOSE = re.compile(r"[^\s<>()\[\],;:\"]{1,200}@[^\s<>()\[\],;:\"]{1,255}")


def addresses(raw: object, problems: list[str]) -> tuple[Address, ...]:
    """All mailboxes of one header value (RFC 5322 section 3.4, with the obsolete and the wrong forms).

    Entries are split before encoded words are read, because a decoded name may contain a comma.
    """
    found: list[Address] = []
    for entry in _entries(text_of(raw)):
        if len(found) >= limits.MAX_ADDRESSES:
            problems.append("too_many_addresses")
            break
        one = _address(entry)
        if one.addr or one.name:
            found.append(one)
    return tuple(found)


def _entries(value: str) -> list[str]:
    """Split at commas and semicolons outside quotes, comments and angle brackets; group names fall away."""
    out: list[str] = []
    current: list[str] = []
    quoted = skip = angle = False
    depth = 0
    for place, char in enumerate(value):
        current.append(char)
        if skip:
            skip = False
        elif char == "\\" and (quoted or depth):
            skip = True
        elif quoted:
            # A quote that is opened and never closed must not swallow the rest of the recipients.
            quoted = char != '"'
        elif char == '"' and not depth:
            quoted = '"' in value[place + 1 : place + 1_000]
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif depth and ")" in value[place : place + 1_000]:
            continue
        elif char in "<>":
            angle = char == "<"
        elif char in ",;" and not (angle and ">" in value[place : place + 300]):
            out.append("".join(current[:-1]))
            current, depth, angle = [], 0, False
        elif char == ":" and not angle and len(current) < 300 and _is_group("".join(current)):
            current = []
        if len(out) > limits.MAX_ADDRESSES:
            break
    out.append("".join(current))
    return out


def _is_group(before: str) -> bool:
    return "@" not in before and "=?" not in before


def _address(entry: str) -> Address:
    entry = entry.strip()
    if "<" in entry and "@" in entry[entry.rfind("<") :]:
        name, _, rest = entry.rpartition("<")
        addr = rest.partition(">")[0]
        return Address(_name(name) or _name(rest.partition(">")[2]), _addr(addr))
    comment = entry[entry.find("(") + 1 : entry.rfind(")")] if "(" in entry and ")" in entry else ""
    bare = re.sub(r"\([^()]{0,500}\)", " ", entry).strip()
    if "@" in bare and not re.search(r"\s", bare.strip('"<>')):
        return Address(_name(comment), _addr(bare.strip("<>")))
    loose = _LOOSE.search(bare)
    if loose:
        rest = bare[: loose.start()] + bare[loose.end() :]
        return Address(_name(rest) or _name(comment), _addr(loose[0]))
    inner = decode_words(bare)
    if inner != bare and "@" in inner:  # the whole mailbox was encoded, against the rules
        return _address(scrub(inner).replace("=?", "= ?"))
    return Address(_name(bare), "")


def _name(value: str) -> str:
    value = scrub(decode_words(re.sub(r"\\(.)", r"\1", value.strip().strip("<>"))))
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1].strip()
    return scrub(value.replace('"', ""))[:200]


def _addr(value: str) -> str:
    """The address without spaces; "" unless it has the form of one."""
    value = _SPACES.sub("", scrub(value)).strip("<>").rstrip(".,;")
    value = value[7:] if value.lower().startswith("mailto:") else value
    if value.count("@") > 1 and not value.startswith('"'):  # a route of old: <@relay:user@host>
        value = value.rpartition(":")[2]
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}" if local and domain and len(value) <= 320 else ""
