"""Header fields of a letter as bytes: encoded, folded, and with no way for a value to begin another field.

The standard library folds long message ids into encoded words, which breaks threads; so these few forms are written
here (RFC 5322 sections 2.2.3 and 3.4, RFC 2047).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

import idna

from vikno.core.text import one_line

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")  # RFC 5322 atext and spaces
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_LOCAL = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,64}")
_HOST = re.compile(r"\w(?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*", re.ASCII)
LONGEST_VALUE = 900  # octets of a line; RFC 5322 section 2.1.1 allows 998


class WrongAddress(ValueError):
    """This cannot stand in a header or an envelope."""


def unstructured(name: str, value: str) -> bytes:
    """A field of free text, such as Subject."""
    value = one_line(value, LONGEST_VALUE)
    return f"{name}: {_folded(value, len(name) + 2) if _is_plain(value) else _encoded(value)}\r\n".encode("ascii")


def token(name: str, value: str) -> bytes:
    """A field whose value we made ourselves: short, ASCII. Raises ValueError for anything else."""
    if not value.isascii() or not value.isprintable() or len(value) > LONGEST_VALUE:
        raise ValueError(f"{name} cannot hold {value[:50]!r}")
    return f"{name}: {value}\r\n".encode("ascii")


def ids(name: str, values: Iterable[str]) -> bytes:
    """A field of message ids, one on each line. Ids that are none are left out; without any the field is left out."""
    good = "\r\n ".join(value for value in values if _ID.fullmatch(value))
    return f"{name}: {good}\r\n".encode("ascii") if good else b""


def is_id(value: str) -> bool:
    """Whether a text has the form of a message id, in its angle brackets."""
    return bool(_ID.fullmatch(value))


def mailboxes(name: str, people: Iterable[tuple[str, str]]) -> bytes:
    """A field of mailboxes from (name, address), one on each line. Raises WrongAddress."""
    written = ",\r\n ".join(mailbox(*one) for one in people)
    return f"{name}: {written}\r\n".encode() if written else b""


def mailbox(name: str, address: str) -> str:
    """`"Iryna (Kashtan)" <help@firm.example>`, the name as a quoted string or encoded words. Raises WrongAddress."""
    name = one_line(name, 200)
    plain = ascii_domain(address)
    if not name or name == address:
        return f"<{plain}>" if name else plain
    if not _is_plain(name):
        return f"{_encoded(name)}\r\n <{plain}>"
    if not _ATOMS.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{plain}>"


def _is_plain(value: str) -> bool:
    return value.isascii() and "=?" not in value


def _encoded(value: str) -> str:
    """Encoded words (RFC 2047) of at most 75 characters, none of which ends in the middle of a character."""
    words, chunk = [], b""
    for character in value:
        coded = character.encode("utf-8", "replace")
        if len(chunk) + len(coded) > 45:
            words.append(chunk)
            chunk = b""
        chunk += coded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in [*words, chunk])


def _folded(value: str, used: int) -> str:
    """Plain text in lines of about 76 characters, broken only at spaces."""
    lines, line = [], ""
    for word in value.split(" "):
        if line and used + len(line) + 1 + len(word) > 76:
            lines.append(line)
            line, used = word, 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])


def ascii_domain(address: str) -> str:
    """The address with its domain as servers know it (IDNA 2008 with the mapping of UTS 46). Raises WrongAddress."""
    local, _, domain = address.strip().rpartition("@")
    if not _LOCAL.fullmatch(local) or not domain or not local.isprintable():
        raise WrongAddress(f"{one_line(address, 100)!r} is no mail address")
    if domain.startswith("[") and re.fullmatch(r"\[[0-9A-Fa-f:.IPv]{3,50}\]", domain):
        return f"{local}@{domain}"
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        if len(domain) < 254 and _HOST.fullmatch(domain):  # hosts with underscores do exist
            return f"{local}@{domain.lower()}"
        raise WrongAddress(f"{one_line(domain, 100)!r} is no mail domain: {error}") from None
