"""What binds tickets to messages, to agents and to each other. A bond that ended keeps its row: undo revives it."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.dialogs.models import Message
from vikno.staff.models import Agent
from vikno.tickets.models.ticket import Ticket


class Link(models.Model):
    """A message belongs to a ticket. The ticket it addressed keeps it (its home), also when that was merged."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="links", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="links", db_index=False)
    arrived_at = models.DateTimeField()  # of the message: the time line of a long ticket needs no join to find its page
    act = models.BigIntegerField()
    ended_act = models.BigIntegerField(null=True)
    sort_me = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "ticket"],
                condition=Q(ended_act=None),
                name="tickets_linked_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["ticket", "-arrived_at", "-message"],
                name="tickets_link_order",
                condition=Q(ended_act=None),
            ),
            # With the constraint above it finds every link of a message. One index of all of them would be a second
            # way to the present ones, and PostgreSQL without statistics takes it in the wrong places.
            models.Index(fields=["message"], name="tickets_link_ended", condition=Q(ended_act__isnull=False)),
        ]


class Merge(models.Model):
    """Who merged what, and when it was undone. The pointer itself is Ticket.merged_into."""

    absorbed = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merges")
    survivor = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    act = models.BigIntegerField()
    ended_act = models.BigIntegerField(null=True)


class Relation(models.Model):
    class Kind(models.TextChoices):
        FOLLOWS = "follows"  # opened by an answer to a ticket closed too long ago
        CHILD = "child"  # split off; `of` is the parent
        DUPLICATE = "duplicate"
        RELATED = "related"
        CAUSED_BY = "caused_by"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="relations")
    of = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="related_by")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    act = models.BigIntegerField()
    ended_act = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "of", "kind"],
                condition=Q(ended_act=None),
                name="tickets_related_once",
            ),
            models.CheckConstraint(
                condition=~Q(ticket=models.F("of")),
                name="tickets_not_related_to_itself",
            ),
        ]


class Follower(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="follows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent"], name="tickets_follows_once")]


class Mention(models.Model):
    """An agent was mentioned in a note; that lets them read the ticket, unless it is restricted or its team closed."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="mentions")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="mentions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent"], name="tickets_mentioned_once")]


class Opened(models.Model):
    """When an agent last had a ticket before their eyes. Breath, not history: no event tells of it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="opened")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket"], name="tickets_opened_once")]


class TicketAlias(models.Model):
    """The number that a ticket had in a system it was imported from: it is found and threaded by it still."""

    source = models.CharField(max_length=30)
    number = models.CharField(max_length=60)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="tickets_alias_once")]
        indexes = [models.Index(fields=["number"], name="tickets_alias_number")]
