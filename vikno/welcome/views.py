"""The first run in the browser: questions, then signed in at once, with three steps to go on."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from vikno.accounts import links, security
from vikno.channels.email import tried
from vikno.channels.email.forms import MailboxForm
from vikno.core.middleware import NEAR
from vikno.core.models import LANGUAGES
from vikno.desk import channel_page, server_answers
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.views.own import zones
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel
from vikno.intake.models import Inbound
from vikno.staff.models import Agent, Invitation
from vikno.staff.rights import Right, require
from vikno.welcome import actions
from vikno.welcome.forms import FirstRunForm
from vikno.welcome.presets import PRESETS

_MAIL = ("imap_host", "imap_security", "smtp_host", "smtp_security", "mail_user", "mail_password")


class LinkOver(Exception):
    """Somebody else used the link while this form was filled in."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest, secret: str = "") -> HttpResponse:
    """The questions, for who holds the link that the command printed, or sits at this very machine. Looking does not
    use the link up: setting up does."""
    if actions.is_set_up():
        return redirect("/")
    if not (links.peek(secret, "setup") if secret else _is_at_this_machine(request)):
        return render(request, "welcome/no_link.html", {"used": bool(secret)}, status=410 if secret else 403)
    filled = server_answers.fill_in(request, ("mail_user",), "mail_password")
    if server_answers.wants_fields(request):
        return server_answers.as_fields(filled)
    sent = request.method == "POST" and not filled.show
    form = FirstRunForm(filled.data if sent else None, initial=_guesses(request) | filled.data.dict())
    if not sent or not form.is_valid():
        return _page(request, form, filled.said)
    try:
        installed = _set_up(request, form, secret)
    except actions.WrongAnswer as wrong:
        form.add_error(wrong.field if wrong.field in form.fields else None, str(wrong))
        return _page(request, form, filled.said)
    except actions.AlreadySetUp:
        return redirect("/")
    except LinkOver:
        return render(request, "welcome/no_link.html", {"used": True}, status=410)
    _check_mailbox(request, installed.mail)
    return perform_login(request, installed.user, email_verification="none", redirect_url=reverse("welcome:next"))


def _is_at_this_machine(request: HttpRequest) -> bool:
    """Without a link only loopback is let in, and only while Vikno is known by no other name: behind a proxy of this
    machine everybody would seem to sit here."""
    base = urlsplit(settings.BASE_URL).hostname or ""
    try:
        here = base == "localhost" or ip_address(base).is_loopback
        return here and bool(request.META.get(NEAR)) and ip_address(request.META["REMOTE_ADDR"]).is_loopback
    except (ValueError, KeyError):
        return False


def _guesses(request: HttpRequest) -> dict[str, Any]:
    language = translation.get_language() or "en"
    return {"language": language if language in dict(LANGUAGES) else "en", "preset": "other",
            "zone": actions.machine_zone(), "imap_security": "tls", "smtp_security": "tls"}  # fmt: skip


def _set_up(request: HttpRequest, form: FirstRunForm, secret: str) -> actions.Installed:
    """All of it or nothing: the company, its mailbox, and the link, which is used up. Raises WrongAnswer, AlreadySetUp,
    LinkOver."""
    chosen, mailbox = form.cleaned_data, form.mailbox()
    with transaction.atomic():
        installed = actions.set_up(
            company=chosen["company"], name=chosen["name"], email=chosen["email"], password=chosen["password"],
            language=chosen["language"], zone=chosen["zone"], preset=chosen["preset"],
            address=chosen["address"] or None,
        )  # fmt: skip
        if mailbox and installed.mail is not None:
            _set_servers(installed.mail, mailbox)
        if secret and links.use(secret, "setup") is None:
            raise LinkOver
        links.withdraw_all("setup")
        security.log(security.Kind.LINK_USED, user=installed.user.pk, request=request, purpose="setup")
    return installed


def _check_mailbox(request: HttpRequest, channel: Channel | None) -> None:
    """Try the way in and the way out before the mailbox is called connected: the check of the channels' page. What was
    typed is kept either way; what is wrong is said on the next page, with the way to correct it."""
    check = KINDS["email"].check
    if channel is None or check is None or not _has_servers(channel):
        return
    trouble = check(channel)
    if trouble:
        messages.error(request, trouble)
    elif tried.proven(channel) == {"in", "out"}:
        messages.success(request, _("The mailbox answers: its servers let Vikno in."))
    elif "in" in tried.proven(channel):
        messages.error(
            request, _("Letters can be read, but nobody has said how answers leave. Name the mail server for sending.")
        )
    else:
        messages.error(request, _("Answers can leave, but no mailbox is read. Name the mail server for reading."))


def _has_servers(channel: Channel) -> bool:
    return any((channel.settings.get(way) or {}).get("host") for way in ("imap", "smtp"))


def _set_servers(channel: Channel, answers: dict[str, Any]) -> None:
    asked = MailboxForm(answers | {"name": channel.name}, channel=channel)
    if not asked.is_valid():
        name, words = next(iter(asked.errors.items()))
        field = name if name in _MAIL or name == "address" else "mail_user" if name.endswith("_user") else "imap_host"
        raise actions.WrongAnswer(field, " ".join(map(str, words)))
    asked.apply(channel)


def _page(request: HttpRequest, form: FirstRunForm, servers_said: dict[str, str] | None) -> HttpResponse:
    language = translation.get_language() or "en"
    language = language if language in dict(LANGUAGES) else "en"
    titles = {key: preset.title.said_in(language) for key, preset in PRESETS.items()}
    zone = str(form["zone"].value() or "UTC")
    known = zones() if zone in zones() else (zone, *zones())
    kinds = {"preset": {"choices": list(titles.items())}, "zone": {"choices": [(one, one) for one in known]}}
    fields = {field["name"]: field for field in drawn(form, *form.fields, **kinds)}
    servers = any(form[name].value() or name in form.errors for name in _MAIL if not name.endswith("_security"))
    context = {
        "f": fields, "servers_open": servers, "problem": " ".join(map(str, form.non_field_errors())),
        "failed": bool(form.errors), "servers": servers_said,
    }  # fmt: skip
    return render(request, "welcome/first_run.html", context, status=422 if form.errors else 200)


@require_safe
@desk
def next_steps(request: DeskRequest) -> HttpResponse:
    """Three steps that remain, each with whether it is done."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = Channel.objects.filter(kind="email").order_by("id").first()
    here = reverse("desk:channel", args=[channel.id]) if channel else reverse("desk:mailbox_new")
    test = reverse("desk:channel_test", args=[channel.id]) if channel else reverse("desk:mailbox_new")
    said = [(str(one), one.level == messages.ERROR) for one in messages.get_messages(request)]
    connected = channel is not None and channel_page.proven(channel) == {"in", "out"}
    others = Agent.objects.count() > 1 or Invitation.objects.filter(withdrawn_at=None).exists()
    came = Inbound.objects.exclude(foreign_id="").exists()
    steps = [
        (_("Connect a mailbox"), _("So that letters of customers become tickets, and answers leave."), here, connected),
        (_("Send a test letter"), _("It proves that the way in and the way out work."), test, came),
        (_("Invite a person"), _("They choose their own password by a link."), reverse("desk:staff"), others),
    ]
    return render(request, "welcome/next.html", {"steps": steps, "said": said, "mailbox_url": here,
                                                 "me": request.desk.user,
                                                 "company": request.desk.company.name})  # fmt: skip
