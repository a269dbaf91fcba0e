"""The address that an answer to one sent message comes back to: "help+t.<id>.<version><mac>@firm.example".

The mac covers the message and its recipient. It grants no sight: it lets one letter in, as a reply to that message.
It does not expire; its key has a version (one letter or digit), so keys can change while old letters still come back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAC_LENGTH = 26  # base32 of 128 bits
_MAX_LOCAL = 64  # octets; RFC 5321 section 4.5.3.1.1
_TOKEN = re.compile(
    r"(?P<local>.+)\+t\.(?P<id>[0-9a-z]{1,13})\.(?P<version>[0-9a-z])(?P<mac>[a-z2-7]{26})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """What a reply address says; nothing is proved before `verify`."""

    base_address: str
    message_id: int
    key_version: int
    mac: str


class AddressTooLong(ValueError):
    """The channel's address leaves no room for a token: its local part would pass 64 octets."""


def reply_address(base_address: str, message_id: int, recipient: str, key: bytes, key_version: int) -> str:
    """The address to be answered to for message `message_id` as sent to `recipient`.

    Raises AddressTooLong, and ValueError for an id below 1, a version outside 0 to 35, an empty key or no address.
    """
    local, at, domain = base_address.strip().rpartition("@")
    if not (local and at and domain):
        raise ValueError(f"{base_address!r} is no mail address, so no reply address can be made from it.")
    if message_id < 1 or message_id >= 36**13 or not 0 <= key_version < 36:
        raise ValueError("A reply address needs a message id from 1 and a key version from 0 to 35.")
    token = f"{local}+t.{_base36(message_id)}.{_DIGITS[key_version]}{_mac(key, message_id, recipient)}"
    if len(token.encode()) > _MAX_LOCAL:
        raise AddressTooLong(f"The part of {base_address} before the @ is too long for reply addresses.")
    return f"{token}@{domain}"


def read_reply_address(address: str) -> ReplyToken | None:
    """The token in an address, in any case of letters; None if it has none."""
    local, at, domain = address.strip().strip("<>").rpartition("@")
    found = _TOKEN.fullmatch(local) if at and domain and len(local) <= _MAX_LOCAL and local.isascii() else None
    if not found:
        return None
    message_id = int(found["id"], 36)
    if message_id < 1:
        return None
    version = _DIGITS.index(found["version"].lower())
    return ReplyToken(f"{found['local']}@{domain}", message_id, version, found["mac"].lower())


def verify(token: ReplyToken, recipient_of_record: str, keys: Mapping[int, bytes]) -> bool:
    """Whether we made this token for the message as it was sent to `recipient_of_record`. Takes constant time."""
    key = keys.get(token.key_version)
    if not key:
        return False
    return hmac.compare_digest(_mac(key, token.message_id, recipient_of_record), token.mac)


def _mac(key: bytes, message_id: int, recipient: str) -> str:
    if not key:
        raise ValueError("A reply address needs a secret key.")
    said = b"vikno reply address\x00%d\x00" % message_id + recipient.strip().lower().encode("utf-8", "surrogatepass")
    digest = hmac.new(key, said, hashlib.sha256).digest()[:16]
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def _base36(number: int) -> str:
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = _DIGITS[digit] + out
    return out
