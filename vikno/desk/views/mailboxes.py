"""A mailbox in particular: connecting its account at the provider, what the server holds, and bringing in its past."""

from __future__ import annotations

import secrets
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from vikno.channels.email import grants, hand_outs, mailbox_health, past, signing
from vikno.channels.email.actions import register_at_provider
from vikno.channels.email.compose import subject_as_sent
from vikno.channels.email.models import Grant, Mailbox, Past
from vikno.channels.email.own import KIND as EMAIL
from vikno.channels.email.servers import reading_by, signs_in_by
from vikno.core import clock
from vikno.core.secrets import Secret
from vikno.core.text import one_line
from vikno.core.times import short_day, short_times
from vikno.desk import mailbox_page, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.mailbox_page import checked_words, number
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.staff.rights import Right, require
from vikno.tickets import directory


class Registration(forms.Form):
    """What the provider calls Vikno."""

    client_id = forms.CharField(label=gettext_lazy("Client id"), max_length=255)
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"), widget=forms.PasswordInput, strip=True, required=False, max_length=1000
    )


class Since(forms.Form):
    """From which day on letters of the past are brought in."""

    since = forms.DateField(label=gettext_lazy("Letters that came on this day or later"))
    answers = forms.BooleanField(
        label=gettext_lazy("Our own answers too, from the folder of sent letters"),
        help_text=gettext_lazy("Without them only what customers wrote comes in. Answers that you write with another "
                               "mail program are taken from there from now on as well."),
        required=False, initial=True,
    )  # fmt: skip


def _back() -> str:
    return f"{settings.BASE_URL}{reverse('desk:mailbox_connected')}"


@require_http_methods(["GET", "POST"])
@desk
def grant(request: DeskRequest, channel_id: int) -> HttpResponse:
    """Connect the account: the registration, then the way to the provider's own page."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind=EMAIL)
    known = Grant.objects.filter(channel=channel).first()
    form = Registration(request.POST or None, initial={"client_id": known.client_id if known else ""})
    go = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        register_at_provider(
            channel, given["client_id"], Secret(given["client_secret"]) if given["client_secret"] else None,
            by=acts.agent(request.desk.agent.id),
        )  # fmt: skip
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        request.session["mail_grant"] = {"channel": channel.id, "state": state, "verifier": verifier}
        try:
            go = grants.authorization_url(channel, state=state, verifier=verifier, back=_back())
        except grants.NotGranted as error:
            messages.error(request, mailbox_health.words(error.code))
    context = {
        "channel": channel.name, "by": signs_in_by(channel), "fields": drawn(form, "client_id", "client_secret"),
        "back": _back(), "go": go, "edit_url": reverse("desk:channel", args=[channel.id]),
        "here": reverse("desk:mailbox_grant", args=[channel.id]), "kept": bool(known and known.client_secret),
        "connected": _connected(request, known),
        "trouble": _refused(request, channel) or _ended(known),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "desk/mailbox_grant.html", shell.context(request, "channels") | context, status=status)


def _connected(request: DeskRequest, known: Grant | None) -> str:
    if known is None or known.connected_at is None:
        return ""
    return short_times(request.desk.zone, translation.get_language() or "en")(known.connected_at)


def _to_the_refusal(request: DeskRequest, channel: Channel, code: str, said: str) -> HttpResponse:
    """Back to the page, which says once why the account was not connected. `said`: the provider's own words."""
    request.session["mail_grant_refused"] = {"channel": channel.id, "code": code, "said": said}
    return redirect("desk:mailbox_grant", channel.id)


def _ended(known: Grant | None) -> str:
    return mailbox_health.words("grant_ended") if known and known.trouble else ""


def _refused(request: DeskRequest, channel: Channel) -> str:
    known = request.session.get("mail_grant_refused")
    if not known or known["channel"] != channel.id:
        return ""
    del request.session["mail_grant_refused"]
    no = _("The provider did not say yes, so nothing was changed. Connect once more.")
    words = mailbox_health.words(known["code"]) if known["code"] else no
    return f"{words} ({known['said']})" if known["said"] else words


@require_GET
@desk
def connected(request: DeskRequest) -> HttpResponse:
    """Where the provider sends the owner's browser afterwards. What it brings counts only for the one who asked."""
    require(request.desk.viewer, Right.SETTINGS)
    asked = request.session.pop("mail_grant", None)
    if not asked or not constant_time_compare(request.GET.get("state", ""), asked["state"]):
        messages.error(request, _("This answer of the provider belongs to no question of yours. Connect once more."))
        return redirect("desk:channels")
    channel = get_object_or_404(Channel, id=asked["channel"], kind=EMAIL)
    code = request.GET.get("code", "")
    if not code:
        said = one_line(request.GET.get("error_description") or request.GET.get("error") or "", 300)
        return _to_the_refusal(request, channel, "", said)
    try:
        by = acts.agent(request.desk.agent.id)
        grants.exchange(channel, code, verifier=asked["verifier"], back=_back(), by=by)
    except grants.NotGranted as error:
        return _to_the_refusal(request, channel, error.code, error.detail)
    directory.forget()
    messages.success(request, _("The account is connected. Send a test letter to see that it works."))
    return redirect("desk:channel_test", channel.id)


