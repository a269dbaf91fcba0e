"""Verbs on what is an agent's own. Who calls them has made sure that the agent sees what it is about.

Their events name no request and no person, so no time line and no other reader of the journal tells of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import one_line
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Person
from vikno.staff.models import Agent
from vikno.tasks.models import OwnNote, Passed, Task
from vikno.tasks.queue import PASSED_FOR
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Ticket

LONGEST = 500  # characters of a to-do
MOST_OPEN = 1000  # to-dos of one agent
LONGEST_NOTE = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done and when. `due_is_day`: without an hour; `due_at` is then the end of that day."""

    text: str
    due_at: datetime | None = None
    due_is_day: bool = False
    remind_at: datetime | None = None


def pass_over(ticket: Ticket, agent: Agent) -> datetime:
    """Not now: the request stays out of this agent's queue for some hours, or until its customer writes again. Answers
    until when."""
    now = clock.now()
    with transaction.atomic():
        Passed.objects.filter(agent=agent, until__lt=now).delete()
        Passed.objects.update_or_create(agent=agent, ticket=ticket, defaults={"at": now, "until": now + PASSED_FOR})
    return now + PASSED_FOR


def pass_no_more(ticket: Ticket, agent: Agent) -> None:
    """Take that back."""
    Passed.objects.filter(agent=agent, ticket=ticket).delete()


@transaction.atomic
def add(agent: Agent, plan: Plan, *, ticket: Ticket | None = None, person: Person | None = None, by: Act) -> Task:
    """Put something on an agent's own list. Raises Invalid."""
    if Task.objects.filter(agent=agent, done_at=None).count() >= MOST_OPEN:
        raise Invalid(_("Your list is full. Mark some of it as done first."))
    task = Task.objects.create(agent=agent, ticket=ticket, person=person, **_columns(plan))
    record(by, Verb.TASK_ADDED, delta={"task": [None, task.id]})
    return task


@transaction.atomic
def plan_anew(task: Task, plan: Plan, *, by: Act) -> None:
    """Other words, another day, another reminder. Raises Invalid."""
    row = Task.objects.select_for_update(no_key=True).get(id=task.id)
    columns = _columns(plan)
    if all(getattr(row, name) == value for name, value in columns.items()):
        return
    if columns["remind_at"] != row.remind_at:
        columns["reminded_at"] = None
    Task.objects.filter(id=row.id).update(**columns)
    record(by, Verb.TASK_CHANGED, delta={"task": [row.id, row.id]})


@transaction.atomic
def set_done(task: Task, done: bool, *, by: Act) -> bool:
    """It is done, or it is not after all. False if it was so already."""
    row = Task.objects.select_for_update(no_key=True).get(id=task.id)
    if done == (row.done_at is not None):
        return False
    Task.objects.filter(id=row.id).update(done_at=clock.now() if done else None)
    record(by, Verb.TASK_DONE if done else Verb.TASK_REOPENED, delta={"task": [row.id, row.id]})
    return True


def remind(task_id: int) -> bool:
    """The time of a reminder has come: written down, so that its agent is told. False if there is no need any more."""
    with transaction.atomic():
        row = Task.objects.select_for_update(no_key=True).filter(id=task_id).first()
        now = clock.now()
        if row is None or row.done_at or row.reminded_at or row.remind_at is None or row.remind_at > now:
            return False
        Task.objects.filter(id=row.id).update(reminded_at=now)
        record(acts.system(), Verb.TASK_REMINDED, delta={"task": [row.id, row.id], "agent": [None, row.agent_id]})
    return True


def keep_note(agent: Agent, text: str, *, ticket: Ticket | None = None, person: Person | None = None, by: Act) -> None:
    """What this agent keeps for themselves on a request or a person; an empty text takes it away. Raises Invalid."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST_NOTE:
        raise Invalid(_("This is too long. Shorten it."))
    with transaction.atomic():
        Agent.objects.select_for_update(no_key=True).get(id=agent.id)
        was = OwnNote.objects.filter(agent=agent, ticket=ticket, person=person).first()
        if text == (was.text if was else ""):
            return
        row, _made = OwnNote.objects.update_or_create(
            agent=agent, ticket=ticket, person=person, defaults={"text": text, "at": clock.now()}
        )
        record(by, Verb.OWN_NOTE_KEPT, delta={"own_note": [was.id if was else None, row.id]})


def _columns(plan: Plan) -> dict[str, str | bool | datetime | None]:
    text = one_line(plan.text)
    if not text:
        raise Invalid(_("Say what is to be done."))
    if len(text) > LONGEST:
        raise Invalid(_("This is too long. Shorten it."))
    return {"text": text, "due_at": plan.due_at, "due_is_day": plan.due_is_day, "remind_at": plan.remind_at}
