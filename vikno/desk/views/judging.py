"""A person's word on what a message is."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vikno.desk.face import DeskRequest, desk, toast
from vikno.desk.views.ticket import changed
from vikno.journal import acts
from vikno.tickets import access
from vikno.tickets.actions import judging
from vikno.tickets.actions.changing import Invalid


@require_POST
@desk
def not_thanks(request: DeskRequest, message_id: int) -> HttpResponse:
    """What was taken as thanks is a request after all."""
    access.must_write(request.desk.viewer)
    message = access.message_for(request.desk.viewer, message_id)
    act = acts.agent(request.desk.agent.id)
    said = (_("An ordinary message now."), "", reverse("desk:undo", args=[act.id]), 8)
    try:
        judging.not_thanks(message, by=act)
    except Invalid as invalid:
        said = (str(invalid), "danger", "", 12)
    ticket = access.tickets_for(request.desk.viewer).filter(links__message=message, links__ended_act=None).first()
    if ticket is None:
        return toast(request, said[0], said[1], undo_url=said[2])
    return changed(request, access.survivor_number(ticket), said)
