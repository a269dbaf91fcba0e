"""Search: how good its answers are, and how long they take.

    bin/bench search [--tickets 100000] [--million]

Quality: 200 and some queries over a small correspondence in three languages, judged by reading, on both databases,
which must answer alike (tests/search/corpus.py). Time: in the process that answers, search and the words around what
was found, without the page; 95 of 100 within 100 ms, however common the word.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._common import Figure, keep, kept_data
from tests.databases import ROOT, Databases, Postgresql, Sqlite, clean_environment

BOUND = 100.0  # milliseconds


def inside(settings: dict[str, str], *words: str) -> Any:
    """What a function of bench._search answers, run in this installation by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench._search", *words], cwd=ROOT, text=True, capture_output=True, check=False,
        env=clean_environment(**settings, DJANGO_SETTINGS_MODULE="vikno.settings"),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def judged(databases: Databases) -> Any:
    with tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        settings = databases.address(Path(folder))
        databases.make(settings)
        try:
            return inside(settings, "judged")
        finally:
            databases.drop(settings)


def quality() -> list[Figure]:
    found = {"sqlite": judged(Sqlite())}
    with Postgresql.started() as server:
        found["postgresql"] = judged(server)
    one, other = found.values()
    same = sum(a == b for a, b in zip(one["verdicts"], other["verdicts"], strict=True))
    return [
        Figure(f"judged queries: first answer is right, of {one['queries']}", f"{one['first']:.1%}"),
        Figure("judged queries: of the first three places, right", f"{one['three']:.1%}"),
        Figure("judged queries: of what answers, found", f"{one['recall']:.1%}"),
        Figure(
            "judged queries answered alike, in the same order, by both databases", f"{same} of {one['queries']}", "all",
            same == one["queries"],
        ),
    ]  # fmt: skip


def speed(tickets: int) -> list[Figure]:
    found = inside(kept_data(tickets), "times")
    sizes = found["sizes"]
    figures = [Figure(f"search index of {tickets} tickets", f"{sizes['entries']} entries, {sizes['words']} words")]
    for what, (first, middle, late, hits) in found["times"].items():
        figures.append(
            Figure(
                f"{what}, {tickets} tickets, server time p50 / p95",
                f"{middle:.0f} / {late:.0f} ms; first {first:.0f} ms; {hits} found",
                f"p95 ≤ {BOUND:.0f} ms", late <= BOUND,
            )
        )  # fmt: skip
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--million", action="store_true", help="1,000,000 tickets too: made once, and kept")
    options = parser.parse_args()
    figures = quality() + speed(options.tickets)
    if options.million:
        figures += speed(1_000_000)
    return 0 if keep("search", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
