"""The owners' page of what was changed in the settings."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vikno.core.text import whole_number
from vikno.desk import setting_changes, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.pages import walk
from vikno.desk.setting_pages import tabs
from vikno.staff.rights import Right, require
from vikno.tickets.directory import directory


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Newest first, of everybody or of one colleague, of everything or of one kind."""
    require(request.desk.viewer, Right.SETTINGS)
    agent, kind = request.GET.get("agent", ""), request.GET.get("kind", "")
    found = setting_changes.changes(whole_number(agent), kind)
    page, newer, older = walk(request, found, ("agent", "kind"))
    context = {
        "tabs": tabs(request, "setting_changes"), "rows": setting_changes.rows(request, page), "agent": agent,
        "kind": kind, "agents": sorted(directory().names["agent"].items(), key=lambda one: one[1]),
        "kinds": [(key, word) for key, (word, _verbs) in setting_changes.KINDS.items()],
        "newer_url": newer, "older_url": older,
    }  # fmt: skip
    return render(request, "desk/setting_changes.html", shell.context(request, "all_settings") | context)
