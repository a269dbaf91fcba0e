"""Identifiers. What grants something is random and long; what only names something may be short."""

import hashlib
import secrets
import time


def act_id() -> int:
    """A new id for one act (one click, one run): milliseconds since 1970 and 20 random bits, so that it rises with time
    and fits a signed 64-bit column until the year 2248."""
    return (time.time_ns() // 1_000_000 << 20) | secrets.randbits(20)


def token() -> str:
    """A secret of 160 random bits for links and API access; what is stored of it is its `digest`."""
    return secrets.token_urlsafe(20)


def digest(secret: str) -> str:
    """What the database keeps of a token. A plain hash suffices: a token of 160 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()  # strangers send any text as one


def file_key() -> str:
    """An opaque key of a stored file: 128 random bits in hexadecimal. Never made of a name that a stranger chose."""
    return secrets.token_hex(16)
