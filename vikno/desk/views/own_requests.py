"""The requests that an agent made themselves. On these one is a customer, whatever one's role, and sees what customers
see."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from vikno.desk import own_requests, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.pages import walk
from vikno.desk.views import files
from vikno.staff.access import as_customer
from vikno.tickets import access
from vikno.tickets.asked import shown_to_customers


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All of them, newest first."""
    rows = access.own_requests(as_customer(request.desk.viewer)).select_related("status")
    tickets, newer, older = walk(request, rows, ())
    drawn = [own_requests.row(ticket, request.desk) for ticket in tickets]
    context = {"requests": drawn, "newer_url": newer, "older_url": older}
    return render(request, "desk/own_requests.html", shell.context(request, "own") | context)


@require_safe
@desk
def one(request: DeskRequest, number: int) -> HttpResponse:
    """What was said in one of them."""
    customer = as_customer(request.desk.viewer)
    ticket = get_object_or_404(access.own_requests(customer).select_related("status"), number=number)
    messages, newer, older = walk(request, own_requests.said_in(customer, ticket), ())
    context = {
        "ticket": own_requests.row(ticket, request.desk), "newer_url": newer, "older_url": older,
        "fields": shown_to_customers(ticket), "items": own_requests.items(customer, messages, request.desk),
    }  # fmt: skip
    return render(request, "desk/own_request.html", shell.context(request, "own") | context)


@require_safe
@desk
def file(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    """A file of what one was told."""
    return files.give(request, access.attachment_for(as_customer(request.desk.viewer), attachment_id))


@require_safe
@desk
def letter(request: DeskRequest, message_id: int) -> HttpResponse:
    """A letter with a layout of its own, in its frame."""
    message = access.message_for(as_customer(request.desk.viewer), message_id)
    return files.framed(request, message, "desk:own_letter", "desk:own_file")
