"""Search: the page, what it offers while one types, and what the palette asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.desk import search_page, setting_pages, shell, team_lists
from vikno.desk.face import DeskRequest, desk
from vikno.search import recent
from vikno.search.completing import complete
from vikno.search.find import find
from vikno.search.language import LONGEST
from vikno.search.snippets import Pieces

FIELDS = 2  # names of fields that the box offers
QUICK = 6  # tickets and people that the palette offers
PAGES = 3  # pages of settings that it offers by what they are for, and lists of teams by their names


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """The page; or what was found alone, while one types and for "show more"."""
    target = (request.htmx.target or "") if request.htmx else ""
    context = search_page.with_recent(request, search_page.found(request))
    if request.GET.get("t") == "1":
        context["search"]["offered"] = complete(
            context["search"]["q"], request.desk.viewer, translation.get_language() or "en"
        )
    if target.endswith("found"):
        answer = render(request, "desk/_found.html", context)
        q = context["search"]["q"]
        answer["HX-Replace-Url"] = f"{reverse('desk:search')}?{urlencode({'q': q})}" if q else reverse("desk:search")
        return answer
    if target.endswith("more"):
        context["search"]["alone"] = True
        return render(request, "desk/_found_rows.html", context)
    return render(request, "desk/search.html", shell.context(request, "search") | context)


@require_safe
@desk
def quick(request: DeskRequest) -> HttpResponse:
    """A few rows for the palette and the box of the navigation: tickets of that very number, people, other tickets; and
    where to look further, if there was no time for all. The palette, which leads everywhere, has pages of settings too:
    those of that name come first, those that only speak of it last."""
    q = request.GET.get("q", "")[:LONGEST]
    answer = find(request.desk.viewer, q, typing=True, zone=request.desk.zone)
    people = [{"kind": "person", "word": name, "sub": sub, "url": url} for name, sub, url in search_page.people(answer)]
    exact = [search_page.exact(pk) for pk in answer.exact]
    others = [hit for hit in answer.hits if hit.match.shown not in answer.exact][: QUICK - len(exact)]
    tickets = [_quick_row(row) for row in search_page.rows(request, [*exact, *others], answer.query.told)]
    further = [_further(q)] if answer.unfinished else []
    found = [*tickets[: len(exact)], *people[:3], *tickets[len(exact) :], *further]
    if "fields" in request.GET:
        return JsonResponse({"found": [*_offered(request, q, named=not found), *found]})
    named, told = setting_pages.named(request.desk.viewer, q)
    teams = [
        {"kind": "page", "word": name, "sub": _("Team"), "url": url}
        for name, url in team_lists.named(request.desk.viewer, q, PAGES)
    ]
    return JsonResponse({"found": [*teams, *map(_page_row, named), *found, *map(_page_row, told[:PAGES])]})


def _page_row(page: setting_pages.Page) -> dict[str, Any]:
    return {"kind": "page", "word": str(page.title), "sub": _("Settings"), "url": page.url}


def _offered(request: DeskRequest, q: str, *, named: bool) -> list[dict[str, Any]]:
    """Ways to go on with the field that is being typed, for the box of the navigation. Names of fields are offered only
    where they are `named`, once the beginning of one is more than a letter: mostly it is a word."""
    ways = complete(q, request.desk.viewer, translation.get_language() or "en")
    ways = [one for one in ways if one.text.strip() != q.strip()]
    if any(one.shown.endswith(":") for one in ways):
        ways = ways[:FIELDS] if named and len(q.split()[-1].lstrip("-")) > 1 else []
    return [{"kind": "field", "word": one.shown, "sub": one.about, "text": one.text} for one in ways]


def _further(q: str) -> dict[str, Any]:
    """The way to the page, which goes on with a look that has taken long enough here."""
    word = _("Look further for “%(text)s”") % {"text": q.strip()}
    return {"kind": "all", "word": word, "sub": "", "url": f"{reverse('desk:search')}?{urlencode({'q': q.strip()})}"}


def _quick_row(row: dict[str, Any]) -> dict[str, Any]:
    """A ticket as the quick lists draw it: `words` and `said` are pieces of text, each with whether it is marked. Words
    around are given where some of them are marked or a file is named; else the line above says what was found."""
    words = [(f"#{row['number']} ", False), *row["subject"]]
    said: Pieces = []
    if any(mark for _text, mark in row["said"]):
        said = [*([(f"{row['said_by']}: ", False)] if row["said_by"] else []), *row["said"]]
    file = _("File")
    for name in row["files"]:
        said += [(f"{' · ' if said else ''}{file}: ", False), *name]
    return {
        "kind": f"stage-{row['stage']}",
        "word": "".join(text for text, _mark in words),
        "words": words,
        "said": said,
        "sub": row["who"],
        "url": row["url"],
    }


@require_POST
@desk
def remember(request: DeskRequest) -> HttpResponse:
    """A search that led somewhere is remembered; `forget` takes all of one's own away."""
    if "forget" in request.POST:
        recent.forget(request.desk.agent.id)
        return redirect("desk:search")
    recent.remember(request.desk.agent.id, request.POST.get("q", ""))
    return HttpResponse(status=204)
