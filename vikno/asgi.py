"""The root: who answers which address. Files and `/live` are answered here, without a thread; the rest by Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from vikno.core.plain import plain

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Root:
    """The ASGI application of the web process."""

    def __init__(self, pages: App, static: App, live: App) -> None:
        self.pages, self.static, self.live = pages, static, live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # nothing here speaks websocket; without an answer the server refuses the upgrade
            return
        path = scope["path"]
        if path.startswith("/static/"):
            await self.static(scope, receive, send)
        elif path == "/live":
            await self.live(scope, receive, send)
        elif path == "/healthz":
            # Says that this process turns; answered here because all page threads may be busy for a while.
            await plain(send, 200, "ok\n")
        else:
            await self.pages(scope, receive, send)
