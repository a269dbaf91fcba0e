"""What is blanked of a person in the index, at once; what remains of their tickets is put there anew by the reader."""

from __future__ import annotations

from vikno.core.text import fold
from vikno.people.erasure import Step
from vikno.people.models import Identity, Person
from vikno.search import filling, shelf
from vikno.search.models import Recent
from vikno.search.readers import tickets_of


def preview(person_id: int) -> dict[str, int]:
    """Entries are no data of their own: what they say is counted where it stands."""
    return {}


def forget_tickets(ids: list[int]) -> None:
    """Take tickets out of the index, and the words that stood nowhere else; they are read anew soon."""
    for name in shelf.SHELVES:  # also on the one that was in use before
        shelf.forget_words(name, ids)
    filling.ask(tickets=ids)


def blank(person_id: int) -> None:
    tickets = sorted(tickets_of({person_id}))
    for name in shelf.SHELVES:  # also on the one that was in use before
        shelf.forget_words(name, [*tickets, -person_id])
    filling.ask(tickets=tickets, people=[person_id])
    _forget_searches(person_id)


def _forget_searches(person_id: int) -> None:
    """What agents looked for may be this person's name or address."""
    said = [*Person.objects.filter(id=person_id).values_list("name", flat=True)]
    said += Identity.objects.filter(person=person_id, erased_at=None).values_list("shown", flat=True)
    parts = {part for text in said for part in fold(text).split() if len(part) > 2}
    for row in Recent.objects.all() if parts else ():
        if any(part in fold(row.text) for part in parts):
            row.delete()


STEP = Step("search", preview, blank)
