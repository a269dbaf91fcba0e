"""The hot pages: against the least they can cost in Python, and against growth from 10 thousand tickets on.

    bin/bench pages [--tickets 100000] [--rounds 30] [--million]

Bounds: a list of 50 and a ticket of 30 messages take at most three times their floor (bench/_floor.py), and at most 1.3
times as long with ten (or a hundred) times as many tickets. All of one comparison are asked in turns, some requests
each, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from bench._common import Asker, Figure, burst, inside, keep, kept_data, own_cpu
from tests.databases import ROOT, clean_environment
from tests.installation import Process, free_port

FLOOR, GROWTH = 3.0, 1.3
PAGES = ("list", "ticket")
NAMES = {"list": "list of 50", "ticket": "ticket of 30 messages"}
EACH = 12  # requests in a row before it is the other's turn


class Side:
    """One server in a comparison: how long its pages took."""

    def __init__(self, name: str, pid: int, askers: dict[str, Asker]) -> None:
        self.name, self.process, self.askers = name, psutil.Process(pid), askers
        self.took: dict[str, list[float]] = {page: [] for page in askers}
        self.busy = dict.fromkeys(askers, 0.0)
        self.rates: dict[str, list[float]] = {page: [] for page in askers}

    def turn(self, page: str) -> None:
        before = sum(self.process.cpu_times()[:2])
        self.took[page] += self.askers[page].times(EACH)
        self.busy[page] += sum(self.process.cpu_times()[:2]) - before

    def p50(self, page: str) -> float:
        return statistics.median(self.took[page])

    def cpu(self, page: str) -> float:
        """Milliseconds of its processor for each request."""
        return self.busy[page] / len(self.took[page]) * 1000


def web(settings: dict[str, str], stack: ExitStack) -> tuple[int, int]:
    """A web process alone; its port and its id."""
    port = free_port()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vikno-bench-"))
    environment = clean_environment(**settings, VIKNO_BASE_URL=f"http://127.0.0.1:{port}", VIKNO_LOG="warning")
    process = Process(["web", "--port", str(port)], environment, Path(folder) / "log")
    stack.callback(process.kill)
    process.wait_for(f"http://127.0.0.1:{port}/readyz", 60)
    return port, child_of(process.pid)


def child_of(pid: int) -> int:
    """The process that answers: a supervisor's child, or the command itself."""
    children = psutil.Process(pid).children()
    return children[0].pid if children else pid


def floor(parts: Path, stack: ExitStack) -> tuple[int, int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench._floor", str(parts), str(port)], cwd=ROOT)
    stack.callback(process.wait)
    stack.callback(process.kill)
    for _ in range(200):
        try:
            Asker(port, "/list").ask()
            return port, process.pid
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the floor does not answer")


def in_turns(sides: list[Side], rounds: int, load: bool) -> None:
    for page in PAGES:
        for side in sides:
            side.askers[page].times(5)
    for _ in range(rounds):
        for page in PAGES:
            for side in sides:
                side.turn(page)
    for _ in range(2 if load else 0):
        for page in PAGES:
            for side in sides:
                side.rates[page].append(burst(side.askers[page], 16, 0.5)[0])


def against_floor(tickets: int, rounds: int) -> list[Figure]:
    settings = kept_data(tickets)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vikno-bench-")))
        parts = folder / "parts"
        found = inside(settings, "capture", str(parts))
        port, pid = web(settings, stack)
        ours = Side("Vikno", pid, {page: Asker(port, found[page], found["cookie"]) for page in PAGES})
        port, pid = floor(parts, stack)
        least = Side("floor", pid, {page: Asker(port, f"/{page}") for page in PAGES})
        lengths = {page: (len(ours.askers[page].ask()), len(least.askers[page].ask())) for page in PAGES}
        began, cpu = time.perf_counter(), own_cpu()
        in_turns([ours, least], rounds, load=True)
        share = (own_cpu() - cpu) / (time.perf_counter() - began)
    figures = []
    for page in PAGES:
        ratio = ours.p50(page) / least.p50(page)
        name, (bytes_ours, bytes_least) = NAMES[page], lengths[page]
        if abs(bytes_ours - bytes_least) > bytes_ours * 0.02:
            raise AssertionError(f"{name}: {bytes_ours} bytes, and {bytes_least} from the floor: not the same page")
        rates = statistics.median(ours.rates[page]), statistics.median(least.rates[page])
        figures += [
            Figure(
                f"{name}, {tickets} tickets, HTTP p50, one connection",
                f"{ours.p50(page):.2f} ms / floor {least.p50(page):.2f} ms = {ratio:.2f}",
                f"≤ {FLOOR:.0f} × the floor", ratio <= FLOOR,
            ),
            Figure(
                f"{name}: processor of one request; SQL statements; size",
                f"{ours.cpu(page):.2f} ms / floor {least.cpu(page):.2f} ms; {found['queries'][page]}; "
                f"{bytes_ours // 1024} KB",
            ),
            Figure(f"{name}, 16 connections", f"{rates[0]:.0f}/s / floor {rates[1]:.0f}/s"),
        ]  # fmt: skip
    figures.append(Figure("load generator's own processor while measuring pages", f"{share:.0%} of one core"))
    return figures


def growth(few: int, many: int, rounds: int) -> list[Figure]:
    with ExitStack() as stack:
        sides = []
        for tickets in (few, many):
            settings = kept_data(tickets)
            found = inside(settings, "places")
            port, pid = web(settings, stack)
            askers = {page: Asker(port, found[page], found["cookie"]) for page in PAGES}
            sides.append(Side(str(tickets), pid, askers))
        in_turns(sides, rounds, load=False)
    small, large = sides
    figures = []
    for page in PAGES:
        ratio = large.p50(page) / small.p50(page)
        figures.append(
            Figure(
                f"{NAMES[page]}, {few} → {many} tickets, HTTP p50",
                f"{small.p50(page):.2f} → {large.p50(page):.2f} ms = {ratio:.2f}",
                f"≤ {GROWTH} ×", ratio <= GROWTH,
            )
        )  # fmt: skip
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--million", action="store_true", help="growth to 1,000,000 tickets too: made once, and kept")
    options = parser.parse_args()
    figures = against_floor(options.tickets, options.rounds) + growth(10_000, options.tickets, options.rounds)
    if options.million:
        figures += growth(10_000, 1_000_000, options.rounds)
    return 0 if keep("pages", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
