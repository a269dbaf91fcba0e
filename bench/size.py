"""A letter's cost in a large installation beside that in a small one.

    bin/bench size [--tickets 100000] [--at FOLDER | --at postgresql://...] [--beside 10000]

Letters of the mixture are taken in and found by the search index, in both in turns. Bound: in the large one 1.3 times
the time and the statements of the small one. Both are copies of kept data on SQLite; a million is made in about an
hour, once. `--at` takes an installation that is there already for the large one, as it is: the letters stay in it. It
is compared with an empty company on the same kind of database; `--beside 0` is one too.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench._common import CACHE, Figure, inside, installation, keep, kept_data, set_up
from tests.databases import Postgresql

FLAT, LETTERS, TURNS = 1.3, 200, 3
INTAKE = "bench._intake"
# What `pace` answers, a letter each.
PARTS = {
    "cpu": ("taking a letter in: processor", "ms"), "wall": ("taking a letter in: time", "ms"),
    "statements": ("taking a letter in: statements", ""), "index": ("its events read, its words indexed: time", "ms"),
    "index_statements": ("its events read, its words indexed: statements", ""),
}  # fmt: skip


@contextmanager
def company(tickets: int) -> Iterator[dict[str, str]]:
    """The settings of a copy of the kept data; of a company without a request, for none."""
    with tempfile.TemporaryDirectory(prefix="copy-", dir=CACHE) as folder:
        settings = {"VIKNO_DATA": f"{folder}/data"}
        if tickets:
            shutil.copytree(kept_data(tickets)["VIKNO_DATA"], settings["VIKNO_DATA"])
        else:
            Path(settings["VIKNO_DATA"]).mkdir()
            set_up(settings)
        yield settings


@contextmanager
def empty_on_postgresql() -> Iterator[dict[str, str]]:
    with Postgresql.started() as server, tempfile.TemporaryDirectory(prefix="copy-", dir=CACHE) as folder:
        settings = server.address(Path(folder))
        server.make(settings)
        set_up(settings)
        yield settings


def growth(small: dict[str, str], large: dict[str, str], sizes: str) -> list[Figure]:
    """What a letter costs in these installations, whose `sizes` are named so."""
    least: list[dict[str, float]] = [{}, {}]
    for one in (small, large):
        inside(one, "no_flood")
    for turn in range(TURNS):
        for one, known in zip((small, large), least, strict=True):
            said = inside(one, "pace", str(LETTERS), str(7_000_000 + 10_000 * turn), module=INTAKE)
            known.update({part: min(known.get(part, value), value) for part, value in said.items()})
    figures = []
    for part, (words, unit) in PARTS.items():
        few, many = (known[part] for known in least)
        figures.append(
            Figure(
                f"{words}, {sizes}", f"{few:.1f} → {many:.1f} {unit}".rstrip() + f" = {many / few:.2f}",
                f"≤ {FLAT} ×", many <= few * FLAT,
            )
        )  # fmt: skip
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--beside", type=int, default=10_000)
    parser.add_argument("--at", action="append", default=[], help="a data folder or a PostgreSQL address")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    figures = []
    for where in options.at:
        large = installation(where)
        kind = "postgresql" if "VIKNO_DATABASE_URL" in large else "sqlite"
        with empty_on_postgresql() if kind == "postgresql" else company(0) as small:
            count = inside(large, "tickets", module=INTAKE)["tickets"]
            figures += growth(small, large, f"0 → {count} tickets, {kind}")
    if not options.at:
        with company(options.beside) as small, company(options.tickets) as grown:
            figures = growth(small, grown, f"{options.beside} → {options.tickets} tickets, sqlite")
    return 0 if keep("size", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
