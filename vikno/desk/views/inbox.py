"""The inbox: lists, and the navigation beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core import clock, icons
from vikno.core.patience import TookTooLong
from vikno.desk import badges, choosing, lists, shell, snoozing, table, table_page, whole_list
from vikno.desk.face import DeskRequest, desk
from vikno.desk.lists import SORTS
from vikno.desk.rows import draw
from vikno.desk.view_page import too_long
from vikno.staff.access import Viewer
from vikno.tickets.actions import layouts
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
    if request.htmx and (request.htmx.target or "").rpartition("#")[2] in ("rows", "more"):
        context = list_context(request, key, {}) | {"recounted": "after" not in request.GET}
        return render(request, "desk/_table_rows.html" if context["table"] else "desk/_rows.html", context)
    around = shell.context(request, key)
    return render(request, "desk/inbox.html", around | list_context(request, key, around["counts"]) | {"ticket": None})


@require_safe
@desk
def whole(request: DeskRequest, key: str) -> HttpResponse:
    """All of a list, selected for an act: a field of its form that names each ticket. Raises Http404."""
    of = lists.place(request.desk.viewer, key)
    if of is None:
        raise Http404(key)
    try:
        marks, words = whole_list.selected(request.desk.viewer, of, request.GET.dict())
    except TookTooLong:
        late = {"flashes": [(too_long(), "danger", "", 12)]}
        return render(request, "desk/_whole.html", late)
    return render(request, "desk/_whole.html", {"marks": marks, "words": words})


@require_POST
@desk
def columns(request: DeskRequest, key: str) -> HttpResponse:
    """Which columns the agent wants for a list that is shown as a table."""
    if not lists.is_there(request.desk.viewer, key):
        raise Http404(key)
    known = [one.code for one in table.columns(request.desk.viewer)]
    layouts.choose_columns(request.desk.agent, key, [code for code in known if code in request.POST.getlist("column")])
    query = {name: request.GET[name] for name in ("as", "sort") if name in request.GET}
    return redirect(f"{reverse('desk:list', args=[key])}?{urlencode(query)}")


@require_safe
@desk
def nav(request: DeskRequest) -> HttpResponse:
    """The places with their counts, asked for again when these change."""
    return render(request, "desk/_places.html", {"nav": shell.nav(request.desk, request.GET.get("current", ""))})


def list_context(
    request: DeskRequest, key: str, counts: dict[str, str], open_number: int | None = None
) -> dict[str, Any]:
    """Everything of `desk/_list.html`; `counts` are the badges of the page, read once. Raises Http404 for a list that
    is not there for this viewer."""
    of = lists.place(request.desk.viewer, key)
    if of is None:
        raise Http404(key)
    as_table = open_number is None and table_page.wanted(request) and not table_page.stands_beside(request)
    drawn = _as_table(request, of, counts) if as_table else _as_list(request, of, counts)
    drawn["list"] |= {
        "key": key, "title": of.title, "about": of.about, "edit_url": of.edit_url,
        "empty": _empty(of, drawn.pop("late")), "table_url": f"{reverse('desk:list', args=[key])}?as=table",
        "whole_url": f"{reverse('desk:list_whole', args=[key])}?{drawn['list']['rows_url'].partition('?')[2]}",
    }  # fmt: skip
    return drawn | {
        "bulk": _bulk(request), "bulk_choices": _bulk_choices(request),
        "stages": directory().stages,
        "bulk_more": _bulk_more(request), "open": open_number,
    }  # fmt: skip


def _as_list(request: DeskRequest, of: lists.Place, counts: dict[str, str]) -> dict[str, Any]:
    if table_page.wanted(request):
        return _beside(request, of, counts)
    viewer = request.desk.viewer
    sort_key = request.GET.get("sort", "newest") if request.GET.get("sort") in SORTS else "newest"
    late = ""
    try:
        found = lists.page(viewer, of, SORTS[sort_key], after=request.GET.get("after", ""))
    except TookTooLong:
        found, late = lists.Page([], "", True), too_long()
    here = reverse("desk:list", args=[of.key])
    query = {"sort": sort_key} if sort_key != "newest" else {}
    words = lists.sort_words()
    return {
        "rows": draw(found.rows, request.desk, f"?{urlencode({'list': of.key} | query)}"), "table": None, "late": late,
        "next_url": f"{here}?{urlencode(query | {'after': found.after})}" if found.after else "",
        "list": {
            "count": _count(viewer, of, SORTS[sort_key], found, counts), "url": here,
            "rows_url": f"{here}?{urlencode(query)}" if query else here, "sort": words[sort_key],
            "sorts": [(words[one], f"{here}?{urlencode({'sort': one})}", one == sort_key) for one in SORTS],
        },
    }  # fmt: skip


def _beside(request: DeskRequest, of: lists.Place, counts: dict[str, str]) -> dict[str, Any]:
    """The list beside a ticket that was opened from a table: in its order, so that "next" is the table's next."""
    late, order = "", table.order(request.GET.get("sort", ""), request.desk.viewer)
    try:
        found, order = table.beside(request.desk.viewer, of, order, after=request.GET.get("after", ""))
    except TookTooLong:
        found, late = lists.Page([], "", True), too_long()
    here, query = reverse("desk:list", args=[of.key]), table_page.AS | {"sort": order.key}
    words = {key: word for word, key in table_page.sort_words()}
    sorts = lists.sort_words()
    return {
        "rows": draw(found.rows, request.desk, f"?{urlencode({'list': of.key} | query)}"), "table": None, "late": late,
        "next_url": f"{here}?{urlencode(query | {'beside': '1', 'after': found.after})}" if found.after else "",
        "list": {
            "count": _count(request.desk.viewer, of, order.sort or SORTS["newest"], found, counts), "url": here,
            "rows_url": f"{here}?{urlencode(query | {'beside': '1'})}",
            "sort": order.column.label() if order.column else words[order.key],
            "sorts": [(sorts[one], f"{here}?{urlencode({'sort': one})}", False) for one in SORTS],
        },
    }  # fmt: skip


