"""Who is where: at a ticket, or in one of its dialogs. The caller says which tickets its viewer reads."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from vikno.core import clock, rows

MOST_DIALOGS = 50  # of one ticket: those that began last

_DIALOGS = (
    "SELECT DISTINCT m.dialog_id FROM tickets_link k JOIN dialogs_message m ON m.id = k.message_id "
    "WHERE k.ticket_id IN ({own}) AND k.ended_act IS NULL"
)
# Of two requests in one dialog, whoever works on the one is company to who works on the other. Takes the ids twice, the
# present moment and the agent who asks.
COMPANY = (
    f"FROM live_breath WHERE (ticket_id IN ({{own}}) OR dialog_id IN ({_DIALOGS})) AND until > %s AND agent_id <> %s"
)


def dialogs_of(ticket_ids: Sequence[int]) -> list[int]:
    """The dialogs that hold messages of these tickets, the newest first."""
    asked = f"{_DIALOGS} ORDER BY m.dialog_id DESC LIMIT {MOST_DIALOGS}"
    return [dialog for (dialog,) in rows.run(asked.format(own=rows.places(ticket_ids)), *ticket_ids)]


def company(ticket_ids: Sequence[int], agent_id: int) -> list[tuple[int, str]]:
    """Which other agents are at these tickets or in their dialogs, and what they do there ("viewing", "typing"): not at
    which request, which the viewer may not see."""
    now = connection.ops.adapt_datetimefield_value(clock.now())
    asked = f"SELECT DISTINCT agent_id, kind {COMPANY} ORDER BY agent_id".format(own=rows.places(ticket_ids))
    return [(agent, kind) for agent, kind in rows.run(asked, *ticket_ids, *ticket_ids, now, agent_id)]
