"""The pages of a large company: 500 teams, 500 agents, 200 fields, 5,000 members of an organisation, 2,000 messages.

    bin/bench large [--tickets 10000] [--only sqlite|postgresql | --at INSTALLATION]

Bound: each page within 150 ms (p95), asked for one after the other.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

from bench._common import Asker, Figure, inside, keep, own_cpu, percentile
from bench._fresh import add_at, add_only, on_each
from tests.installation import Installation

PAGE = 150  # ms
EACH = 40  # requests of each page
LARGE = "bench._large"


def measure(here: Installation, kind: str, tickets: int) -> list[Figure]:
    if tickets:
        here.run("seed", "--tickets", str(tickets))
    found = inside(here.settings, "large", module=LARGE)
    cookie = found.pop("cookie")
    statements = inside(here.settings, "statements", cookie, *found.values())
    here.start_web(VIKNO_LOG="warning")
    figures = []
    for name, path in found.items():
        asker = Asker(here.port, path, cookie)
        size = len(asker.ask())
        asker.times(3)
        cpu = own_cpu()
        took = asker.times(EACH)
        share = (own_cpu() - cpu) * 1000 / sum(took)
        p95 = percentile(took, 0.95)
        value = f"{percentile(took, 0.5):.0f} / {p95:.0f} ms; {statements[path]} statements; {size // 1024} KB"
        figures.append(Figure(f"{name}, {kind}, p50 / p95", value, f"p95 ≤ {PAGE} ms", p95 <= PAGE))
    figures.append(Figure(f"load generator's own processor at the last, {kind}", f"{share:.0%} of one core"))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    add_only(parser)
    add_at(parser)
    options = parser.parse_args()
    figures = on_each(options.only, partial(measure, tickets=0 if options.at else options.tickets), options.at)
    return 0 if keep("large", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
