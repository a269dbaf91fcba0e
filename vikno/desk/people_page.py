"""Rows of the page of people: agents in the order of the alphabet, then invitations that wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core import clock
from vikno.core.times import short_times
from vikno.desk.face import DeskRequest
from vikno.desk.rows import hue, initials
from vikno.staff.access import Viewer
from vikno.staff.actions.invitations import waiting
from vikno.staff.models import Agent, Team
from vikno.staff.rights import Right, may, may_give
from vikno.tickets.queries import praise

Role = Agent.Role
PRAISE_DAYS = 30


def role_words() -> dict[str, str]:
    return {Role.OWNER: _("Owner"), Role.LEAD: _("Lead"), Role.AGENT: _("Agent"), Role.OBSERVER: _("Observer")}


def role_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """The roles that the viewer may give, the usual one first."""
    words = role_words()
    order = (Role.AGENT, Role.LEAD, Role.OBSERVER, Role.OWNER)
    return [(str(role), words[role]) for role in order if may_give(viewer, role)]


def teams_given(viewer: Viewer) -> list[tuple[Any, str]]:
    """The teams that the viewer may invite into; an owner may also leave it open."""
    teams = Team.objects.filter(archived_at=None).order_by("-default", "sort_key", "id").values_list("id", "name")
    found: list[tuple[Any, str]] = [(pk, name) for pk, name in teams if may(viewer, Right.INVITE, pk)]
    return [*found, ("", _("No team yet"))] if viewer.is_owner else found


def may_change(viewer: Viewer, agent: Agent) -> bool:
    """Whether the viewer may open this agent's page: owners everybody's, leads those of agents and observers."""
    if may(viewer, Right.STAFF):
        return True
    return agent.active and may(viewer, Right.TEAM) and may_give(viewer, agent.role)


def agents(request: DeskRequest) -> list[dict[str, Any]]:
    """Everybody, those who left last. Four queries and two for invitations."""
    viewer = request.desk.viewer
    short = short_times(request.desk.zone, translation.get_language() or "en")
    rows = Agent.objects.select_related("person__user").prefetch_related("memberships__team")
    thanked = praise(clock.now() - timedelta(days=PRAISE_DAYS))
    everybody = rows.order_by("-active", "person__sort_key", "id")
    drawn = [_agent(viewer, one, short) | {"praise_text": _praise(thanked.get(one.id, 0))} for one in everybody]
    for invitation in waiting().prefetch_related("teams"):
        teams = list(invitation.teams.all())
        ours = viewer.is_owner or invitation.invited_by_id == viewer.agent_id
        name = invitation.name or invitation.email
        withdraw = (reverse("desk:invitation_withdraw", args=[invitation.id]), "x", _("Withdraw"))
        drawn.append({
            "id": f"invited-{invitation.id}", "name": name, "initials": initials(name), "hue": None,
            "email": invitation.email, "role_word": role_words()[invitation.role],
            "teams": ", ".join(team.name for team in teams), "state": "invited", "state_word": _("Invited"),
            "seen_text": _("until %(day)s") % {"day": short(invitation.expires_at)}, "edit_url": "",
            "acts": [withdraw] if ours or {team.id for team in teams} & viewer.leads else [],
        })  # fmt: skip
    return drawn


def _praise(times: int) -> str:
    words = ngettext(
        "thanked %(num)s time in %(days)s days", "thanked %(num)s times in %(days)s days", times
    )  # fmt: skip
    return words % {"num": times, "days": PRAISE_DAYS} if times else ""


def _agent(viewer: Viewer, agent: Agent, short: Any) -> dict[str, Any]:
    name, user = agent.person.name, agent.person.user
    teams = sorted(agent.memberships.all(), key=lambda one: one.team.sort_key)
    words = [_("%(team)s (leads)") % {"team": one.team.name} if one.lead else one.team.name
             for one in teams if one.team.archived_at is None]  # fmt: skip
    back = (reverse("desk:agent_act", args=[agent.id, "reactivate"]), "rotate-ccw", _("Activate again"))
    return {
        "id": agent.id, "name": name, "initials": initials(name), "hue": hue(agent.id),
        "email": user.email if user else "",
        "role_word": role_words()[agent.role], "teams": ", ".join(words), "state": "active" if agent.active else "off",
        "state_word": _("Active") if agent.active else _("Deactivated"),
        "seen_text": short(agent.seen_at) if agent.seen_at else "",
        "edit_url": reverse("desk:agent", args=[agent.id]) if agent.active and may_change(viewer, agent) else "",
        "acts": [back] if not agent.active and may(viewer, Right.STAFF) else [],
    }  # fmt: skip
