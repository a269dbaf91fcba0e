"""A backlog: letters that waited while the engine stood still, taken in while people go on working at the desk.

    bin/bench backlog [--letters 10000] [--only sqlite|postgresql]

Of ten letters one is a giant of markup and one brings a file. Bounds: 10,000 letters within three minutes of the
engine's start, list and ticket page meanwhile within 150 ms (p95), and at most three commits a letter.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from functools import partial

from bench._common import Asker, Figure, fdatasync_ms, inside, keep, own_cpu, percentile
from bench._fresh import add_only, on_each
from tests.installation import Installation

SECONDS_PER_10_000, PAGE, COMMITS = 180, 150, 3
THINKING = 0.05  # seconds between two requests of each of the two who work at the desk
INTAKE = "bench._intake"


class Worker:
    """Somebody at the desk who asks for one page again and again."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.took: list[float] = []
        self.failed = ""
        self._asker = Asker(port, path, cookie)
        self._asker.ask()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            while not self._stop.wait(THINKING):
                self.took += self._asker.times(1)
        except Exception as error:
            self.failed = repr(error)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        if self.failed:
            raise RuntimeError(f"a page failed: {self.failed}")


def backlog(here: Installation, count: int, kind: str) -> list[Figure]:
    laid = inside(here.settings, "lay_in", str(count), "0", module=INTAKE)["seconds"]
    sync = fdatasync_ms(here.data)
    here.start_web(VIKNO_LOG="warning")
    found = inside(here.settings, "places")
    workers = {name: Worker(here.port, found[name], found["cookie"]) for name in ("list", "ticket")}
    quiet = {name: percentile(worker._asker.times(60), 0.95) for name, worker in workers.items()}
    for worker in workers.values():
        worker.start()
    began, cpu = time.time(), own_cpu()
    here.start("engine", VIKNO_LOG="warning")
    bound = SECONDS_PER_10_000 * count / 10_000
    ended = inside(here.settings, "drained", str(60 + bound * 3), module=INTAKE)
    own = own_cpu() - cpu
    for worker in workers.values():
        worker.stop()
    took, fates = ended["at"] - began, inside(here.settings, "fates", module=INTAKE)
    if ended["left"] or set(fates) - {"ticket", "reply"}:
        raise RuntimeError(f"{ended['left']} letters were not taken in; fates: {fates}")
    figures = [
        Figure(
            f"{count} letters that waited, from the engine's start, {kind}", f"{took:.0f} s ({count / took:.0f}/s)",
            f"≤ {bound:.0f} s", took <= bound,
        ),
        Figure(f"of these, accepted before, {kind}", f"{count / laid:.0f}/s; fdatasync here {sync:.2f} ms"),
    ]  # fmt: skip
    for name, worker in workers.items():
        there = percentile(worker.took, 0.95)
        figures.append(
            Figure(
                f"{name} page meanwhile, {kind}, p50 / p95 (p95 before)",
                f"{percentile(worker.took, 0.5):.0f} / {there:.0f} ms ({quiet[name]:.0f} ms; {len(worker.took)} pages)",
                f"p95 ≤ {PAGE} ms", there <= PAGE,
            )
        )  # fmt: skip
    figures.append(Figure(f"load generator's own processor meanwhile, {kind}", f"{own / took:.0%} of one core"))
    return figures


def commits(here: Installation, kind: str) -> Figure:
    said = inside(here.settings, "commits", "40", module=INTAKE)
    return Figure(
        f"commits a letter, alone / in a backlog, {kind}", f"{said['alone']:.2f} / {said['backlog']:.2f}",
        f"≤ {COMMITS}", said["alone"] <= COMMITS,
    )  # fmt: skip


def measure(here: Installation, kind: str, letters: int) -> list[Figure]:
    here.run("seed", "--tickets", "1000", "--messages", "5000")
    here.run("seed", "--tickets", "20", "--messages", "800", "--random", "2")
    return [commits(here, kind), *backlog(here, letters, kind)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    add_only(parser)
    options = parser.parse_args()
    figures = on_each(options.only, partial(measure, letters=options.letters))
    return 0 if keep("backlog", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
