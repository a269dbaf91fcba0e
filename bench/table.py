"""The figures last measured, as one table; written to docs/performance.md.

bin/bench table
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

from bench._common import CACHE, machine
from tests.databases import ROOT

TITLES = {
    "pages": "Pages", "letters": "Letters", "backlog": "A backlog of letters", "size": "A letter among many tickets",
    "thanks": "Thanks",
    "streams": "Open desks", "desk": "Agents at work", "large": "A large company", "start": "Start and memory",
    "understanding": "Understanding letters", "search": "Search",
}  # fmt: skip
MISSED = "**missed**"
HEAD = """# Performance

Written by `bin/bench`, which measures all of this anew on the machine where it runs. What counts are the ratios: both
sides of a ratio are measured in turns in the same run, so a slow or busy machine slows both.

- *Floor*: a bare ASGI handler on uvicorn that runs the very SQL of the page by the bare driver and sends the same
  bytes, rendered by bare Jinja2 from the same context.
- *Ticket of 30 messages*: the whole page: list, time line, composer, requester and properties.
- *Durable*: a letter is answered with 250 once it is on the disk (SQLite `synchronous=FULL`, PostgreSQL `fsync=on`).
  The time that the disk takes for it (`fdatasync`) stands beside.
- *To the screen*: from that 250 to the open desk's stream saying that the list changed, and to the new rows having
  been answered. A page waits another 250 ms, to ask once for many changes.
"""


def section(title: str, run: dict[str, Any]) -> list[str]:
    """A part of the page, from what was measured here."""
    load = run["load"]
    lines = [
        f"## {title}", "",
        f"Measured {run['at'][:10]}; load of the machine then {load[0]}, {load[1]}, {load[2]} (1, 5, 15 min).",
        "", "| what | measured | bound | |", "|---|---|---|---|",
    ]  # fmt: skip
    for one in run["figures"]:
        verdict = {True: "kept", False: MISSED, None: ""}[one["well"]]
        lines.append(f"| {one['what']} | {one['value']} | {one['bound']} | {verdict} |")
    return [*lines, "", run["words"]] if run["words"] else lines


def known(page: str) -> dict[str, list[str]]:
    """The parts of the page as it stands, by their titles."""
    parts = [part.strip().splitlines() for part in ("\n" + page).split("\n## ")[1:]]
    return {lines[0]: ["## " + lines[0], *lines[1:]] for lines in parts}


def main() -> int:
    path = ROOT / "docs" / "performance.md"
    before = known(path.read_text()) if path.exists() else {}
    lines = [HEAD, f"Last run: {datetime.now(UTC):%Y-%m-%d}.", "", "| machine | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine()]
    missed = []
    for name, title in TITLES.items():
        result = CACHE / "results" / f"{name}.json"
        if result.exists():
            part = section(title, json.loads(result.read_text()))
        elif title in before:  # measured in another checkout
            part = before[title]
        else:
            print(f"{title}: not measured yet (bin/bench {name})")
            continue
        lines += ["", *part]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part if line.startswith("|")]
        missed += [f"- {row[0]}: {row[1]} (bound {row[2]})" for row in cells if row[-1] == MISSED]
    lines += ["", "## Missed in this run", "", *(missed or ["Nothing."])]
    notes = ROOT / "bench" / "notes.md"
    if notes.exists():
        lines += ["", notes.read_text().strip()]
    text = "\n".join(lines) + "\n"
    path.write_text(text)
    print(text[len(HEAD) :])
    return 0


if __name__ == "__main__":
    sys.exit(main())
