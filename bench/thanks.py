"""How well thanks are told from requests: precision and recall on phrases of our own, and the time that it takes.

bin/bench thanks
"""

from __future__ import annotations

import sys
import time

from bench._common import Figure, keep
from tests.intake.thanks_phrases import CUSTOMERS, HELD_OUT, NEWCOMERS, STRANGERS, TUNED, UNSEEN, Phrases
from vikno.intake.thanks import LONGEST, thanks_in

WORDS = (
    "Precision: of what was taken as thanks, the share that was. Recall: of all thanks, the share that was found. The"
    " phrases are our own (`tests/intake/thanks_phrases.py`), about half thanks, half traps. No rule was changed for "
    "those held out and those never shown; of those written as strangers write, recall was 0.256 when they were new, "
    "of those of newcomers 0.511, of those of customers 0.583, and the rules were "
    "then widened with them in view. Whoever wrote all of them knew "
    "the rules, so letters of strangers will be found less often."
)


def main() -> int:
    sets = {
        "tuned on": TUNED,
        "as strangers write": STRANGERS,
        "held out": HELD_OUT,
        "never shown": UNSEEN,
        "of newcomers": NEWCOMERS,
        "of customers": CUSTOMERS,
    }
    figures = [figure for name, phrases in sets.items() for figure in _judged(name, phrases)] + _times()
    return 0 if keep("thanks", figures, WORDS) else 1


def _judged(name: str, phrases: Phrases) -> list[Figure]:
    found = [phrase for phrase in phrases.thanks if thanks_in(phrase.text, phrase.names)]
    wrong = [phrase for phrase in phrases.more if thanks_in(phrase.text, phrase.names)]
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


def _times() -> list[Figure]:
    """The longest texts that are looked at at all, made of words that are all known, or that begin a clause."""
    texts = ["дуже ", "все вже тепер коректно ", "the parcel and the invoice has now "]
    slowest = 0.0
    for text in texts:
        start, times = time.perf_counter(), 50
        for _ in range(times):
            thanks_in((text * LONGEST)[:LONGEST])
        slowest = max(slowest, (time.perf_counter() - start) / times)
    return [Figure("thanks: the slowest message", f"{slowest * 1000:.2f} ms")]


if __name__ == "__main__":
    sys.exit(main())
