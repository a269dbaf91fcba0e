"""What a list showed of a request travels with its number: the version that was drawn. So an act on what is ticked
there knows what the page did not show yet."""

from __future__ import annotations

from collections.abc import Iterable

from vikno.core.text import whole_number


def mark(number: int, version: int) -> str:
    """A request and the version of it that is drawn, as the field of a form says them."""
    return f"{number}-{version}"


def read(marks: Iterable[str]) -> dict[int, int | None]:
    """The requests that these fields name, and in which version each was drawn; None where nothing says so. Of one that
    is named twice the older version counts: what came after it was not there everywhere. What is no number is none."""
    found: dict[int, int | None] = {}
    for one in marks:
        number, _dash, drawn = one.partition("-")
        if (named := whole_number(number)) is None:
            continue
        versions = [version for version in (found.get(named), whole_number(drawn)) if version is not None]
        found[named] = min(versions, default=None)
    return found
