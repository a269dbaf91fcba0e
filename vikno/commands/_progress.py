"""How commands that take long tell how far they are: one line that renews itself on a terminal, else a line a part."""

from __future__ import annotations

import sys


class Lines:
    """Called with what is being done and how many so far."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.what = ""

    def __call__(self, what: str, count: int) -> None:
        if self.terminal:
            end = "\n" if self.what and what != self.what else ""
            print(f"{end}\r{what}: {count}", end="", file=sys.stderr, flush=True)
        elif count >= 20_000:  # on paper only what took some time
            print(f"{what}: {count}", file=sys.stderr, flush=True)
        self.what = what
