"""What there is around a ticket at all, asked in one statement: of most tickets there is next to nothing, and what is
not there need not be read. Whether the viewer may see it is asked by whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from vikno.core import clock, rows
from vikno.tickets.models import Ticket


class Glance(NamedTuple):
    """`follows`: this agent does. `company`: others are here now. `draft`: of this agent. `suspected`: letters that
    claim one of the tickets; `notes`: on one of them. `contracts`: of the requester or their organisation. `account`:
    its category is one of matters of an account; `merged`: others were merged into it."""

    follows: bool
    company: bool
    draft: bool
    tags: bool
    contracts: bool
    account: bool
    suspected: bool
    notes: bool
    merged: bool


_SQL = """SELECT
EXISTS (SELECT 1 FROM tickets_follower WHERE ticket_id = %s AND agent_id = %s),
EXISTS (SELECT 1 FROM live_breath WHERE ticket_id = %s AND until > %s AND agent_id <> %s),
EXISTS (SELECT 1 FROM tickets_draft WHERE ticket_id = %s AND agent_id = %s),
EXISTS (SELECT 1 FROM tickets_tickettag WHERE ticket_id = %s),
EXISTS (SELECT 1 FROM people_contract WHERE person_id = %s OR organisation_id = %s),
EXISTS (SELECT 1 FROM tickets_category WHERE id = %s AND account_matter),
EXISTS (SELECT 1 FROM intake_inbound WHERE fate = 'suspected' AND ticket_id IN ({slots})),
EXISTS (SELECT 1 FROM tickets_note WHERE ticket_id IN ({slots})),
EXISTS (SELECT 1 FROM tickets_ticket WHERE merged_into_id = %s)"""


def glance(ticket: Ticket, part: Sequence[int], agent: int) -> Glance:
    """Look at a ticket, and at what it is read together with (`part`, the ticket included), as this agent."""
    one, now = ticket.id, connection.ops.adapt_datetimefield_value(clock.now())
    values = [one, agent, one, now, agent, one, agent, one]
    values += [ticket.requester_id, ticket.requester.organisation_id, ticket.category_id]
    [found] = rows.run(_SQL.format(slots=rows.places(part)), *values, *part, *part, one)
    return Glance(*map(bool, found))
