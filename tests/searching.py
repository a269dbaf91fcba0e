"""The search index in tests, where no engine follows the journal."""

from __future__ import annotations

from vikno.journal.models import Cursor
from vikno.journal.readers import last_event, run_once
from vikno.people.models import Person
from vikno.search import filling
from vikno.search.readers import READER


def index_follows() -> None:
    """Everything that has happened so far stands in the index."""
    while run_once(READER):
        pass
    position = Cursor.objects.get(reader=READER.name).position
    assert position == last_event(), f"the reader stopped at the event {position}: somebody else writes in this cluster"
    known = set(Person.objects.values_list("id", flat=True))
    filling.ask(people=known)  # the named people are made without events
    filling.catch_up()
