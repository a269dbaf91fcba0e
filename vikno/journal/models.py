"""Rows of the journal. Nothing points to an event by a foreign key, so that old ones can be cut off by ranges of id."""

from django.db import models

from vikno.core import clock


class Event(models.Model):
    """One change. It holds ids, codes and numbers, never words: texts are rows to which events point, so that erasing a
    person leaves the events whole."""

    recorded_at = models.DateTimeField(default=clock.now)
    at = models.DateTimeField()  # differs from recorded_at for what was imported
    verb = models.CharField(max_length=40)  # one of journal.vocabulary
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_version = models.PositiveIntegerField(null=True)  # of a rule
    act = models.BigIntegerField()
    cause = models.BigIntegerField(null=True)  # the event that led to this one
    depth = models.PositiveSmallIntegerField(default=0)  # how many causes lie before it
    dialog_id = models.BigIntegerField(null=True)
    message_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    delta = models.JSONField(default=dict)  # {field: [before, after]}

    class Meta:
        indexes = [models.Index(fields=["act"], name="journal_event_act")]


class EventTicket(models.Model):
    """Which tickets an event concerned then, and the version that each had afterwards."""

    event_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField()
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket_id", "event_id"], name="journal_event_of_ticket"),
        ]
        indexes = [models.Index(fields=["event_id"], name="journal_tickets_of_event")]


class SettingEvent(models.Model):
    """That an event tells of a setting: a few among millions, which the owners' page could not find by walking all."""

    event_id = models.BigIntegerField(unique=True)
    verb = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)


class Cursor(models.Model):
    """How far a reader has come. Leased by one engine at a time; the fence makes a late one's writes find no row."""

    reader = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)  # id of the last event digested
    since = models.BigIntegerField(default=0)  # effects skip what is older than their switching on
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    stuck_event = models.BigIntegerField(null=True)
    stuck_tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(null=True)


class Parked(models.Model):
    """An event that a reader could not digest after five tries. The reader went on; a person can try it again."""

    reader = models.CharField(max_length=60)
    event_id = models.BigIntegerField()
    parked_at = models.DateTimeField(default=clock.now)
    error = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "event_id"], name="journal_parked_once")]
