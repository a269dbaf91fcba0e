"""Ways in and out: their health, their settings, and a letter that proves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.channels.email import mailbox_health, proof, tried
from vikno.channels.email.actions import add_mailbox, change_mailbox
from vikno.channels.email.forms import MailboxForm
from vikno.channels.email.own import KIND as EMAIL
from vikno.channels.email.servers import PASSWORD, signs_in_by
from vikno.core import clock
from vikno.core.models import Brand
from vikno.core.times import short_times
from vikno.desk import channel_page, mailbox_page, server_answers, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.server_answers import Filled
from vikno.desk.views.ledger import fate_words
from vikno.dialogs import deliveries, switching
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.staff.models import Team
from vikno.staff.rights import Right, may, require
from vikno.tickets import directory
from vikno.tickets.access import contributing

USERS = ("imap_user", "smtp_user")
PATIENCE = 60  # seconds after which a test letter that is not there wants an explanation
FORGOTTEN = 24 * 3600  # seconds after which the page forgets a test letter


class MailboxPage(MailboxForm):
    """The mailbox with the team that gets its letters."""

    team = forms.TypedChoiceField(label=gettext_lazy("Team that gets its letters"), coerce=int)

    def __init__(self, *args: Any, typed: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """`typed`: what a person has typed so far, to be shown and not to be judged yet."""
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(archived_at=None).order_by("-default", "sort_key", "id")
        self.fields["team"].choices = list(teams.values_list("id", "name"))  # type: ignore[attr-defined]
        if self.channel is None:
            self.initial.setdefault("name", _("Mail"))
        else:
            self.initial["team"] = self.channel.team_id
        self.initial.update(typed or {})


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All channels. Every agent may look; owners set."""
    return _page(request)


def _page(request: DeskRequest, notice: tuple[str, str, str] | None = None) -> HttpResponse:
    context = {
        "channels": channel_page.channels(request), "may_add": may(request.desk.viewer, Right.SETTINGS),
        "new_url": reverse("desk:mailbox_new"), "notice": notice,
    }  # fmt: skip
    return render(request, "desk/channels.html", shell.context(request, "channels") | context)


