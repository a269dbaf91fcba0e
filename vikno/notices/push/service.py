"""One message to one device, by the service of its browser's maker (RFC 8030)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from vikno.core import web
from vikno.core.text import one_line
from vikno.dialogs.channels import Rejected, Retry
from vikno.notices.models import Device
from vikno.notices.push.proving import proof
from vikno.notices.push.rests import RESTS
from vikno.notices.push.sealing import bytes_of, seal

PATIENCE = 10.0  # seconds
LONGEST_WAIT = 3600.0  # seconds, however long a service would have us wait


class Gone(Exception):
    """The browser has given this subscription up: it never works again."""


def service_of(device: Device) -> str:
    """The origin of the service that brings it to this device."""
    where = urlsplit(device.endpoint)
    return f"{where.scheme}://{where.netloc}"


def post(device: Device, words: bytes, *, topic: str, urgent: bool, lasts: timedelta, inner: bool = False) -> None:
    """Hand it over. What is not yet shown of the same `topic` is replaced by it; after `lasts` it is shown no more.
    `inner`: as in core.web, for tests. A service that rests is not asked. Raises Gone, and Retry and Rejected of
    dialogs.channels."""
    origin = service_of(device)
    if rest := RESTS.left(origin):
        raise Retry(f"{origin}: could not be reached lately", rest)
    headers = {
        "Authorization": proof(device.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(lasts.total_seconds())),
        "Topic": topic,
        "Urgency": "high" if urgent else "normal",
    }
    secret: Any = device.secret
    sealed = seal(words, bytes_of(device.key), bytes_of(secret.reveal()))
    try:
        with RESTS.asking(origin):
            answer = web.post_bytes(device.endpoint, sealed, headers, inner=inner, patience=PATIENCE)
    except web.Unreachable as error:
        raise Retry(str(error), RESTS.failed(origin)) from None
    except web.Forbidden as error:
        raise Rejected(str(error)) from None
    RESTS.answered(origin)
    if 200 <= answer.status < 300:
        return
    if answer.status in (404, 410):
        raise Gone
    said = one_line(f"{answer.status} {answer.body[:300].decode('utf-8', 'replace')}", 200)
    if answer.status == 429 or answer.status >= 500:
        raise Retry(said, _wait(answer.headers.get("retry-after", "")))
    raise Rejected(said)


def _wait(said: str) -> float | None:
    """Seconds, where the service says some (it may also say a date: then the usual wait will do)."""
    return min(float(said), LONGEST_WAIT) if said.isascii() and said.isdigit() else None
