"""Who looks: the viewer is made by the face (desk, portal, API), not by the human."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from vikno.accounts.access import proved_addresses
from vikno.core import rows
from vikno.people.queries import of_proved_addresses, one_human
from vikno.staff.models import Agent, Team

_TEAMS = """
SELECT t.id, t.openness, m.lead FROM staff_team t LEFT JOIN staff_membership m ON m.team_id = t.id AND m.agent_id = %s
"""


class Face(StrEnum):
    DESK = "desk"
    PORTAL = "portal"
    API = "api"
    SYSTEM = "system"


class NotAllowed(Exception):
    """The viewer may see this but not do that. The text says what is needed."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks, with what they may see. `teams`: member of; `leads`: lead of; `readable`: teams whose tickets
    are read by right of openness or membership. Hashable, so that what follows from it can be cached."""

    face: Face
    agent_id: int | None = None
    person_id: int | None = None
    user_id: int | None = None
    role: str = ""
    teams: frozenset[int] = frozenset()
    leads: frozenset[int] = frozenset()
    readable: frozenset[int] = frozenset()
    guest: frozenset[int] = frozenset()  # "own" teams of others: read where assigned, following or mentioned
    sees_all_teams: bool = False  # every team there is is readable: lists need no condition on teams
    persons: frozenset[int] = frozenset()  # this human as a customer: what they asked for is seen in the portal alone
    anyway: frozenset[int] = frozenset()  # tickets that the owner opened anyway; each was logged
    only_teams: frozenset[int] = field(default=frozenset())  # an API token may be narrowed to some teams
    writes: bool = True  # false for a token that only reads

    @property
    def is_owner(self) -> bool:
        return self.role == Agent.Role.OWNER

    @property
    def is_lead(self) -> bool:
        return self.role in (Agent.Role.OWNER, Agent.Role.LEAD)

    @property
    def may_write(self) -> bool:
        """May change tickets and answer; an observer reads and notes."""
        return self.writes and self.role in (Agent.Role.OWNER, Agent.Role.LEAD, Agent.Role.AGENT)

    @property
    def may_note(self) -> bool:
        return self.writes and bool(self.role)


SYSTEM = Viewer(Face.SYSTEM, sees_all_teams=True)


def viewer_for_agent(agent: Agent, face: Face = Face.DESK) -> Viewer:
    """The viewer that an active agent is on the desk or by a token. Two queries.

    Raises NotAllowed for an agent who was deactivated.
    """
    if not agent.active:
        raise NotAllowed(_("This account was deactivated. An owner can activate it again."))
    found = rows.run(_TEAMS, agent.id)
    teams = {team: openness for team, openness, _lead in found}
    mine = {team: bool(lead) for team, _openness, lead in found if lead is not None}
    readable = {team for team, openness in teams.items() if openness == Team.Openness.OPEN or team in mine}
    guest = {team for team, openness in teams.items() if openness == Team.Openness.OWN and team not in mine}
    return Viewer(
        face=face,
        agent_id=agent.id,
        person_id=agent.person_id,
        user_id=agent.person.user_id,
        role=agent.role,
        teams=frozenset(mine),
        leads=frozenset(team for team, lead in mine.items() if lead),
        readable=frozenset(readable),
        guest=frozenset(guest),
        sees_all_teams=len(readable) == len(teams),
        persons=frozenset(one_human(agent.person_id)),
    )


def as_customer(viewer: Viewer) -> Viewer:
    """The customer that an agent is of what they asked for themselves. Of persons who were joined with them those count
    whose address this very login has proved: to join somebody with oneself opens nothing of theirs."""
    joined = viewer.persons - {viewer.person_id}
    hidden = joined - of_proved_addresses(joined, proved_addresses(viewer.user_id)) if joined else joined
    return Viewer(Face.PORTAL, person_id=viewer.person_id, user_id=viewer.user_id, persons=viewer.persons - hidden)
