"""The vocabulary is documented from the one place where it stands, and nothing writes what is not in it."""

import re
from pathlib import Path

from vikno.commands.events import page
from vikno.journal.vocabulary import Verb

ROOT = Path(__file__).parents[2]


def test_the_page_of_events_is_made_from_the_vocabulary() -> None:
    assert (ROOT / "docs/events.md").read_text() == page(), "run `bin/vikno events > docs/events.md`"


def test_it_names_every_verb_once() -> None:
    told = page()
    assert all(told.count(f"| `{verb}` |") == 1 for verb in Verb)


def test_the_meaning_of_a_verb_never_changes() -> None:
    """What readers, rules and other programs were built on stays so. What means something else is a verb of its own: a
    new one is added to meanings.txt, and no line of it is changed or taken out."""
    kept = (Path(__file__).parent / "meanings.txt").read_text().splitlines()
    told = [f"{verb}: {words}" for verb, words in re.findall(r"(?m)^\| `([a-z_.]+)` \| (.*) \|$", page())]
    assert len(told) == len(Verb)
    assert sorted(kept) == sorted(told)
