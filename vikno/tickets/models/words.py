"""The words a company orders its tickets by. They are rows: the company names them in its own language."""

from django.db import models


class Stage(models.TextChoices):
    """What a status means to the machine. Statuses are many and the company's; stages are four and ours."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Status(models.Model):
    name = models.CharField(max_length=60, unique=True)
    stage = models.CharField(max_length=7, choices=Stage.choices)
    customer_word = models.CharField(max_length=60)  # simpler, for who asked
    position = models.PositiveSmallIntegerField(default=0)
    default = models.BooleanField(default=False)  # the one that its stage begins with
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=models.Q(default=True),
                name="tickets_one_default_status_a_stage",
            )
        ]


class Priority(models.Model):
    name = models.CharField(max_length=60, unique=True)
    rank = models.SmallIntegerField(unique=True)  # higher is more urgent; 0 is ordinary
    archived_at = models.DateTimeField(null=True)


class TicketType(models.Model):
    """The kind of request: question, fault, suggestion, complaint, order, contract …"""

    name = models.CharField(max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)


class Category(models.Model):
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=100)
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True)  # who usually answers
    account_matter = models.BooleanField(default=False)  # W35: handled only from a verified address
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                nulls_distinct=False,
                name="tickets_category_once",
            )
        ]
