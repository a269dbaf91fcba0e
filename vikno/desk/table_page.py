"""A list as a table: its columns, their order, and its cells as the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.clock import aware
from vikno.core.patience import TookTooLong
from vikno.core.times import short_times
from vikno.desk import seen_marks, table
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.lists import Place
from vikno.desk.rows import due_words
from vikno.desk.view_page import too_long
from vikno.staff.access import Viewer
from vikno.tickets.conditions import channel_words
from vikno.tickets.directory import directory
from vikno.tickets.queries import tags_of
from vikno.tickets.subjects import subject_words

AS = {"as": "table"}


def wanted(request: DeskRequest) -> bool:
    """Whether the address asks for the table."""
    return request.GET.get("as") == "table"


def stands_beside(request: DeskRequest) -> bool:
    """Whether it asks for the list beside a ticket that was opened from the table: rows in the table's order."""
    return wanted(request) and "beside" in request.GET


def context(request: DeskRequest, of: Place) -> dict[str, Any]:
    """What `desk/_table.html` draws: `rows`, `next_url` and `table`; and why there are no rows."""
    desk, key = request.desk, of.key
    shown = table.chosen(desk.viewer, key)
    asked = table.order(request.GET.get("sort", ""), desk.viewer)
    late = ""
    try:
        found = table.sheet(desk.viewer, of, asked, shown, after=request.GET.get("after", ""))
    except TookTooLong:
        found, late = table.Sheet([], "", table.order("")), too_long()
    here = reverse("desk:list", args=[key])
    sort = {"sort": asked.key} if asked.key != "-updated" else {}
    return {
        "rows": _draw(found.rows, desk, shown, f"?{urlencode({'list': key} | AS | sort)}"),
        "next_url": f"{here}?{urlencode(AS | sort | {'after': found.after})}" if found.after else "",
        "late": late, "total": found.total, "order": found.order,
        "table": {
            "columns": [_head(one, found.order, here) for one in shown],
            "offered": _offered(desk.viewer, {one.code for one in shown}),
            "columns_url": f"{reverse('desk:list_columns', args=[key])}?{urlencode(AS | sort)}",
            "rows_url": f"{here}?{urlencode(AS | sort)}", "too_many": _too_many() if found.too_many else "",
            "width": len(shown) + 1,
            "sorted_by": found.order.column.label() if found.order.column else "",
        },
    }  # fmt: skip


def _offered(viewer: Viewer, shown: set[str]) -> list[tuple[str, str, bool, bool]]:
    return [(one.code, one.label(), one.code in shown, one.code == table.ALWAYS) for one in table.columns(viewer)]


def _too_many() -> str:
    return _(
        "More than 10,000 tickets stand here, or it takes too long to gather them: so they can be ordered by last "
        "activity, by waiting and by due date only. They are shown by last activity."
    )


def _head(one: table.Column, now: table.Order, here: str) -> dict[str, Any]:
    """The head of a column: where its link leads, and how it is ordered now."""
    current = now.key.removeprefix("-") == one.code
    down = now.key.startswith("-")
    follows = (one.code if down else f"-{one.code}") if current else f"{'-' if one.newest_first else ''}{one.code}"
    return {
        "code": one.code, "label": one.label(), "url": f"{here}?{urlencode(AS | {'sort': follows})}",
        "sorted": ("descending" if down else "ascending") if current else "",
        "number": one.code == "number",
    }  # fmt: skip


def sorts(here: str, now: str) -> list[tuple[str, str, bool]]:
    """The orders that have an index, for the menu."""
    return [(word, f"{here}?{urlencode(AS | {'sort': key})}", key == now) for word, key in sort_words()]


def sort_words() -> list[tuple[str, str]]:
    """What these orders are called, and how addresses name them."""
    return [
        (_("Last activity first"), "-updated"),
        (_("Longest waiting first"), "by-waiting"),
        (_("Due first"), "by-due"),
    ]


def _draw(
    rows: Sequence[tuple[Any, ...]], desk: Desk, shown: Sequence[table.Column], query: str
) -> list[dict[str, Any]]:
    now, language = clock.now(), translation.get_language() or "en"
    short = short_times(desk.zone, language, now)
    tags = tags_of([row[0] for row in rows])
    words = directory().names | {"channel": channel_words()}
    drawn = []
    for row in rows:
        pk, number, stage, last_in, opened, snoozed, is_day, team, updated, who, status, automatic, version = row[:13]
        due_zone = desk.days_zone(team) if is_day else ""
        cells = []
        for one, value in zip(shown, row[13:], strict=True):
            text, iso, tone = value, "", ""
            if one.code == "due":
                text, tone = due_words(aware(value) if value else None, due_zone, short, now)
            elif one.instant:
                text, iso = (short(aware(value)), aware(value).isoformat(timespec="seconds")) if value else ("", "")
            elif one.show:
                text = one.show(value) if value not in (None, "") else ""
            elif one.code == table.ALWAYS:
                text = subject_words(value)
            elif one.words:
                text = words[one.words].get(value, "") if value else ""
            cells.append((one.code, text if text is not None else "", iso, tone))
        drawn.append({
            "number": number, "mark": seen_marks.mark(number, version), "url": f"/tickets/{number}{query}",
            "who": who or _("Unknown sender"),
            "stage": "snoozed" if stage != "closed" and snoozed else stage, "status": words["status"].get(status, ""),
            "unread": last_in is not None and (opened is None or opened < last_in), "cells": cells,
            "automatic": automatic,
            "tags": tags.get(pk, ()), "when": short(aware(updated)),
            "when_iso": aware(updated).isoformat(timespec="seconds"),
        })  # fmt: skip
    return drawn
