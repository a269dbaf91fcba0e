"""What belongs to one agent alone: no colleague ever reads a row of this room."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.people.models import Person
from vikno.staff.models import Agent
from vikno.tickets.models import Ticket


class Passed(models.Model):
    """A request that an agent passed over in the queue, until an instant. Breath: no event tells of it."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket"], name="tasks_passed_once")]


class Task(models.Model):
    """Something that an agent wants to do, with or without a request or a person that it is about."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = models.CharField(max_length=500)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    due_is_day = models.BooleanField(default=False)  # given without an hour: the end of that day in the agent's zone
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "due_at", "id"], name="tasks_open", condition=Q(done_at=None)),
            models.Index(fields=["agent", "-done_at"], name="tasks_done", condition=Q(done_at__isnull=False)),
            models.Index(
                fields=["remind_at"], name="tasks_remind",
                condition=Q(remind_at__isnull=False, reminded_at=None, done_at=None),
            ),
        ]  # fmt: skip


class OwnNote(models.Model):
    """What an agent keeps for themselves on a request or on a person: one text for each, changed in place."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ticket=None, person__isnull=False) | Q(person=None, ticket__isnull=False),
                name="tasks_own_note_has_one_place",
            ),
            models.UniqueConstraint(fields=["agent", "ticket"], name="tasks_own_note_of_ticket"),
            models.UniqueConstraint(fields=["agent", "person"], name="tasks_own_note_of_person"),
        ]
