"""Starting: from the command to the first page, the memory of the whole system, and a fresh checkout.

    bin/bench start [--no-checkout]

Bounds: 3 s to the first page on a machine that is set up; 250 MB for all processes together, idle, on SQLite (the sum
of their proportional shares: what two share counts once); each of them at most 1 % of a core while nothing happens;
90 s from a fresh checkout with its packages in the cache.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil

from bench._common import OWNER, PASSWORD, SUPPORT, Asker, Figure, inside, keep
from tests.databases import ROOT, Sqlite, clean_environment
from tests.installation import Installation, free_port

FIRST_PAGE, MEMORY, CHECKOUT = 3.0, 250, 90
SETTLE = 8  # seconds of rest before memory is read
IDLE = 30  # seconds over which the processor is watched
SAID = (
    "Принтери не друкують, потрібна допомога бухгалтерії", "Не пришли документы, отправьте счёт покупателям",
    "The printers are printing nothing but empty pages",
)  # fmt: skip
PROCESSOR = 1.0  # hundredths of a core for each process


def first_page(port: int, patience: float) -> float:
    """Seconds until `/` leads to a page. Raises RuntimeError when it takes longer than `patience`."""
    began = time.perf_counter()
    while time.perf_counter() - began < patience:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=patience) as answer:
                answer.read()
                return time.perf_counter() - began
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"the first page answered {error.code}") from error
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"no page in {patience:.0f} s")


def memory(pid: int) -> tuple[float, list[str]]:
    """Megabytes of a process and all of its children, and those of each."""
    parent = psutil.Process(pid)
    shares = [one.memory_full_info().pss / 2**20 for one in (parent, *parent.children(recursive=True))]
    return sum(shares), [f"{share:.0f}" for share in shares]


def processor(pid: int) -> list[float]:
    """Hundredths of a core that each process takes while nothing happens."""
    parent = psutil.Process(pid)
    watched = [parent, *parent.children(recursive=True)]
    before = [sum(one.cpu_times()[:2]) for one in watched]
    time.sleep(IDLE)
    return [(sum(one.cpu_times()[:2]) - earlier) / IDLE * 100 for one, earlier in zip(watched, before, strict=True)]


def use_search(here: Installation, cookie: str) -> None:
    """A letter in each language, and a search for it when it has been taken in: all dictionaries are loaded then."""
    for text in SAID:
        letter = f"From: Client <client@firm.example>\nTo: {SUPPORT}\nSubject: {text}\n"
        here.run("mail", input=f"{letter}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode())
    for text in SAID:
        asker = Asker(here.port, f"/search?{urlencode({'q': text})}", cookie)
        deadline = time.monotonic() + 30
        while b"found__row" not in asker.ask():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the letter {text!r} was not found in 30 s")
            time.sleep(0.3)


@contextmanager
def command(checkout: Path, folder: Path, *arguments: str, **settings: str) -> Iterator[int]:
    """`bin/vikno serve` of a checkout, as people type it; gives its pid."""
    with (folder / "log").open("ab") as log:
        running = subprocess.Popen(
            [str(checkout / "bin" / "vikno"), "serve", *arguments], cwd=checkout, env=clean_environment(**settings),
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield running.pid
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(30)


def on_a_machine_set_up(times: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        here = Installation(Path(folder), Sqlite())
        try:
            here.run(
                "setup", "--company", "Bench", "--email", OWNER, "--password", PASSWORD, "--address", SUPPORT,
                "--language", "uk",
            )  # fmt: skip
            here.start_all().stop()
            took = []
            for again in range(times):
                with command(ROOT, Path(folder), "--port", str(here.port), **here.settings) as pid:
                    took.append(first_page(here.port, 60))
                    if again == times - 1:
                        time.sleep(SETTLE)
                        whole, each = memory(pid)
                        busy = processor(pid)
                        use_search(here, inside(here.settings, "session")["cookie"])
                        time.sleep(SETTLE)
                        searched, each_searched = memory(pid)
        finally:
            here.close()
    most = max(busy)
    best, said = min(took), ", ".join(f"{one:.1f}" for one in took)
    return [
        Figure("second start to first page", f"{said} s", f"≤ {FIRST_PAGE:.0f} s", best <= FIRST_PAGE),
        Figure(
            "memory of all processes, idle, SQLite (sum of PSS)", f"{whole:.0f} MB ({' + '.join(each)})",
            f"≤ {MEMORY} MB, aim 220", whole <= MEMORY,
        ),
        Figure(
            "the same after a letter and a search in each of three languages",
            f"{searched:.0f} MB ({' + '.join(each_searched)})", f"≤ {MEMORY} MB", searched <= MEMORY,
        ),
        Figure(
            "processor of each process, idle, in % of a core", " + ".join(f"{one:.1f}" for one in busy),
            f"≤ {PROCESSOR:.0f}", most <= PROCESSOR,
        ),
    ]  # fmt: skip


def checkout() -> list[Figure]:
    """Clone this repository as it is committed, and start its demo with the one command."""
    with tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        there, port = Path(folder) / "vikno", free_port()
        began = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(there)], check=True)
        with command(there, Path(folder), "--demo", "--port", str(port), VIKNO_SMTP_LISTEN="127.0.0.1:0"):
            first_page(port, 400)
            took = time.perf_counter() - began
    return [
        Figure(
            "fresh checkout to the first page, packages cached", f"{took:.0f} s", f"≤ {CHECKOUT} s", took <= CHECKOUT
        )
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-checkout", action="store_true", help="leave the fresh checkout out")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    figures = on_a_machine_set_up(options.times)
    if not options.no_checkout:
        figures += checkout()
    return 0 if keep("start", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
