"""What a viewer may see, as an expression of the index: the entries that a search is kept to. Coarse, and perhaps a
second old: the live rows decide."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vikno.search import marks, shelf
from vikno.staff.access import Face, Viewer
from vikno.tickets.models import Ticket

MOST_TOGETHER = 48  # marks of an age and a team; for more, ages and teams are asked for apart


@dataclass(frozen=True, slots=True)
class Part:
    """The entries of these teams (None: of all) that also answer an expression, if there is one."""

    teams: Collection[int] | None
    also: str = ""

    def expression(self, ages: Sequence[str]) -> str:
        """The same of these ages alone; all where none is given."""
        held = [self.also] if self.also else []
        if self.teams is None:
            held += [shelf.any_of(ages)] if ages else []
        elif ages and len(ages) * len(self.teams) <= MOST_TOGETHER:
            held.append(shelf.any_of([shelf.of_team(age, team) for team in sorted(self.teams) for age in ages]))
        else:
            held += [one_of(marks.team(pk) for pk in self.teams), *([shelf.any_of(ages)] if ages else [])]
        return held[0] if len(held) == 1 else f"({shelf.all_of(held)})"


@dataclass(frozen=True, slots=True)
class Sight:
    """The parts of the index in which there may be something for a viewer."""

    parts: tuple[Part, ...]

    def expression(self, ages: Sequence[str] = ()) -> str:
        """As an expression of the index; of entries of these ages alone, if any are given."""
        return shelf.either([part.expression(ages) for part in self.parts])


def of(viewer: Viewer) -> Sight | None:
    """What this viewer's searches are kept to; None for who sees all."""
    if viewer.face == Face.PORTAL:
        return Sight((Part(None, one_of(marks.requester(pk) for pk in viewer.persons)),))
    if viewer.only_teams:
        return Sight((Part(viewer.only_teams),))
    if viewer.sees_all_teams:
        return None
    may: list[Part] = []
    if viewer.readable:
        may.append(Part(viewer.readable))
    if viewer.guest:
        may.append(Part(viewer.guest, shelf.any_of([marks.agent(viewer.agent_id), marks.MERGED])))
    if viewer.anyway:
        numbers = Ticket.objects.filter(id__in=viewer.anyway).values_list("number", flat=True)
        may.append(Part(None, one_of(str(number) for number in numbers)))
    return Sight(tuple(may) or (Part(None, shelf.any_of([marks.NOTHING])),))


def one_of(terms: Iterable[str]) -> str:
    """One of these terms; of none, what no entry has."""
    return shelf.any_of(sorted(terms) or [marks.NOTHING])
