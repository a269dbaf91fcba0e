"""Who works here: agents, their roles and teams, invitations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.channels.email.outbound import leaves
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import problems
from vikno.desk.people_page import agents, may_change, role_choices, role_words, teams_given
from vikno.desk.setting_pages import tabs
from vikno.journal import acts
from vikno.people.actions.persons import Refused
from vikno.people.values import WrongValue
from vikno.staff import actions
from vikno.staff.access import NotAllowed
from vikno.staff.actions.invitations import address_of
from vikno.staff.models import Agent, Invitation, Membership, Team
from vikno.staff.rights import Right, may, may_give, require
from vikno.tickets import directory


class InviteForm(forms.Form):
    email = forms.EmailField(error_messages={
        "required": gettext_lazy("Whom do you invite? Write their e-mail address."),
        "invalid": gettext_lazy("This is not an e-mail address. Write it as name@firm.com."),
    })  # fmt: skip
    role = forms.ChoiceField(choices=Agent.Role.choices)
    team = forms.IntegerField(required=False)


def _require_any(request: DeskRequest) -> None:
    if not may(request.desk.viewer, Right.STAFF):
        require(request.desk.viewer, Right.INVITE)


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Agents, then invitations that wait."""
    _require_any(request)
    return _page(request)


def _page(
    request: DeskRequest, form: InviteForm | None = None, link: tuple[str, str, bool] | None = None
) -> HttpResponse:
    given = teams_given(request.desk.viewer)
    values = {"email": "", "role": str(Agent.Role.AGENT), "team": str(given[0][0]) if given else ""}
    errors: dict[str, str] = {}
    if form is not None:
        values = {name: form.data.get(name, "") for name in values}
        errors = problems(form)
    context = {
        "tabs": tabs(request, "staff"), "agents": agents(request), "roles": role_choices(request.desk.viewer),
        "teams": given, "link": link,
        "invite": {"url": reverse("desk:invite"), "values": values, "errors": errors},
    }  # fmt: skip
    return render(
        request, "desk/settings_people.html", shell.context(request, "people") | context, status=422 if errors else 200
    )


@require_POST
@desk
def invite(request: DeskRequest) -> HttpResponse:
    """Invite somebody; the link is shown once, besides being sent."""
    _require_any(request)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    chosen, viewer = form.cleaned_data, request.desk.viewer
    if not may_give(viewer, chosen["role"]):
        raise NotAllowed(_("You cannot give more rights than you have."))
    team = Team.objects.filter(id=chosen["team"], archived_at=None).first() if chosen["team"] else None
    require(viewer, Right.INVITE, team.id if team else None)
    if team is None and not viewer.is_owner:
        form.add_error("team", _("Choose one of the teams that you lead."))
        return _page(request, form)
    try:
        invitation, secret = actions.invite(
            chosen["email"], role=chosen["role"], teams=[team] if team else (), by=acts.agent(request.desk.agent.id)
        )
    except (Refused, WrongValue) as reason:
        form.add_error("email", str(reason))
        return _page(request, form)
    return _page(request, link=(invitation.email, address_of(secret), leaves()))


