"""Two thousand open desks on one web process: memory of a stream, pages with and without, one change told to all.

    bin/bench streams [--streams 2000]

Bounds: 60 KB a stream; pages within 1.5 times of an idle process.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench._common import Figure, keep, own_cpu
from tests.databases import Sqlite
from tests.installation import Installation
from tests.processes.conftest import Scenes

PER_STREAM, SLOWER = 60, 1.5  # KB; times
PAGES = 400
AT_ONCE = 50  # streams opened at the same time


def pages(port: int, cookie: str, path: str) -> list[float]:
    """Seconds that each of PAGES requests took, one after another on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = []
    for _ in range(PAGES):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": f"vikno_session={cookie}"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        assert answer.status == 200, (path, answer.status)
    connection.close()
    return took


def first_page(port: int, cookie: str) -> str:
    """Where `/` leads an agent who is signed in."""
    path = "/"
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path, headers={"Cookie": f"vikno_session={cookie}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status == 200:
            return path
        path = answer.headers.get("Location") or "/readyz"
    return "/readyz"


class Crowd:
    """Open streams, and when each of them heard of a change."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        self.open = 0
        self._readers: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def listen(self, port: int, cookie: str) -> None:
        async with self._gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            words = f"GET /live?topics=list:all HTTP/1.1\r\nHost: localhost\r\nCookie: vikno_session={cookie}\r\n\r\n"
            writer.write(words.encode())
            await reader.readuntil(b"event: hello")
        self.open += 1
        self._readers.add(asyncio.create_task(self._read(reader, writer)))

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"event: changed")
                self.heard.append(time.time())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Pages:
    """What PAGES pages in a row took: by the clock, and of the web process's own time, which neighbours leave alone."""

    def __init__(self, port: int, cookie: str, path: str, process: psutil.Process) -> None:
        before = process.cpu_times()
        took = pages(port, cookie, path)
        after = process.cpu_times()
        self.p50 = statistics.median(took) * 1000
        self.p99 = statistics.quantiles(took, n=100)[98] * 1000
        self.cpu = (after.user + after.system - before.user - before.system) / PAGES * 1000

    def __str__(self) -> str:
        return f"p50 {self.p50:.2f} ms, p99 {self.p99:.2f} ms, processor {self.cpu:.2f} ms"


async def measure(count: int, installation: Installation, scenes: Scenes, process: psutil.Process) -> list[Figure]:
    """All figures of one run."""
    made = scenes.play("desk")
    cookies = scenes.play("crowd", count)["cookies"]
    cookie, port = made["cookies"]["iryna"], installation.port
    path = await asyncio.to_thread(first_page, port, cookie)
    await asyncio.to_thread(pages, port, cookie, path)
    idle = await asyncio.to_thread(Pages, port, cookie, path, process)
    before, threads = process.memory_full_info().uss, process.num_threads()
    crowd = Crowd()
    began = time.perf_counter()
    await asyncio.gather(*(crowd.listen(port, one) for one in cookies))
    opened = time.perf_counter() - began
    each = (process.memory_full_info().uss - before) / count / 1024
    busy = await asyncio.to_thread(Pages, port, cookie, path, process)
    told = await asyncio.to_thread(scenes.play, "touch", made["numbers"]["support"])
    deadline = time.monotonic() + 30
    while len(crowd.heard) < count and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    last = (max(crowd.heard) - told["committed"]) * 1000 if crowd.heard else float("nan")
    ratio = busy.p50 / idle.p50
    return [
        Figure(f"{count} streams", f"{crowd.open} open in {opened:.1f} s", "all", crowd.open == count),
        Figure("memory for each stream", f"{each:.1f} KB", f"≤ {PER_STREAM} KB", each <= PER_STREAM),
        Figure("threads of the process, without and with them", f"{threads} / {process.num_threads()}"),
        Figure(f"page {path}, idle", str(idle)),
        Figure(f"page {path}, with streams", str(busy)),
        Figure("its p50 with streams against idle", f"{ratio:.2f} ×", f"≤ {SLOWER} ×", ratio <= SLOWER),
        Figure(
            "one change told to the streams", f"{len(crowd.heard)}, the last after {last:.0f} ms", "all",
            len(crowd.heard) == count,
        ),
        Figure("load generator's own processor, the whole run", f"{own_cpu():.1f} s"),
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=2000)
    count = parser.parse_args().streams
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))
    with tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        installation = Installation(Path(folder), Sqlite())
        try:
            scenes = Scenes(installation)
            web = installation.start_web(VIKNO_LOG="warning")
            web.wait_for_words("ready")
            figures = asyncio.run(measure(count, installation, scenes, psutil.Process(web.pid)))
            scenes.close()
        finally:
            installation.close()
    return 0 if keep("streams", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
