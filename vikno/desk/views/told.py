"""What one was told of, at the desk: read here or on the page of its request, it is read on every device."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.times import full_time, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.notice_words import kind_words
from vikno.desk.pages import walk
from vikno.notices import queries
from vikno.notices.actions import read
from vikno.notices.models import Notice
from vikno.tickets import access
from vikno.tickets.subjects import subject_words


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """The list, newest first; its rows alone when they have changed."""
    found, newer, older = walk(request, queries.told(request.desk.agent), ())
    tickets = {one.ticket_id for one in found if one.ticket_id is not None}
    seen = access.seen_of(request.desk.viewer, tickets) | access.contributing(request.desk.viewer, tickets)
    context = {
        "rows": [_drawn(request, one, seen) for one in found], "newer_url": newer, "older_url": older,
        "unread": any(one.read_at is None for one in found),
    }  # fmt: skip
    return render(request, "desk/told.html", shell.context(request, "told") | context)


@require_POST
@desk
def read_all(request: DeskRequest) -> HttpResponse:
    """All of it is read."""
    read(request.desk.agent)
    messages.success(request, _("All is marked as read."))
    return redirect("desk:told")


def _drawn(request: DeskRequest, one: Notice, seen: set[int]) -> dict[str, Any]:
    """One row. A request is named only to who may see it now."""
    zone, language = request.desk.zone, translation.get_language() or "en"
    subject, url = _("A request that you may not see"), ""
    if one.task is not None:
        subject, url = one.task.text, reverse("desk:todo")
    elif one.ticket is not None and one.ticket_id in seen:
        subject = f"#{one.ticket.number} {subject_words(one.ticket.subject)}"
        url = reverse("desk:ticket", args=[one.ticket.number])
    return {
        "word": kind_words(one.kind)[0], "by": one.by.person.name if one.by else "", "subject": subject, "url": url,
        "unread": one.read_at is None, "when_iso": one.at.isoformat(timespec="seconds"),
        "when_text": short_times(zone, language)(one.at), "when_full": full_time(one.at, zone, language),
    }  # fmt: skip
