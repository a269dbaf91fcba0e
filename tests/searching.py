"""The search index in tests, where no engine follows the journal, and asking it as an agent does."""

from __future__ import annotations

from typing import Any

from tests.world import World
from vikno.journal.models import Cursor
from vikno.journal.readers import last_event, run_once
from vikno.people.models import Person
from vikno.search import filling
from vikno.search.find import Answer, find
from vikno.search.readers import READER
from vikno.staff.models import Agent
from vikno.tickets.models import Ticket


def index_follows() -> None:
    """Everything that has happened so far stands in the index."""
    while run_once(READER):
        pass
    position = Cursor.objects.get(reader=READER.name).position
    assert position == last_event(), f"the reader stopped at the event {position}: somebody else writes in this cluster"
    known = set(Person.objects.values_list("id", flat=True))
    filling.ask(people=known)  # the named people are made without events
    filling.catch_up()


def look(world: World, text: str, agent: Agent | None = None, **more: Any) -> Answer:
    """What this agent (Iryna, if none is named) is answered."""
    return find(world.viewer(agent or world.iryna), text, **more)


def found(world: World, text: str, agent: Agent | None = None, **more: Any) -> list[int]:
    """Numbers of the tickets found, best first."""
    answer = look(world, text, agent, **more)
    ids = list(dict.fromkeys([*answer.exact, *(hit.match.shown for hit in answer.hits)]))
    numbers = dict(Ticket.objects.filter(id__in=ids).values_list("id", "number"))
    return [numbers[pk] for pk in ids]
