"""HTTP/1.1 at the door: uvicorn's protocol, which bounds neither the size of a request's head nor the time it takes."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 * 1024  # bytes of the address and all headers together
MOST_UNFINISHED = 256 * 1024  # bytes received while a head is not yet complete; the first piece may hold body too
HEAD_TIME = 30.0  # seconds in which a head must arrive


class Protocol(HttpToolsProtocol):
    """One connection. Whoever sends an endless head, or sends it drop by drop, is cut off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_bytes = self._received = 0
        self._in_head = True
        self._head_timer: asyncio.TimerHandle | None = self.loop.call_later(HEAD_TIME, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._received += len(data)
            if self._received > MOST_UNFINISHED:
                return self._too_large()
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._received = 0
        self._in_head = True
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIME, self.transport.close)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD:
            raise ValueError("the head of the request is too large")  # the parser gives up; the client reads 400

    def _too_large(self) -> None:
        self.send_400_response("The head of this request is too large.")

    def _stop_timer(self) -> None:
        timer: Any = getattr(self, "_head_timer", None)
        if timer is not None:
            timer.cancel()
        self._head_timer = None