@require_http_methods(["GET", "POST"])
@desk
def sign(request: DeskRequest, channel_id: int) -> HttpResponse:
    """The key that letters are signed with, the lines for the DNS, and what the DNS says now."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind=EMAIL)
    domain = signing.domain_of(channel)
    key, problem = signing.newest(domain), ""
    if request.method == "POST" and request.POST.get("verb") == "make" and domain:
        signing.make_key(domain, by=acts.agent(request.desk.agent.id))
        return redirect("desk:mailbox_signing", channel.id)
    if request.method == "POST" and key is not None:
        try:
            signing.check(key, signing.texts_of, signing.allowed(channel))
        except signing.DnsAway:
            problem = _("The DNS does not answer this machine now, so nothing is known. Try again later.")
    context = {
        "channel": channel.name, "domain": domain, "problem": problem, "key": key is not None,
        "lines": mailbox_page.dns_lines(channel, key) if key else [], "in_use": bool(key and key.in_use),
        "edit_url": reverse("desk:channel", args=[channel.id]),
    }  # fmt: skip
    return render(request, "desk/mailbox_signing.html", shell.context(request, "channels") | context)


@require_http_methods(["GET", "POST"])
@desk
def handed_out(request: DeskRequest, channel_id: int) -> HttpResponse:
    """Files that recipients can fetch now; taking them back."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind=EMAIL)
    here = reverse("desk:mailbox_files", args=[channel.id])
    if request.method == "POST":
        given = request.POST.get("revoke", "")
        if given.isdecimal() and len(given) < 19:
            hand_outs.revoke(int(given), channel, by=acts.agent(request.desk.agent.id))
            messages.success(request, _("Taken back: the address leads nowhere now."))
        return redirect(here)
    rows = [
        {"id": one.pk, "who": one.delivery.identity.shown, "subject": subject_as_sent(one.delivery),
         "until": one.expires_at,
         "files": ", ".join(file.name for file in hand_outs.files_of(one))}
        for one in hand_outs.alive(channel)
    ]  # fmt: skip
    context = {
        "channel": channel.name, "rows": rows, "here": here, "edit_url": reverse("desk:channel", args=[channel.id]),
    }  # fmt: skip
    return render(request, "desk/hand_outs.html", shell.context(request, "channels") | context)


@require_http_methods(["GET", "POST"])
@desk
def letters(request: DeskRequest, channel_id: int) -> HttpResponse:
    """What lies on the server and what of it is here; bringing in the past."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind=EMAIL)
    form = Since(request.POST if request.POST.get("verb") == "begin" else None, initial=_stopped(request, channel))
    by = acts.agent(request.desk.agent.id)
    if request.method == "POST" and request.POST.get("verb") == "stop":
        past.stop(channel, by=by)
        return redirect("desk:mailbox_letters", channel.id)
    if request.method == "POST" and form.is_valid():
        since = datetime.combine(form.cleaned_data["since"], time(), ZoneInfo(request.desk.zone))
        try:
            past.ask(channel, since, answers=form.cleaned_data["answers"], by=by)
        except past.NotPossible as error:
            messages.error(request, str(error))
        return redirect("desk:mailbox_letters", channel.id)
    asked = ("since",) if past.takes_answers(channel) else ("since", "answers")
    context = {
        "channel": channel.name, "folders": _folders(request, channel), "past": _past(request, channel),
        "fields": drawn(form, *asked, since={"kind": "date"}), "edit_url": reverse("desk:channel", args=[channel.id]),
        "here": reverse("desk:mailbox_letters", args=[channel.id]), "by_imap": reading_by(channel) == "imap",
    }  # fmt: skip
    return render(
        request, "desk/mailbox_letters.html", shell.context(request, "channels") | context,
        status=422 if form.errors else 200,
    )  # fmt: skip


def _folders(request: DeskRequest, channel: Channel) -> list[dict[str, Any]]:
    short = short_times(request.desk.zone, translation.get_language() or "en")
    found = []
    for row in Mailbox.objects.filter(channel=channel).order_by("id"):
        at = short(row.reconciled_at) if row.reconciled_at else ""
        found.append({"name": row.folder, **checked_words(row.checked, at)})
    return found


def _stopped(request: DeskRequest, channel: Channel) -> dict[str, str]:
    """The day from which letters were being brought in when somebody stopped it: most go on from there."""
    row = Past.objects.filter(channel=channel).order_by("-id").first()
    if row is None or row.state != Past.State.STOPPED:
        return {}
    return {"since": row.since.astimezone(ZoneInfo(request.desk.zone)).date().isoformat()}


def _past_trouble(row: Past, channel: Channel) -> str:
    if row.state == Past.State.RUNNING and not channel.active:
        return _("Paused. Nothing is lost: what comes stays at the other side.")
    return mailbox_health.words(row.trouble) if row.trouble else ""


def _past(request: DeskRequest, channel: Channel) -> dict[str, Any] | None:
    row = Past.objects.filter(channel=channel).order_by("-id").first()
    if row is None:
        return None
    language = translation.get_language() or "en"
    short = short_times(request.desk.zone, language)
    since, today = (one.astimezone(ZoneInfo(request.desk.zone)).date() for one in (row.since, clock.now()))
    return {
        "since": short_day(since, today, language), "running": row.state == Past.State.RUNNING,
        "done": number(row.done), "total": number(row.total), "taken": number(row.taken),
        "share": row.done * 100 // max(1, row.total), "stopped": row.state == Past.State.STOPPED,
        "trouble": _past_trouble(row, channel), "none": row.total == 0,
        "finished": short(row.finished_at) if row.finished_at else "",
    }  # fmt: skip
