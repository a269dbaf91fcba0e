"""What measurements share: kept data, a machine described, requests made cheaply, figures written down."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.databases import ROOT, clean_environment

CACHE = ROOT / ".cache" / "bench"
OWNER, PASSWORD = "owner@bench.example", "only-for-measuring-1"
SUPPORT = "help@bench.example"
SETUP = (
    "setup", "--company", "Bench", "--email", OWNER, "--password", PASSWORD, "--address", SUPPORT,
    "--language", "uk", "--zone", "Europe/Kyiv",
)  # fmt: skip
# What the kept data are made by: when one of these changes, they are made anew. New migrations are run on them.
MADE_BY = ("vikno/welcome/seed.py", "vikno/welcome/story.py", "vikno/welcome/bulk.py")


# ---- figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `well`: within its bound; None where there is none."""

    what: str
    value: str
    bound: str = ""
    well: bool | None = None


def keep(name: str, figures: Sequence[Figure], words: str = "") -> bool:
    """Print the figures and keep them for the table; answers whether all are within their bounds."""
    for one in figures:
        verdict = {True: "", False: "  MISSED", None: ""}[one.well]
        print(f"{one.what:<66} {one.value:<34} {one.bound}{verdict}", flush=True)
    if words:
        print(words)
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="minutes"), "load": [round(one, 1) for one in os.getloadavg()],
        "words": words, "figures": [asdict(one) for one in figures],
    }  # fmt: skip
    folder = CACHE / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1))
    return all(one.well is not False for one in figures)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def fdatasync_ms(folder: Path, count: int = 60) -> float:
    """What the machine takes to put 4 KB safely on this disk: the median, in milliseconds."""
    path, took = folder / "fdatasync.probe", []
    with path.open("wb") as file:
        for _ in range(count):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(took) * 1000


def own_cpu() -> float:
    """Seconds of processor that this process has used."""
    return time.process_time()


def machine() -> list[tuple[str, str]]:
    """The machine in words that name neither it nor its owner."""
    model = ""
    with open("/proc/cpuinfo") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "")
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    return [
        ("Processor", f"{model or platform.machine()}, {psutil.cpu_count()} logical cores"),
        ("Memory", f"{psutil.virtual_memory().total / 2**30:.1f} GB"),
        ("System", f"{system}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"),
        ("Disk", f"fdatasync of 4 KB: {fdatasync_ms(CACHE):.2f} ms (median)"),
    ]  # fmt: skip


# ---- data ------------------------------------------------------------------------------------------------------------


def vikno(settings: dict[str, str], *words: str, quiet: bool = True) -> None:
    """Run a command of the program to its end. Raises RuntimeError with what it said."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "vikno", *words], cwd=ROOT, env=clean_environment(**settings),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE if quiet else None, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"vikno {words[0]} ended with {done.returncode}: {done.stderr or ''}{done.stdout}")


def set_up(settings: dict[str, str]) -> None:
    """Tables and a company with a mail channel."""
    vikno(settings, "migrate")
    vikno(settings, *SETUP)


def kept_data(tickets: int) -> dict[str, str]:
    """Settings of a SQLite installation with so many tickets, five messages each, and twenty long ones; made when it is
    not there, and kept."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in MADE_BY for path in ROOT.glob(pattern)):
        digest.update(path.read_bytes())
    folder = CACHE / f"sqlite-{tickets}-{digest.hexdigest()[:12]}"
    settings = {"VIKNO_DATA": str(folder)}
    if folder.exists():
        vikno(settings, "migrate")
        vikno(settings, "reindex", "--resume")
        return settings
    for old in CACHE.glob(f"sqlite-{tickets}-*"):
        shutil.rmtree(old)
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir(parents=True)
    making = {"VIKNO_DATA": str(unfinished)}
    print(f"making {tickets} tickets, once ...", flush=True)
    set_up(making)
    vikno(making, "seed", "--tickets", str(tickets), "--messages", str(tickets * 5), quiet=False)
    vikno(making, "seed", "--tickets", "20", "--messages", "800", "--random", "2")
    unfinished.rename(folder)
    return settings


def inside(settings: dict[str, str], *words: str, module: str = "bench._inside") -> Any:
    """What a function of a module answers, run in this installation by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], cwd=ROOT, text=True, capture_output=True, check=False,
        env=clean_environment(**settings, DJANGO_SETTINGS_MODULE="vikno.settings"),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def installation(where: str) -> dict[str, str]:
    """The settings of an installation: a PostgreSQL address, or a data folder."""
    return {"VIKNO_DATABASE_URL": where} if where.startswith("postgres") else {"VIKNO_DATA": str(Path(where).resolve())}


# ---- requests --------------------------------------------------------------------------------------------------------


class Asker:
    """Asks for one address over and over on one connection, as cheaply as this machine can."""

    def __init__(self, port: int, path: str, cookie: str = "") -> None:
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: uk\r\n"
            f"Cookie: vikno_session={cookie}\r\n\r\n"
        ).encode()
        self.port = port
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> bytes:
        """The body of one answer. Raises AssertionError for any status but 200."""
        try:
            return self._ask()
        except ConnectionError:  # it was kept open for a while without a request
            self._connect()
            return self._ask()

    def _ask(self) -> bytes:
        self.socket.sendall(self.request)
        got = self._receive()
        while b"\r\n\r\n" not in got:
            got += self._receive()
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head.decode("latin-1")
        rest, parts = length_of(head) - len(body), [body]
        while rest > 0:
            parts.append(self._receive())
            rest -= len(parts[-1])
        return b"".join(parts)

    def _receive(self) -> bytes:
        got = self.socket.recv(262144)
        if not got:
            raise ConnectionResetError("the server closed the connection")
        return got

    def times(self, count: int) -> list[float]:
        """Milliseconds that each of so many requests took."""
        took = []
        for _ in range(count):
            began = time.perf_counter()
            self.ask()
            took.append((time.perf_counter() - began) * 1000)
        return took


def length_of(head: bytes) -> int:
    """The length of the body, by the head."""
    at = head.lower().index(b"content-length:") + 15
    return int(head[at : head.find(b"\r", at) if b"\r" in head[at:] else None])


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, until: float, took: list[float], done: asyncio.Future[None]) -> None:
        self.request, self.until, self.took, self.done = request, until, took, done
        self.got, self.wanted = b"", -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._send()

    def _send(self) -> None:
        self.got, self.wanted, self.began = b"", -1, time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.got += data
        if self.wanted < 0 and (end := self.got.find(b"\r\n\r\n")) > 0:
            self.wanted = end + 4 + length_of(self.got[:end])
        if 0 <= self.wanted <= len(self.got):
            now = time.perf_counter()
            self.took.append((now - self.began) * 1000)
            if now < self.until:
                self._send()
            else:
                self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def burst(asker: Asker, connections: int, seconds: float) -> tuple[float, list[float]]:
    """Requests a second by so many connections, and the milliseconds that each took."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        ends = [loop.create_future() for _ in range(connections)]
        until = time.perf_counter() + seconds
        for end in ends:
            await loop.create_connection(partial(_Connection, asker.request, until, took, end), "127.0.0.1", asker.port)
        await asyncio.gather(*ends)

    took: list[float] = []
    began = time.perf_counter()
    asyncio.run(run())
    return len(took) / (time.perf_counter() - began), took
