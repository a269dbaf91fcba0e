"""Reading a ticket of a closed team, or one without a reader, as an owner: said in its time line and in the security
log, and over after an hour."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from vikno.core import clock
from vikno.desk.face import ANYWAY_SECONDS, DeskRequest, desk
from vikno.journal import acts
from vikno.tickets.access import tickets_for
from vikno.tickets.actions.opening import open_anyway


@require_POST
@desk
def open_ticket(request: DeskRequest, number: int) -> HttpResponse:
    """Open it for this session; whoever reads it by their own right is led there at once."""
    if not tickets_for(request.desk.viewer).filter(number=number).exists():
        ticket = open_anyway(request.desk.viewer, number, by=acts.agent(request.desk.agent.id))
        now = clock.now().timestamp()
        alive = {key: until for key, until in request.session.get("opened_anyway", {}).items() if until > now}
        request.session["opened_anyway"] = alive | {str(ticket.id): now + ANYWAY_SECONDS}
    return redirect("desk:ticket", number)
