"""Which shelf is in use, and whether another one is being built."""

from __future__ import annotations

from collections.abc import Iterable

from vikno.search.marks import SINCE, SINCE_COPIED, SINCE_HANGING
from vikno.search.models import Build


def current() -> Build:
    """The row that says so. Where there is none (all tables were emptied), all is still to be put on shelf "a"."""
    return Build.objects.filter(id=1).first() or Build(id=1, active="a", building="a")


def is_marked(build: Build) -> bool:
    """Whether each entry of the shelf in use has all marks. One that an older version made has not: until another one
    is built in its place, only words and live rows are asked for."""
    return build.made_by >= SINCE or build.building == build.active  # what is being put there now has them


def not_yet(build: Build, fields: Iterable[str]) -> list[str]:
    """Which of these fields of a query find only what has changed lately: entries that an older version made lack
    their marks, until another index is built."""
    if build.building == build.active:
        return []
    since = {"cc": SINCE_COPIED, "file": SINCE_HANGING}
    return sorted({one for one in fields if build.made_by < since.get(one, 0)})


def shelves() -> list[str]:
    """The shelf in use and, if there is one, the one that is being built."""
    now = current()
    return [now.active] if now.building in ("", now.active) else [now.active, now.building]
