"""How commands that take long tell how far they are: one line that renews itself on a terminal, else a line a part."""

from __future__ import annotations

import sys

STEP = 20_000  # from one line on paper to the next


class Lines:
    """Called with what is being done and how many so far."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.what = ""
        self.told = 0

    def __call__(self, what: str, count: int) -> None:
        if self.terminal:
            end = "\n" if self.what and what != self.what else ""
            print(f"{end}\r{what}: {count}", end="", file=sys.stderr, flush=True)
        else:  # on paper only what takes some time
            self.told = self.told if what == self.what else 0
            if count >= self.told + STEP:
                print(f"{what}: {count}", file=sys.stderr, flush=True)
                self.told = count
        self.what = what
