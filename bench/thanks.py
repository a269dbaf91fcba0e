"""How well thanks are told from requests: precision and recall on phrases of our own, and the time that it takes.

bin/bench thanks
"""

from __future__ import annotations

import sys
import time

from bench._common import Figure, keep
from tests.intake.thanks_phrases import HELD_OUT, TUNED, Phrases
from vikno.intake.thanks import LONGEST, thanks_in

WORDS = (
    "Precision: of what was taken as thanks, the share that was. Recall: of all thanks, the share that was found. The"
    " phrases are our own (`tests/intake/thanks_phrases.py`), about half thanks, half traps; no rule was changed for"
    " those held out. Whoever wrote them knew the rules, so letters of strangers will be found less often."
)


def main() -> int:
    figures = [*_judged("tuned on", TUNED), *_judged("held out", HELD_OUT), _time()]
    return 0 if keep("thanks", figures, WORDS) else 1


def _judged(name: str, phrases: Phrases) -> list[Figure]:
    found = [phrase for phrase in phrases.thanks if thanks_in(phrase)]
    wrong = [phrase for phrase in phrases.more if thanks_in(phrase)]
    taken = len(found) + len(wrong)
    count = len(phrases.thanks) + len(phrases.more)
    precision, recall = len(found) / taken if taken else 1.0, len(found) / len(phrases.thanks)
    return [
        Figure(
            f"thanks, {name} ({count} phrases): precision", f"{precision:.3f} ({len(wrong)} requests taken as thanks)",
            "≥ 0.99", precision >= 0.99,
        ),
        Figure(f"thanks, {name}: recall", f"{recall:.3f} ({len(found)} of {len(phrases.thanks)})"),
    ]  # fmt: skip


def _time() -> Figure:
    """The longest text that is looked at at all, made of words that are all known."""
    text = ("дуже " * LONGEST)[:LONGEST]
    start, times = time.perf_counter(), 200
    for _ in range(times):
        thanks_in(text)
    return Figure("thanks: the slowest message", f"{(time.perf_counter() - start) / times * 1000:.2f} ms")


if __name__ == "__main__":
    sys.exit(main())
