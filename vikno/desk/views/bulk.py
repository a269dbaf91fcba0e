"""One act on several ticked tickets, undone as one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vikno.core.text import whole_number
from vikno.desk.face import DeskRequest, desk, toast
from vikno.desk.views.ticket import level
from vikno.journal import acts
from vikno.staff.models import Agent, Team
from vikno.tickets import access
from vikno.tickets.actions import assigning, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Ticket

MOST = 500  # tickets that one act is done to
NOBODY = "0"  # as a colleague's id: back to the team

Verb = Callable[[Ticket], object]


@require_POST
@desk
def bulk(request: DeskRequest) -> HttpResponse:
    """Do what the pressed button, or the choice that was made, says to each ticked ticket that the viewer sees."""
    access.must_write(request.desk.viewer)
    close_one = request.POST.get("close", "")
    numbers = [whole_number(one) for one in ([close_one] if close_one else request.POST.getlist("ticket"))]
    wanted = access.tickets_for(request.desk.viewer).filter(
        number__in=[one for one in numbers if one is not None][:MOST]
    )
    act = acts.agent(request.desk.agent.id)
    done, refused = 0, []
    try:
        verb = _verb(request, "close" if close_one else request.POST.get("act", ""), act)
        for ticket in wanted.order_by("id"):
            try:
                verb(ticket)
                done += 1
            except Invalid as invalid:
                refused.append(f"#{ticket.number}: {invalid}")
    except Invalid as invalid:
        refused.append(str(invalid))
    return _told(request, " ".join([_("Done: %(count)s.") % {"count": done}, *refused]), bool(refused), done, act)


def _verb(request: DeskRequest, what: str, act: acts.Act) -> Verb:
    """What is to be done to one ticket. Raises Invalid for a choice that is not there."""
    agent, team = request.POST.get("agent", ""), request.POST.get("team", "")
    if what == "close":
        return lambda ticket: state.close(ticket, by=act)
    if what == "take":
        return lambda ticket: assigning.take(ticket, request.desk.agent, by=act)
    if what in ("", "agent") and agent:
        colleague = None if agent == NOBODY else Agent.objects.filter(id=whole_number(agent) or 0).first()
        if colleague is None and agent != NOBODY:
            raise Invalid(_("What was chosen is no longer there. Choose again."))
        return lambda ticket: assigning.assign(ticket, colleague, by=act)
    chosen = Team.objects.filter(id=whole_number(team) or 0, archived_at=None).first()
    if chosen is None:
        raise Invalid(_("Choose first what should be done."))
    return lambda ticket: assigning.hand_over(ticket, chosen, by=act)


def _told(request: DeskRequest, words: str, refused: bool, done: int, act: acts.Act) -> HttpResponse:
    undo_url, tone = reverse("desk:undo", args=[act.id]) if done else "", "danger" if refused else ""
    if request.htmx:
        return toast(request, words, tone, undo_url=undo_url)
    messages.add_message(request, level(tone), words, extra_tags=undo_url)
    return redirect("desk:list", request.POST.get("list", "open") or "open")
