"""What is being written: kept every few seconds, its files at once; read by its author alone."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.text import whole_number
from vikno.desk import ticket_page
from vikno.desk.composer import fetched_words, kept_with
from vikno.desk.face import DeskRequest, desk
from vikno.desk.views.files import give
from vikno.desk.written import Written, begun, chosen_dialog, kept_files, turn_of, uploaded
from vikno.dialogs.models import Dialog
from vikno.live.actions import breathe
from vikno.tickets import access
from vikno.tickets.actions import drafts
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Draft, DraftFile, Ticket


@require_POST
@desk
def keep(request: DeskRequest, number: int) -> HttpResponse:
    """Keep what is being written, take a file out of it, or throw it away. A script tells it every few seconds and when
    the page is left, and sends each file as soon as it is there; without one there are buttons."""
    ticket = access.ticket_for(request.desk.viewer, number)
    access.must_note(request.desk.viewer)
    form, agent = request.POST, request.desk.agent
    dialog = _place(request, ticket)
    try:
        if "discard" in form:
            drafts.turn_earlier_away(agent, ticket, *turn_of(form))
            drafts.discard(_shown(request, ticket, dialog))
        elif "remove_file" in form:
            drafts.remove_file(agent, ticket, whole_number(form["remove_file"]) or 0)
        else:
            words = begun(form, ticket, dialog, request.desk.viewer)
            kept = drafts.keep(agent, ticket, dialog, words, kept_files(form))
            dialog = kept.dialog
            drafts.keep_files(agent, ticket, dialog, uploaded(request.FILES.getlist("files")), note=_is_note(request))
            if not kept.late:
                drafts.discard(kept_before(request, ticket).exclude(dialog=dialog))
            breathe("typing", ticket.id, agent.id, [] if dialog is None else [dialog.id])
    except Invalid as invalid:
        if request.htmx:
            return HttpResponse(str(invalid), status=422, content_type="text/plain; charset=utf-8")
        messages.error(request, str(invalid))
    return _kept(request, ticket, dialog)


def draft_place(request: DeskRequest, ticket: Ticket) -> tuple[Dialog | None, bool]:
    """The dialog under which a composer's words are kept, and whether they are a note."""
    return _place(request, ticket), _is_note(request)


def _place(request: DeskRequest, ticket: Ticket) -> Dialog | None:
    """The dialog whose draft is meant; None for a note's."""
    return None if _is_note(request) else _dialog(request, ticket)


def _dialog(request: DeskRequest, ticket: Ticket) -> Dialog | None:
    return chosen_dialog(request.POST, ticket, access.family_for(request.desk.viewer, ticket))


def _is_note(request: DeskRequest) -> bool:
    return request.POST.get("kind") == "note"


def _shown(request: DeskRequest, ticket: Ticket, dialog: Dialog | None) -> QuerySet[Draft]:
    """What the composer shows, and what lies where it would be kept."""
    agent = request.desk.agent
    place = Draft.objects.filter(agent=agent, ticket=ticket, dialog=dialog)
    return place | drafts.begun_as(agent, ticket, dialog, note=_is_note(request))


def _kept(request: DeskRequest, ticket: Ticket, dialog: Dialog | None) -> HttpResponse:
    form = request.POST
    if not request.htmx:
        plain = [word for word in ("keep", "discard", "remove_file") if word in form]
        if not plain:
            return HttpResponse(status=204)
        messages.success(request, _("The draft is gone.") if "discard" in plain else _("The draft is kept."))
        return redirect("desk:ticket", ticket.number)
    if "discard" in form:
        context = ticket_page.whole(request, ticket) | {"flashes": [(_("The draft is gone."), "", "", 4)]}
        return render(request, "desk/_changed.html", context)
    if "remove_file" in form or request.FILES:
        rows = DraftFile.objects.filter(draft__in=_shown(request, ticket, dialog))
        there = kept_with(rows)
        fetched = fetched_words(there, ticket, dialog, note=_is_note(request))
        return render(request, "desk/_draft_files.html", {"files": there, "fetched": fetched})
    return HttpResponse(status=204)


def keep_refused(request: DeskRequest, ticket: Ticket, text: Written | None) -> None:
    """What was sent and refused lies with the draft from now on: a browser gives chosen files only once."""
    agent, dialog = request.desk.agent, _place(request, ticket)
    drafts.keep(
        agent, ticket, dialog, begun(request.POST, ticket, dialog, request.desk.viewer), kept_files(request.POST)
    )
    try:
        drafts.keep_files(agent, ticket, dialog, text.files if text else (), note=_is_note(request))
    except Invalid:  # too many together: said when they were sent
        return


def kept_before(request: DeskRequest, ticket: Ticket) -> QuerySet[Draft]:
    """Where these words were kept until now: as an answer's though they are a note's by now, or the reverse, or before
    there was a dialog. They wait as one draft, not as two."""
    was = request.POST.get("was", "")
    if was not in ("note", "reply"):
        return Draft.objects.none()
    return drafts.begun_as(request.desk.agent, ticket, _dialog(request, ticket), note=was == "note")


@require_safe
@desk
def file(request: DeskRequest, file_id: int) -> HttpResponseBase:
    """A file that waits with a draft, for who put it there."""
    row = DraftFile.objects.select_related("file").filter(id=file_id, draft__agent=request.desk.agent).first()
    if row is None:
        raise access.NoSuchMessage(file_id)
    return give(request, row)
