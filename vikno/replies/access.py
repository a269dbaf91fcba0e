"""The only way to a template: one's own, those of one's teams, those of all."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from vikno.replies.models import Template
from vikno.staff.access import NotAllowed, Viewer
from vikno.staff.rights import Right, may, require


class NoSuchTemplate(LookupError):
    """There is no such template, or none that the viewer may see: the two are not told apart."""


def templates_for(viewer: Viewer) -> QuerySet[Template]:
    """The templates that this viewer may use, archived ones included. Nobody reads what is another agent's alone."""
    mine = Q(owner=viewer.agent_id) if viewer.agent_id is not None else Q(pk=None)
    teams = ~Q(team=None) if viewer.is_owner else Q(team__in=sorted(viewer.teams))
    return Template.objects.filter(mine | Q(owner=None, team=None) | teams)


def template_for(viewer: Viewer, template_id: int) -> Template:
    """One template. Raises NoSuchTemplate."""
    found = templates_for(viewer).filter(id=template_id).select_related("team").first()
    if found is None:
        raise NoSuchTemplate(template_id)
    return found


def may_change(viewer: Viewer, template: Template) -> bool:
    """Agents change their own, leads those of their team, owners those of all."""
    if template.owner_id is not None:
        return template.owner_id == viewer.agent_id and may(viewer, Right.NOTE)
    if template.team_id is not None:
        return may(viewer, Right.TEAM, template.team_id)
    return may(viewer, Right.SETTINGS)


def must_change(viewer: Viewer, template: Template) -> None:
    """Raises NotAllowed unless the viewer may change it."""
    if template.owner_id is not None and template.owner_id != viewer.agent_id:
        raise NotAllowed("")  # nobody is shown such a one
    if not may_change(viewer, template):
        require(viewer, Right.TEAM if template.team_id else Right.SETTINGS, template.team_id)
