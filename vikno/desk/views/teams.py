"""Teams: who reads their tickets, who leads them; new ones, other names, the archive."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.models import LANGUAGES, Company
from vikno.desk import lists, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn, heading
from vikno.desk.setting_pages import tabs
from vikno.desk.views.own import MOST_SIGNATURE, zones
from vikno.journal import acts
from vikno.people.actions.persons import Refused
from vikno.staff import actions
from vikno.staff.models import Membership, Team
from vikno.staff.rights import Right, may, require
from vikno.tickets import directory


def sight_words() -> dict[str, str]:
    return {"open": _("Every agent"), "own": _("Members and whoever takes part"), "closed": _("Members only")}


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All teams, and the form for a new one."""
    viewer = request.desk.viewer
    if not may(viewer, Right.STAFF):
        require(viewer, Right.TEAM)
    if request.method != "POST":
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


class TeamForm(forms.Form):
    """The words and habits of a team. Who reads its tickets is asked of owners alone."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    sight = forms.ChoiceField(
        label=gettext_lazy("Who reads its tickets"), choices=Team.Openness.choices, required=False
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    reopen_days = forms.IntegerField(
        label=gettext_lazy("For how many days an answer reopens a closed ticket"), min_value=0, max_value=3650,
        required=False,
        help_text=gettext_lazy("Empty: always. Later answers open a new ticket that follows the old one."),
    )  # fmt: skip
    signature_uk = forms.CharField(required=False, max_length=MOST_SIGNATURE, widget=forms.Textarea)
    signature_ru = forms.CharField(required=False, max_length=MOST_SIGNATURE, widget=forms.Textarea)
    signature_en = forms.CharField(required=False, max_length=MOST_SIGNATURE, widget=forms.Textarea)

    def __init__(self, data: Any, team: Team, company: Company) -> None:
        words = {f"signature_{code}": team.signature.get(code, "") for code, _word in LANGUAGES}
        shown = {"name": team.name, "sight": team.openness, "zone": team.zone, "reopen_days": team.reopen_days}
        super().__init__(data, initial=shown | words)
        own = _("As the company: %(zone)s") % {"zone": company.zone}
        self.fields["zone"].choices = [("", own), *((zone, zone) for zone in zones())]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, team_id: int) -> HttpResponse:
    """Words and habits of a team; for owners also who reads its tickets, and the archive."""
    team = get_object_or_404(Team, id=team_id)
    require(request.desk.viewer, Right.TEAM, team.id)
    form = TeamForm(request.POST if request.method == "POST" else None, team, request.desk.company)
    if request.method != "POST" or not form.is_valid():
        return _form(request, team, form)
    try:
        with transaction.atomic():
            _save(request, team, form.cleaned_data)
    except Refused as reason:
        form.add_error("name", str(reason))
        return _form(request, team, form)
    directory.forget()
    messages.success(request, _("Saved."))
    return redirect("desk:teams")


def _save(request: DeskRequest, team: Team, chosen: dict[str, Any]) -> None:
    act = acts.agent(request.desk.agent.id)
    if chosen["name"] != team.name:
        actions.rename_team(team, chosen["name"], by=act)
    if chosen["sight"] and chosen["sight"] != team.openness:
        require(request.desk.viewer, Right.STAFF)
        actions.set_openness(team, chosen["sight"], by=act)
    signature = {code: chosen[f"signature_{code}"] for code, _word in LANGUAGES}
    actions.set_habits(team, zone=chosen["zone"], reopen_days=chosen["reopen_days"], signature=signature, by=act)


def _form(request: DeskRequest, team: Team, form: TeamForm) -> HttpResponse:
    owner, words = may(request.desk.viewer, Right.STAFF), sight_words()
    icons = {"open": "eye", "own": "users", "closed": "lock"}
    sight = {"kind": "segments", "choices": [(key, word, icons[key]) for key, word in words.items()]}
    first = sorted(LANGUAGES, key=lambda one: one[0] != request.desk.company.language)
    fields = [
        *drawn(form, "name", name={"required": True}),
        *(drawn(form, "sight", sight=sight) if owner else ()),
        *drawn(form, "zone", "reopen_days"),
        heading(_("Signature of the team")),
        *drawn(form, *(f"signature_{code}" for code, _word in first),
               **{f"signature_{code}": {"label": word} for code, word in first}),
    ]  # fmt: skip
    context = {
        "title": team.name, "lead": _("It gets what nobody else gets.") if team.default else "", "fields": fields,
        "save_word": _("Save"), "back_url": reverse("desk:teams"), "problem": "",
        "danger": _danger(team) if owner else [], "tabs": tabs(request, "teams"),
    }  # fmt: skip
    return render(
        request, "desk/form_page.html", shell.context(request, "people") | context, status=422 if form.errors else 200
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
