"""Saved views: lists that agents make themselves out of conditions; and which columns an agent wants in a table."""

from django.db import models
from django.db.models import Q

from vikno.staff.models import Agent, Team


class SavedView(models.Model):
    class Audience(models.TextChoices):
        PRIVATE = "private"
        TEAM = "team"
        ALL = "all"

    name = models.CharField(max_length=80)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="saved_views")  # a private one is theirs
    audience = models.CharField(max_length=7, choices=Audience.choices, default=Audience.PRIVATE)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    condition = models.JSONField()  # see vikno.core.selectors.grammar
    closed_too = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)  # among those of the same audience
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="team", team__isnull=False) | ~Q(audience="team") & Q(team=None),
                name="tickets_view_of_a_team_names_it",
            )
        ]


class TableLayout(models.Model):
    """The columns that an agent chose for a list shown as a table. Breath: no event tells of it."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    list = models.CharField(max_length=40)  # the key of the list
    columns = models.JSONField()  # codes, in their order

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "list"], name="tickets_one_layout_a_list")]
