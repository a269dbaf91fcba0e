"""What the page shows of requests that an act on many passed over: what their customers wrote, and the way to do it all
the same. What is sent from there says that it was shown."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import translation

from vikno.core.text import one_line, whole_number
from vikno.core.times import short_times
from vikno.desk import lists, many, seen_marks
from vikno.desk.face import DeskRequest
from vikno.desk.picking import described
from vikno.tickets import access
from vikno.tickets.queries import last_asked

MOST_LETTERS = 600  # of what a customer wrote


def left_out(request: DeskRequest) -> dict[str, Any]:
    """Everything of `desk/_left.html`, of the tickets that the address names and the viewer sees."""
    viewer, key = request.desk.viewer, request.GET.get("list", "")
    asked = {name: request.GET[name] for name in ("act", "snooze", "list", *many.CHOICES) if request.GET.get(name)}
    named = [number for one in request.GET.getlist("ticket") if (number := whole_number(one)) is not None]
    found = access.tickets_for(viewer).filter(number__in=named[: many.MOST_SHOWN], merged_into=None)
    tickets = list(found.select_related("requester", "identity").order_by("-last_in_at", "-id"))
    short = short_times(request.desk.zone, translation.get_language() or "en")
    ids = [one.id for one in tickets]
    words = last_asked(ids, access.absorbed_for(viewer, ids))
    return {
        "cards": [
            described(one, short) | {
                "mark": seen_marks.mark(one.number, one.version),
                "words": one_line(words.get(one.id) or one.preview, MOST_LETTERS),
                "url": reverse("desk:ticket", args=[one.number]),
            }
            for one in tickets
        ],
        "more": whole_number(request.GET.get("more", "")) or 0,
        "asked": list(asked.items()), "anyway": many.anyway(asked),
        "back_url": reverse("desk:list", args=[key if lists.is_there(viewer, key) else "open"]),
    }  # fmt: skip
