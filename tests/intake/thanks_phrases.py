"""Letters of a line or two, half of them pure thanks, half of them something more: what the recogniser is judged by.

In the text files beside, a line that begins with "+" thanks and asks for nothing, one with "-" thanks, or seems to, and
wants something; ¶ is a line break within one. The rules were worked on with those of `TUNED` in view. They were never
changed for `HELD_OUT`, and nothing may be changed for it: whoever wants better rules writes new phrases.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Phrases(NamedTuple):
    """`thanks` ask for nothing; `more` do."""

    thanks: tuple[str, ...]
    more: tuple[str, ...]


def _read(name: str) -> Phrases:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    pairs = [(line[0], line[2:].replace("¶", "\n")) for line in lines]
    return Phrases(
        tuple(words for mark, words in pairs if mark == "+"), tuple(words for mark, words in pairs if mark == "-")
    )


TUNED = _read("thanks_tuned.txt")
HELD_OUT = _read("thanks_held_out.txt")
