"""Many agents at work: each with a live stream, and every eight seconds a page or an act; then 1,000 closed at once.

    bin/bench desk [--agents 200] [--seconds 60] [--tickets 10000] [--only sqlite|postgresql | --at INSTALLATION]

They ask for what a browser asks for: a request that is opened from a list is the part of the page that is its own, the
stream begins anew with it, and a second later it is said that it was in view. What a stream says has changed is asked
for again: the rows of the list, the places beside it, the time line. Bounds: p95 of pages 150 ms; 1,000 tickets closed
in 5 s, with pages within 150 ms meanwhile. It ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import resource
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

import psutil

from bench._common import Figure, inside, keep, length_of, own_cpu, percentile
from bench._fresh import add_at, add_only, on_each
from bench.pages import child_of
from tests.installation import Installation

PAGE, CLOSING = 150, 5.0  # ms; seconds
EVERY = 8.0  # seconds from one page or act of an agent to the next, on average
GATHER = 0.25  # seconds in which an open desk collects changes before it asks
RESTS, LONGEST = 15, 10.0  # what was answered is asked for again after so many times as long; seconds at most
BADGES = 2.0  # seconds that badges rest at least
WARM = 10.0  # seconds at the beginning that do not count: everybody opens the desk
STAFF = "bench._staff"
HTMX = "HX-Request: true\r\n"
BY_ITSELF = "Vikno-By-Itself: 1\r\n"
TICKET = "ticket"  # the key of the one that is open
KINDS = (("list", 0.3), ("ticket", 0.4), ("act", 0.3))


class Refused(Exception):
    """An answer that is no page."""


@dataclass(slots=True)
class Took:
    """Milliseconds of what was asked, by its kind; what went wrong."""

    by_kind: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    heard: int = 0
    counts: bool = False

    def add(self, kind: str, began: float) -> None:
        if self.counts:
            self.by_kind.setdefault(kind, []).append((time.perf_counter() - began) * 1000)


class Line:
    """One connection of an agent's browser, for one question after the other."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie, self.token, self.since = port, cookie, "", "0"
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def ask(self, method: str, path: str, more: str = "", body: str = "") -> tuple[int, str]:
        """The status and the body of an answer."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept-Language: uk\r\n"
            f"Cookie: vikno_session={self.cookie}; vikno_csrf={self.token[:32]}\r\n{more}"
        )
        if method == "POST":
            head += f"Origin: http://127.0.0.1:{self.port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        async with self._turn:
            try:
                return await self._say(f"{head}\r\n{body}".encode())
            except (ConnectionError, asyncio.IncompleteReadError):  # it was kept open for a while without a request
                self._ends = None
                return await self._say(f"{head}\r\n{body}".encode())

    async def _say(self, words: bytes) -> tuple[int, str]:
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        reader, writer = self._ends
        writer.write(words)
        head = await reader.readuntil(b"\r\n\r\n")
        if found := re.search(rb"vikno_csrf=(\w+)", head):
            self.token = found[1].decode()
        if found := re.search(rb"(?i)vikno-since: (\d+)", head):
            self.since = found[1].decode()
        body = await reader.readexactly(length_of(head)) if b"ontent-" in head else b""
        return int(head[9:12]), body.decode(errors="replace")

    async def page(self, path: str, more: str = "") -> str:
        """A page. Raises Refused."""
        status, body = await self.ask("GET", path, more)
        if status != 200:
            raise Refused(f"{path}: {status}")
        return body

    async def sends(self, path: str, fields: dict[str, Any]) -> str:
        """What a form is answered. Raises Refused."""
        fields = {"csrfmiddlewaretoken": self.token, **fields}
        status, body = await self.ask("POST", path, HTMX, urlencode(fields, doseq=True))
        if status not in (200, 204):
            raise Refused(f"{path}: {status}")
        return body

    def close(self) -> None:
        if self._ends:
            self._ends[1].close()


class Agent:
    """Somebody at the desk with one list open."""

    def __init__(self, number: int, port: int, there: dict[str, Any], took: Took) -> None:
        self.random = random.Random(number)
        self.port, self.there, self.took = port, there, took
        self.cookie = there["cookies"][number]
        self.list = self.random.choice(["mine", "open", "unassigned", *there["places"]])
        self.hand, self.behind = Line(port, self.cookie), Line(port, self.cookie)
        self.stale, self.named = asyncio.Event(), set[str]()
        self.opened, self.tasks = 0, dict[str, asyncio.Task[None]]()

    async def work(self, until: float) -> None:
        """Come, and go on until then."""
        await asyncio.sleep(self.random.random() * min(EVERY, WARM / 2))
        try:
            await self.hand.page(f"/inbox/{self.list}")
            self._begin("stream", self._listen(self.hand.since))
            self._begin("asking", self._follow())
            while (now := time.monotonic()) < until:
                await asyncio.sleep(min(until - now, self.random.uniform(0.5, 1.5) * EVERY))
                await self._once()
        except (Refused, OSError, asyncio.IncompleteReadError) as error:
            self.took.failed.append(repr(error))
        finally:
            for task in self.tasks.values():
                task.cancel()
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)
            self.hand.close()
            self.behind.close()

    def _begin(self, what: str, doing: Coroutine[Any, Any, None]) -> None:
        """Do this beside the others, in the place of what was done so far."""
        if what in self.tasks:
            self.tasks[what].cancel()
        self.tasks[what] = asyncio.create_task(doing)

    async def _once(self) -> None:
        [kind] = self.random.choices([name for name, _share in KINDS], [share for _name, share in KINDS])
        began = time.perf_counter()
        if kind == "list":
            await self.hand.page(f"/inbox/{self.list}")
            self.opened = 0
        elif kind == "ticket":
            self.opened = self.random.choice(self.there["tickets"])
            await self.hand.page(self._path, f"{HTMX}HX-Target: div#ticket\r\n")
        else:
            ticket, priority = self.random.choice(self.there["open"]), self.random.choice(self.there["priorities"])
            await self.hand.sends("/bulk", {"ticket": ticket, "act": "priority", "priority": priority})
        self.took.add(kind, began)
        if kind != "act":
            self._begin("stream", self._listen(self.hand.since))
        if kind == "ticket":
            self._begin("seeing", self._see())

    @property
    def _path(self) -> str:
        return f"/tickets/{self.opened}?list={self.list}"

    async def _see(self) -> None:
        await asyncio.sleep(1.0)
        await self.hand.sends(f"/tickets/{self.opened}/seen", {})

    async def _listen(self, since: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            topics = f"list:{self.list},counts" + (f",ticket:{self.opened}" if self.opened else "")
            writer.write(
                f"GET /live?topics={topics}&since={since} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Cookie: vikno_session={self.cookie}\r\n\r\n".encode()
            )
            event = b""
            while line := await reader.readline():
                if line.startswith(b"event: "):
                    event = line[7:].strip()
                elif line.startswith(b"data: ") and event in (b"changed", b"presence"):
                    said = json.loads(line[6:])
                    self.named |= {*said.get("lists", ()), *([TICKET] if self.opened in _numbers(said) else [])}
                    self.took.heard += 1
                    self.stale.set()
        finally:
            writer.close()

    async def _follow(self) -> None:
        """What an open desk asks for again, one question after the other, as seldom as pace.js has it."""
        rests: dict[str, float] = {}
        while True:
            await self.stale.wait()
            await asyncio.sleep(GATHER)
            self.stale.clear()
            named, self.named = self.named, set()
            for key, kind, path, target in (
                (self.list, "rows", f"/inbox/{self.list}", "ul#rows"),
                ("counts", "places", f"/nav?current={self.list}", "div#nav-places"),
                (TICKET, "time line", self._path, "ol#timeline"),
            ):
                if key not in named or (key == TICKET and not self.opened):
                    continue
                began = time.perf_counter()
                if (early := rests.get(key, 0.0) - began) > 0:
                    self.named.add(key)
                    asyncio.get_running_loop().call_later(max(0.0, early - GATHER), self.stale.set)
                    continue
                await self.behind.page(path, f"{HTMX}{BY_ITSELF}HX-Target: {target}\r\n")
                self.took.add(kind, began)
                rest = min(LONGEST, RESTS * (time.perf_counter() - began))
                rests[key] = began + max(rest, BADGES if key == "counts" else 0.0)


def _numbers(said: dict[str, Any]) -> set[int]:
    """The tickets that an event of the stream names."""
    return {*said.get("tickets", ()), said.get("ticket", 0)}


async def crowd(port: int, there: dict[str, Any], seconds: float, took: Took) -> float:
    """Let all of them work; answers the share of one core that this process needed."""
    until = time.monotonic() + WARM + seconds
    at_work = [asyncio.create_task(Agent(n, port, there, took).work(until)) for n in range(len(there["cookies"]))]
    await asyncio.sleep(WARM)
    took.counts, cpu = True, own_cpu()
    await asyncio.sleep(seconds)
    took.counts = False
    share = (own_cpu() - cpu) / seconds
    await asyncio.wait_for(asyncio.gather(*at_work), 60)
    return share


async def closing(port: int, cookies: list[str], marks: list[str]) -> tuple[float, int, list[float]]:
    """Close all of these as one agent while two others look at pages: the seconds, the steps, their milliseconds."""
    who, *others = (Line(port, cookie) for cookie in cookies[:3])
    await who.page("/inbox/open")
    took: list[float] = []
    done = asyncio.Event()

    async def looks(line: Line) -> None:
        while not done.is_set():
            began = time.perf_counter()
            await line.page("/inbox/open")
            took.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.1)

    looking = [asyncio.create_task(looks(line)) for line in others]
    began, steps = time.perf_counter(), 1
    page = await who.sends("/bulk", {"all": ",".join(marks), "act": "close", "list": "open"})
    while found := re.search(r'name="work" value="([^"]+)"', page):
        steps += 1
        page = await who.sends("/bulk", {"work": found[1]})
    seconds = time.perf_counter() - began
    done.set()
    await asyncio.gather(*looking)
    for line in (who, *others):
        line.close()
    return seconds, steps, took


def measure(here: Installation, kind: str, agents: int, seconds: float, tickets: int) -> list[Figure]:
    if tickets:
        here.run("seed", "--tickets", str(tickets))
    there = inside(here.settings, "staff", str(agents), module=STAFF)
    process = psutil.Process(child_of(here.start_web(VIKNO_LOG="warning").pid))
    took = Took()
    before = sum(process.cpu_times()[:2])
    share = asyncio.run(crowd(here.port, there, seconds, took))
    busy = (sum(process.cpu_times()[:2]) - before) / (seconds + WARM)
    if took.failed:
        raise RuntimeError(f"{len(took.failed)} agents were turned away: {took.failed[0]}")
    pages = [ms for name in ("list", "ticket") for ms in took.by_kind.get(name, [])]
    figures = [_pages(f"{agents} agents at work: pages, {kind}", pages, PAGE)]
    for name in ("list", "ticket", "act", "rows", "places", "time line"):
        figures.append(
            _pages(
                f"of these, {name}, {kind}" if name in ("list", "ticket") else f"{name}, {kind}",
                took.by_kind.get(name, []),
            )
        )
    figures.append(Figure(f"the web process meanwhile, {kind}", f"{busy:.0%} of one core; {took.heard} changes told"))
    figures.append(Figure(f"load generator's own processor meanwhile, {kind}", f"{share:.0%} of one core"))
    opened = inside(here.settings, "many_open", "1000", module=STAFF)
    numbers = opened["numbers"]
    spent, steps, looked = asyncio.run(
        closing(here.port, [inside(here.settings, "session")["cookie"], *there["cookies"]], opened["marks"])
    )
    said = inside(here.settings, "closed", json.dumps(numbers), module=STAFF)
    if said["closed"] != len(numbers):
        raise RuntimeError(f"{said['closed']} of {len(numbers)} were closed")
    figures.append(
        Figure(
            f"{len(numbers)} tickets closed by one act, {kind}", f"{spent:.1f} s, told {steps} times",
            f"≤ {CLOSING:.0f} s", spent <= CLOSING,
        )
    )  # fmt: skip
    return [*figures, _pages(f"list page of others meanwhile, {kind}", looked, PAGE)]


def _pages(what: str, took: list[float], bound: int = 0) -> Figure:
    if not took and not bound:
        return Figure(what, "not asked for")
    if not took:
        raise RuntimeError(f"{what}: nothing was asked")
    p95 = percentile(took, 0.95)
    value = f"p50 / p95 / worst {percentile(took, 0.5):.0f} / {p95:.0f} / {max(took):.0f} ms ({len(took)})"
    return Figure(what, value, f"p95 ≤ {bound} ms", p95 <= bound) if bound else Figure(what, value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--tickets", type=int, default=10_000)
    add_only(parser)
    add_at(parser)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))
    tickets = 0 if options.at else options.tickets
    at_work = partial(measure, agents=options.agents, seconds=options.seconds, tickets=tickets)
    return 0 if keep("desk", on_each(options.only, at_work, options.at)) else 1


if __name__ == "__main__":
    sys.exit(main())
