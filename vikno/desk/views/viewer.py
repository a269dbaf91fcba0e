"""Files of a request looked at in place: pictures, and pages of a PDF as pictures; and the list of all its files."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from vikno.core import files, pdf_pages
from vikno.core.models import AttachedFile
from vikno.core.text import whole_number
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.ticket_files import MOST, Hung, drawn, of_tickets, way_to_look
from vikno.tickets import access


@require_safe
@desk
def listed(request: DeskRequest, number: int) -> HttpResponse:
    """All files of a request; for a script, what stands in its card beside the time line."""
    found = _files(request, number)
    context = {"files": drawn(request.desk, number, found), "most": MOST if len(found) == MOST else 0}
    if request.htmx:
        return render(request, "desk/_ticket_files.html", context)
    return render(request, "desk/ticket_files.html", shell.context(request) | context | _way_back(number))


@require_safe
@desk
def look(request: DeskRequest, number: int, which: str) -> HttpResponse:
    """One file, large, with the ways to those before and after it."""
    found = [one for one in _files(request, number) if one.look]
    at = next((at for at, one in enumerate(found) if one.key == which), None)
    if at is None:
        raise Http404
    shown = drawn(request.desk, number, found)
    one = found[at]
    context = {
        "file": shown[at], "newer": shown[at - 1] if at else None,
        "older": shown[at + 1] if at + 1 < len(shown) else None, "at": at + 1, "count": len(shown),
        **(_pages(request, number, one) if one.look == "pdf" else {"pages": [], "problem": "", "left": 0}),
    }  # fmt: skip
    if request.htmx:
        return render(request, "desk/_look.html", context | _way_back(number))
    return render(request, "desk/look.html", shell.context(request) | context | _way_back(number))


@require_safe
@desk
def page(request: DeskRequest, number: int, which: str, page: int) -> HttpResponse:
    """A page of a PDF as a picture. What cannot be drawn is not there: the page around it says why."""
    access.ticket_for(request.desk.viewer, number)
    row = _row(request, which)
    if way_to_look(row.type, row.size, row.file_id) != "pdf" or not 1 <= page <= pdf_pages.MOST_PAGES:
        raise Http404
    try:
        picture = pdf_pages.picture(_content(row), page)
    except (pdf_pages.Unreadable, pdf_pages.Busy, files.MissingFile):
        raise Http404 from None
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _files(request: DeskRequest, number: int) -> list[Hung]:
    ticket = access.ticket_for(request.desk.viewer, number)
    return of_tickets(access.family_for(request.desk.viewer, ticket))


def _row(request: DeskRequest, which: str) -> AttachedFile:
    pk = whole_number(which.removeprefix("n")) or 0
    if which.startswith("n"):
        return access.note_attachment_for(request.desk.viewer, pk)
    return access.attachment_for(request.desk.viewer, pk)


def _content(row: AttachedFile) -> bytes:
    if row.file is None:
        raise files.MissingFile(row.name)
    return files.read(row.file)


def _pages(request: DeskRequest, number: int, one: Hung) -> dict[str, object]:
    problem, sizes, count = "", list[tuple[int, int]](), 0
    try:
        sizes, count = pdf_pages.sizes(_content(_row(request, one.key)))
    except pdf_pages.Locked:
        problem = _("This PDF opens with a password alone, so it cannot be shown here. Download it to open it.")
    except pdf_pages.Unreadable:
        problem = _("This PDF is damaged, or too large to be shown here. Download it to try another program.")
    except pdf_pages.Busy:
        problem = _("Too many files are being drawn at this moment. Open it again in a minute, or download it.")
    except files.MissingFile:
        problem = _("This file is missing from the store. The message itself is whole.")
    pages = [
        (reverse("desk:look_page", args=[number, one.key, at]), at, *size) for at, size in enumerate(sizes, start=1)
    ]
    return {"pages": pages, "problem": problem, "left": count - len(sizes)}


def _way_back(number: int) -> dict[str, object]:
    return {"back_url": reverse("desk:ticket", args=[number]), "number": number}
