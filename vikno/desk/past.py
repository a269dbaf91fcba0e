"""What the same human asked at other times: beside a request, and as a hint where it had the same subject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.core.clock import aware
from vikno.core.subjects import bare
from vikno.core.text import fold
from vikno.core.times import short_times
from vikno.desk.face import Desk
from vikno.tickets import access
from vikno.tickets.models import Stage, Ticket
from vikno.tickets.subjects import subject_words

SHOWN = 5
LOOKED_AT = 20  # of the newest, for one of the same subject
LATELY = timedelta(days=30)  # what was closed before that is hardly gone on with
SHORTEST = 4  # letters of a subject that tells one request from others

_OTHERS = """
SELECT number, stage, subject, created_at, closed_at FROM tickets_ticket
WHERE requester_id IN ({}) AND merged_into_id IS NULL AND deleted_at IS NULL AND id <> %s AND ({})
ORDER BY created_at DESC LIMIT {}
"""


def others(desk: Desk, ticket: Ticket, human: list[int]) -> dict[str, Any]:
    """`past`: the newest other tickets of the same human, as far as the viewer may see them. `same`: words and the
    address of a merge, where one of them before had the same subject, or None. One query."""
    seen, values = access.where(desk.viewer)
    asked = _OTHERS.format(rows.places(human), seen, LOOKED_AT)
    found = [
        (number, stage, subject, aware(at), aware(closed) if closed else None)
        for number, stage, subject, at, closed in rows.run(asked, *human, ticket.id, *values)
    ]
    short = short_times(desk.zone, translation.get_language() or "en")
    return {
        "past": [
            (number, reverse("desk:ticket", args=[number]), stage, subject_words(subject),
             at.isoformat(timespec="seconds"), short(at))
            for number, stage, subject, at, _closed in found[:SHOWN]
        ],
        "same": _same(ticket, found, short) if desk.viewer.may_write else None,
    }  # fmt: skip


def _same(
    ticket: Ticket, found: Sequence[tuple[int, str, str, datetime, datetime | None]], short: Any
) -> tuple[str, str] | None:
    """Only while nobody has answered: later it is known what the request is about."""
    named = fold(bare(ticket.subject))
    begun = ticket.first_reply_at is None and ticket.stage != Stage.CLOSED
    if not begun or ticket.merged_into_id or ticket.deleted_at or len(named) < SHORTEST:
        return None
    since = clock.now() - LATELY
    for number, _stage, subject, at, closed in found:
        if at > ticket.created_at or (closed and closed < since) or fold(bare(subject)) != named:
            continue
        words = (
            _("Same subject as #%(number)s, closed: %(when)s.") % {"number": number, "when": short(closed)}
            if closed
            else _("Same subject as #%(number)s, which is not closed.") % {"number": number}
        )
        chosen = [("ticket", ticket.number), ("ticket", number), ("from", ticket.number)]
        return words, f"{reverse('desk:merge')}?{urlencode(chosen)}"
    return None
