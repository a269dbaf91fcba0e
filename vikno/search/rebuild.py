"""Building the index anew, beside the one in use: step by step, so that it goes on where it was cut off.

While it goes on, changes are put on both shelves (see filling); what they put is not put again here. At its end the new
shelf is the one in use; the old one is emptied a minute later, as searches that began there end there. What cannot be
put there is left to filling, which tries it again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from vikno.core import clock
from vikno.people.models import Person
from vikno.search import filling, shelf
from vikno.search.analyser.lemmas import warm
from vikno.search.entries import VERSION, Made
from vikno.search.models import Build
from vikno.search.state import current, shelves
from vikno.tickets.models import Ticket

AT_ONCE = 100  # tickets or persons in one step
LEFT = timedelta(minutes=1)  # after which no search is still at the shelf that was in use before

log = structlog.get_logger(__name__)


def first(model: Any, there: bool) -> None:
    """The row of a new installation: the index is complete unless there are tickets or people already."""
    now = clock.now()
    model.objects.update_or_create(
        id=1,
        defaults={
            "active": "a", "building": "a" if there else "", "made_by": 0 if there else VERSION,
            "began_at": now, "ended_at": None if there else now,
        },
    )  # fmt: skip


def start() -> None:
    """Begin to build anew. While one is being built already, that goes on."""
    with transaction.atomic():
        build = _locked()
        if build.building:
            return
        build.building = _other(build.active)
        shelf.clear(build.building)
        build.position, build.people, build.done, build.total = 0, False, 0, 0
        build.began_at, build.ended_at = clock.now(), None
        build.save()


def start_from_nothing() -> None:
    """For a database that was just filled by other ways (restored): what is on the shelves is of no use."""
    with transaction.atomic():
        for name in shelf.SHELVES:
            shelf.clear(name)
        Build.objects.filter(id=1).delete()
        first(Build, True)


def _locked() -> Build:
    Build.objects.get_or_create(id=1, defaults={"building": "a"})
    return Build.objects.select_for_update().get(id=1)


def needed() -> bool:
    """Whether an index is being built, or the one in use was made by an older analyser."""
    build = current()
    return bool(build.building) or build.made_by != VERSION


def step() -> bool:
    """Put the next tickets or people on the shelf that is being built; answers whether there is more to do. Several
    processes may do this at once: each step belongs to one of them."""
    build = current()
    if not build.building:
        if build.made_by == VERSION:
            return False
        start()
        build = current()
    warm()
    rows = Person.objects if build.people else Ticket.objects
    after = rows.filter(id__gt=build.position).order_by("id")
    ids = list(after.values_list("id", flat=True)[:AT_ONCE])
    total = build.total or _total()
    owners = [-one for one in ids] if build.people else ids
    try:
        return _put(build, owners, total)
    except Exception:
        if not owners:
            raise
        log.warning("a step of building the search index failed, going on one by one", exc_info=True)
    return _put(build, owners, total, singly=True)


def _put(build: Build, owners: list[int], total: int, *, singly: bool = False) -> bool:
    """One step: these owners on the shelf, and how far that is. `singly`: what fails is left to filling."""
    made: list[Made] = []
    bad: dict[int, Exception] = {}
    for some in [[one] for one in owners] if singly else [owners] if owners else []:
        try:
            made.append(filling.make(some))
        except Exception as error:
            if not singly:
                raise
            bad[some[0]] = error
    with transaction.atomic():
        mine = _locked()
        if (mine.building, mine.position, mine.people) != (build.building, build.position, build.people):
            return True  # somebody else took this step
        if owners:
            shelf.lock(owners)
            there = shelf.marks(mine.building, owners)
            for one in made:
                try:
                    with transaction.atomic():
                        shelf.put(mine.building, [entry for entry in one.entries if entry.owner not in there])
                except Exception as error:
                    if not singly:
                        raise
                    bad[one.entries[0].owner] = error
            for owner, why in bad.items():
                filling.postpone(owner, why)
            mine.position, mine.done, mine.total = abs(owners[-1]), mine.done + len(owners), total
        elif not mine.people:
            mine.position, mine.people, mine.total = 0, True, total
        else:
            _end(mine)
        mine.save()
    return bool(mine.building)


def _end(build: Build) -> None:
    build.active = build.building
    build.building, build.made_by, build.ended_at = "", VERSION, clock.now()
    build.done = build.total = max(build.done, build.total)


def clear_left() -> None:
    """Empty the shelf that was in use before, once no search is there any more."""
    if not _is_left(current()):
        return
    with transaction.atomic():
        build = _locked()
        if _is_left(build):
            shelf.clear(_other(build.active))


def _is_left(build: Build) -> bool:
    ended = not build.building and build.ended_at is not None and build.ended_at < clock.now() - LEFT
    return ended and not shelf.is_empty(_other(build.active))


def _other(name: str) -> str:
    return "b" if name == "a" else "a"


def _total() -> int:
    return Ticket.objects.count() + Person.objects.count()


def turn() -> float:
    """A step of the engine's loop: build on if something is to be built."""
    if step():
        return 0.0
    clear_left()
    return 5.0


def settle() -> None:
    """After very much was written: let the database put its index in order."""
    with connection.cursor() as cursor:
        for name in shelves():
            if connection.vendor == "sqlite":
                cursor.execute(f"INSERT INTO search_text_{name} (search_text_{name}) VALUES ('optimize')")
            else:
                cursor.execute(f"ANALYZE search_entry_{name}")