def _as_table(request: DeskRequest, of: lists.Place, counts: dict[str, str]) -> dict[str, Any]:
    drawn = table_page.context(request, of)
    here, total, order = reverse("desk:list", args=[of.key]), drawn.pop("total"), drawn.pop("order")
    sorts = table_page.sorts(here, order.key)
    if total is None:
        part = lists.Page([], "", False)
        count = _count(request.desk.viewer, of, order.sort or SORTS["newest"], part, counts)
    drawn["list"] = {
        "count": count if total is None else str(total or ""), "url": here, "rows_url": drawn["table"]["rows_url"],
        "sorts": sorts, "sort": next((word for word, _url, now in sorts if now), drawn["table"]["sorted_by"]),
    }  # fmt: skip
    return drawn


def _empty(of: lists.Place, late: str) -> tuple[str, str]:
    """Why nothing stands here, and what to do: two lines."""
    if of.problems:
        return _("This view cannot be shown."), " ".join(of.problems)
    return (
        (_("This view was not shown."), late)
        if late
        else (
            _("Nothing waiting here."),
            _("New letters appear by themselves."),
        )
    )


def _count(viewer: Viewer, of: lists.Place, sort: lists.Sort, found: lists.Page, counts: dict[str, str]) -> str:
    """How many tickets the list shows in this order; what stands on one page needs no counting."""
    if of.closed_too and not sort.needs:
        return ""
    if found.whole:
        return str(len(found.rows) or "")
    if of.apart:
        return badges.count(viewer, [of], anew=True)[0][of.key] if not sort.needs else ""
    if of.key in counts and not sort.needs:
        return counts[of.key]
    return lists.counts(viewer, [lists.shown_by(of, sort)])[of.key]


def _bulk(request: DeskRequest) -> list[tuple[str, str, str, str, str]]:
    if not request.desk.viewer.may_write:
        return []
    return [("act", "take", "user-check", _("Take"), "take"), ("act", "close", "check", _("Close"), "close")]


def _bulk_more(request: DeskRequest) -> dict[str, Any]:
    """What stands behind the "…" of the bar: choices by name, and buttons as in `_bulk`."""
    words = directory()
    aside = snoozing.choices(request.desk.zone, translation.get_language() or "en", clock.now())
    return {
        "choices": [
            ("status", _("Status"), words.statuses),
            ("priority", _("Priority"), words.priorities),
            ("snooze", _("Put aside"), [(code, f"{word} · {when}" if when else word) for code, word, when in aside]),
        ],
        "buttons": [
            ("act", "merge", "git-merge", _("Merge into one …")),
            ("act", "spam", "ban", _("Mark as spam")),
            ("act", "delete", "trash-2", _("Delete")),
        ],
    }


def _bulk_choices(request: DeskRequest) -> list[tuple[str, str, choosing.Offer]]:
    """What is chosen by typing: name of the field, label, what it offers. Many at once are handed only to teams where
    one can still see them, and take it back."""
    assign, hand = _("Assign to …"), _("Hand to a team …")
    return [
        ("agent", assign, choosing.agents(request, ("", assign), ("0", _("Nobody yet")))),
        ("team", hand, choosing.teams(request, ("", hand), read=True)),
    ]


def sprite(request: HttpRequest, version: str) -> HttpResponse:
    """The icons. Their address changes with their content, so browsers keep them for good."""
    response = HttpResponse(icons.sprite(), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=31536000, immutable" if version == icons.version() else "no-cache"
    return response
