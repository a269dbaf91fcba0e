"""What has changed since an instant, and when each ticket changed last: told by the journal, whatever it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Min, QuerySet

from vikno.core import clock, rows
from vikno.journal.models import Event, EventTicket

# Ids are drawn before their transaction ends, so a later one may have been recorded earlier, by no more than this.
DISORDER = timedelta(minutes=1)

_LAST = """
SELECT c.ticket_id, e.recorded_at FROM (
    SELECT ticket_id, MAX(event_id) AS event_id FROM journal_eventticket WHERE ticket_id IN ({}) GROUP BY ticket_id
) c JOIN journal_event e ON e.id = c.event_id
"""


def last_changes(ticket_ids: Sequence[int]) -> dict[int, datetime]:
    """When something was last recorded of each of these tickets, in one query."""
    if not ticket_ids:
        return {}
    return {pk: clock.aware(at) for pk, at in rows.run(_LAST.format(rows.places(ticket_ids)), *ticket_ids)}


def changed_since(instant: datetime) -> QuerySet[EventTicket, Any]:
    """The ids of the tickets of which something was recorded after an instant. What lies before is not walked: some
    twenty looks by id find where to begin."""
    later = Event.objects.filter(id__gt=_last_before(instant), recorded_at__gt=instant).values("id")
    return EventTicket.objects.filter(event_id__in=later).values("ticket_id")


def _last_before(instant: datetime) -> int:
    """The id of an event up to which all were recorded before an instant; there may be later ones. Ids have gaps."""
    ends = Event.objects.aggregate(first=Min("id"), last=Max("id"))
    before, after = (ends["first"] or 1) - 1, (ends["last"] or 0) + 1
    while after - before > 1:
        middle = (before + after) // 2
        found = Event.objects.filter(id__gte=middle, id__lt=after).order_by("id").values_list("id", "recorded_at")
        row = found.first()
        if row is None or row[1] + DISORDER > instant:
            after = middle
        else:
            before = row[0]
    return before
