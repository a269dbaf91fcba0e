"""How much one entry may hold: PostgreSQL keeps no more than a megabyte of different terms in one row, and anybody can
send letters of more. What does not fit goes on in a further entry of the same messages, with the same head.
"""

from __future__ import annotations

from collections.abc import Sequence

from vikno.search.analyser.tokens import EMPTY

MOST = 500_000  # bytes of different terms that are said in one entry
MOST_HEAD = 120_000  # bytes of each of: marks, subject, what is known about the ticket

Piece = tuple[str, str]  # whose places, and the places


def head(places: str) -> str:
    """A part of the head, cut where it is longer than it may be: it stands in every entry of the ticket."""
    if len(places) * 4 <= MOST_HEAD:
        return places
    size, kept = 0, []
    for place in places.split():
        size += len(place.encode()) + 1
        if size > MOST_HEAD:
            break
        kept.append(place)
    return " ".join(kept)


def portions(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """These pieces as they are parted among entries: one, unless they say more than an entry may hold. A piece is cut
    only if it alone is too much; its rest then stands at the same places, after empty ones."""
    if sum(len(places.encode()) for _name, places in pieces) <= MOST:
        return [list(pieces)]
    found: list[list[Piece]] = [[]]
    held: set[str] = set()
    size = 0
    for name, places in pieces:
        cut, begin = places.split(), 0
        if held and size + _bytes({term for place in cut for term in place.split("|")} - held) > MOST:
            found.append([])
            held, size = set(), 0
        for at, place in enumerate(cut):
            fresh = set(place.split("|")) - held
            if held and size + _bytes(fresh) > MOST:
                found[-1].append((name, _standing(cut, begin, at)))
                found.append([])
                held, size, begin = set(), 0, at
                fresh = set(place.split("|"))
            held |= fresh
            size += _bytes(fresh)
        found[-1].append((name, _standing(cut, begin, len(cut))))
    return found


def _bytes(terms: set[str]) -> int:
    return sum(len(term.encode()) for term in terms)


def _standing(places: Sequence[str], begin: int, end: int) -> str:
    return " ".join([*[EMPTY] * begin, *places[begin:end]])
