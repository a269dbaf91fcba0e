"""Saying how two requests belong together, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.text import whole_number
from vikno.desk import bonds, shell
from vikno.desk.face import DeskRequest, desk, lead_to
from vikno.desk.merge_page import chosen_tickets
from vikno.desk.views.ticket import changed
from vikno.journal import acts
from vikno.tickets import access
from vikno.tickets.actions import splitting
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Relation, Ticket
from vikno.tickets.queries import bonds_of


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def link(request: DeskRequest, number: int) -> HttpResponse:
    """Choose another request and what this one is to it."""
    ticket = access.ticket_for(request.desk.viewer, number)
    access.must_write(request.desk.viewer)
    if request.method != "POST":
        target = request.htmx.target if request.htmx else ""
        if target and target.endswith("picks"):
            return render(request, "desk/_picks.html", {"picks": bonds.page(request, ticket)["bond"]["picks"]})
        return _shown(request, ticket)
    found = chosen_tickets(request, [request.POST.get("ticket", "") or request.POST.get("number", "")])
    if not found:
        return _shown(request, ticket, number=_("There is no such ticket, or none that you may see."))
    act = acts.agent(request.desk.agent.id)
    kind = request.POST.get("kind", "")
    if kind not in dict(bonds.kinds()):
        return _shown(request, ticket, kind=_("Choose how they belong together."))
    one, of = (found[0], ticket) if kind.startswith(bonds.BACK) else (ticket, found[0])
    try:
        new = splitting.relate(one, of, kind.removeprefix(bonds.BACK), by=act)
    except Invalid as invalid:
        return _shown(request, ticket, number=str(invalid))
    said = {"number": found[0].number}
    words = _("Linked with #%(number)s.") % said if new else _("It was linked with #%(number)s already.") % said
    messages.success(request, words, extra_tags=reverse("desk:undo", args=[act.id]) if new else "")
    return lead_to(request, ticket.number)


def _shown(request: DeskRequest, ticket: Ticket, **errors: str) -> HttpResponse:
    """The page; or what stands in the dialog, for a script, which draws an answer of this status alone."""
    context = bonds.page(request, ticket, **errors)
    if request.htmx:
        return render(request, "desk/_link.html", context)
    return render(request, "desk/link.html", shell.context(request) | context, status=422 if errors else 200)


@require_POST
@desk
def unlink(request: DeskRequest, number: int) -> HttpResponse:
    """Two requests belong together no more."""
    ticket = access.ticket_for(request.desk.viewer, number)
    access.must_write(request.desk.viewer)
    wanted = whole_number(request.POST.get("relation", "")) or 0
    part = access.family_for(request.desk.viewer, ticket)
    there = [bond for bond in bonds_of(request.desk.viewer, part) if bond.id == wanted and bond.seen]
    act = acts.agent(request.desk.agent.id)
    if not there or not splitting.unrelate(Relation.objects.get(id=wanted), by=act):
        return changed(request, number, (_("They are not linked any more."), "danger", "", 12))
    words = _("No longer linked with #%(number)s.") % {"number": there[0].number}
    return changed(request, number, (words, "", reverse("desk:undo", args=[act.id]), 8))
