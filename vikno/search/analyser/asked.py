"""What the words of a query ask for, as terms of the index."""

from __future__ import annotations

from dataclasses import dataclass

from vikno.search.analyser.folding import composed, folded, spelled
from vikno.search.analyser.tokens import (
    EMPTY,
    LONGEST,
    SHORTEST_END,
    address_terms,
    backwards,
    digits_of,
    is_one_thing,
    part_terms,
    parts_of,
    phone_terms,
    pieces_of,
    together,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a query: any of these alternatives, each of them a term or several that must all be there. Without
    alternatives it is a word that stands everywhere and asks for nothing. `begins` are terms that may go on."""

    alternatives: tuple[tuple[str, ...], ...]
    begins: tuple[str, ...] = ()

    @property
    def terms(self) -> frozenset[str]:
        """All terms that mark a place as meant by this word."""
        return frozenset(term for one in self.alternatives for term in one)


def ask(text: str, *, ends: bool = False) -> list[Asked]:
    """The words of a text, as a query asks for them. An address or an id is asked for whole; an id also by its parts
    together, and so is a number in groups. `ends`: digits may be the end of a number."""
    found: list[Asked] = []
    for kind, raw in pieces_of(composed(text)):
        if kind == "address":
            found.append(Asked(((address_terms(raw)[0][:LONGEST],),)))
        elif kind == "phone":
            found.append(Asked(((phone_terms(raw)[1],),)))
        elif kind == "grouped":
            found.append(_grouped(raw, ends))
        else:
            found += _plain(raw, ends)
    return found


def phone_begun(raw: str, digits: str) -> Asked:
    """The beginning of a phone number of several groups: numbers in any notation that go on from its digits."""
    whole = ask(raw)
    together = whole[0].alternatives if len(whole) == 1 else ()
    return Asked(((digits,), *together), (digits,))


def _plain(raw: str, ends: bool) -> list[Asked]:
    parts = parts_of(raw)
    if len(parts) > 1 and is_one_thing(raw):
        each = tuple(terms[0] for part in parts if (terms := part_terms(part)))
        joined = tuple((term[:LONGEST],) for term in together(raw, parts))
        return [Asked(((folded(spelled(raw))[:LONGEST],), each, *joined) if each else ())]
    return [_part(part, ends) for part in parts]


def _grouped(raw: str, ends: bool) -> Asked:
    """A number in groups of three: its digits together or, as they may be several numbers, all of the groups."""
    whole, groups = _part(digits_of(raw), ends), tuple(part_terms(part)[0] for part in parts_of(raw))
    return Asked((*whole.alternatives, groups), whole.begins) if ends else whole


def _part(part: str, ends: bool) -> Asked:
    terms = [term for term in part_terms(part) if term != EMPTY]
    if not part.isdigit() and any(letter.isdigit() for letter in part) and len(terms) > 1:
        return Asked(((terms[0],), tuple(terms[1:])))
    if part.isdigit():  # an index holds 00123 as 123 too; of a phone 095 alone
        end = (backwards(part),) if ends and SHORTEST_END <= len(part) <= LONGEST - 1 else ()
        return Asked(tuple((term,) for term in terms), end)
    return Asked(tuple((term,) for term in terms))
