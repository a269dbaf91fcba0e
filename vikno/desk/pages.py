"""What pages with long tables share: walking them by the id of the last row."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from vikno.core.text import whole_number
from vikno.desk.face import DeskRequest

PAGE = 50


def walk(request: DeskRequest, rows: QuerySet[Any], keep: tuple[str, ...], page: int = 0) -> tuple[list[Any], str, str]:
    """One page of rows, newest first, with the addresses of newer and older ones ("" at the ends). `keep` names what of
    the address stays; `page` is how many, if not the usual number."""
    most = page or PAGE
    kept = {name: request.GET[name] for name in keep if request.GET.get(name)}
    before, after = (whole_number(request.GET.get(name, "")) for name in ("before", "after"))
    if after is not None:
        found = list(rows.filter(id__gt=after).order_by("id")[: most + 1])
        more_new, more_old = len(found) > most, True
        found = found[:most][::-1]
    else:
        older = rows.filter(id__lt=before) if before is not None else rows
        found = list(older.order_by("-id")[: most + 1])
        more_new, more_old = before is not None, len(found) > most
        found = found[:most]
    newer = f"?{urlencode(kept | {'after': found[0].id})}" if found and more_new else ""
    older_url = f"?{urlencode(kept | {'before': found[-1].id})}" if found and more_old else ""
    return found, newer, older_url


def capped_count(rows: QuerySet[Any], most: int = 1000) -> str:
    """How many rows there are, as a badge shows it: never counted beyond the bound."""
    count = rows.order_by()[: most + 1].count()
    return f"{most}+" if count > most else (str(count) if count else "")
