"""File names as strangers write them, made safe to show and to offer for download. They never become paths."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 150  # characters

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
_NAMED_ID = re.compile(r"([A-Za-z][\w ()-]{0,60}\.(?:jpe?g|png|gif|bmp|webp|tiff?|svg|heic|pdf|docx?|xlsx?))@")
_BY_TYPE = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "image/png": ".png",
    "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp", "application/pdf": ".pdf",
    "image/jpg": ".jpg", "image/pjpeg": ".jpg", "image/x-png": ".png", "image/tiff": ".tif", "image/heic": ".heic",
    "image/svg+xml": ".svg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/amr": ".amr", "audio/ogg": ".ogg",
    "audio/wav": ".wav", "audio/x-wav": ".wav", "video/mp4": ".mp4", "video/quicktime": ".mov", "video/3gpp": ".3gp",
    "video/mpeg": ".mpg", "video/webm": ".webm", "video/x-msvideo": ".avi", "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls", "application/rtf": ".rtf", "text/rtf": ".rtf", "text/xml": ".xml",
    "application/xml": ".xml", "application/json": ".json", "application/x-zip-compressed": ".zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx", "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
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


def name_of_id(cid: str | None) -> str:
    """The name that a Content-ID begins with, as Outlook writes it (image001.png@01D8…); "" if it has none."""
    found = _NAMED_ID.match(cid or "")
    return found[1] if found else ""


def name_for(name: str, kind: str, number: int) -> str:
    """A name to show for attachment `number` (from 1): its own if it has one, else one made from its type."""
    return safe_name(name) or f"attachment-{number}{extension_for(kind)}"
