"""Teams: who reads their tickets, who leads them; new ones, other names, the archive."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from vikno.desk import lists, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import tabs
from vikno.journal import acts
from vikno.people.actions.persons import Refused
from vikno.staff import actions
from vikno.staff.models import Membership, Team
from vikno.staff.rights import Right, may, require
from vikno.tickets import directory


def sight_words() -> dict[str, str]:
    return {"open": _("Every agent"), "own": _("Members and whoever takes part"), "closed": _("Members only")}


@require_http_methods(["GET", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All teams, and the form for a new one."""
    viewer = request.desk.viewer
    if not may(viewer, Right.STAFF):
        require(viewer, Right.TEAM)
    if request.method == "GET":
        return _page(request, {"name": "", "sight": "open"}, {})
    require(viewer, Right.STAFF)
    values = {"name": request.POST.get("name", ""), "sight": request.POST.get("sight", "open")}
    if values["sight"] not in Team.Openness.values:
        return _page(request, values | {"sight": "open"}, {"name": _("Choose who reads the team's tickets.")})
    try:
        actions.create_team(values["name"], openness=values["sight"], by=acts.agent(request.desk.agent.id))
    except Refused as reason:
        return _page(request, values, {"name": str(reason)})
    directory.forget()
    messages.success(request, _("The team is there. Put people into it on their pages."))
    return redirect("desk:teams")


def _page(request: DeskRequest, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    viewer = request.desk.viewer
    active = Q(memberships__agent__active=True)
    rows = Team.objects.annotate(many=Count("memberships", filter=active)).order_by(
        F("archived_at").asc(nulls_first=True), "sort_key", "id"
    )
    leads: dict[int, list[str]] = {}
    for team, name in Membership.objects.filter(lead=True, agent__active=True).values_list(
        "team_id", "agent__person__name"
    ):
        leads.setdefault(team, []).append(name)
    open_ones = lists.counts(viewer, lists.team_places(viewer))
    words = sight_words()
    context = {
        "tabs": tabs(request, "teams"),
        "teams": [{
            "id": team.id, "name": team.name, "sight": team.openness, "sight_word": words[team.openness],
            "lead": ", ".join(sorted(leads.get(team.id, ()))), "members": team.many, "default": team.default,
            "archived": team.archived_at is not None, "open_text": open_ones.get(f"team:{team.id}", ""),
            "edit_url": reverse("desk:team", args=[team.id]) if may(viewer, Right.TEAM, team.id) else "",
        } for team in rows],
        "new": {"url": reverse("desk:teams"), "values": values, "errors": errors} if may(viewer, Right.STAFF) else None,
    }  # fmt: skip
    return render(
        request, "desk/settings_teams.html", shell.context(request, "people") | context, status=422 if errors else 200
    )


@require_http_methods(["GET", "POST"])
@desk
def edit(request: DeskRequest, team_id: int) -> HttpResponse:
    """Name of a team; for owners also who reads its tickets, and the archive."""
    team = get_object_or_404(Team, id=team_id)
    require(request.desk.viewer, Right.TEAM, team.id)
    if request.method == "GET":
        return _form(request, team, {"name": team.name, "sight": team.openness}, "")
    values = {"name": request.POST.get("name", ""), "sight": request.POST.get("sight", team.openness)}
    act = acts.agent(request.desk.agent.id)
    try:
        with transaction.atomic():
            if values["name"] != team.name:
                actions.rename_team(team, values["name"], by=act)
            if values["sight"] != team.openness:
                require(request.desk.viewer, Right.STAFF)
                if values["sight"] not in Team.Openness.values:
                    raise Refused(_("Choose who reads the team's tickets."))
                actions.set_openness(team, values["sight"], by=act)
    except Refused as reason:
        return _form(request, team, values, str(reason))
    directory.forget()
    messages.success(request, _("Saved."))
    return redirect("desk:teams")


def _form(request: DeskRequest, team: Team, values: dict[str, str], problem: str) -> HttpResponse:
    owner, words = may(request.desk.viewer, Right.STAFF), sight_words()
    fields: list[dict[str, Any]] = [{
        "name": "name", "label": _("Name"), "kind": "text", "value": values["name"], "error": problem, "required": True,
        "help": "",
    }]  # fmt: skip
    danger = []
    if owner:
        icons = {"open": "eye", "own": "users", "closed": "lock"}
        fields.append({
            "name": "sight", "label": _("Who reads its tickets"), "kind": "segments", "value": values["sight"],
            "choices": [(key, word, icons[key]) for key, word in words.items()],
        })  # fmt: skip
        danger = _danger(team)
    context = {
        "title": team.name, "lead": _("It gets what nobody else gets.") if team.default else "", "fields": fields,
        "save_word": _("Save"), "back_url": reverse("desk:teams"), "problem": "", "danger": danger,
        "tabs": tabs(request, "teams"),
    }  # fmt: skip
    return render(
        request, "desk/form_page.html", shell.context(request, "people") | context, status=422 if problem else 200
    )


def _danger(team: Team) -> list[tuple[str, str, str]]:
    def to(verb: str) -> str:
        return reverse("desk:team_act", args=[team.id, verb])

    if team.archived_at:
        return [(to("restore"), _("Restore"), _("The team is offered again."))]
    if team.default:
        return []
    return [
        (to("default"), _("Make it the default"), _("It then gets what no address and no rule places.")),
        (to("archive"), _("Archive"), _("No longer offered; its tickets stay and are read as before. Can be undone.")),
    ]


@require_POST
@desk
def act(request: DeskRequest, team_id: int, verb: str) -> HttpResponse:
    """Archive, restore, make the default."""
    require(request.desk.viewer, Right.STAFF)
    team = get_object_or_404(Team, id=team_id)
    verbs = {"archive": actions.archive_team, "restore": actions.restore_team, "default": actions.make_default}
    if verb not in verbs:
        raise Http404(verb)
    try:
        verbs[verb](team, by=acts.agent(request.desk.agent.id))
    except Refused as reason:
        messages.error(request, str(reason))
    else:
        undo = reverse("desk:team_act", args=[team.id, "restore"]) if verb == "archive" else ""
        messages.success(request, _("Done."), extra_tags=undo)
    back = reverse("desk:teams")
    directory.forget()
    if request.htmx:  # the toast's button: the page shows the new state
        return HttpResponse(headers={"HX-Redirect": back})
    return redirect(back)
