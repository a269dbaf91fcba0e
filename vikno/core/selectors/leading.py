"""Which index leads to what a condition holds for, if that is little: instead of looking at each ticket there is."""

from __future__ import annotations

from django.db import connection

from vikno.core.patience import TookTooLong, within
from vikno.core.selectors.fields import Context
from vikno.core.selectors.grammar import Group
from vikno.core.selectors.sql import Sql, leads

MOST_LED = 5_000  # tickets that are gathered by an index and put in order, rather than looked for among all
SECONDS = 0.3  # that seeing how many these are may take


def led(group: Group, context: Context) -> Sql | None:
    """A condition on the ids of "tickets_ticket" that the shortest lead gives; None if none is short. The
    statement that has it must not be held to another index."""
    counted = [(count, sql) for sql in leads(group, context) if (count := _count(sql)) <= MOST_LED]
    if not counted:
        return None
    sql, params = min(counted, key=lambda pair: pair[0])[1]
    # PostgreSQL takes an array for a few rows and looks them up; of a subquery it might think otherwise.
    listed = f"= ANY(ARRAY({sql}))" if connection.vendor == "postgresql" else f"IN ({sql})"
    return f"tickets_ticket.id {listed}", params


def _count(lead: Sql) -> int:
    try:
        with within(SECONDS), connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 FROM ({lead[0]}) led LIMIT {MOST_LED + 1}) few", lead[1])
            return int(cursor.fetchone()[0])
    except TookTooLong:
        return MOST_LED + 1
