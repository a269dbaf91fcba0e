"""A word of a query as an expression of the index."""

from __future__ import annotations

from vikno.search import shelf
from vikno.search.analyser.asked import Asked


def expression(asked: Asked, sign: str = "") -> str:
    """What entries must have that answer a word; `sign` stands before each of its terms."""
    signed = [[sign + term for term in one] for one in asked.alternatives]
    made = [
        shelf.any_of(one) if len(one) == 1 else f"({shelf.all_of([shelf.term(term) for term in one])})"
        for one in signed
    ]
    if asked.begins:
        made.append(shelf.any_of((), [sign + term for term in asked.begins]))
    return made[0] if len(made) == 1 else shelf.either(made)
