"""The ticket: one request, with a number, a state, somebody responsible and deadlines."""

from django.db import models
from django.db.models import F, Q

from vikno.core import clock
from vikno.core.models import LANGUAGES, Brand
from vikno.dialogs.models import Channel
from vikno.people.models import Contract, Identity, Person
from vikno.staff.models import Agent, Team
from vikno.tickets.models.words import Category, Priority, Stage, Status, TicketType


class TicketNumber(models.Model):
    """Numbers given out, in order. A number is never used again, also when its ticket never came to be."""


class Ticket(models.Model):
    # A foreign key has an index of its own only where something is looked up by it: each index costs every write.
    number = models.BigIntegerField(unique=True)  # what people say; grants no right
    subject = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)  # that it came by
    team = models.ForeignKey(Team, on_delete=models.PROTECT, db_index=False)  # from the first second
    agent = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        related_name="tickets",
        db_index=False,
    )  # once taken
    status = models.ForeignKey(Status, on_delete=models.PROTECT, db_index=False)
    stage = models.CharField(max_length=7, choices=Stage.choices)  # of the status, for lists
    priority = models.ForeignKey(Priority, on_delete=models.PROTECT, db_index=False)
    priority_rank = models.SmallIntegerField(default=0)
    type = models.ForeignKey(TicketType, on_delete=models.SET_NULL, null=True, db_index=False)
    category = models.ForeignKey(Category, on_delete=models.SET_NULL, null=True, db_index=False)
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    identity = models.ForeignKey(
        Identity, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # that it was asked from
    contract = models.ForeignKey(Contract, on_delete=models.SET_NULL, null=True)
    ip = models.GenericIPAddressField(null=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, blank=True)
    entered_by = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    restricted = models.BooleanField(default=False)  # to the responsible, followers and its team's leads
    account_act = models.BigIntegerField(null=True)  # in which a lead let an unproved matter of an account pass
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="absorbed", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    # Instants. What lists show or sort by is written by the verbs themselves.
    created_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(null=True)  # arrival of its first customer message: clocks run from here
    updated_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(null=True)
    due_is_day = models.BooleanField(default=False)  # given without an hour: the end of that day in the team's zone
    first_reply_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)  # a customer waits for our answer since; null: nobody waits
    last_in_at = models.DateTimeField(null=True)  # newest message from outside: unread for who looked before it
    answered_at = models.DateTimeField(null=True)  # last public answer by a human
    closed_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)  # first looked at by an agent: "nobody opened it yet"
    snoozed_until = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    spam_at = models.DateTimeField(null=True)  # marked as spam, and so in the bin: out of lists and figures
    last_dialog = models.ForeignKey(
        "dialogs.Dialog",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    preview = models.CharField(max_length=160, blank=True)  # the beginning of the newest message
    sort_me = models.BooleanField(default=False)  # a message fell to it of several: a person should look

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="tickets_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(stage="closed", closed_at__isnull=False) | ~Q(stage="closed") & Q(closed_at=None),
                name="tickets_closed_says_when",
            ),
        ]
        # Lists look at what is alive; the millionth closed ticket must cost them nothing.
        indexes = [
            models.Index(
                fields=["team", "-updated_at", "-id"], name="tickets_alive_team",
                condition=Q(closed_at=None, merged_into=None, deleted_at=None),
            ),
            models.Index(
                fields=["agent", "-updated_at", "-id"], name="tickets_alive_agent",
                condition=Q(closed_at=None, merged_into=None, deleted_at=None),
            ),
            models.Index(
                fields=["-updated_at", "-id"], name="tickets_alive_all",
                condition=Q(closed_at=None, merged_into=None, deleted_at=None),
            ),
            # Badges are counted in these alone: they hold what a badge asks and what decides who sees a ticket.
            models.Index(
                fields=["stage", "opened_at", "agent", "restricted", "requester", "team", "snoozed_until"],
                name="tickets_badge_stage",
                condition=Q(closed_at=None, merged_into=None, deleted_at=None),
            ),
            models.Index(
                fields=["team", "agent", "restricted", "requester", "snoozed_until"], name="tickets_badge_team",
                condition=Q(closed_at=None, merged_into=None, deleted_at=None),
            ),
            models.Index(
                fields=["waiting_since", "id"], name="tickets_unanswered",
                condition=Q(waiting_since__isnull=False, closed_at=None, merged_into=None, deleted_at=None),
            ),
            models.Index(
                fields=["due_at", "id"], name="tickets_due",
                condition=Q(due_at__isnull=False, closed_at=None, merged_into=None, deleted_at=None),
            ),
            models.Index(
                fields=["-updated_at", "-id"], name="tickets_all",
                condition=Q(merged_into=None, deleted_at=None),
            ),
            # Only of what was merged: an index that holds null for nearly every row leads planners astray.
            models.Index(
                fields=["merged_into"], name="tickets_absorbed", condition=Q(merged_into__isnull=False)
            ),
            models.Index(
                fields=["snoozed_until"], name="tickets_snoozed", condition=Q(snoozed_until__isnull=False)
            ),
            models.Index(fields=["requester", "-created_at"], name="tickets_of_requester"),
            # What somebody had done: views ask for it. Of what is open, another index knows who is responsible.
            models.Index(
                fields=["agent"], name="tickets_closed_of_agent",
                condition=Q(agent__isnull=False, closed_at__isnull=False),
            ),
            models.Index(fields=["-spam_at"], name="tickets_spam", condition=Q(spam_at__isnull=False)),
            models.Index(fields=["-updated_at", "-id"], name="tickets_bin", condition=Q(deleted_at__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.number}"


class Wording(models.Model):
    """The words that a ticket's subject or description had. Events point here; erasing a person blanks these rows."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="wordings")
    field = models.CharField(max_length=12)
    text = models.TextField(blank=True)


class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)
    folded = models.CharField(max_length=60, unique=True)
    hue = models.PositiveSmallIntegerField(default=250)
    archived_at = models.DateTimeField(null=True)


class TicketTag(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tag_rows")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "tag"], name="tickets_tag_once")]
