"""Custom fields: typed, indexed rows. A changed value is a new row; events point to the rows, never to the words."""

from django.db import models
from django.db.models import Q

from vikno.people.models import Contract
from vikno.tickets.models.ticket import Ticket
from vikno.tickets.models.words import Category


class Field(models.Model):
    class Kind(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        DATE = "date"
        CHOICE = "choice"
        CHECKBOX = "checkbox"
        TREE = "tree"
        CONTRACT = "contract"

    class Required(models.TextChoices):
        NO = ""
        OPENING = "opening"  # when an agent or a program opens a ticket, and so when it is closed
        CLOSING = "closing"

    key = models.SlugField(max_length=40, unique=True)  # the name in conditions and in the API
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    team = models.ForeignKey("staff.Team", on_delete=models.CASCADE, null=True)  # null: of all teams
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True)  # and its parts; null: of all
    required = models.CharField(max_length=7, choices=Required.choices, blank=True, default="", db_default="")
    shown_to_customers = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)


class FieldOption(models.Model):
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="options")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")  # of a tree
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)


class FieldValue(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="field_values")
    field = models.ForeignKey(Field, on_delete=models.PROTECT)
    text = models.CharField(max_length=1000, blank=True)
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    date = models.DateField(null=True)
    option = models.ForeignKey(FieldOption, on_delete=models.PROTECT, null=True)
    checked = models.BooleanField(null=True)
    contract = models.ForeignKey(Contract, on_delete=models.SET_NULL, null=True, related_name="+")
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "field"],
                condition=Q(current=True),
                name="tickets_one_value_a_field",
            )
        ]
        indexes = [
            models.Index(
                fields=["field", "number"],
                name="tickets_value_number",
                condition=Q(current=True),
            ),
            models.Index(
                fields=["field", "date"],
                name="tickets_value_date",
                condition=Q(current=True),
            ),
            models.Index(
                fields=["field", "option"],
                name="tickets_value_option",
                condition=Q(current=True),
            ),
            models.Index(
                fields=["field", "text"],
                name="tickets_value_text",
                condition=Q(current=True),
            ),
        ]
