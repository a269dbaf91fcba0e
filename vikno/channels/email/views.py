"""The pages that letters lead to: files that were too big for one, and a customer's word that it was they who asked.
Whoever has the address may; nobody else can tell whether there is such a page."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from vikno.channels.email import confirming, hand_outs
from vikno.channels.email.compose import subject_as_sent
from vikno.channels.email.letter.names import safe_name
from vikno.core import files
from vikno.core.models import Company
from vikno.core.sizes import size_words
from vikno.core.times import day_alone, full_time
from vikno.tickets.actions import account

MOST_SHOWN = 20  # letters that are confirmed by one button


def _company() -> Company:
    return Company.objects.first() or Company()


def _nothing(request: HttpRequest) -> HttpResponseBase:
    """The same for what never was, is over, or was taken back: the difference is not told."""
    return _quiet(render(request, "email/hand_out.html", {"files": None, "company": _company().name}, status=404))


def _quiet(response: HttpResponseBase) -> HttpResponseBase:
    """The address is a secret: it is neither kept nor passed on."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def show(request: HttpRequest, token: str) -> HttpResponseBase:
    """The files of one letter."""
    hand_out = hand_outs.find(token)
    found = hand_outs.files_of(hand_out) if hand_out else []
    if hand_out is None or not found:
        return _nothing(request)
    shown = [
        {
            "name": one.name or "file",
            "size": size_words(one.size),
            "url": reverse("email:file", args=[token, one.pk]),
        }
        for one in found
    ]
    day = day_alone(hand_out.expires_at, _company().zone, translation.get_language() or "en")
    context = {
        "files": shown, "company": hand_out.delivery.channel.brand.name, "subject": subject_as_sent(hand_out.delivery),
        "until": day.removesuffix("."),  # the sentence has a full stop of its own
    }  # fmt: skip
    return _quiet(render(request, "email/hand_out.html", context))


@require_safe
def fetch(request: HttpRequest, token: str, attachment_id: int) -> HttpResponseBase:
    """One of the files, as a download."""
    hand_out = hand_outs.find(token)
    found = hand_outs.files_of(hand_out) if hand_out else []
    row = next((one for one in found if one.pk == attachment_id), None)
    if row is None or row.file is None:
        return _nothing(request)
    try:
        stream = files.store().open(row.file.key)
    except files.MissingFile:
        return _nothing(request)
    name = safe_name(row.name) or "file"
    return _quiet(FileResponse(stream, as_attachment=True, filename=name, content_type="application/octet-stream"))


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Whether it was the recipient who asked about their account. Only the button says so, not the way here."""
    found = confirming.find(token)
    if found is None:
        nothing = {"state": "none", "company": _company().name}
        return _quiet(render(request, "email/confirmation.html", nothing, status=404))
    zone, language = _company().zone, translation.get_language() or "en"
    asked = account.to_confirm(found.delivery.message, found.delivery.identity)[:MOST_SHOWN]
    letters = [(full_time(one.said_at, zone, language), one.subject) for one in asked]
    if request.method == "POST":
        confirming.confirm(found)
    context: dict[str, Any] = {
        "state": "done" if request.method == "POST" or found.confirmed_at else "ask",
        "company": found.delivery.channel.brand.name, "address": found.delivery.identity.shown,
        "letters": letters,
    }  # fmt: skip
    return _quiet(render(request, "email/confirmation.html", context))
