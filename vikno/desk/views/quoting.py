"""What will stand quoted below an answer, shown before it leaves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vikno.desk.composer import quote_words
from vikno.desk.face import DeskRequest, desk
from vikno.desk.written import also_answered, chosen_dialog, chosen_quote, known_recipients
from vikno.tickets import access
from vikno.tickets.actions.answering import quoted_below
from vikno.tickets.quoting import Quote


@require_safe
@desk
def show(request: DeskRequest, number: int) -> HttpResponse:
    """The quotation of one kind for a script; without one, all that may be chosen, on a page."""
    viewer = request.desk.viewer
    ticket = access.ticket_for(viewer, number)
    access.must_write(viewer)
    dialog = chosen_dialog(request.GET, ticket, access.family_for(viewer, ticket))
    tickets = [ticket, *also_answered(request.GET, ticket, viewer)]
    asked, named = chosen_quote(request.GET), known_recipients(request.GET)
    wanted = [Quote(asked)] if asked else [Quote.LAST, Quote.ALL]
    words, agent = dict(quote_words()), request.desk.agent
    shown = [
        (words[how], quoted_below(dialog, tickets, agent, how, ticket.language, named) if dialog else "")
        for how in wanted
    ]
    page = "desk/_quotation.html" if request.htmx else "desk/quotation.html"
    return render(request, page, {"quotations": shown, "none_word": words[Quote.NONE], "number": ticket.number})
