"""The web process: pages, API and streams. `uvicorn.Server` runs in a loop of ours, so the signals are ours too."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import structlog
import uvicorn

from vikno.asgi import Root
from vikno.bridge import Bridge, environ
from vikno.core.loading import loading
from vikno.protocol import Protocol

log = structlog.get_logger(__name__)

THREADS = 4  # more would only fight for the interpreter; fewer would let one slow page stop the others
BEHIND = 1  # of these, for what open pages ask by themselves
REST = 1.0  # seconds after the first page is ready
FIRST = asyncio.FIRST_COMPLETED
GRACE = 4  # seconds in which requests in flight may still be answered after SIGTERM


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError if the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(2048)
    except BaseException:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def load() -> None:
    """Import and build what the process needs, without a thread or a connection: then it can be forked."""
    with loading():
        _load()


def _load() -> None:
    from importlib import import_module

    from django.conf import settings
    from django.template import engines
    from django.urls import get_resolver

    from vikno.assets import assets

    import_module(settings.ROOT_URLCONF)
    _ = get_resolver().url_patterns
    import_module("vikno.live.stream")
    assets()
    for engine in engines.all():
        _ = getattr(engine, "engine", None) or getattr(engine, "env", None)


def _load_rest() -> None:
    """What the first page does not want, once nobody waits for that any more: the API."""
    from importlib import import_module

    time.sleep(REST)
    import_module("vikno.api.urls")


def raise_file_limit() -> None:
    """Each open desk is a file to the system; its usual 1,024 would stop at a thousand of them."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(sock: socket.socket, on_ready: Callable[[], None], alive: int | None = None) -> int:
    """Answer until SIGTERM, then stop within 5 s with everything answered. `alive` is a pipe that ends when the
    supervisor dies. Answers an exit code; the caller must end the process by `os._exit`, because a page thread that
    hangs would be waited for. For the same reason the loop is not closed: that waits for threads that still load what
    nobody will need."""
    raise_file_limit()
    make: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with contextlib.suppress(ImportError):
        from uvloop import new_event_loop as make
    return make().run_until_complete(_main(sock, on_ready, alive))


async def _main(sock: socket.socket, on_ready: Callable[[], None], alive: int | None) -> int:
    from django.core.wsgi import get_wsgi_application

    from vikno.assets import assets
    from vikno.health.metrics import observe_request
    from vikno.live.stream import Streams

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if alive is not None:
        loop.add_reader(alive, stop.set)
    bridge = Bridge(get_wsgi_application(), THREADS, BEHIND)
    bridge.observe = observe_request
    streams = Streams()
    config = uvicorn.Config(
        Root(bridge, assets(), streams),
        http=Protocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=8192,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
        proxy_headers=False,  # vikno.core.middleware decides whom to believe
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    streams.start(loop)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({asyncio.ensure_future(asyncio.to_thread(_warm, bridge)), stopping}, return_when=FIRST)
    gc.collect()
    gc.freeze()
    on_ready()
    loop.run_in_executor(None, _load_rest)
    await asyncio.wait({serving, stopping}, return_when=FIRST)
    began = time.monotonic()
    streams.close_all()
    server.should_exit = True
    await serving
    log.info("web stopped", seconds=round(time.monotonic() - began, 1))
    return os.EX_OK if stop.is_set() else os.EX_SOFTWARE


def _warm(bridge: Bridge) -> None:
    """Ask for the first page once, so that its templates and translations are ready and nobody waits for them."""
    from django.conf import settings

    for path in ("/readyz", "/"):
        scope: dict[str, Any] = {
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 0),
        }
        began = time.perf_counter()
        try:
            status, _, rest = bridge.pool.submit(bridge._answer, environ(scope, BytesIO(), 0)).result(timeout=10)
            if hasattr(rest, "close"):
                rest.close()
            log.debug("warmed", path=path, status=status, ms=round((time.perf_counter() - began) * 1000))
        except Exception:
            log.warning("the first page failed", path=path, base_url=settings.BASE_URL, exc_info=True)


def leave(code: int) -> None:
    """End this process at once, whatever its threads do."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
