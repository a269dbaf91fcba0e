"""File names as strangers write them, made safe to show and to offer for download. They never become paths."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 150  # characters

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
_BY_TYPE = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "image/png": ".png",
    "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp", "application/pdf": ".pdf",
    "message/rfc822": ".eml", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt",
    "application/ms-tnef": ".dat", "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/zip": ".zip",
    "application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc",
}  # fmt: skip


def safe_name(name: str) -> str:
    """The last part of a path, without control, direction, zero-width or reserved characters; "" if nothing is left.

    An odd but harmless name stays readable; a long one keeps its extension.
    """
    name = unicodedata.normalize("NFC", name)
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    # Categories: Cc control, Cf format (zero-width, direction), Cs surrogates, Co private, Zl/Zp line separators.
    kept = (c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    name = re.sub(r"\s+", " ", "".join(kept))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" ")
    if not name.strip("."):
        return ""
    name = name.lstrip(".") if name.startswith("..") else name
    if len(name) > MAX_NAME:
        ending = _EXTENSION.search(name)
        tail = ending[0] if ending else ""
        name = name[: MAX_NAME - len(tail)].rstrip() + tail
    return name


def extension_for(kind: str) -> str:
    """The usual ending of a name by type, with its dot; ".bin" for types unknown here."""
    return _BY_TYPE.get(kind, ".bin")


def name_for(name: str, kind: str, number: int) -> str:
    """A name to show for attachment `number` (from 1): its own if it has one, else one made from its type."""
    return safe_name(name) or f"attachment-{number}{extension_for(kind)}"
