"""Who may do what, as one table. Sight of tickets is another matter: see vikno.tickets.access.

The faces ask here before they call a verb; verbs themselves keep what must hold whoever asks (the last owner stays).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from django.utils.translation import gettext as _

from vikno.staff.access import Face, NotAllowed, Viewer
from vikno.staff.models import Agent

Role = Agent.Role


class Right(StrEnum):
    NOTE = "note"  # write internal notes
    WORK = "work"  # change tickets, answer, open tickets by hand
    PEOPLE = "people"  # change persons, identities, organisations, contracts; join and un-join
    BULK = "bulk"  # change many tickets at once
    TEAM = "team"  # change a team: its words, its hours, who belongs to it
    INVITE = "invite"  # invite somebody into a team
    STAFF = "staff"  # roles, deactivating, new teams, openness
    SETTINGS = "settings"  # channels, statuses, fields, brands, retention
    LEDGER = "ledger"  # raw letters: read, let in, try again
    EXPORT = "export"  # make a copy of what is kept of a person
    ERASE = "erase"  # erase a person
    OPEN_ANYWAY = "open_anyway"  # read a ticket of a closed team, or one without a reader; logged
    SECURITY_LOG = "security_log"


_OBSERVER = frozenset({Right.NOTE})
_AGENT = _OBSERVER | {Right.WORK, Right.PEOPLE, Right.BULK}
_LEAD = _AGENT | {Right.TEAM, Right.INVITE, Right.LEDGER, Right.EXPORT}
RIGHTS: dict[str, frozenset[Right]] = {
    Role.OBSERVER: _OBSERVER,
    Role.AGENT: _AGENT,
    Role.LEAD: _LEAD,
    Role.OWNER: frozenset(Right),
}
# Of these a lead has the right only within the teams they lead. Nobody else needs the column: owners have all teams.
WITHIN_TEAMS = frozenset({Right.TEAM, Right.INVITE})
# Whom one may make what: nobody hands out more than they have.
GIVES: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(Role),
    Role.LEAD: frozenset({Role.AGENT, Role.OBSERVER}),
}


def may(viewer: Viewer, right: Right, team: int | None = None) -> bool:
    """Whether the viewer has the right. For rights within teams, `team` is the team it is about; without one, the
    answer says whether there is any team for which they have it."""
    if viewer.face == Face.SYSTEM:
        return True
    if viewer.face == Face.PORTAL or not viewer.writes or right not in RIGHTS.get(viewer.role, frozenset()):
        return False
    if viewer.only_teams and team is not None and team not in viewer.only_teams:
        return False
    if right in WITHIN_TEAMS and not viewer.is_owner:
        return team in viewer.leads if team is not None else bool(viewer.leads)
    return True


def may_edit(viewer: Viewer, persons: Collection[int]) -> bool:
    """Whether the viewer may change all these persons: who works here is changed by who may change staff, and by
    oneself."""
    if not may(viewer, Right.PEOPLE):
        return False
    at_work = Agent.objects.filter(person_id__in=set(persons) - viewer.persons, active=True)
    return may(viewer, Right.STAFF) or not at_work.exists()


def may_give(viewer: Viewer, role: str) -> bool:
    """Whether the viewer may make somebody this role."""
    return viewer.face == Face.SYSTEM or role in GIVES.get(viewer.role, frozenset())


def require(viewer: Viewer, right: Right, team: int | None = None) -> None:
    """Raises NotAllowed, in words, unless the viewer has the right."""
    if not may(viewer, right, team):
        if right in RIGHTS[Role.LEAD]:
            raise NotAllowed(_("Your role does not include this. Ask an owner or the lead of the team."))
        raise NotAllowed(_("Only an owner may do this."))
