"""A backlog: letters that waited while the engine stood still, taken in while people go on working at the desk.

    bin/bench backlog [--letters 10000] [--only sqlite|postgresql] [--big 100000]

Of ten letters one is a giant of markup and one brings a file. Bounds: 10,000 letters within three minutes of the
engine's start, list and ticket page meanwhile within 150 ms (p95), at most three commits a letter, and a letter's cost
the same in a large database as in a small one (within 1.3 times, on SQLite).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench._common import (
    OWNER,
    PASSWORD,
    SUPPORT,
    Asker,
    Figure,
    fdatasync_ms,
    inside,
    keep,
    kept_data,
    own_cpu,
    percentile,
    set_up,
)
from bench.letters import databases
from tests.installation import Installation

SECONDS_PER_10_000, PAGE, COMMITS, FLAT = 180, 150, 3, 1.3
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


def measure(kind: str, letters: int) -> list[Figure]:
    with databases(kind) as there, tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        here = Installation(Path(folder), there)
        try:
            here.run(
                "setup", "--company", "Bench", "--email", OWNER, "--password", PASSWORD, "--address", SUPPORT,
                "--language", "uk", "--zone", "Europe/Kyiv",
            )  # fmt: skip
            inside(here.settings, "no_flood")
            here.run("seed", "--tickets", "1000", "--messages", "5000")
            here.run("seed", "--tickets", "20", "--messages", "800", "--random", "2")
            return [commits(here, kind), *backlog(here, letters, kind)]
        finally:
            here.close()


def growth(tickets: int) -> Figure:
    """A letter's cost in a copy of the kept data beside that in an empty database, measured in turns."""
    kept = Path(kept_data(tickets)["VIKNO_DATA"])
    with tempfile.TemporaryDirectory(prefix="copy-", dir=kept.parent) as folder:
        settings = {name: {"VIKNO_DATA": f"{folder}/{name}"} for name in ("large", "small")}
        shutil.copytree(kept, settings["large"]["VIKNO_DATA"])
        set_up(settings["small"])
        least: dict[str, float] = {}
        for one in settings.values():
            inside(one, "no_flood")
        for turn in range(3):
            for name, one in settings.items():
                said = inside(one, "pace", "200", str(7_000_000 + 1000 * turn), module=INTAKE)["ms"]
                least[name] = min(least.get(name, said), said)
    ratio = least["large"] / least["small"]
    return Figure(
        f"a letter's processor time with {tickets} tickets beside an empty database, sqlite",
        f"{ratio:.2f} × ({least['large']:.1f} / {least['small']:.1f} ms)", f"≤ {FLAT} ×", ratio <= FLAT,
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--big", type=int, default=100_000, help="tickets of the large database; 0 leaves it out")
    options = parser.parse_args()
    kinds = (options.only,) if options.only else ("sqlite", "postgresql")
    figures = [one for kind in kinds for one in measure(kind, options.letters)]
    if options.big and "sqlite" in kinds:
        figures.append(growth(options.big))
    return 0 if keep("backlog", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
