"""Handing a request to another team with a note for them: one act, undone by one click."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from vikno.core.text import whole_number
from vikno.desk import choosing, shell
from vikno.desk.face import DeskRequest, desk, lead_to
from vikno.desk.mentions import left_out, mentioned
from vikno.journal import acts
from vikno.staff.models import Agent, Team
from vikno.tickets import access
from vikno.tickets.actions.changing import Conflict, Invalid
from vikno.tickets.actions.handing import hand_with_note
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import subject_words


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def hand(request: DeskRequest, number: int) -> HttpResponse:
    """Choose the team, perhaps a colleague in it, and write them what they should know."""
    ticket = access.ticket_for(request.desk.viewer, number)
    access.must_write(request.desk.viewer)
    if request.method != "POST" or "choices" in request.POST:
        return _shown(request, ticket, {})
    form, act = request.POST, acts.agent(request.desk.agent.id)
    team = Team.objects.filter(id=whole_number(form.get("team", "")) or 0, archived_at=None).first()
    if team is None:
        return _shown(request, ticket, {"team": _("What was chosen is no longer there. Choose again.")})
    chosen = form.get("agent", "")
    agent = Agent.objects.filter(id=whole_number(chosen) or 0, active=True).first() if chosen else None
    if chosen and agent is None:
        return _shown(request, ticket, {"agent": _("What was chosen is no longer there. Choose again.")})
    note = form.get("note", "").replace("\0", "").replace("\r\n", "\n").strip()
    colleagues = mentioned(note, but=request.desk.agent)
    try:
        hand_with_note(
            ticket, team, request.desk.agent, note, to=agent, mentions=colleagues, by=act,
            seen=whole_number(form.get("version", "")),
        )  # fmt: skip
    except Conflict:
        words = _("Not done: a colleague handed it on meanwhile. Look at the request; do it again if it still holds.")
        return _shown(request, ticket, {"": words})
    except Invalid as invalid:
        return _shown(request, ticket, {"agent": str(invalid)})
    return _done(request, ticket, team, left_out(ticket, colleagues), reverse("desk:undo", args=[act.id]))


def _done(request: DeskRequest, ticket: Ticket, team: Team, blind: list[str], undo: str) -> HttpResponse:
    """Back on the request, or home, if the team's requests are not for this agent."""
    sees = access.tickets_for(request.desk.viewer).filter(id=ticket.id).exists()
    messages.success(request, _("Handed to %(name)s.") % {"name": team.name}, extra_tags=undo if sees else "")
    if blind:
        said = _("Noted. It was not told to %(names)s, who may not see this ticket.")
        messages.error(request, said % {"names": ", ".join(blind)})
    if sees:
        return lead_to(request, ticket.number)
    return HttpResponse(headers={"HX-Redirect": reverse("desk:home")}) if request.htmx else redirect("desk:home")


def _shown(request: DeskRequest, ticket: Ticket, errors: dict[str, str]) -> HttpResponse:
    """The page with all that was chosen and typed; or what stands in the dialog, for a script."""
    form = request.POST
    ticket.refresh_from_db()
    context: dict[str, Any] = {
        "hand": {
            "number": ticket.number, "subject": subject_words(ticket.subject),
            "url": reverse("desk:hand", args=[ticket.number]),
            "back_url": reverse("desk:ticket", args=[ticket.number]),
            "version": form.get("version", "") if "choices" in form else ticket.version,
            "team": form.get("team", str(ticket.team_id)), "agent": form.get("agent", ""),
            "note": form.get("note", ""), "errors": errors,
        },
    }  # fmt: skip
    team, agent = context["hand"]["team"], context["hand"]["agent"]
    context["teams"] = choosing.teams(request, chosen=team, form=True)
    context["agents"] = choosing.agents(request, ("", _("Whoever of them takes it")), chosen=agent, form=True)
    if request.htmx:
        return render(request, "desk/_hand.html", context)
    return render(request, "desk/hand.html", shell.context(request) | context, status=422 if errors else 200)
