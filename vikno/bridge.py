"""ASGI in front, Django's WSGI behind, in a fixed pool of threads. No thread ever waits for a client.

A request's body is read before it takes a thread; a page is made whole before its first byte is sent; files are sent
from a handle that Django gives back. So a slow or vanished client costs a small task, never a thread or a connection to
the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, cast
from urllib.parse import unquote_to_bytes

import structlog

from vikno import ranges
from vikno.core.plain import plain
from vikno.turns import Turn, Turns

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

CHUNK = 256 * 1024  # bytes of a file sent at a time
SPOOL = 1024 * 1024  # bytes of a body kept in memory; what is longer goes to a temporary file
PATIENCE = 60.0  # seconds without a byte, in either direction, after which a client counts as gone
DRAIN = 5.0  # seconds in which a refused upload may end in peace, so that its sender reads why
MOST_WAITING = 400  # requests that may wait for a thread: of people, and as many that pages make by themselves


class Served:
    """What Django hands back for a file (`wsgi.file_wrapper`)."""

    def __init__(self, file: IO[bytes], _size: int = CHUNK) -> None:
        self.file = file

    def close(self) -> None:
        self.file.close()


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class TooLarge(Exception):
    """The body is longer than we take."""


class Bridge:
    """The ASGI application that answers pages."""

    def __init__(self, wsgi: Callable[..., Any], threads: int, behind: int, body_limit: int = 64 * 1024 * 1024) -> None:
        self.wsgi, self.body_limit = wsgi, body_limit
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self.turns = Turns(threads, behind)
        self.observe: Callable[[str, int, float], None] = lambda method, status, seconds: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        try:
            body, size = await self._read(scope, receive)
        except ClientGone:
            return
        except TooLarge:
            self.observe(scope["method"], 413, time.perf_counter() - began)
            return await self._refuse_upload(receive, send)
        try:
            if self.turns.waiting(by_itself=_by_itself(scope)) >= MOST_WAITING:
                return await plain(
                    send, 503, "Vikno is overloaded. Nothing was changed; please try again in a moment.\n"
                )
            status = await self._page(scope, receive, send, environ(scope, body, size))
            self.observe(scope["method"], status, time.perf_counter() - began)
        finally:
            body.close()

    async def _read(self, scope: Scope, receive: Receive) -> tuple[IO[bytes], int]:
        """The whole body, in memory while it is small. Raises ClientGone or TooLarge."""
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.body_limit:
            raise TooLarge
        part = await _next_part(receive)
        if not part.get("more_body"):
            content = part.get("body", b"")
            if len(content) > self.body_limit:
                raise TooLarge
            return io.BytesIO(content), len(content)
        body = cast("IO[bytes]", tempfile.SpooledTemporaryFile(SPOOL))  # noqa: SIM115 - closed by the caller
        size = 0
        try:
            while True:
                size += len(part.get("body", b""))
                if size > self.body_limit:
                    raise TooLarge
                body.write(part.get("body", b""))
                if not part.get("more_body"):
                    break
                part = await _next_part(receive)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body, size

    async def _refuse_upload(self, receive: Receive, send: Send) -> None:
        """Say 413, then read on for a moment: a connection closed with unread bytes is reset, and words get lost."""
        limit = self.body_limit // 1048576
        words = f"This is more than the {limit} MB that Vikno takes at once. Nothing was kept.\n".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": words, "more_body": True})
        with contextlib.suppress(ClientGone, TimeoutError):
            async with asyncio.timeout(DRAIN):
                while (await _next_part(receive)).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b""})

    async def _page(self, scope: Scope, receive: Receive, send: Send, env: dict[str, Any]) -> int:
        turn, job = self.turns.ask(by_itself=_by_itself(scope)), None
        gone = asyncio.ensure_future(_departure(receive))
        gone.add_done_callback(lambda _: turn.came.cancel())  # whoever left while waiting needs no answer
        try:
            try:
                await turn.came
                job = self._begin(env, turn)
                status, headers, rest = await asyncio.shield(asyncio.wrap_future(job))
            except asyncio.CancelledError:
                if job is not None:
                    job.add_done_callback(_close_unsent)
                    raise
                self.turns.give_back(turn)
                if gone.done():
                    return 499
                raise
            except Exception:
                log.exception("a page failed outside Django")
                await plain(send, 500, "Something went wrong in Vikno. Nothing was changed; it is in the log.\n")
                return 500
            with contextlib.suppress(TimeoutError):  # the server closes a connection whose answer was left unfinished
                await self._hand_over(scope, send, gone, status, headers, rest)
            return int(status)
        finally:
            gone.cancel()

    def _begin(self, env: dict[str, Any], turn: Turn) -> Future[tuple[int, Headers, Any]]:
        """Have a page thread make the answer; the turn is over when it has, whoever still waits for it."""
        loop = asyncio.get_running_loop()

        def over(done: Future[tuple[int, Headers, Any]]) -> None:
            done.exception()  # somebody has asked for it: it is logged where it is awaited
            loop.call_soon_threadsafe(self.turns.give_back, turn)

        job = self.pool.submit(self._answer, env)
        job.add_done_callback(over)
        return job

    def _answer(self, env: dict[str, Any]) -> tuple[int, Headers, Any]:
        """In a page thread: the whole answer, or something to go on sending from."""
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            head[:] = [
                int(status[:3]),
                [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            ]

        result = self.wsgi(env, start_response)
        if isinstance(result, Served) or getattr(result, "streaming", False):
            return head[0], head[1], result
        try:
            return head[0], head[1], b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()

    async def _hand_over(
        self, scope: Scope, send: Send, gone: asyncio.Future[None], status: int, headers: Headers, rest: Any
    ) -> None:
        if isinstance(rest, bytes):
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else rest})
            return
        try:
            parts: Iterator[bytes]
            if isinstance(rest, Served):
                asked = dict(scope["headers"])
                status, headers, parts = await self._in_thread(
                    ranges.cut, rest.file, scope["method"], asked, status, headers, CHUNK
                )
            else:
                parts = iter(rest)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if scope["method"] != "HEAD":
                while not gone.done() and (part := await self._in_thread(next, parts, None)) is not None:
                    async with asyncio.timeout(PATIENCE):  # a download that nobody reads does not stay open for ever
                        await send({"type": "http.response.body", "body": part, "more_body": True})
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            await self._in_thread(rest.close)

    def _in_thread(self, function: Callable[..., Any], *values: Any) -> Awaitable[Any]:
        return asyncio.get_running_loop().run_in_executor(self.pool, function, *values)


async def _next_part(receive: Receive) -> MutableMapping[str, Any]:
    try:
        async with asyncio.timeout(PATIENCE):
            part = await receive()
    except TimeoutError:
        raise ClientGone from None
    if part["type"] == "http.disconnect":
        raise ClientGone
    return part


def _by_itself(scope: Scope) -> bool:
    """Whether an open page asks this by itself (desk/js/by-itself.js), and nobody waits for the answer."""
    return any(name == b"vikno-by-itself" for name, _value in scope["headers"])


async def _departure(receive: Receive) -> None:
    """Ends when the client has left: an empty part of the body may come before that."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _close_unsent(job: Future[tuple[int, Headers, Any]]) -> None:
    """An answer that came after the process had given up on it still closes its file."""
    if not job.cancelled() and job.exception() is None and hasattr(job.result()[2], "close"):
        job.result()[2].close()


def environ(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    """The WSGI environment (PEP 3333) of an ASGI request."""
    host, port = scope.get("server") or ("localhost", 80)
    env: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # WSGI wants the bytes of the path, each as a character; the server's own decoding would lose broken ones.
        "PATH_INFO": unquote_to_bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": Served,
    }
    for name, value in scope["headers"]:
        # A header with "_" would pass for one with "-", and so for one that only a proxy may set.
        if b"_" in name or name in (b"content-length", b"transfer-encoding"):
            continue
        text = value.decode("latin-1")
        key = "CONTENT_TYPE" if name == b"content-type" else "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        env[key] = f"{env[key]}{'; ' if name == b'cookie' else ','}{text}" if key in env else text
    return env
