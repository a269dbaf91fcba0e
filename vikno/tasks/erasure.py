"""What is blanked of a person in what agents keep for themselves: to-dos and own notes about them and their requests,
and, of one who worked here, those that they wrote."""

from __future__ import annotations

from django.db.models import Q

from vikno.core import clock
from vikno.people.erasure import Step
from vikno.tasks.models import OwnNote, Task


def _of(person_id: int) -> Q:
    return Q(person=person_id) | Q(ticket__requester=person_id) | Q(agent__person=person_id)


def preview(person_id: int) -> dict[str, int]:
    """How many there are; whose they are is told nowhere."""
    return {
        "tasks": Task.objects.filter(_of(person_id)).exclude(text="").count(),
        "own_notes": OwnNote.objects.filter(_of(person_id)).exclude(text="").count(),
    }


def blank(person_id: int) -> None:
    """The words go. A to-do without words is done."""
    tasks = Task.objects.filter(_of(person_id))
    tasks.filter(done_at=None).update(done_at=clock.now())
    tasks.update(text="")
    OwnNote.objects.filter(_of(person_id)).update(text="")


STEP = Step("tasks", preview, blank)
