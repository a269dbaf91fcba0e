"""What one is told of by mail, what was told lately, and what the owner decides about it for everybody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.times import full_time, moments, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn, tabs
from vikno.desk.notice_words import kind_words, state_words
from vikno.journal import acts
from vikno.notices import actions, queries
from vikno.notices.kinds import Kind
from vikno.notices.telling import rules
from vikno.staff.rights import Right, may, require
from vikno.tickets import access

LATELY = 30  # notices that the page shows


class RulesForm(forms.Form):
    words = forms.BooleanField(
        label=gettext_lazy("Letters to colleagues carry what the customer wrote"), required=False
    )
    letters_an_hour = forms.IntegerField(
        label=gettext_lazy("Most letters to one colleague within an hour"), min_value=1, max_value=1000
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """One's own choices, and their saving."""
    if request.method == "POST":
        mail = {kind: kind in request.POST.getlist("mail") for kind in Kind.values}
        actions.choose(request.desk.agent, mail, by=acts.agent(request.desk.agent.id))
        messages.success(request, _("Saved."))
        return redirect("desk:notices")
    return _page(request)


@require_POST
@desk
def decide(request: DeskRequest) -> HttpResponse:
    """What the owner decides for everybody."""
    require(request.desk.viewer, Right.SETTINGS)
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    actions.decide(**form.cleaned_data, by=acts.agent(request.desk.agent.id))
    messages.success(request, _("Saved."))
    return redirect("desk:notices")


def _page(request: DeskRequest, form: RulesForm | None = None) -> HttpResponse:
    on, chosen = queries.chosen(request.desk.agent)
    decided, owner = rules(), may(request.desk.viewer, Right.SETTINGS)
    short = short_times(request.desk.zone, translation.get_language() or "en")
    user = request.desk.user
    form = form or RulesForm(initial={"words": decided.words, "letters_an_hour": decided.letters_an_hour})
    helps = {
        "words": {"help": _("Without it they name the number of the request, who wrote, and the way there.")},
        "letters_an_hour": {"help": _("What is beyond comes later, in one letter that names it all.")},
    }
    context = {
        "tabs": tabs(request, "notices"), "kinds": [(kind, *kind_words(kind), on[kind]) for kind in Kind.values],
        "email": user.email, "rows": _lately(request),
        "failed": {"since": short(chosen.failed_at), "words": chosen.failed_words} if chosen.failed_at else None,
        "rules": drawn(form, "words", "letters_an_hour", **helps) if owner else [],
    }  # fmt: skip
    return render(
        request, "desk/notices.html", shell.context(request, "settings") | context, status=422 if form.errors else 200
    )


def _lately(request: DeskRequest) -> list[dict[str, Any]]:
    """The last notices. A request is named only to who may see it now."""
    zone, language = request.desk.zone, translation.get_language() or "en"
    rows = list(queries.lately(request.desk.agent)[:LATELY])
    seen = access.seen_of(request.desk.viewer, {row.notice.ticket_id for row in rows})
    short, moment = short_times(zone, language), moments(zone, language)
    found = []
    for row in rows:
        ticket = row.notice.ticket
        tone, word, more = state_words(row, moment)
        shown = ticket.id in seen
        found.append({
            "word": kind_words(row.notice.kind)[0], "number": ticket.number if shown else None,
            "subject": ticket.subject if shown else _("A request that you may not see"), "tone": tone, "state": word,
            "more": more, "when_iso": row.notice.at.isoformat(timespec="seconds"), "when_text": short(row.notice.at),
            "when_full": full_time(row.notice.at, zone, language),
        })  # fmt: skip
    return found
