"""Named reads of what is an agent's own. Each asks for one agent's rows alone: there is no read of everybody's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from vikno.staff.models import Agent
from vikno.tasks.models import OwnNote, Task

LATELY_DONE = 20


class NoSuchTask(LookupError):
    """There is no such to-do, or it is another one's: the two are not told apart."""


def open_tasks(agent: Agent) -> QuerySet[Task]:
    """What this agent has to do, the first due first, what has no day last."""
    mine = Task.objects.filter(agent=agent, done_at=None).select_related("ticket", "person")
    return mine.order_by(F("due_at").asc(nulls_last=True), "id")


def done_lately(agent: Agent) -> QuerySet[Task]:
    """What this agent has done, the last first."""
    mine = Task.objects.filter(agent=agent, done_at__isnull=False).select_related("ticket", "person")
    return mine.order_by("-done_at", "-id")[:LATELY_DONE]


def task_of(agent: Agent, task_id: int) -> Task:
    """One of this agent's to-dos. Raises NoSuchTask."""
    found = Task.objects.filter(agent=agent, id=min(task_id, 2**62)).select_related("ticket", "person").first()
    if found is None:
        raise NoSuchTask(task_id)
    return found


def about(agent: Agent, *, tickets: Collection[int] = (), persons: Collection[int] = ()) -> QuerySet[Task]:
    """What this agent has to do about these requests or persons (ids)."""
    return open_tasks(agent).filter(Q(ticket__in=list(tickets)) | Q(person__in=list(persons)))


def notes_on(agent: Agent, *, tickets: Collection[int] = (), persons: Collection[int] = ()) -> dict[int, str]:
    """What this agent keeps for themselves on requests or on persons, by their ids."""
    mine = OwnNote.objects.filter(agent=agent).exclude(text="").order_by("id")
    of = mine.filter(ticket__in=list(tickets)) if tickets else mine.filter(person__in=list(persons))
    return dict(of.values_list("ticket_id" if tickets else "person_id", "text"))


def pressing(agent_id: int, until: datetime) -> tuple[str, tuple[Any, ...]]:
    """The statement that counts an agent's to-dos that are due before an instant, and its values."""
    sql = "SELECT COUNT(*) FROM tasks_task WHERE agent_id = %s AND done_at IS NULL AND due_at < %s"
    return sql, (agent_id, connection.ops.adapt_datetimefield_value(until))
