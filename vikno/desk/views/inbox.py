"""The inbox: lists, and the navigation beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from vikno.core import icons
from vikno.desk import lists, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.lists import SORTS
from vikno.desk.rows import draw
from vikno.staff.access import Viewer
from vikno.tickets.directory import directory


@require_safe
@desk
def home(request: DeskRequest) -> HttpResponse:
    """The front door leads to one's own tickets if there are any, else to all open ones."""
    mine = lists.place(request.desk.viewer, "mine")
    busy = mine is not None and lists.counts(request.desk.viewer, [mine])["mine"]
    return redirect("desk:list", "mine" if busy else "open")


@require_safe
@desk
def show(request: DeskRequest, key: str) -> HttpResponse:
    """A list: the page, its rows alone, or the rows after some row."""
    if request.htmx and request.htmx.target in ("rows", "more", "ul#rows", "li#more"):
        context = list_context(request, key, {})
        return render(request, "desk/_rows.html", context | {"recounted": "after" not in request.GET})
    around = shell.context(request, key)
    return render(request, "desk/inbox.html", around | list_context(request, key, around["counts"]) | {"ticket": None})


@require_safe
@desk
def nav(request: DeskRequest) -> HttpResponse:
    """The places with their counts, asked for again when these change."""
    current = request.GET.get("current", "")
    return render(request, "desk/_places.html", {"nav": {"groups": shell.places(request.desk), "current": current}})


def list_context(
    request: DeskRequest, key: str, counts: dict[str, str], open_number: int | None = None
) -> dict[str, Any]:
    """Everything of `desk/_list.html`; `counts` are the badges of the page, read once. Raises Http404 for a list that
    is not there for this viewer."""
    viewer = request.desk.viewer
    of = lists.place(viewer, key)
    if of is None:
        raise Http404(key)
    sort_key = request.GET.get("sort", "newest") if request.GET.get("sort") in SORTS else "newest"
    found = lists.page(viewer, of, SORTS[sort_key], after=request.GET.get("after", ""))
    here = reverse("desk:list", args=[key])
    query = {"sort": sort_key} if sort_key != "newest" else {}
    words = lists.sort_words()
    return {
        "rows": draw(found.rows, request.desk, f"?{urlencode({'list': key} | query)}"),
        "open": open_number,
        "next_url": f"{here}?{urlencode(query | {'after': found.after})}" if found.after else "",
        "list": {
            "key": key, "title": of.title, "count": _count(viewer, of, SORTS[sort_key], found, counts), "url": here,
            "rows_url": f"{here}?{urlencode(query)}" if query else here, "sort": words[sort_key],
            "sorts": [(words[one], f"{here}?{urlencode({'sort': one})}", one == sort_key) for one in SORTS],
            "empty": (_("Nothing waiting here."), _("New letters appear by themselves.")),
        },
        "bulk": _bulk(request), "bulk_choices": _bulk_choices(request.desk.viewer), "addresses": directory().addresses,
        "me_id": request.desk.agent.id, "bulk_more": _bulk_more(),
    }  # fmt: skip


def _count(viewer: Viewer, of: lists.Place, sort: lists.Sort, found: lists.Page, counts: dict[str, str]) -> str:
    """How many tickets the list shows in this order; what stands on one page needs no counting."""
    if of.closed_too and not sort.needs:
        return ""
    if found.whole:
        return str(len(found.rows) or "")
    if of.key in counts and not sort.needs:
        return counts[of.key]
    return lists.counts(viewer, [lists.shown_by(of, sort)])[of.key]


def _bulk(request: DeskRequest) -> list[tuple[str, str, str, str, str]]:
    if not request.desk.viewer.may_write:
        return []
    return [("act", "take", "user-check", _("Take"), "take"), ("act", "close", "check", _("Close"), "close")]


def _bulk_more() -> dict[str, Any]:
    """What stands behind the "…" of the bar: choices by name, and buttons as in `_bulk`."""
    words = directory()
    return {
        "choices": [("status", _("Status"), words.statuses), ("priority", _("Priority"), words.priorities)],
        "buttons": [("act", "spam", "ban", _("Mark as spam")), ("act", "delete", "trash-2", _("Delete"))],
    }


def _bulk_choices(viewer: Viewer) -> list[tuple[str, str, list[tuple[Any, str]], str]]:
    """What is chosen by typing: name of the field, label, choices, what the last ones are remembered under.
    Many at once are handed only to teams where one can still see them, and take it back."""
    words = directory()
    teams: list[tuple[Any, str]] = [one for one in words.teams if viewer.sees_all_teams or one[0] in viewer.readable]
    return [
        ("agent", _("Assign to …"), [("0", _("Nobody yet")), *words.agents], "agent"),
        ("team", _("Hand to a team …"), teams, "team"),
    ]


def sprite(request: HttpRequest, version: str) -> HttpResponse:
    """The icons. Their address changes with their content, so browsers keep them for good."""
    response = HttpResponse(icons.sprite(), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=31536000, immutable" if version == icons.version() else "no-cache"
    return response
