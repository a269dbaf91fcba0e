"""Named reads of agents and teams. All agents know of all agents and teams; what they read there is another matter."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from vikno.accounts.rules import FACTORS
from vikno.core.models import Company
from vikno.staff.models import Agent, Team


def is_agent(user_id: int) -> bool:
    """Whether this login is an active agent's."""
    return Agent.objects.filter(person__user_id=user_id, person__user__is_active=True, active=True).exists()


def is_owner(user_id: int) -> bool:
    """Whether this login is an active owner's."""
    return Agent.objects.filter(
        person__user_id=user_id, person__user__is_active=True, active=True, role=Agent.Role.OWNER
    ).exists()


def is_lead(user_id: int) -> bool:
    """Whether this login is an active owner's or lead's, or leads one team: who does reads what is restricted there."""
    leads = Q(role__in=(Agent.Role.OWNER, Agent.Role.LEAD)) | Q(memberships__lead=True)
    return Agent.objects.filter(leads, person__user_id=user_id, person__user__is_active=True, active=True).exists()


def logins_without_factor() -> list[Agent]:
    """Active agents who sign in with nothing but one thing, in the order of the alphabet, with their persons."""
    have = Authenticator.objects.filter(type__in=FACTORS).values("user")
    return list(active_agents().exclude(person__user=None).exclude(person__user__in=have))


def zone_of(agent: Agent, company: Company) -> str:
    """The time zone in which this agent reads and writes times."""
    return agent.zone or agent.person.zone or company.zone


def zone_of_login(user_id: int) -> str:
    """The same for a login; of one that is no agent's, the company's; "UTC" before Vikno is set up."""
    company = Company.objects.first()
    if company is None:
        return "UTC"
    agent = Agent.objects.select_related("person").filter(person__user_id=user_id).first()
    return zone_of(agent, company) if agent else company.zone


def active_agents() -> QuerySet[Agent]:
    """Those who work here now, with their persons, in the order of the alphabet."""
    return Agent.objects.filter(active=True).select_related("person").order_by("person__sort_key", "id")


def members(team_id: int) -> QuerySet[Agent]:
    """The active members of a team, leads first."""
    found = active_agents().filter(memberships__team=team_id)
    return found.order_by("-memberships__lead", "person__sort_key", "id")


def teams() -> QuerySet[Team]:
    """Teams that are offered, in the order of the alphabet."""
    return Team.objects.filter(archived_at=None).order_by("sort_key", "id")


def default_team() -> Team:
    """The team that gets what no rule and no address places. Raises Team.DoesNotExist before Vikno is set up."""
    return Team.objects.get(default=True)
