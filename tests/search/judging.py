"""Putting the judged correspondence into a world, and asking its queries."""

from __future__ import annotations

from dataclasses import dataclass

from tests.search.corpus import CORPUS, JUDGED
from tests.searching import index_follows
from tests.world import World
from vikno.search.find import find
from vikno.staff.access import Viewer


@dataclass(frozen=True, slots=True)
class Verdict:
    """One query: what was judged to answer it, and what was found, best first."""

    query: str
    right: frozenset[str]
    found: list[str]


def put_in(world: World) -> dict[int, str]:
    """The correspondence as tickets of the world; answers their names by id."""
    names = {}
    for name, (subject, asked, answered) in CORPUS.items():
        ticket = world.ticket(world.petro, subject=subject, text=asked)
        world.answer(ticket, text=answered)
        names[ticket.id] = name
    index_follows()
    return names


def judge(viewer: Viewer, names: dict[int, str]) -> list[Verdict]:
    """Ask all queries."""
    return [
        Verdict(query, frozenset(right.split()), [names[hit.match.shown] for hit in find(viewer, query).hits])
        for query, right in JUDGED.items()
    ]


def precision_at_first(verdicts: list[Verdict]) -> float:
    """In how many queries that have an answer the first one found is one."""
    answered = [one for one in verdicts if one.right]
    return sum(bool(one.found) and one.found[0] in one.right for one in answered) / len(answered)


def precision_of_first(verdicts: list[Verdict], places: int = 3) -> float:
    """How many of the first places are taken by what answers, as far as so many answers there are."""
    shares = [
        sum(name in one.right for name in one.found[: min(places, len(one.right))]) / min(places, len(one.right))
        for one in verdicts
        if one.right
    ]
    return sum(shares) / len(shares)


def recall(verdicts: list[Verdict]) -> float:
    """How much of what answers is found at all."""
    shares = [len(one.right & set(one.found)) / len(one.right) for one in verdicts if one.right]
    return sum(shares) / len(shares)
