"""Search: how good its answers are, how long they take, how soon it follows.

    bin/bench search [--tickets 100000] [--at INSTALLATION] [--follow INSTALLATION] [--only-times]

Quality: 200 and some queries over a small correspondence in three languages, judged by reading, on both databases,
which must answer alike (tests/search/corpus.py). Time: in the process that answers, search and the words around what
was found, without the page; 95 of 100 within 100 ms, however common the word. `--at` measures that also in an
installation that is there already (a data folder, or a PostgreSQL database), for example one of a million tickets made
by `vikno seed`; nothing is written there. Following: letters come in at a running engine. Typing: a real browser, from
the key to the frame that shows what was found. `--follow` measures these two in a copy of an installation.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import _typing
from bench._common import Figure, installation, keep, kept_data
from bench._common import inside as inside_module
from bench.start import command, first_page
from tests.databases import ROOT, Databases, Postgresql, Sqlite, clean_environment
from tests.installation import free_port

BOUND = 100.0  # milliseconds of server time
FOLLOWED, TYPED = 1000.0, 150.0  # milliseconds from a message being there to its being found; from key to screen
HOSTILE = 1.5  # seconds of processor for the worst text
LETTERS = 60
WHO = {
    "owner": "the owner", "agent": "an agent of one team", "guest": "an agent who sees only their own in one team",
}  # fmt: skip


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


def speed(settings: dict[str, str]) -> list[Figure]:
    found = inside(settings, "times")
    sizes = found["sizes"]
    there = f"{sizes['kind']}, {sizes['tickets']} tickets"
    figures = [
        Figure(
            f"search index, {there}, {sizes['messages']} messages",
            f"{sizes['entries']} entries, {sizes['words']} words",
        ),
        *(Figure(f"of them {WHO[who]} sees, {there}", str(count)) for who, count in found["seen"].items()),
    ]  # fmt: skip
    for what, (first, middle, late, hits, *further) in found["times"].items():
        count = "" if hits < 0 else f"; {hits} found"
        if further:
            count += f"; to the end {further[0]} answers, the slowest {further[1]:.0f} ms"
        figures.append(
            Figure(
                f"{what}, {there}, server time p50 / p95", f"{middle:.0f} / {late:.0f} ms; first {first:.0f} ms{count}",
                f"p95 ≤ {BOUND:.0f} ms", late <= BOUND,
            )
        )  # fmt: skip
    return figures


@contextmanager
def copied(tickets: int) -> Iterator[dict[str, str]]:
    """The settings of a copy of the kept data."""
    with tempfile.TemporaryDirectory(prefix="vikno-bench-", dir=ROOT / ".cache") as folder:
        data = Path(folder) / "data"
        subprocess.run(["cp", "-r", "--reflink=auto", kept_data(tickets)["VIKNO_DATA"], data], check=True)
        yield {"VIKNO_DATA": str(data)}


@contextmanager
def at_work(settings: dict[str, str]) -> Iterator[tuple[dict[str, str], int, int]]:
    """An installation with all processes running; gives its settings, the port of its pages and of SMTP."""
    with tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        port, smtp = free_port(), free_port()
        settings = {"VIKNO_DATA": folder} | settings
        running = {"VIKNO_BASE_URL": f"http://127.0.0.1:{port}", "VIKNO_SMTP_LISTEN": f"127.0.0.1:{smtp}"}
        inside_module(settings, "no_flood")
        with command(ROOT, Path(folder), "--port", str(port), **settings, **running):
            first_page(port, 60)
            yield settings, port, smtp


def following(there: str, where: dict[str, str], *, anew: bool) -> list[Figure]:
    """Letters that come in, keys that are pressed; with `anew` also what an index built anew meanwhile does to both."""
    with at_work(where) as (settings, port, smtp):
        followed = inside(settings, "follow", str(smtp), str(LETTERS))
        cookie = inside_module(settings, "session")["cookie"]
        typed = _typing.typed(f"http://127.0.0.1:{port}", cookie)
        built = inside(settings, "rebuilt", str(smtp)) if anew else None
    figures = [
        Figure(
            f"letter there → found, {there}, p50 / p95",
            f"{followed['middle']:.0f} / {followed['late']:.0f} ms ({followed['count']} letters)",
            f"p95 ≤ {FOLLOWED:.0f} ms", followed["late"] <= FOLLOWED,
        ),
        Figure(
            f"key → found words on the screen, {there}, p50 / p95",
            f"{typed['middle']:.0f} / {typed['late']:.0f} ms ({typed['count']} keys)",
            f"p95 ≤ {TYPED:.0f} ms", typed["late"] <= TYPED,
        ),
    ]  # fmt: skip
    return figures + (_built(there, built) if built else [])


def _built(there: str, built: dict[str, Any]) -> list[Figure]:
    good = built["changed"] and not built["empty"] and not built["failed"] and built["steps"] > 2
    return [
        Figure(
            f"index built anew while in use, {there}",
            f"{built['seconds']:.0f} s; {built['searches']} searches meanwhile, {built['empty']} of them empty, "
            f"{built['letters']} letters all found", "the old one answers", good,
        ),
        Figure(
            f"a common word while the index is built anew, {there}, p50 / p95 / worst",
            f"{built['middle']:.0f} / {built['late']:.0f} / {built['worst']:.0f} ms",
        ),
    ]  # fmt: skip


def hostile(tickets: int) -> list[Figure]:
    took = inside(kept_data(tickets), "hostile")
    return [
        Figure(
            f"the longest text that is read, all of its {took['words']} words invented", f"{took['seconds']:.1f} s",
            f"≤ {HOSTILE} s of processor", took["seconds"] <= HOSTILE,
        )
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--at", action="append", default=[], help="a data folder or a PostgreSQL address, as it is")
    parser.add_argument("--follow", help="the same, of a copy: letters come in there")
    parser.add_argument("--only-times", action="store_true", help="nothing but what is named by these; nothing is kept")
    options = parser.parse_args()
    at = [figure for where in options.at for figure in speed(installation(where))]
    if options.follow:
        at += following("there", installation(options.follow), anew=False)
    if options.only_times:
        for one in at:
            print(f"{one.what:<90} {one.value:<44} {'MISSED' if one.well is False else ''}")
        return 0
    figures = quality() + hostile(options.tickets) + speed(kept_data(options.tickets))
    with copied(options.tickets) as settings:
        figures += following(f"sqlite, {options.tickets} tickets", settings, anew=True)
    figures += at
    return 0 if keep("search", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
