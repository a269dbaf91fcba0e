"""What there is around a ticket at all, asked in one statement: of most tickets there is next to nothing, and what is
not there need not be read. Whether the viewer may see it is asked by whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from vikno.core import clock, rows
from vikno.core.clock import aware
from vikno.desk import customer_fields
from vikno.live.queries import COMPANY
from vikno.tickets.models import Ticket


class Glance(NamedTuple):
    """`follows`: this agent does. `company`: others are here now, or in its dialogs. `draft`: of this agent.
    `suspected`: letters that claim one of the tickets; `notes`: on one of them. `contracts`: of the requester or their
    organisation. `account`: its category is one of matters of an account; `merged`: others were merged into it;
    `bonds`: one of the tickets was linked with another; `elsewhere`: its dialogs hold messages that belong to none of
    these tickets. `opened`: when this agent had it before their eyes last. `files`: on its messages or notes.
    `looked`, `looker`: when another agent had it before their eyes last, and who. `own`: to-dos or a note that this
    agent keeps for themselves. `customer`: names and words of the custom fields of the requester and their organisation
    that stand beside requests."""

    follows: bool
    company: bool
    draft: bool
    tags: bool
    contracts: bool
    account: bool
    suspected: bool
    notes: bool
    merged: bool
    bonds: bool
    elsewhere: bool
    files: bool
    own: bool
    opened: datetime | None
    looked: datetime | None
    looker: int | None
    customer: list[tuple[str, str]]


_SQL = """SELECT
EXISTS (SELECT 1 FROM tickets_follower WHERE ticket_id = %s AND agent_id = %s),
EXISTS (SELECT 1 {company}),
EXISTS (SELECT 1 FROM tickets_draft WHERE ticket_id = %s AND agent_id = %s),
EXISTS (SELECT 1 FROM tickets_tickettag WHERE ticket_id = %s),
EXISTS (SELECT 1 FROM people_contract WHERE person_id = %s OR organisation_id = %s),
EXISTS (SELECT 1 FROM tickets_category WHERE id = %s AND account_matter),
EXISTS (SELECT 1 FROM intake_inbound WHERE fate = 'suspected' AND ticket_id IN ({slots})),
EXISTS (SELECT 1 FROM tickets_note WHERE ticket_id IN ({slots})),
EXISTS (SELECT 1 FROM tickets_ticket WHERE merged_into_id = %s),
EXISTS (SELECT 1 FROM tickets_relation WHERE ended_act IS NULL AND ticket_id IN ({slots}))
OR EXISTS (SELECT 1 FROM tickets_relation WHERE ended_act IS NULL AND of_id IN ({slots})),
EXISTS (
    SELECT 1 FROM dialogs_message o WHERE o.dialog_id IN (
        SELECT m.dialog_id FROM tickets_link k JOIN dialogs_message m ON m.id = k.message_id
        WHERE k.ticket_id IN ({slots}) AND k.ended_act IS NULL
    ) AND NOT EXISTS (
        SELECT 1 FROM tickets_link k WHERE k.message_id = o.id AND k.ended_act IS NULL AND k.ticket_id IN ({slots})
    )
),
EXISTS (
    SELECT 1 FROM tickets_link k JOIN dialogs_attachment f ON f.message_id = k.message_id
    WHERE k.ticket_id IN ({slots}) AND k.ended_act IS NULL
) OR EXISTS (
    SELECT 1 FROM tickets_note n JOIN tickets_noteattachment f ON f.note_id = n.id WHERE n.ticket_id IN ({slots})
),
EXISTS (SELECT 1 FROM tasks_task WHERE ticket_id IN ({slots}) AND agent_id = %s AND done_at IS NULL)
OR EXISTS (SELECT 1 FROM tasks_ownnote WHERE ticket_id IN ({slots}) AND agent_id = %s AND text <> ''),
(SELECT at FROM tickets_opened WHERE ticket_id = %s AND agent_id = %s),
(SELECT at FROM tickets_opened WHERE ticket_id = %s AND agent_id <> %s ORDER BY at DESC LIMIT 1),
(SELECT agent_id FROM tickets_opened WHERE ticket_id = %s AND agent_id <> %s ORDER BY at DESC LIMIT 1)"""


def glance(ticket: Ticket, part: Sequence[int], agent: int, human: Sequence[int]) -> Glance:
    """Look at a ticket, and at what it is read together with (`part`, the ticket included), as this agent. `human`: all
    persons that are one human with the requester."""
    one, now = ticket.id, connection.ops.adapt_datetimefield_value(clock.now())
    values = [one, agent, *part, *part, now, agent, one, agent, one]
    values += [ticket.requester_id, ticket.requester.organisation_id, ticket.category_id]
    values += [*part, *part, one, *part, *part, *part, *part, *part, *part]
    values += [*part, agent, *part, agent, one, agent, one, agent, one, agent]
    slots = rows.places(part)
    fields = customer_fields.beside()
    more, asked = customer_fields.beside_sql(fields, ticket, human)
    [found] = rows.run(_SQL.format(slots=slots, company=COMPANY.format(own=slots)) + more, *values, *asked)
    *there, opened, looked, looker = found[: len(found) - len(fields)]
    instants = [aware(at) if at else None for at in (opened, looked)]
    customer = customer_fields.beside_words(fields, found[len(found) - len(fields) :])
    return Glance._make([*map(bool, there), *instants, looker, customer])
