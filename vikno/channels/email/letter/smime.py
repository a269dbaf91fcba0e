"""Signed letters taken out of their wrapping (RFC 8551, opaque form), sealed ones recognised.

Nothing is verified: who trusts a signature has to check it, and the page says that it was not checked.
"""

from __future__ import annotations

import zlib
from enum import StrEnum

from . import limits

_MAX_DER = 32 * 1024 * 1024  # bytes that are looked into


class Seal(StrEnum):
    """How a letter was closed by its sender."""

    NONE = ""
    SIGNED = "signed"
    ENCRYPTED = "encrypted"


def unwrap(data: bytes) -> tuple[Seal, bytes | None]:
    """What kind of wrapping this is, and the letter inside where it can be had. Never raises."""
    from asn1crypto import cms  # half a megabyte that few letters want

    if len(data) > _MAX_DER:
        return Seal.NONE, None
    try:
        wrapping = cms.ContentInfo.load(data)
        kind = wrapping["content_type"].native
        if kind == "signed_data":
            return Seal.SIGNED, _content(wrapping["content"]["encap_content_info"]["content"])
        if kind == "compressed_data":
            packed = _content(wrapping["content"]["encap_content_info"]["content"])
            return Seal.NONE, _inflated(packed) if packed else None
        if kind in ("enveloped_data", "authenticated_enveloped_data", "encrypted_data"):
            return Seal.ENCRYPTED, None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError):
        return Seal.NONE, None
    return Seal.NONE, None


def _content(value: object) -> bytes | None:
    native = getattr(value, "native", None)
    return native if isinstance(native, bytes) else None


def _inflated(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(data, limits.MAX_BYTES // 4)
    except zlib.error:
        return None
