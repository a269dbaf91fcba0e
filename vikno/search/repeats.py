"""Reading the texts of one entry, where much is said again: what lies folded below a letter repeats the letters before
it, the rest of a very long one mostly itself. Of such text only what was not said before is kept.

What is left out stands as empty places: those of the index are those of the text.
"""

from __future__ import annotations

import re

from vikno.search.analyser.tokens import EMPTY, Reading

WHOLE = 40_000  # characters of a text that are kept as they are
RUN = 30  # places of one line that are kept or left out together
_BORDER = re.compile(r"[^\W\d]\s")  # nothing that is one place goes on over it


class Telling:
    """Reads texts in the order in which they were said."""

    def __init__(self) -> None:
        self.reading = Reading()
        self._said = {EMPTY}
        self._lines: dict[str, list[str]] = {}

    def told(self, text: str) -> str:
        """The places of a text; what comes after the beginning of a very long one only where it says more."""
        border = _BORDER.search(text, WHOLE)
        end = border.end() if border else len(text)
        places = self.reading.analyse(text[:end])
        self._said.update(places.split())
        return f"{places} {' '.join(self._fresh(text[end:]))}" if end < len(text) else places

    def repeated(self, text: str) -> str:
        """The places of what says more than was said before; "" if nothing does."""
        kept = self._fresh(text)
        while kept and kept[-1] == EMPTY:
            kept.pop()
        return " ".join(kept)

    def _fresh(self, text: str) -> list[str]:
        kept: list[str] = []
        for line in text.split("\n"):
            places = self._read(line.strip("> \t\r"))
            for at in range(0, len(places), RUN):
                run = places[at : at + RUN]
                kept += [EMPTY] * len(run) if self._said.issuperset(run) else run
                self._said.update(run)
        return kept

    def _read(self, line: str) -> list[str]:
        known = self._lines.get(line)
        if known is None:
            known = self._lines[line] = self.reading.analyse(line).split()
        return known
