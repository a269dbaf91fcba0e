"""Lists by cursor: `{"items": […], "next": cursor or null}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from ninja.errors import HttpError

MOST = 100


def page(
    rows: QuerySet[Any], draw: Callable[[list[Any]], list[Any]], cursor: str, limit: int, *, ascending: bool = False
) -> dict[str, Any]:
    """One page of rows by id, newest first unless `ascending`. Raises HttpError 422 for what is no cursor."""
    if cursor:
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
            raise HttpError(422, "This cursor was not given by this list.")
        rows = rows.filter(id__gt=int(cursor)) if ascending else rows.filter(id__lt=int(cursor))
    found = list(rows.order_by("id" if ascending else "-id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return {"items": draw(found), "next": str(found[-1].pk) if more else None}
