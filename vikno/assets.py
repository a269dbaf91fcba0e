"""Static files. They are found once, at start; their address holds a hash of them all, so that browsers keep them for a
year and a new version of any is asked for at once. The ASGI root answers them itself, without a page thread.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import Storage
from django.utils._os import safe_join

log = structlog.get_logger(__name__)

PREFIX = "/static/"
_TEXT = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".ico": "image/x-icon",
}
_FOR_EVER = b"public, max-age=31536000, immutable"
_ASK_AGAIN = b"public, no-cache"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Asset:
    """One file. Its bytes are read when first asked for and then stay, squeezed too if it is a text."""

    __slots__ = ("_packed", "_plain", "etag", "path", "type")

    def __init__(self, path: str, etag: str) -> None:
        self.path, self.etag = path, etag
        suffix = path[path.rfind(".") :].lower()
        kind = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        self._plain: bytes | None = None
        self._packed: bytes | None = None

    @property
    def is_read(self) -> bool:
        return self._plain is not None

    def read(self) -> None:
        """Read and squeeze; called in a thread."""
        with open(self.path, "rb") as file:
            plain = file.read()
        if self.type.startswith(_TEXT) and len(plain) > 500:
            self._packed = gzip.compress(plain, 9, mtime=0)
        self._plain = plain

    def body(self, packed: bool) -> tuple[bytes, bool]:
        """The bytes to send, and whether they are squeezed."""
        if packed and self._packed is not None:
            return self._packed, True
        return self._plain or b"", False

    @property
    def has_packed(self) -> bool:
        return self._packed is not None


class Assets:
    """All static files by their names, such as "desk/desk.css"."""

    def __init__(self) -> None:
        self.files: dict[str, Asset] = {}
        whole = hashlib.sha256()
        found: dict[str, str] = {}
        for finder in get_finders():
            for name, storage in finder.list(["*.map", "CVS", ".*", "*~"]):
                found.setdefault(name.replace("\\", "/"), safe_join(storage.location, name))
        for name in sorted(found):
            digest = hashlib.sha256(Path(found[name]).read_bytes())
            whole.update(name.encode() + b"\0" + digest.digest())
            self.files[name] = Asset(found[name], f'"{digest.hexdigest()[:20]}"')
        self.version = whole.hexdigest()[:12]

    def address(self, name: str) -> str:
        """Where a file is found by browsers. One that does not exist is logged and gets an address that answers 404."""
        if name not in self.files:
            log.warning("there is no such static file", name=name)
        return f"{PREFIX}{self.version}/{name}"

    def find(self, path: str) -> tuple[Asset | None, bool]:
        """The file under an address, and whether it may be kept for ever.

        An address of another version gets the present file, to be asked for again: a page made before an upgrade, or by
        another machine of the cluster, still finds its style."""
        rest = path.removeprefix(PREFIX)
        version, _, name = rest.partition("/")
        if version == self.version and name in self.files:
            return self.files[name], True
        return self.files.get(rest) or self.files.get(name), False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a static file (ASGI)."""
        asset, for_ever = self.find(scope["path"])
        if scope["method"] not in ("GET", "HEAD"):
            return await _answer(scope, send, 405, [(b"allow", b"GET, HEAD")], b"Static files can only be read.\n")
        if asset is None:
            return await _answer(scope, send, 404, [(b"cache-control", b"no-cache")], b"There is no such file.\n")
        if not asset.is_read:
            await asyncio.to_thread(asset.read)
        asked = dict(scope["headers"])
        headers = [
            (b"cache-control", _FOR_EVER if for_ever else _ASK_AGAIN),
            (b"etag", asset.etag.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if asset.has_packed:
            headers.append((b"vary", b"accept-encoding"))
        known = asked.get(b"if-none-match", b"").decode("latin-1")
        if asset.etag in [one.strip().removeprefix("W/") for one in known.split(",")]:
            return await _answer(scope, send, 304, headers, b"")
        body, packed = asset.body(b"gzip" in asked.get(b"accept-encoding", b""))
        if packed:
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-type", asset.type.encode()))
        return await _answer(scope, send, 200, headers, body)


async def _answer(scope: Scope, send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    names = {name for name, _ in headers}
    if b"content-type" not in names and status != 304:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
    if status != 304:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


@cache
def assets() -> Assets:
    """The static files of this process."""
    return Assets()


def static(name: str) -> str:
    """The address of a static file, for templates: `static("desk/desk.css")`."""
    return assets().address(name)


class Addresses(Storage):
    """For Django's `{% static %}` and for libraries that ask it: the same addresses as `static` gives."""

    def url(self, name: str | None) -> str:
        return static(name or "")
