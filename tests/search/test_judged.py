"""The judged queries: how good the answers are, and that both databases give those that the terms alone would give."""

from __future__ import annotations

import pytest

from tests.search.corpus import JUDGED
from tests.search.judging import judge, precision_at_first, precision_of_first, put_in, recall
from tests.world import World
from vikno.search.analyser.asked import Asked
from vikno.search.entries import tickets
from vikno.search.language import Query, read
from vikno.search.matching import newest
from vikno.search.state import current


def test_the_answers_are_good(world: World) -> None:
    names = put_in(world)
    verdicts = judge(world.viewer(world.iryna), names)
    missed = [
        f"{one.query}: {sorted(one.right)} but {one.found[:4]}"
        for one in verdicts
        if one.right - set(one.found) or (one.found and one.right and one.found[0] not in one.right)
    ]
    figures = precision_at_first(verdicts), precision_of_first(verdicts), recall(verdicts)
    assert len(JUDGED) >= 200
    assert min(figures) >= 0.94, "\n".join([str(figures), *missed])


def _answers(asked: Asked, terms: set[str]) -> bool:
    return any(terms.issuperset(one) for one in asked.alternatives) or any(
        term.startswith(asked.begins) for term in terms if asked.begins
    )


def _by_hand(query: Query, entries: dict[int, set[str]]) -> set[int]:
    """What a query must find, by plain sets in Python."""
    without = [word for word in query.without if not (word.phrase and len(word.asked) > 1)]
    return {
        pk
        for pk, terms in entries.items()
        if all(_answers(one, terms) for one in query.sought)
        and not any(all(_answers(one, terms) for one in word.sought) for word in without)
    }


@pytest.mark.parametrize("seen_by", ["iryna", "olena"])
def test_a_database_finds_what_the_terms_say(world: World, seen_by: str) -> None:
    """Run on SQLite and on PostgreSQL: each must find the same as this model, and so the same as the other."""
    names = put_in(world)
    viewer = world.viewer(getattr(world, seen_by))
    entries = {
        entry.owner: {term for place in entry.terms.split() for term in place.split("|")}
        for entry in tickets(list(names)).entries
    }
    shelf, found_something = current().active, 0
    for text in JUDGED:
        query = read(text, viewer)
        found = {match.shown for match in newest(viewer, shelf, query).matches}
        assert found == _by_hand(query, entries), text
        found_something += bool(found)
    assert found_something > 120
