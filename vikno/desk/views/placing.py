"""Where messages belong, decided by a person; and hiding what its author wants gone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.text import whole_number
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, lead_to
from vikno.desk.place_page import chosen_messages, homes_of, page
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.tickets import access
from vikno.tickets.actions import hiding, placing
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.linking import WidensSight
from vikno.tickets.actions.placing import Homes, Was
from vikno.tickets.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def place(request: DeskRequest, message_id: int | None = None) -> HttpResponse:
    """The page that asks where messages belong, one by its own address or all that are named, and what comes of it."""
    access.must_write(request.desk.viewer)
    asked = request.POST if request.method == "POST" else request.GET
    alone = message_id is not None
    said = chosen_messages(request, [str(message_id)] if alone else asked.getlist("message"))
    homes, tickets = homes_of(request, said, asked.get("source", ""))
    if request.method != "POST":
        target = request.htmx.target if request.htmx else ""
        context = page(request, homes, tickets, alone=alone)
        if target and target.endswith("picks"):
            return render(request, "desk/_picks.html", {"picks": context["place"]["picks"]})
        return _shown(request, context)
    act = acts.agent(request.desk.agent.id)
    try:
        shown, words = _place(request, homes, act)
    except WidensSight:
        return _shown(request, page(request, homes, tickets, alone=alone, widens=True), 422)
    except access.NoSuchTicket:
        missing = _("There is no such ticket, or none that you may see.")
        return _shown(request, page(request, homes, tickets, alone=alone, number=missing), 422)
    except Invalid as invalid:
        return _shown(request, page(request, homes, tickets, alone=alone, where=str(invalid)), 422)
    messages.success(request, words, extra_tags=reverse("desk:undo", args=[act.id]))
    return lead_to(request, access.survivor_number(shown))


def _shown(request: DeskRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page; or what stands in the dialog, for a script, which draws an answer of this status alone."""
    if request.htmx:
        return render(request, "desk/_place.html", context)
    return render(request, "desk/place.html", shell.context(request) | context, status=status)


def _place(request: DeskRequest, homes: Homes, act: Act) -> tuple[Ticket, str]:
    """Do what the form says; answers the ticket to show, and words. Raises what the verbs raise."""
    form, count = request.POST, len(homes)
    if not homes:
        raise Invalid(_("Choose at least one message first."))
    where, sure = form.get("where", ""), "confirmed" in form
    if where in ("ticket", "also"):
        number = form.get("ticket", "") or form.get("number", "").strip(" #")
        target = access.ticket_for(request.desk.viewer, whole_number(number) or 0)
        placing.all_to_ticket(homes, target, by=act, confirmed=sure, stay=where == "also")
        many = ngettext(
            "%(count)s message belongs to #%(number)s now.", "%(count)s messages belong to #%(number)s now.", count
        )
        words = many if count > 1 else _("The message belongs to #%(number)s now.")
        return target, words % {"number": target.number, "count": count}
    if where == "own":
        stay, subject = bool(form.get("stay")), form.get("subject", "")
        made = placing.all_to_their_own(homes, by=act, subject=subject, confirmed=sure, stay=stay)
        many = ngettext("%(count)s message is a new request now.", "%(count)s messages are a new request now.", count)
        return made, many % {"count": count} if count > 1 else _("The message is a request of its own now.")
    if where == "parts":
        parts = placing.into_parts(homes, form.get("parts", "").splitlines(), by=act, confirmed=sure)
        told = ngettext("%(count)s part was made.", "%(count)s parts were made.", len(parts)) % {"count": len(parts)}
        return next(source for _message, source in homes if source is not None), told
    (message, source), *more = homes
    if source is None or more:
        raise Invalid(_("Choose where it belongs."))
    placing.take_off(message, source, by=act, was=Was(where) if where in list(Was) else None)
    return source, _("The message does not belong to this request any more.")


@require_POST
@desk
def hide(request: DeskRequest, message_id: int) -> HttpResponse:
    """Hide what its author wants gone."""
    return _seen_as(request, message_id, hidden=True)


@require_POST
@desk
def show(request: DeskRequest, message_id: int) -> HttpResponse:
    """Show a hidden one again."""
    return _seen_as(request, message_id, hidden=False)


def _seen_as(request: DeskRequest, message_id: int, *, hidden: bool) -> HttpResponse:
    """What the button says is done, whatever a colleague did since the page was made."""
    access.must_write(request.desk.viewer)
    message = access.message_for(request.desk.viewer, message_id)
    act, so_already = acts.agent(request.desk.agent.id), (message.hidden_at is not None) == hidden
    try:
        (hiding.hide if hidden else hiding.show)(message, by=act)
    except Invalid as invalid:
        messages.error(request, str(invalid))
        return redirect("desk:place", message.id)
    words = _("Its words and files are hidden.") if hidden else _("It can be read again.")
    messages.success(request, words, extra_tags="" if so_already else reverse("desk:undo", args=[act.id]))
    _homes, tickets = homes_of(request, [message], "")
    one = next(iter(tickets.values()), None)
    return redirect("desk:ticket", access.survivor_number(one)) if one else redirect("desk:place", message.id)
