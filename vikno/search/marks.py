"""Marks: terms that no text can hold, by which the index itself keeps to what a viewer may see and a field asks for, so
that a word of a million requests costs no more to somebody who sees ten of them.

They are coarse and may be a second old: an entry has every mark by which it may be wanted, and the live rows decide.
Names have marks too, a sign and a term of the name: AUTHOR wrote, RECIPIENT was written to, COPIED had it in copy,
HANGING is the name of a file (see entries). All that stands in the entry of a person has the sign PERSON before it, so
that looking among people does not walk what stands in the requests.
"""

from __future__ import annotations

from collections.abc import Iterable

PART = "="  # the part of an entry that holds them: the first one
FILE = "=+file"  # a file hangs on it
MERGED = "=m"  # was absorbed: seen as well by who sees what it became a part of
PERSON = "=p"
AUTHOR, RECIPIENT, COPIED, HANGING = "=f", "=o", "=k", "=h"
_NAMED = (AUTHOR, RECIPIENT, COPIED, HANGING)
NOTHING = "=nothing"  # no entry has it
SINCE = 3  # the version of what entries hold since which they have all of these but the next two
SINCE_COPIED = SINCE_HANGING = 6


def team(pk: int) -> str:
    return f"=t{pk}"


def agent(pk: int | None) -> str:
    """Somebody is responsible, follows or was mentioned; None: nobody is responsible."""
    return f"=a{pk or 0}"


def requester(pk: int) -> str:
    return f"=r{pk}"


def channel(pk: int) -> str:
    return f"=c{pk}"


def person(place: str) -> str:
    """A place of the index as the entry of a person holds it."""
    return "|".join(PERSON + term for term in place.split("|") if term) or place


def stage(name: str) -> str:
    return f"=s{name}"


def tag(pk: int) -> str:
    return f"=g{pk}"


def of_files(held: Iterable[str]) -> set[str]:
    """Those of these marks that tell of files."""
    return {mark for mark in held if mark == FILE or mark.startswith(HANGING)}


def in_order(held: Iterable[str]) -> list[str]:
    """The marks of an entry; names last: they are what is cut if there are very many."""
    return sorted(held, key=lambda mark: (mark.startswith(_NAMED), mark))