# ---- settings of a mailbox ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def add(request: DeskRequest) -> HttpResponse:
    """Connect a mailbox."""
    require(request.desk.viewer, Right.SETTINGS)
    filled = server_answers.fill_in(request, USERS, "imap_password")
    if server_answers.wants_fields(request):
        return server_answers.as_fields(filled)
    form = _mailbox(request, filled)
    if not form.is_bound or not form.is_valid():
        return _form(request, form, _("Connect a mailbox"), "", filled)
    brand = Brand.objects.order_by("id")[0]
    team = Team.objects.get(id=form.cleaned_data["team"])
    channel = add_mailbox(form, brand=brand, team=team, by=acts.agent(request.desk.agent.id))
    directory.forget()
    if signs_in_by(channel) != PASSWORD:
        return redirect("desk:mailbox_grant", channel.id)
    return _saved(request, channel, "desk:channel_test")


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, channel_id: int) -> HttpResponse:
    """Change what was set for a mailbox. An empty password keeps the one there is."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind=EMAIL)
    filled = server_answers.fill_in(request, USERS, "imap_password")
    if server_answers.wants_fields(request):
        return server_answers.as_fields(filled)
    form = _mailbox(request, filled, channel)
    if not form.is_bound or not form.is_valid():
        return _form(request, form, channel.name, reverse("desk:channel_test", args=[channel.id]), filled)
    team = Team.objects.get(id=form.cleaned_data["team"])
    change_mailbox(form, channel, team=team, by=acts.agent(request.desk.agent.id))
    directory.forget()
    channel.refresh_from_db()
    return _saved(request, channel, "desk:channels")


def _saved(request: DeskRequest, channel: Channel, onwards: str) -> HttpResponse:
    """What was saved is tried at once: on to the next page if it works, else back to the form, which shows what is
    wrong at the field."""
    check = KINDS[EMAIL].check
    if check is not None and check(channel):
        messages.error(request, _("Saved, but it does not work yet. What is wrong stands at the mail server below."))
        return redirect("desk:channel", channel.id)
    deliveries.resume(channel.id)
    if tried.proven(channel) == {"in", "out"}:
        messages.success(
            request, _("Saved. Both mail servers let Vikno in, and it begins to read the mailbox within seconds.")
        )
    elif "in" in tried.proven(channel):
        messages.success(request, _("Saved. The mailbox lets Vikno in, and it begins to read it within seconds."))
    else:
        messages.success(request, _("Saved."))
    return redirect(onwards, *([channel.id] if onwards == "desk:channel_test" else []))


def _mailbox(request: DeskRequest, filled: Filled, channel: Channel | None = None) -> MailboxPage:
    """The form as it was sent; unbound where it is only to be shown, with what is known by now."""
    if request.method == "POST" and not filled.show:
        return MailboxPage(filled.data, channel=channel)
    return MailboxPage(channel=channel, typed=filled.data.dict())


def _form(request: DeskRequest, form: MailboxPage, title: str, test_url: str, filled: Filled) -> HttpResponse:
    problem = _("Some answers cannot be used yet. They are marked below; nothing was saved.") if form.errors else ""
    fields = mailbox_page.fields(form, filled.said)
    if form.channel is not None and not form.is_bound and not filled.show:
        found = channel_page.field_troubles(form.channel)
        fields = [field | {"error": found[field["name"]]} if field.get("name") in found else field for field in fields]
    context = {
        "title": title, "lead": _("Nothing is deleted from the mailbox unless you say so here."),
        "fields": fields,
        "save_word": _("Save"), "back_url": reverse("desk:channels"), "tabs": (), "danger": (), "test_url": test_url,
        "problem": problem, "links": _links(form.channel),
    }  # fmt: skip
    return render(
        request, "desk/form_page.html", shell.context(request, "channels") | context, status=422 if form.errors else 200
    )


def _links(channel: Channel | None) -> list[tuple[str, str, str]]:
    """Further pages of a mailbox."""
    if channel is None:
        return []
    found = []
    if (channel.settings.get("imap") or {}).get("host"):
        found.append((reverse("desk:mailbox_letters", args=[channel.id]), "inbox", _("Letters on the server")))
    found.append((reverse("desk:mailbox_signing", args=[channel.id]), "shield-check", _("Signing and DNS")))
    found.append((reverse("desk:mailbox_files", args=[channel.id]), "paperclip", _("Files that can be fetched")))
    automatic, believing = (reverse(f"desk:{name}", args=[channel.id]) for name in ("channel_automatic", "believing"))
    found.append((automatic, "reply", _("Acknowledgements and floods")))
    found.append((believing, "shield-alert", _("Whom to believe")))
    if signs_in_by(channel) != PASSWORD:
        found.append((reverse("desk:mailbox_grant", args=[channel.id]), "lock", _("Connect the account")))
    return found


@require_POST
@desk
def act(request: DeskRequest, channel_id: int, verb: str) -> HttpResponse:
    """Check now, pause, resume."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id)
    if verb == "check":
        return _check(request, channel)
    verbs: dict[str, tuple[Callable[..., None], str]] = {
        "pause": (switching.pause, _("Paused. Nothing is lost: what comes stays at the other side.")),
        "resume": (switching.resume, _("It works again.")),
    }
    if verb not in verbs:
        raise Http404(verb)
    run, words = verbs[verb]
    run(channel, by=acts.agent(request.desk.agent.id))
    directory.forget()
    undo = reverse("desk:channel_act", args=[channel.id, "resume"]) if verb == "pause" else ""
    messages.success(request, words, extra_tags=undo)
    if request.htmx:  # the toast's button: the page shows the new state
        return HttpResponse(headers={"HX-Redirect": reverse("desk:channels")})
    return redirect("desk:channels")


