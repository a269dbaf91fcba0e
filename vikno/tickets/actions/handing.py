"""Handing a request to another team, with what that team should know."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.staff.models import Agent, Team
from vikno.tickets.actions import assigning, noting
from vikno.tickets.actions.changing import Invalid, lock
from vikno.tickets.actions.creating import hold, must_be_able
from vikno.tickets.models import Ticket


def hand_with_note(
    ticket: Ticket, team: Team, agent: Agent, note: str, *, by: Act, to: Agent | None = None,
    mentions: Iterable[Agent] = (), seen: int | None = None,
) -> None:  # fmt: skip
    """Give a ticket to a team, perhaps to a colleague (`to`) in it, with a note by `agent` for them; all of it or
    nothing. Without a colleague it is nobody's, so that the team is told of it. An undo takes it back; the note stays,
    as words do.

    Raises Invalid where nothing would change, and for a colleague who cannot be responsible there; Conflict.
    """
    with transaction.atomic():
        if to is not None:
            must_be_able(hold(to), team)
        fresh = lock(ticket)
        if fresh.team_id == team.id and (to is None or fresh.agent_id == to.id):
            raise Invalid(_("It is with this team already. Choose another one, or a colleague."))
        if note:
            noting.add_note(ticket, agent, note, mentions=mentions, by=by)
        assigning.hand_over(ticket, team, by=by, seen=seen)
        if to is not None:
            assigning.assign(ticket, to, by=by)
        elif fresh.agent_id is not None:
            assigning.assign(ticket, None, by=by)
