"""Order among the newest matches: phrases, subjects, nearness of the words, age. All by the places that the index
keeps; no text is read."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vikno.search.analyser.asked import Asked
from vikno.search.entries import ATTACHED
from vikno.search.language import Query, Word
from vikno.search.matching import Match
from vikno.search.shelf import PART_BITS, TICKET_BITS

DAY = 86_400
SUBJECT = ("head",)
WIDEST = 12  # places between words that are still near each other
WHOLE = 3.0  # what numbers are worth that stand there whole: no age outweighs it

Places = list[tuple[int, int]]  # where in a part which words of the query are: (place, bits of the words)


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked match. `part` is where the words stand best ("m17", "n3", "head", "about"), `places` where in it. Of
    files those are meant by `files` (ids of attachments, best first) that hang there and say words it does not say."""

    match: Match
    score: float
    part: str
    places: tuple[int, ...]
    in_head: tuple[int, ...]  # places of the subject
    files: tuple[int, ...] = ()


class Reader(dict[str, int]):
    """Which words of a query are meant by a place of the index, as bits: `reader[place]`. Each place is looked into
    once, as most stand in many entries."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        super().__init__({"|": 0})
        self.count = max(len(asked), 1)
        self._sought = [(one.terms, one.begins) for one in asked]
        self.loose = any(one.alternatives and one.begins for one in asked)

    def __missing__(self, place: str) -> int:
        found = place.split("|")
        known = self[place] = sum(
            1 << n
            for n, (terms, begins) in enumerate(self._sought)
            if not terms.isdisjoint(found) or (begins and any(one.startswith(begins) for one in found))
        )
        return known

    def whole(self, place: str) -> int:
        """The same of those that stand there as they were asked for, not as the beginning or the end of a number."""
        found = place.split("|")
        return sum(1 << n for n, (terms, _begins) in enumerate(self._sought) if not terms.isdisjoint(found))


class Phrase:
    """Words that are to follow each other; one that asks for nothing may be any word."""

    def __init__(self, asked: Sequence[Asked], only: Sequence[str] = ()) -> None:
        self._only = only
        self._reader = Reader(asked)
        self._length = len(asked)
        self._told = [(n, 1 << n) for n, one in enumerate(asked) if one.alternatives or one.begins]

    def stands(self, parts: Mapping[str, Sequence[str]]) -> bool:
        """Whether it stands in one of these parts."""
        return any(self._stands_in(places) for places in self._of(parts))

    def _of(self, parts: Mapping[str, Sequence[str]]) -> Iterable[Sequence[str]]:
        return (parts[name] for name in (self._only or parts) if name in parts and name != "=")

    def _stands_in(self, places: Sequence[str]) -> bool:
        told, last = self._told, len(places) - self._length  # where it may begin at most
        if last < 0 or not told:
            return last >= 0
        meant = [*map(self._reader.__getitem__, places)]
        first, sign = told[0]
        begun = [at - first for at, bits in enumerate(meant) if bits & sign]
        return any(0 <= at <= last and all(meant[at + n] & bit for n, bit in told) for at in begun)


def rank(query: Query, matches: Sequence[Match]) -> list[Hit]:
    """Matches, best first. Those that lack a phrase of the query, or a word in their subject, are left out."""
    reader = Reader(query.told)
    wanted, without = _phrases(query.words), _phrases(query.without)
    now = time.time()
    hits = []
    for match in matches:
        parts = _parts(match.parts, match.terms) if match.key else {}
        if not all(one.stands(parts) for one in wanted) or any(one.stands(parts) for one in without):
            continue
        hits.append(_hit(match, reader, parts, now))
    hits.sort(key=lambda hit: (-hit.score, -hit.match.key))
    return hits


def _phrases(words: Sequence[Word]) -> list[Phrase]:
    """Of what is excluded, single words were left out by the index already; not those of the subject."""
    found = [Phrase(word.asked) for word in words if word.phrase and len(word.asked) > 1 and not word.of_subject]
    for word in words:
        if word.of_subject:
            asked = [word.asked] if word.phrase else [(one,) for one in word.sought]
            found += [Phrase(one, SUBJECT) for one in asked]
    return found


def _parts(layout: str, terms: str) -> dict[str, list[str]]:
    places, found, at = terms.split(" "), {}, 0
    for piece in layout.split(" "):
        name, _colon, length = piece.rpartition(":")
        found[name] = places[at : at + int(length)]
        at += int(length)
    return found


def _hit(match: Match, reader: Reader, parts: Mapping[str, list[str]], now: float) -> Hit:
    count = reader.count
    score, best, best_score = 0.0, "head", -1.0
    told: dict[str, tuple[int, tuple[int, ...]]] = {}  # of messages and files: which words stand there, and where
    head_places: tuple[int, ...] = ()
    whole = 0
    for name, places in parts.items():
        if name == "=":
            continue
        here: Places = [(at, bits) for at, bits in enumerate(map(reader.__getitem__, places)) if bits]
        if not here:
            continue
        union = 0
        for _at, bits in here:
            union |= bits
        if reader.loose:
            for at, _bits in here:
                whole |= reader.whole(places[at])
        value = 2.0 * union.bit_count() / count + nearness(here, union, count)
        if name == "head":
            head_places = tuple(at for at, _bits in here)
            score += 3.0 * union.bit_count() / count + nearness(here, union, count)
        elif name == "about":
            score += 1.0 * union.bit_count() / count
        else:
            told[name] = union, tuple(at for at, _bits in here)
            if value > best_score:
                best_score, best = value, name
    score += max(best_score, 0.0) + WHOLE * whole.bit_count() / count
    age = now - (match.key >> (TICKET_BITS + PART_BITS)) if match.key else 0.0
    score += 1.5 * math.exp(-max(age, 0.0) / (120 * DAY))
    part = best.removeprefix(ATTACHED).partition(".")[0]
    words, best_places = told.get(part, (0, ()))
    return Hit(match, score, part, best_places, head_places, _files(told, part, words))


def _files(told: Mapping[str, tuple[int, tuple[int, ...]]], part: str, words: int) -> tuple[int, ...]:
    """The files of a message that say words which it does not say itself, those that say most of them first."""
    of = f"{ATTACHED}{part}."
    more = {name: (union & ~words).bit_count() for name, (union, _places) in told.items() if name.startswith(of)}
    return tuple(int(name[len(of) :]) for name in sorted(more, key=lambda name: -more[name]) if more[name])


def nearness(here: Places, union: int, count: int) -> float:
    """From 0 to 3: how closely all words that are in this part stand together, in the order of the query best."""
    words = union.bit_count()
    if words < 2:
        return 0.0
    narrowest = _narrowest(here, union)
    value = max(0.0, 1.0 - (narrowest - words) / WIDEST) * words / count
    in_order = any(
        one & (1 << n) and other & (2 << n) and 0 < later - at <= 2
        for (at, one), (later, other) in pairwise(here)
        for n in range(count - 1)
    )
    return 2.0 * value + (1.0 if in_order and narrowest <= words + 1 else 0.0)


def _narrowest(here: Places, union: int) -> int:
    """The fewest places in a row that hold all words."""
    best, start = here[-1][0] - here[0][0] + 1, 0
    seen: dict[int, int] = {}
    for end, (at, bits) in enumerate(here):
        for n in _each(bits):
            seen[n] = seen.get(n, 0) + 1
        while len(seen) == union.bit_count():
            best = min(best, at - here[start][0] + 1)
            for n in _each(here[start][1]):
                seen[n] -= 1
                if not seen[n]:
                    del seen[n]
            start += 1
        if start > end:
            start = end + 1
    return best


def _each(bits: int) -> Iterable[int]:
    n = 0
    while bits:
        if bits & 1:
            yield n
        bits >>= 1
        n += 1
