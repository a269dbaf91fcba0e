"""What the page shows of requests that an act on many passed over: what their customers wrote, and the way to do it all
the same. What is sent from there says that it was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from vikno.core.text import one_line, whole_number
from vikno.core.times import short_times
from vikno.desk import lists, many, seen_marks
from vikno.desk.face import DeskRequest
from vikno.desk.picking import described
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.actions.hearing import came_since
from vikno.tickets.models import Ticket
from vikno.tickets.queries import asked_of, last_asked

MOST_LETTERS = 600  # of each message that a customer wrote
MOST_MESSAGES = 10  # of one request: the newest


def left_out(request: DeskRequest) -> dict[str, Any]:
    """Everything of `desk/_left.html`, of the tickets that the address names and the viewer sees."""
    viewer, key = request.desk.viewer, request.GET.get("list", "")
    asked = {name: request.GET[name] for name in ("act", "snooze", "list", *many.CHOICES) if request.GET.get(name)}
    shown = seen_marks.read(request.GET.getlist("ticket"))
    found = access.tickets_for(viewer).filter(number__in=[*shown][: many.MOST_SHOWN], merged_into=None)
    tickets = list(found.select_related("requester", "identity").order_by("-last_in_at", "-id"))
    short = short_times(request.desk.zone, translation.get_language() or "en")
    said = _said(viewer, tickets, shown)
    return {
        "cards": [
            described(one, short) | {
                "mark": seen_marks.mark(one.number, one.version),
                "words": [one_line(words, MOST_LETTERS) for words in said[one.id][-MOST_MESSAGES:]],
                "earlier": max(0, len(said[one.id]) - MOST_MESSAGES),
                "url": reverse("desk:ticket", args=[one.number]),
            }
            for one in tickets
        ],
        "more": whole_number(request.GET.get("more", "")) or 0,
        "asked": list(asked.items()), "anyway": many.anyway(asked),
        "back_url": reverse("desk:list", args=[key if lists.is_there(viewer, key) else "open"]),
    }  # fmt: skip


def _said(viewer: Viewer, tickets: Sequence[Ticket], shown: Mapping[int, int | None]) -> dict[int, list[str]]:
    """What the customer of each ticket has written since the version that a list showed (by number), the oldest first;
    where nobody says which one that was, or it cannot be told any more, what they wrote last."""
    absorbed = access.absorbed_for(viewer, [one.id for one in tickets])
    seen = {one.id: version for one in tickets if (version := shown.get(one.number)) is not None}
    said = asked_of(came_since(seen), absorbed) if seen else {}
    rest = [one for one in tickets if one.id not in said]
    last = last_asked([one.id for one in rest], absorbed) if rest else {}
    return said | {one.id: [last.get(one.id) or one.preview] for one in rest}