def _check(request: DeskRequest, channel: Channel) -> HttpResponse:
    kind = KINDS.get(channel.kind)
    if kind is None or kind.check is None:
        raise Http404(channel.kind)
    trouble = kind.check(channel)
    if trouble:
        return _page(request, (f"{channel.name}: {trouble}", "danger", "circle-alert"))
    deliveries.resume(channel.id)
    directory.forget()
    channel.refresh_from_db()
    short = short_times(request.desk.zone, translation.get_language() or "en")
    ways = (channel_page.way_in(channel, short), channel_page.way_out(channel, short, request.desk.company.demo))
    missing = " ".join(way["detail"] for way in ways if way["state"] == "warn")
    if missing:
        return _page(request, (f"{channel.name}: {missing}", "warn", "triangle-alert"))
    words = _("“%(name)s”: the servers that are set answer and let Vikno in.") % {"name": channel.name}
    return _page(request, (words, "ok", "circle-check"))


# ---- the test letter ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def test(request: DeskRequest, channel_id: int) -> HttpResponse:
    """Send a letter from the channel to itself, and watch it come in."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel.objects.select_related("brand"), id=channel_id, kind=EMAIL)
    problem = ""
    if request.method == "POST":
        try:
            sent = proof.send(channel)
        except proof.NotSent as reason:
            problem = str(reason)
            request.session.pop("test_letter", None)
        else:
            request.session["test_letter"] = {
                "channel": channel.id, "mark": sent.mark, "server": sent.server, "inside": sent.inside,
                "at": clock.now().isoformat(),
            }  # fmt: skip
            return redirect("desk:channel_test", channel.id)
    address = channel.addresses.order_by("-default", "id").values_list("address", flat=True).first() or ""
    context = {
        "channel": channel.name, "address": address, "problem": problem, "sent": _sent(request, channel),
        "here": reverse("desk:channel_test", args=[channel.id]), "back_url": reverse("desk:channels"),
        "edit_url": reverse("desk:channel", args=[channel.id]),
    }  # fmt: skip
    return render(request, "desk/channel_test.html", shell.context(request, "channels") | context)


def _sent(request: DeskRequest, channel: Channel) -> dict[str, Any] | None:
    """What became of the last test letter of this session: None without one."""
    known = request.session.get("test_letter")
    if not known or known["channel"] != channel.id:
        return None
    left, now = datetime.fromisoformat(known["at"]), clock.now()
    if (now - left).total_seconds() > FORGOTTEN:
        return None
    short = short_times(request.desk.zone, translation.get_language() or "en", now)
    entry = Inbound.objects.select_related("ticket").filter(foreign_id=known["mark"]).order_by("id").first()
    shown = {"server": known["server"], "inside": known["inside"],
             "mailbox": bool(channel.settings.get("imap")), "left_text": short(left), "arrived": None,
             "late": "" if (now - left).total_seconds() < PATIENCE else _why_late(channel)}  # fmt: skip
    if entry is not None:
        ledger = reverse("desk:ledger")
        seen = entry.ticket is not None and bool(contributing(request.desk.viewer, [entry.ticket.id]))
        shown["arrived"] = {
            "text": short(entry.received_at), "seconds": max(0, round((entry.received_at - left).total_seconds())),
            "fate": fate_words()[entry.fate], "number": entry.ticket.number if entry.ticket and seen else None,
            "url": reverse("desk:ticket", args=[entry.ticket.number]) if entry.ticket and seen else ledger,
        }  # fmt: skip
    return shown


def _why_late(channel: Channel) -> str:
    """What may be missing when a test letter left and does not come in."""
    if (channel.settings.get("imap") or {}).get("host"):
        return _("It left, but the mailbox has not brought it yet. The mailbox says: %(line)s") % {
            "line": mailbox_health.line(channel)
        }
    return _(
        "It left, but no mailbox is set to be read, so the mail server of your domain has to hand it to Vikno by SMTP. "
        "Enter the mailbox, or set up that forwarding."
    )
