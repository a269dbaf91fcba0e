"""Whom a mail channel believes: the page on which an owner says so."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from vikno.channels.email.believing import BelievingForm, believe, initial
from vikno.channels.email.identify import known_checker
from vikno.channels.email.letter.auth import SHOWN
from vikno.channels.email.own import KIND as EMAIL
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.staff.rights import Right, require


@require_http_methods(["GET", "POST"])
@desk
def edit(request: DeskRequest, channel_id: int) -> HttpResponse:
    """Servers, forms and colleagues' letters of one mail channel."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind=EMAIL)
    form = BelievingForm(request.POST or None, initial=initial(channel))
    if request.method == "POST" and form.is_valid():
        believe(channel, form, by=acts.agent(request.desk.agent.id))
        messages.success(request, _("Saved."))
        return redirect("desk:channel", channel.id)
    context = {
        "title": _("%(name)s: whom to believe") % {"name": channel.name},
        "lead": _("Anybody can write any sender on a letter. Here you say whose word counts. One entry on each line."),
        "fields": _fields(form, known_checker(channel)), "save_word": _("Save"),
        "back_url": reverse("desk:channel", args=[channel.id]), "tabs": (), "danger": (), "test_url": "",
        "problem": _("Nothing was saved. See below.") if form.errors else "",
    }  # fmt: skip
    page = shell.context(request, "channels") | context
    return render(request, "desk/form_page.html", page, status=422 if form.errors else 200)


def _fields(form: BelievingForm, known: str) -> list[dict[str, object]]:
    """`known` is whose word counts without being named, "" for nobody's."""
    return drawn(
        form, "trusted_servers", "form_senders", "agent_letters",
        trusted_servers={"help": _servers_help(known)},
        form_senders={"help": _(
            "Letters from these come from the visitor whom they name in Reply-To, or in their text behind “E-mail:”. "
            "Write @firm.com for all addresses of a domain. Common forms are recognised without it."
        )},
        agent_letters={"help": _(
            "Only if the colleague's domain confirms the letter, and only by the address of their own notice."
        )},
    )  # fmt: skip


def _servers_help(known: str) -> str:
    if known:
        return _(
            "Of letters that are read from this mailbox the word of %(server)s counts, without being named here. If "
            "another server checks them before, write the name that it writes first into “Authentication-Results”. "
            "Name only servers that remove what others wrote there."
        ) % {"server": SHOWN.get(known, known)}
    return _(
        "The name your mail server writes first into “Authentication-Results”, such as mx.firm.com. Name only "
        "servers that remove what others wrote there. Without a name, no letter that is read from a mailbox is proved "
        "to come from its sender, and matters of an account wait."
    )
