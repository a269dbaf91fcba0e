"""A letter's cost in a large installation beside that in a small one, on SQLite.

    bin/bench size [--tickets 100000] [--beside 10000]

Letters of the mixture are taken in and found by the search index, in copies of the kept data, in turns. Bound: in the
large one 1.3 times the time and the statements of the small one. A million is made in about an
hour, once.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from bench._common import CACHE, Figure, inside, keep, kept_data

FLAT, LETTERS, TURNS = 1.3, 200, 3
INTAKE = "bench._intake"
# What `pace` answers, a letter each.
PARTS = {
    "cpu": ("taking a letter in: processor", "ms"), "wall": ("taking a letter in: time", "ms"),
    "statements": ("taking a letter in: statements", ""), "index": ("its events read, its words indexed: time", "ms"),
}  # fmt: skip


def growth(few: int, many: int) -> list[Figure]:
    least: dict[str, dict[str, float]] = {"small": {}, "large": {}}
    kept = {"small": kept_data(few), "large": kept_data(many)}
    with tempfile.TemporaryDirectory(prefix="copy-", dir=CACHE) as folder:
        settings = {name: {"VIKNO_DATA": f"{folder}/{name}"} for name in kept}
        for name, one in settings.items():
            shutil.copytree(Path(kept[name]["VIKNO_DATA"]), one["VIKNO_DATA"])
            inside(one, "no_flood")
        for turn in range(TURNS):
            for name, one in settings.items():
                said = inside(one, "pace", str(LETTERS), str(7_000_000 + 10_000 * turn), module=INTAKE)
                least[name] = {part: min(least[name].get(part, value), value) for part, value in said.items()}
    figures = []
    for part, (words, unit) in PARTS.items():
        small, large = least["small"][part], least["large"][part]
        figures.append(
            Figure(
                f"{words}, {few} → {many} tickets, sqlite", f"{small:.1f} → {large:.1f} {unit}".rstrip()
                + f" = {large / small:.2f}", f"≤ {FLAT} ×", large <= small * FLAT,
            )
        )  # fmt: skip
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--beside", type=int, default=10_000)
    options = parser.parse_args()
    return 0 if keep("size", growth(options.beside, options.tickets)) else 1


if __name__ == "__main__":
    sys.exit(main())
