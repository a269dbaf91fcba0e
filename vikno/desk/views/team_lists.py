"""A page of all lists of teams, for a company that has more of them than the navigation takes."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from vikno.core.text import whole_number
from vikno.desk import shell, team_lists
from vikno.desk.face import DeskRequest, desk

LONGEST = 300  # of what is searched for


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Teams whose requests the viewer reads, with what is open with each; found by their names."""
    q, begin = request.GET.get("q", "")[:LONGEST], whole_number(request.GET.get("from", "")) or 0
    viewer = request.desk.viewer
    found = team_lists.found(viewer, q, begin)
    here = reverse("desk:team_lists")
    query = {"q": q} if q else {}
    context = {
        "q": q,
        "teams": [
            {"url": reverse("desk:list", args=[one.key]), "name": one.title, "open_text": count,
             "own": one.params[0] in viewer.teams}
            for one, count in found.rows
        ],
        "first_url": f"{here}?{urlencode(query)}" if begin else "",
        "next_url": f"{here}?{urlencode(query | {'from': found.after})}" if found.after else "",
    }  # fmt: skip
    return render(request, "desk/team_lists.html", shell.context(request, "team_lists") | context)