@require_POST
@desk
def withdraw(request: DeskRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation's link useless."""
    _require_any(request)
    invitation = get_object_or_404(Invitation, id=invitation_id)
    teams = set(invitation.teams.values_list("id", flat=True))
    viewer = request.desk.viewer
    if not viewer.is_owner and invitation.invited_by_id != viewer.agent_id and not teams & viewer.leads:
        raise NotAllowed(_("This invitation was made by somebody else, for a team that you do not lead."))
    actions.withdraw(invitation, by=acts.agent(request.desk.agent.id))
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect("desk:staff")


# ---- one agent ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, agent_id: int) -> HttpResponse:
    """Role and teams of one agent: an owner sets all, a lead who belongs to their own teams."""
    agent = get_object_or_404(Agent.objects.select_related("person__user"), id=agent_id)
    if not may_change(request.desk.viewer, agent):
        raise NotAllowed(_("Only an owner may change this agent."))
    if request.method != "POST":
        return _form(request, agent, {"role": agent.role, **_memberships(agent)})
    try:
        with transaction.atomic():
            _save(request, agent)
    except Refused as reason:
        return _form(request, agent, request.POST.dict(), str(reason))
    directory.forget()
    messages.success(request, _("Saved."))
    return redirect("desk:staff")


def _memberships(agent: Agent) -> dict[str, str]:
    rows = Membership.objects.filter(agent=agent).values_list("team_id", "lead")
    return {f"team-{team}": "lead" if lead else "member" for team, lead in rows}


def _save(request: DeskRequest, agent: Agent) -> None:
    viewer, act = request.desk.viewer, acts.agent(request.desk.agent.id)
    before = dict(Membership.objects.filter(agent=agent).values_list("team_id", "lead"))
    wanted = dict(before)
    for team in _changeable(request):
        choice = request.POST.get(f"team-{team.id}", "")
        # Leading gives sight of restricted tickets: only an owner hands that out or takes it away.
        if before.get(team.id) and not viewer.is_owner:
            continue
        if choice in ("member", "lead"):
            wanted[team.id] = choice == "lead" and viewer.is_owner
        elif choice == "none":
            wanted.pop(team.id, None)
    role = request.POST.get("role", agent.role)
    if role != agent.role:
        require(viewer, Right.STAFF)
        if role not in Agent.Role.values:
            raise Refused(_("There is no such role. Choose one of the list."))
        actions.change_role(agent, role, by=act)
    actions.set_teams(agent, wanted, by=act)


def _changeable(request: DeskRequest) -> list[Team]:
    """The teams whose members the viewer decides on."""
    teams = Team.objects.filter(archived_at=None).order_by("sort_key", "id")
    return [team for team in teams if may(request.desk.viewer, Right.TEAM, team.id)]


def _form(request: DeskRequest, agent: Agent, values: dict[str, Any], problem: str = "") -> HttpResponse:
    owner = request.desk.viewer.is_owner
    fields: list[dict[str, Any]] = []
    if owner:
        words = role_words()
        fields.append({
            "name": "role", "label": _("Role"), "kind": "choice", "value": values.get("role", ""), "error": "",
            "choices": [(one, words[one]) for one in Agent.Role.values], "required": True,
            "help": _("Owners change everything. Leads lead their teams. Observers read and write notes."),
        })  # fmt: skip
    fields.append({"kind": "heading", "label": _("Teams")})
    places = [("none", _("Not a member"), None), ("member", _("Member"), None)]
    for team in _changeable(request):
        value = values.get(f"team-{team.id}", "none")
        leads = ("lead", _("Leads it"), None)
        choices = [*places, leads] if owner else [leads] if value == "lead" else places
        fields.append({"name": f"team-{team.id}", "label": team.name, "kind": "segments", "value": value,
                       "choices": choices})  # fmt: skip
    danger = []
    if owner and agent.active and agent.id != request.desk.agent.id:
        words_ = _("Ends their sessions and tokens at once; open tickets go back to the team. Can be undone.")
        danger = [(reverse("desk:agent_act", args=[agent.id, "deactivate"]), _("Deactivate"), words_)]
    context = {
        "title": agent.person.name, "lead": agent.person.user.email if agent.person.user else "", "fields": fields,
        "save_word": _("Save"), "back_url": reverse("desk:staff"), "problem": problem, "danger": danger,
        "tabs": tabs(request, "staff"),
    }  # fmt: skip
    return render(
        request, "desk/form_page.html", shell.context(request, "people") | context, status=422 if problem else 200
    )


@require_POST
@desk
def act(request: DeskRequest, agent_id: int, verb: str) -> HttpResponse:
    """Deactivate, with the way back in the toast; or let somebody in again."""
    require(request.desk.viewer, Right.STAFF)
    agent = get_object_or_404(Agent.objects.select_related("person"), id=agent_id)
    by, name = acts.agent(request.desk.agent.id), agent.person.name
    back = reverse("desk:staff")
    if verb == "reactivate":
        actions.reactivate(agent, by=by)
        messages.success(request, _("%(name)s can sign in again.") % {"name": name})
    elif verb != "deactivate":
        raise Http404(verb)
    elif agent.id == request.desk.agent.id:
        messages.error(request, _("You cannot deactivate yourself. Another owner can."))
    else:
        try:
            actions.deactivate(agent, by=by)
        except Refused as reason:
            messages.error(request, str(reason))
        else:
            undo = reverse("desk:agent_act", args=[agent.id, "reactivate"])
            messages.success(request, _("%(name)s is deactivated.") % {"name": name}, extra_tags=undo)
    directory.forget()
    if request.htmx:  # the toast's button: the page shows the new state
        return HttpResponse(headers={"HX-Redirect": back})
    return redirect(back)
