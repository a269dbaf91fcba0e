"""What was left undone: jobs that were tried often enough, events that a reader could not digest, what could not be put
in the search index; and that index itself."""

from __future__ import annotations

from typing import Any

import structlog
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core import jobs
from vikno.core.models import Job
from vikno.core.times import full_time, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.pages import PAGE
from vikno.desk.setting_pages import tabs
from vikno.journal import readers
from vikno.journal.models import Parked
from vikno.search import filling, rebuild
from vikno.search.models import Due
from vikno.search.state import current
from vikno.staff.rights import Right, require
from vikno.tickets import access
from vikno.tickets.models import Ticket

log = structlog.get_logger(__name__)


def job_words(kind: str) -> str:
    """What a kind of job does, for people; a kind that has no words yet by its code."""
    known = {
        "email.plain": _("Send a letter about signing in"),
        "people.adopt_domain": _("Put people of a domain into their organisation"),
        "tickets.refile": _("Give requests the word that theirs was merged into"),
        "tickets.file_back": _("Give requests their word back after a merge was undone"),
        "desk.bulk": _("Go on with what an agent does to many requests"),
        "care.retention": _("Remove what is older than it may be kept"),
    }
    return known.get(kind) or _("Work of the kind “%(kind)s”") % {"kind": kind}


def reader_words(name: str) -> str:
    """What a reader of the journal does with events."""
    return _("A change was not passed on to “%(name)s”") % {"name": name}


def _names(request: DeskRequest, owners: list[int]) -> dict[int, str]:
    """What could not be put in the search index, for people; of a ticket its number, if the viewer may know it."""
    seen = access.seen_of(request.desk.viewer, [owner for owner in owners if owner > 0])
    numbers = dict(Ticket.objects.filter(id__in=seen).values_list("id", "number"))
    return {
        owner: _("Search does not find ticket #%(number)s as it is now") % {"number": numbers[owner]}
        if owner in numbers
        else (_("Search does not find a ticket as it is now") if owner > 0 else _("Search does not find a person"))
        for owner in owners
    }


def index_state(request: DeskRequest) -> dict[str, Any]:
    """How far the search index is: `share` in per cent while one is being made, None otherwise."""
    build = current()
    if build.building:
        share = min(100 * build.done // build.total, 99) if build.total else 0
        words = (
            _("The first one is being made. Until it is done, not everything is found.")
            if build.building == build.active
            else _("A new one is being made. Until it is done, search works with the one before.")
        )
        return {"share": share, "words": words, "done": build.done, "total": build.total}
    zone, language = request.desk.zone, translation.get_language() or "en"
    words = _("It is complete.")
    if build.ended_at:
        words = _("It is complete, made on %(when)s.") % {"when": full_time(build.ended_at, zone, language)}
    return {"share": None, "words": words, "done": build.done, "total": build.total}


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Each list newest first, as long as one page; and how far the search index is."""
    require(request.desk.viewer, Right.SETTINGS)
    zone, language = request.desk.zone, translation.get_language() or "en"
    short = short_times(zone, language)

    def row(pk: int, what: str, at: Any, error: str, again: str) -> dict[str, Any]:
        return {"id": pk, "what": what, "when_iso": at.isoformat(timespec="seconds"), "when_text": short(at),
                "when_full": full_time(at, zone, language), "error": error.strip(), "again_url": again}  # fmt: skip

    dead = Job.objects.filter(state=Job.State.DEAD).order_by("-id")[:PAGE]
    left = [row(one.id, job_words(one.kind), one.created_at, one.error, reverse("desk:job_again", args=[one.id]))
            for one in dead]  # fmt: skip
    for one in Parked.objects.order_by("-id")[:PAGE]:
        again = reverse("desk:parked_again", args=[one.id])
        left.append(row(one.id, reader_words(one.reader), one.parked_at, one.error, again))
    postponed = list(Due.objects.filter(attempts__gt=0).order_by("-id")[:PAGE])
    names = _names(request, [one.ticket_id for one in postponed])
    for due in postponed:
        again = reverse("desk:index_again", args=[due.id])
        left.append(row(due.id, names[due.ticket_id], due.since, due.error, again))
    context = {"tabs": tabs(request, "undone"), "left": left, "index": index_state(request)}
    return render(request, "desk/undone.html", shell.context(request, "settings") | context)


@require_POST
@desk
def job(request: DeskRequest, job_id: int) -> HttpResponse:
    """Try a dead job again; the engine takes it within a moment."""
    require(request.desk.viewer, Right.SETTINGS)
    if jobs.revive(job_id):
        messages.success(request, _("It is tried again now. If it fails again, it comes back here after some tries."))
    else:
        messages.error(request, _("It is no longer here: somebody was faster."))
    return redirect("desk:undone")


@require_POST
@desk
def parked(request: DeskRequest, parked_id: int) -> HttpResponse:
    """Give a parked event to its reader again."""
    require(request.desk.viewer, Right.SETTINGS)
    try:
        readers.retry_parked(parked_id)
    except Parked.DoesNotExist:
        messages.error(request, _("It is no longer here: somebody was faster."))
    except Exception as error:  # whatever the reader cannot bear; the row stays
        log.warning("a parked event failed again", parked=parked_id, exc_info=True)
        messages.error(
            request,
            _("It failed again: %(error)s. Nothing is lost; the log says more.") % {"error": type(error).__name__},
        )
    else:
        messages.success(request, _("Done: it was passed on."))
    return redirect("desk:undone")


@require_POST
@desk
def index_anew(request: DeskRequest) -> HttpResponse:
    """Have the engine make the search index anew, beside the one in use."""
    require(request.desk.viewer, Right.SETTINGS)
    rebuild.start()
    return redirect(f"{reverse('desk:undone')}#index")


@require_POST
@desk
def index_again(request: DeskRequest, due_id: int) -> HttpResponse:
    """Let the engine try what could not be put in the search index."""
    require(request.desk.viewer, Right.SETTINGS)
    if filling.try_again(due_id):
        messages.success(request, _("It is tried again now. If it fails again, it stays here."))
    else:
        messages.error(request, _("It is no longer here: somebody was faster."))
    return redirect("desk:undone")
