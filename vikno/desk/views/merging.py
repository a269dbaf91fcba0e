"""Making one request of several, and taking them apart again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.text import whole_number
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, lead_to
from vikno.desk.merge_page import chosen_tickets, page, survivor_of
from vikno.desk.views.ticket import changed
from vikno.journal import acts
from vikno.tickets import access
from vikno.tickets.actions import merging
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def merge(request: DeskRequest) -> HttpResponse:
    """Choose what is about the same, see what will be, and merge it."""
    access.must_write(request.desk.viewer)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = chosen_tickets(request, asked.getlist("ticket"))
    into = survivor_of(chosen, asked.get("into", ""))
    if request.method != "POST":
        target = request.htmx.target if request.htmx else ""
        if target and target.endswith("picks"):
            return render(request, "desk/_picks.html", {"picks": page(request, chosen, into)["merge"]["picks"]})
        return shown(request, page(request, chosen, into))
    if into is None or len(chosen) < 2:
        return shown(request, page(request, chosen, into, _("Choose at least one request to merge with.")), 422)
    absorbed = [one for one in chosen if one.id != into.id]
    if not request.POST.get("widens") and any(merging.widens(one, into) for one in absorbed):
        words = _("More people would read it than this page said. Look at it again. Nothing was changed.")
        return shown(request, page(request, chosen, into, words), 422)
    act = acts.agent(request.desk.agent.id)
    try:
        merging.merge_all(absorbed, into, by=act)
    except Invalid as invalid:
        return shown(request, page(request, chosen, into, str(invalid)), 422)
    words = ngettext("Merged into #%(number)s.", "%(count)s requests merged into #%(number)s.", len(absorbed))
    messages.success(
        request, words % {"number": into.number, "count": len(absorbed)},
        extra_tags=reverse("desk:undo", args=[act.id]),
    )  # fmt: skip
    return lead_to(request, into.number)


def shown(request: DeskRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page; or what stands in the dialog, for a script, which draws an answer of this status alone."""
    if request.htmx:
        return render(request, "desk/_merge.html", context)
    return render(request, "desk/merge.html", shell.context(request) | context, status=status)


@require_POST
@desk
def take_apart(request: DeskRequest, number: int) -> HttpResponse:
    """Undo a merge, however long ago. What came meanwhile is where it addressed."""
    access.must_write(request.desk.viewer)
    survivor = access.ticket_for(request.desk.viewer, number)
    part = access.family_for(request.desk.viewer, survivor)[1:]
    wanted = whole_number(request.POST.get("absorbed", "")) or 0
    absorbed = Ticket.objects.filter(id__in=part, number=wanted).first()
    if absorbed is None:
        return changed(request, number, (_("It is not merged into this request any more."), "danger", "", 12))
    act = acts.agent(request.desk.agent.id)
    try:
        merging.unmerge(absorbed, by=act)
    except Invalid as invalid:
        return changed(request, number, (str(invalid), "danger", "", 12))
    words = _("#%(number)s is a request of its own again.") % {"number": absorbed.number}
    return changed(request, number, (words, "", reverse("desk:undo", args=[act.id]), 8))
