"""What will stand quoted below an answer, shown before it leaves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from vikno.desk.composer import quote_words
from vikno.desk.face import DeskRequest, desk
from vikno.desk.written import also_answered, answered_message, chosen_dialog, chosen_quote, known_recipients
from vikno.tickets import access
from vikno.tickets.actions.answering import quoted_below
from vikno.tickets.quoting import Quote


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest, number: int) -> HttpResponse:
    """The quotation of one kind for a script, which tells what stands in the form; by GET all that may be chosen, on a
    page. Whom an answer goes to is told by POST alone: addresses of pages are kept in logs and histories."""
    viewer = request.desk.viewer
    ticket = access.ticket_for(viewer, number)
    access.must_write(viewer)
    form = request.POST if request.method == "POST" else request.GET
    readable = access.family_for(viewer, ticket)
    one = answered_message(request.GET.get("answers", ""), viewer, readable)
    dialog = one.dialog if one is not None else chosen_dialog(request.GET, ticket, readable)
    tickets = [ticket, *also_answered(form, ticket, viewer)]
    asked, named = chosen_quote(request.POST), known_recipients(request.POST)
    wanted = [Quote(asked)] if asked else [Quote.LAST, Quote.ALL]
    words, agent = dict(quote_words(one is not None)), request.desk.agent
    shown = [
        (words[how], quoted_below(dialog, tickets, agent, how, ticket.language, named, one) if dialog else "")
        for how in wanted
    ]
    page = "desk/_quotation.html" if asked else "desk/quotation.html"
    return render(request, page, {"quotations": shown, "none_word": words[Quote.NONE], "number": ticket.number})
