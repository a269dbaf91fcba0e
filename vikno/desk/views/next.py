"""What next: the queue with its reasons, the way to its head, and passing one over."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core import clock
from vikno.core.text import whole_number
from vikno.core.times import moments
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, way_back
from vikno.desk.next_words import TONES, points_words, reason_words, weights
from vikno.tasks import actions
from vikno.tasks.queue import Waiting, queue
from vikno.tasks.weighing import total
from vikno.tickets import access
from vikno.tickets.directory import directory
from vikno.tickets.subjects import subject_words

_PAGE_OF_ONE = re.compile(r"/tickets/(\d{1,18})")


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """The queue, each request with its reasons and their sum."""
    access.must_write(request.desk.viewer)
    found = queue(request.desk.viewer, clock.now())
    context = {"waiting": [_drawn(one) for one in found], "weights": weights()}
    return render(request, "desk/next.html", shell.context(request, "next") | context)


@require_safe
@desk
def first(request: DeskRequest) -> HttpResponse:
    """On to the head of the queue; from the page of that very request, to the one behind it."""
    access.must_write(request.desk.viewer)
    here = _PAGE_OF_ONE.fullmatch(urlsplit(request.headers.get("Referer", "")).path)
    found = queue(request.desk.viewer, clock.now(), most=2)
    others = [one.number for one in found if here is None or one.number != int(here[1])]
    if not others:
        return redirect("desk:next")
    return redirect("desk:ticket", others[0])


@require_POST
@desk
def pass_over(request: DeskRequest) -> HttpResponse:
    """Not now: for some hours this one is not in one's own queue."""
    access.must_write(request.desk.viewer)
    ticket = access.ticket_for(request.desk.viewer, whole_number(request.POST.get("number", "")) or 0)
    until = actions.pass_over(ticket, request.desk.agent)
    when = moments(request.desk.zone, translation.get_language() or "en")(until)
    words = _("Not now: #%(number)s is out of your queue until %(when)s, or until its customer writes.")
    undo = reverse("desk:next_back", args=[ticket.number])
    messages.success(request, words % {"number": ticket.number, "when": when}, extra_tags=undo)
    return redirect("desk:next_first" if request.POST.get("then") == "next" else "desk:next")


@require_POST
@desk
def back(request: DeskRequest, number: int) -> HttpResponse:
    """Take that back."""
    access.must_write(request.desk.viewer)
    actions.pass_no_more(access.ticket_for(request.desk.viewer, number), request.desk.agent)
    messages.success(request, _("Undone."))
    here = way_back(request, reverse("desk:next"))
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": here})
    return redirect(here)


def _drawn(one: Waiting) -> dict[str, Any]:
    names = directory().names
    priority = names["priority"].get(one.priority_id, "")
    return {
        "number": one.number, "url": reverse("desk:ticket", args=[one.number]), "subject": subject_words(one.subject),
        "stage": one.stage, "who": one.who or _("Unknown sender"), "team": names["team"].get(one.team_id, ""),
        "points": total(one.parts),
        "reasons": [
            (reason_words(part, priority), points_words(part.points), TONES.get(part.reason, ""))
            for part in one.parts
        ],
    }  # fmt: skip
