"""Who is to be told of what, by which ways that goes out, and what each has chosen. No words: these are read from what
a notice is about when it is told, with the rights that its person has by then."""

from allauth.usersessions.models import UserSession
from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.core.secrets import SecretField
from vikno.dialogs.models import Channel, Delivery, Message
from vikno.notices.kinds import Kind
from vikno.staff.models import Agent
from vikno.tasks.models import Task
from vikno.tickets.models import Note, Ticket


class Notice(models.Model):
    """One event that one person is told of."""

    event_id = models.BigIntegerField()  # of the journal
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="notices")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, null=True, related_name="+")  # instead of a request
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    note = models.ForeignKey(Note, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=clock.now)  # of the event
    in_page = models.BooleanField(default=False)  # it stands in its person's list at the desk
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "agent"], name="notices_once_each")]
        indexes = [
            models.Index(fields=["agent", "-id"], name="notices_of_agent"),
            models.Index(fields=["agent", "ticket"], name="notices_unread", condition=Q(in_page=True, read_at=None)),
        ]


class NoticeDelivery(models.Model):
    """A notice on one way out. Several go together in one letter: they share its `mark`.

    waiting ─► sending ─► sent          waiting ─► dropped (there is no need any more; `reason` says why)
       ▲          ├─────► refused
       └──────────┴─────► doubtful      (it may have gone, and is not repeated)
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        REFUSED = "refused"
        DOUBTFUL = "doubtful"
        DROPPED = "dropped"

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    way = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)  # it waits for its person's working hours, or for their daily letter
    held = models.BooleanField(default=False)  # beyond the limit of an hour: it goes in one letter with the others
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    mark = models.CharField(max_length=32, blank=True)  # of the letter it left in: its Message-ID is made of it
    answers = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    devices = models.JSONField(null=True)  # ids of those that are still to be told; null: all
    sent_at = models.DateTimeField(null=True)  # set while it waits too: some devices were told, others not yet
    reason = models.TextField(blank=True)  # a code of `sending`, or the other side's words; once sent: why not to all

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "way"], name="notices_once_a_way")]
        indexes = [
            models.Index(fields=["due_at", "id"], name="notices_due", condition=Q(state__in=["waiting", "sending"])),
            models.Index(fields=["agent", "-sent_at"], name="notices_sent", condition=Q(state="sent")),
            models.Index(fields=["mark"], name="notices_mark", condition=~Q(mark="")),
        ]


class Device(models.Model):
    """A browser in which somebody has switched on that it shows them notices. It ends with the sign-in by which that
    was done. Its address and keys are what the browser gave: with them nobody can send but us (RFC 8292)."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="devices")
    session = models.ForeignKey(UserSession, on_delete=models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=1000)
    key = models.CharField(max_length=100)
    secret = SecretField()
    added_at = models.DateTimeField(default=clock.now)
    told_at = models.DateTimeField(null=True)
    failed_words = models.TextField(blank=True)  # of the service, while it does not take what we send

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint"], name="notices_device_once")]


class Choices(models.Model):
    """What a person chose. Without a row, or a kind in it, the default holds. `failed_at`: letters to them came back;
    none goes until they say that it works again."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="notice_choices")
    mail = models.JSONField(default=dict)  # kind → bool
    push = models.JSONField(default=dict)  # the same for their devices
    page = models.JSONField(default=dict)  # the same for the list at the desk, where all is on by default
    hours = models.JSONField(default=dict)  # day of the week ("0": Monday) → [from, until]; without any day: always
    digest = models.PositiveSmallIntegerField(null=True)  # hour of the one letter a day; null: each by itself
    ahead = models.PositiveIntegerField(null=True)  # minutes before a deadline; null: as everybody
    failed_at = models.DateTimeField(null=True)
    failed_words = models.TextField(blank=True)  # of the mail server


class Rules(models.Model):
    """What the owner decided for everybody's notices: one row, with id 1, once somebody has."""

    words = models.BooleanField(default=True)  # letters carry what the customer wrote
    off = models.JSONField(default=list)  # kinds that go to nobody by mail
    letters_an_hour = models.PositiveSmallIntegerField(default=20)  # to one person; the rest comes in one letter
    push = models.BooleanField(default=True)  # people may have their devices told
    ahead_least = models.PositiveIntegerField(default=30)  # minutes before a deadline: nobody is told later
    ahead_most = models.PositiveIntegerField(default=2880)  # nor earlier

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="notices_one_row_of_rules")]


class Warned(models.Model):
    """A deadline that was said to be near: once for each instant that it is set to, and each time before it that
    somebody whom it concerns has chosen."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    ahead = models.PositiveIntegerField(default=120)  # minutes

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "ahead"], name="notices_warned_once")]
