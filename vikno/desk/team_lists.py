"""Lists of teams: the navigation has all of them while they are few, else those that are near; a page has all."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from vikno.core.text import fold
from vikno.desk import lists
from vikno.staff.access import Viewer

MOST_BESIDE = 25  # in the navigation
PAGE = lists.MOST_BADGES  # on a page of all of them: so each has its count


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the teams whose requests the viewer reads, with what their badges say; `after`: where the next page
    begins, 0 if there is none."""

    rows: list[tuple[lists.Place, str]]
    after: int


def beside(viewer: Viewer, current: str) -> tuple[list[lists.Place], bool]:
    """The teams that the navigation has, and whether these are all: of very many it has those that the viewer is in,
    and the one that is looked at."""
    every = lists.team_places(viewer)
    if len(every) <= MOST_BESIDE:
        return every, True
    own = [one for one in every if one.params[0] in viewer.teams][:MOST_BESIDE]
    return [*own, *(one for one in every if one.key == current and one not in own)], False


def found(viewer: Viewer, words: str, begin: int = 0) -> Found:
    """Teams in whose names all these words stand, own teams first, from this place on."""
    wanted = fold(words).split()
    some = [one for one in lists.team_places(viewer) if all(word in fold(one.title) for word in wanted)]
    shown = some[begin : begin + PAGE]
    counted = lists.counts(viewer, shown)
    after = begin + PAGE if len(some) > begin + PAGE else 0
    return Found([(one, counted.get(one.key, "")) for one in shown], after)


def named(viewer: Viewer, words: str, most: int) -> list[tuple[str, str]]:
    """Names and addresses of lists of teams that the navigation does not have, for the palette."""
    near, all_of_them = beside(viewer, "")
    wanted = fold(words).split()
    if all_of_them or not wanted:
        return []
    far = [one for one in lists.team_places(viewer) if one not in near]
    some = [one for one in far if all(word in fold(one.title) for word in wanted)]
    return [(one.title, reverse("desk:list", args=[one.key])) for one in some[:most]]
