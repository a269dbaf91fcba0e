"""The verbs of staff: the only place that writes teams, agents and invitations."""

from vikno.staff.actions.agents import (
    LastOwner,
    change_role,
    deactivate,
    employ,
    join_team,
    leave_team,
    reactivate,
    set_lead,
    set_own,
    set_teams,
)
from vikno.staff.actions.invitations import InvitationOver, accept, invite, withdraw
from vikno.staff.actions.teams import (
    archive_team,
    create_team,
    make_default,
    rename_team,
    restore_team,
    set_habits,
    set_openness,
)

__all__ = [
    "InvitationOver",
    "LastOwner",
    "accept",
    "archive_team",
    "change_role",
    "create_team",
    "deactivate",
    "employ",
    "invite",
    "join_team",
    "leave_team",
    "make_default",
    "reactivate",
    "rename_team",
    "restore_team",
    "set_habits",
    "set_lead",
    "set_openness",
    "set_own",
    "set_teams",
    "withdraw",
]
