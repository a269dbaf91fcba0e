"""Agents and teams. A right comes from the role and from the team's openness; see vikno.staff.access."""

from django.db import models

from vikno.core import clock


class Team(models.Model):
    class Openness(models.TextChoices):
        OPEN = "open"  # every agent reads its tickets
        OWN = "own"  # its members, and whoever is assigned, following or mentioned
        CLOSED = "closed"  # its members alone; the owner by a logged "open anyway"

    name = models.CharField(max_length=100, unique=True)
    sort_key = models.CharField(max_length=200)
    openness = models.CharField(max_length=6, choices=Openness.choices, default=Openness.OPEN)
    zone = models.CharField(max_length=64, blank=True)  # "": the company's
    reopen_days = models.PositiveIntegerField(null=True)  # an answer reopens a closed ticket so long; null: always
    default = models.BooleanField(default=False)  # gets what no rule and no address places
    signature = models.JSONField(default=dict)  # language → text
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["default"], condition=models.Q(default=True), name="staff_one_default_team")
        ]


class Agent(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        LEAD = "lead"
        AGENT = "agent"
        OBSERVER = "observer"  # reads and notes

    person = models.OneToOneField("people.Person", on_delete=models.PROTECT, related_name="agent")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.AGENT)
    active = models.BooleanField(default=True)
    left_in_act = models.BigIntegerField(null=True)  # the act that deactivated them: reactivating undoes that one
    zone = models.CharField(max_length=64, blank=True)
    signature = models.JSONField(default=dict)  # language → text
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True)


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships")
    lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "agent"], name="staff_member_once")]


class Invitation(models.Model):
    """An invitation to the desk, waiting until its link is used."""

    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=8, choices=Agent.Role.choices, default=Agent.Role.AGENT)
    teams = models.ManyToManyField(Team)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
