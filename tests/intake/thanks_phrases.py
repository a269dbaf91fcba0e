"""Letters of a line or two, half of them pure thanks, half of them something more: what the recogniser is judged by.

In the text files beside, a line that begins with "+" thanks and asks for nothing, one with "-" thanks, or seems to, and
wants something; ¶ is a line break within one; behind ‖ stand the names of those who write to each other, as far as they
are known; "# uk" says what language follows.

The rules were worked on with those of `TUNED`, `STRANGERS`, `NEWCOMERS` and `CUSTOMERS` in view (all but the first
were written before the rules that found them). They were never changed for `HELD_OUT` and `UNSEEN`, and nothing may be
changed for those: whoever wants better rules writes new phrases.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Phrase(NamedTuple):
    """What somebody writes, and the names known."""

    text: str
    names: tuple[str, ...]
    language: str


class Phrases(NamedTuple):
    """`thanks` ask for nothing; `more` do."""

    thanks: tuple[Phrase, ...]
    more: tuple[Phrase, ...]


def _read(name: str) -> Phrases:
    found: dict[str, list[Phrase]] = {"+": [], "-": []}
    language = ""
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
        if line.startswith("# "):
            language = line[2:]
            continue
        text, _, names = line[2:].partition(" ‖ ")
        known = tuple(names.split("; ")) if names else ()
        found[line[0]].append(Phrase(text.replace("¶", "\n"), known, language))
    return Phrases(tuple(found["+"]), tuple(found["-"]))


TUNED = _read("thanks_tuned.txt")
STRANGERS = _read("thanks_strangers.txt")
HELD_OUT = _read("thanks_held_out.txt")
UNSEEN = _read("thanks_unseen.txt")
NEWCOMERS = _read("thanks_newcomers.txt")
CUSTOMERS = _read("thanks_customers.txt")
