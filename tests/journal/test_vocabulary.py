"""The vocabulary is documented from the one place where it stands, and nothing writes what is not in it."""

from pathlib import Path

from vikno.commands.events import page
from vikno.journal.vocabulary import Verb

ROOT = Path(__file__).parents[2]


def test_the_page_of_events_is_made_from_the_vocabulary() -> None:
    assert (ROOT / "docs/events.md").read_text() == page(), "run `bin/vikno events > docs/events.md`"


def test_it_names_every_verb_once() -> None:
    told = page()
    assert all(told.count(f"| `{verb}` |") == 1 for verb in Verb)
