"""What search keeps beside its shelves (see shelf.py, which are no models: each kind of database has its own form)."""

from django.db import models

from vikno.core import clock
from vikno.staff.models import Agent


class Build(models.Model):
    """Which shelf is in use and how far the other one has been filled. One row, with id 1."""

    active = models.CharField(max_length=1, default="a")
    building = models.CharField(max_length=1, blank=True)  # "" when nothing is being built
    position = models.BigIntegerField(default=0)  # the last ticket (then person) that was put there
    people = models.BooleanField(default=False)  # tickets are done, people are being put there
    total = models.BigIntegerField(default=0)  # tickets and people when it began
    done = models.BigIntegerField(default=0)
    made_by = models.PositiveIntegerField(default=0)  # version of the analyser that the active shelf was made by
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class Due(models.Model):
    """What changed and is to be put on the shelf anew: a ticket, or a person. `stamp` grows with each change: whoever
    read it before the last one must not take the row away. What cannot be put there is postponed, so that nothing else
    waits for it."""

    ticket_id = models.BigIntegerField()  # a person is its id below nought
    stamp = models.BigIntegerField(default=0)
    since = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)  # how often it failed
    not_before = models.DateTimeField(null=True)  # the next try; None is at once
    error = models.CharField(max_length=300, blank=True, default="")  # of the last try, for people

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket_id"], name="search_due_once")]


class Recent(models.Model):
    """What an agent looked for lately; shown to nobody else."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=200)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "text"], name="search_recent_once")]
