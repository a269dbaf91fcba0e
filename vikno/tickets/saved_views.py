"""Which saved views an agent has, and which they may change."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from vikno.staff.access import NotAllowed, Viewer
from vikno.staff.rights import Right, may, require
from vikno.tickets.models import SavedView

Audience = SavedView.Audience
_ORDER = Case(
    When(audience=Audience.PRIVATE, then=Value(0)), When(audience=Audience.TEAM, then=Value(1)), default=Value(2),
    output_field=IntegerField(),
)  # fmt: skip


class NoSuchView(LookupError):
    """There is no such view, or none for this viewer."""


def views_for(viewer: Viewer) -> QuerySet[SavedView]:
    """The views that an agent has: their own, those of their teams, those for all, in the order in which they stand in
    the navigation."""
    mine = Q(audience=Audience.PRIVATE, agent=viewer.agent_id)
    of_teams = Q(audience=Audience.TEAM, team__in=viewer.teams)
    found = SavedView.objects.filter(mine | of_teams | Q(audience=Audience.ALL), deleted_at=None)
    return found.order_by(_ORDER, "team_id", "position", "id")


def manageable(viewer: Viewer) -> QuerySet[SavedView]:
    """What the page of views shows: those that the agent has, and an owner those of every team."""
    if not viewer.is_owner:
        return views_for(viewer)
    of_teams = SavedView.objects.filter(audience=Audience.TEAM, deleted_at=None)
    return (views_for(viewer) | of_teams).order_by(_ORDER, "team_id", "position", "id")


def view_for(viewer: Viewer, view_id: int) -> SavedView:
    """One view that the viewer has, or manages. Raises NoSuchView."""
    found = manageable(viewer).filter(id=min(view_id, 2**62)).first()
    if found is None:
        raise NoSuchView(view_id)
    return found


def may_change(viewer: Viewer, view: SavedView) -> bool:
    """One's own if it is private; that of a team who leads it; one for all an owner."""
    if view.audience == Audience.PRIVATE:
        return viewer.agent_id is not None and view.agent_id == viewer.agent_id and may(viewer, Right.NOTE)
    return may_share(viewer, view.audience, view.team_id)


def may_share(viewer: Viewer, audience: str, team: int | None) -> bool:
    """Whether the viewer may make a view for this audience."""
    if audience == Audience.PRIVATE:
        return viewer.agent_id is not None and may(viewer, Right.NOTE)
    if audience == Audience.TEAM:
        return team is not None and may(viewer, Right.TEAM, team)
    return may(viewer, Right.SETTINGS)


def must_change(viewer: Viewer, views: Iterable[SavedView]) -> None:
    """Raises NotAllowed, in words, unless the viewer may change all of these."""
    for one in views:
        if may_change(viewer, one):
            continue
        if one.audience == Audience.TEAM:
            require(viewer, Right.TEAM, one.team_id)
        require(viewer, Right.SETTINGS)
        raise NotAllowed
