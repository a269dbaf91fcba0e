"""What one is told of by mail and on devices, what was told lately, and what the owner decides for everybody."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from babel import Locale
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from vikno.accounts.devices import device
from vikno.core.times import full_time, moments, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.notice_words import kind_words, state_words
from vikno.desk.setting_pages import tabs
from vikno.journal import acts
from vikno.notices import actions, queries
from vikno.notices.kinds import AHEADS, Kind, ahead_within
from vikno.notices.models import Choices, Rules
from vikno.notices.push.devices import alive
from vikno.notices.push.proving import public_key
from vikno.staff.rights import Right, may, require
from vikno.tickets import access
from vikno.tickets.subjects import subject_words

LATELY = 30  # notices that the page shows
RULES = ("words", "letters_an_hour", "push", "ahead_least", "ahead_most")  # what the owner decides in fields

AHEAD_WORDS = (
    (30, gettext_lazy("30 minutes before")), (60, gettext_lazy("1 hour before")), (120, gettext_lazy("2 hours before")),
    (240, gettext_lazy("4 hours before")), (480, gettext_lazy("8 hours before")), (1440, gettext_lazy("1 day before")),
    (2880, gettext_lazy("2 days before")),
)  # fmt: skip


class RulesForm(forms.Form):
    words = forms.BooleanField(
        label=gettext_lazy("Letters to colleagues carry what the customer wrote"), required=False
    )
    letters_an_hour = forms.IntegerField(
        label=gettext_lazy("Most letters to one colleague within an hour"), min_value=1, max_value=1000
    )
    push = forms.BooleanField(label=gettext_lazy("People may have notices shown on their devices"), required=False)
    ahead_least = forms.TypedChoiceField(
        label=gettext_lazy("Before a deadline people are told no later than"), coerce=int, choices=AHEAD_WORDS,
        required=False,
    )  # fmt: skip
    ahead_most = forms.TypedChoiceField(
        label=gettext_lazy("and no earlier than"), coerce=int, choices=AHEAD_WORDS, required=False,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        given["ahead_least"] = given.get("ahead_least") or AHEADS[0]
        given["ahead_most"] = given.get("ahead_most") or AHEADS[-1]
        if given["ahead_least"] > given["ahead_most"]:
            self.add_error("ahead_least", _("This is earlier than the earliest."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """One's own choices, and their saving."""
    if request.method == "POST":
        mail, page, push = (
            {kind: kind in request.POST.getlist(way) for kind in Kind.values} for way in ("mail", "page", "push")
        )
        asked = "devices" in request.POST  # who has none is not asked what goes to them
        by = acts.agent(request.desk.agent.id)
        try:
            with transaction.atomic():
                actions.choose(request.desk.agent, mail, page=page, push=push if asked else None, by=by)
                actions.set_times(request.desk.agent, *_times(request), by=by)
        except ValueError:
            return _page(
                request, problem=_("Write hours as 09:00. The end of a day is 00:00; a whole day is 00:00 to 00:00.")
            )
        messages.success(request, _("Saved."))
        return redirect("desk:notices")
    return _page(request)


def _times(request: DeskRequest) -> tuple[dict[str, tuple[str, str]], int | None, int | None]:
    """The working hours, the hour of the daily letter and the minutes before a deadline that the form says. Raises
    ValueError."""
    form = request.POST
    days = [day for day in map(str, range(7)) if day in form.getlist("works")]
    hours = {day: (form.get(f"from-{day}", "")[:5], form.get(f"until-{day}", "")[:5]) for day in days}
    digest, ahead = form.get("digest", ""), form.get("ahead", "")
    return hours, int(digest) if digest else None, int(ahead) if ahead else None


@require_POST
@desk
def decide(request: DeskRequest) -> HttpResponse:
    """What the owner decides for everybody."""
    require(request.desk.viewer, Right.SETTINGS)
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    off = set(Kind.values) - set(request.POST.getlist("allowed"))
    actions.decide(**form.cleaned_data, off=off, by=acts.agent(request.desk.agent.id))
    messages.success(request, _("Saved."))
    return redirect("desk:notices")


def _page(request: DeskRequest, form: RulesForm | None = None, problem: str = "") -> HttpResponse:
    known, chosen = queries.recipient(request.desk.agent)
    decided, owner = queries.rules(), may(request.desk.viewer, Right.SETTINGS)
    short = short_times(request.desk.zone, translation.get_language() or "en")
    user = request.desk.user
    form = form or RulesForm(initial={name: getattr(decided, name) for name in RULES})
    context = {
        "tabs": tabs(request, "notices"), "problem": problem,
        "kinds": [
            (kind, *kind_words(kind), known.by_mail(kind), known.here(kind), kind in decided.off, known.by_push(kind))
            for kind in Kind.values
        ],
        "push_on": queries.devices_allowed(decided, request.desk.company), "demo": request.desk.company.demo,
        "devices": _devices(request), "push_key": public_key(),
        "days": _days(chosen.hours), "digest": "" if chosen.digest is None else str(chosen.digest),
        "digests": [("", _("No: each by itself")), *((str(hour), f"{hour}:00") for hour in range(24))],
        "zone": request.desk.zone, **_aheads(chosen, decided),
        "email": user.email, "rows": _lately(request),
        "failed": {"since": short(chosen.failed_at), "words": chosen.failed_words} if chosen.failed_at else None,
        "rules": _drawn_rules(form) if owner else [],
    }  # fmt: skip
    status = 422 if form.errors or problem else 200
    return render(request, "desk/notices.html", shell.context(request, "settings") | context, status=status)


def _drawn_rules(form: RulesForm) -> list[dict[str, Any]]:
    """What the owner decides, as fields of a form."""
    helps = {
        "words": {"help": _("Without it they name the number of the request, who wrote, and the way there.")},
        "letters_an_hour": {
            "help": _("What is beyond comes later, in one letter that names it all. The same holds for devices.")
        },
        "push": {
            "help": _("They are carried by the service of the browser's maker, sealed for the device alone. Nothing is "
                      "sent there for who has switched no device on.")
        },
    }  # fmt: skip
    return drawn(form, *RULES, **helps)


def _aheads(chosen: Choices, decided: Rules) -> dict[str, Any]:
    """How long before a deadline, as the form shows it: the choices that the owner allows, and what was chosen."""
    allowed = [(str(at), word) for at, word in AHEAD_WORDS if decided.ahead_least <= at <= decided.ahead_most]
    usual = ahead_within(None, decided.ahead_least, decided.ahead_most)
    now = ahead_within(chosen.ahead, decided.ahead_least, decided.ahead_most)
    everybody = _("As everybody: %(time)s") % {"time": dict(AHEAD_WORDS)[usual]}
    return {"aheads": [("", everybody), *allowed], "ahead": "" if chosen.ahead is None else str(now)}


def _days(hours: dict[str, list[str]]) -> list[tuple[str, str, bool, str, str]]:
    """Days of the week as the form shows them: number, name, whether one works, from, until."""
    names = Locale.parse(translation.get_language() or "en").days["stand-alone"]["wide"]
    return [
        (day, names[int(day)].capitalize(), day in hours, *(hours.get(day) or ("09:00", "18:00")))
        for day in map(str, range(7))
    ]


def _devices(request: DeskRequest) -> list[dict[str, Any]]:
    """One's own devices that are signed in. A browser knows itself by the mark of the address that it gave."""
    zone, language = request.desk.zone, translation.get_language() or "en"
    short, moment = short_times(zone, language), moments(zone, language)
    return [
        {
            "id": one.id, "name": device(one.session.user_agent), "since": short(one.added_at),
            "mark": sha256(one.endpoint.encode()).hexdigest(), "failed": one.failed_words,
            "told": moment(one.told_at) if one.told_at else "",
        }
        for one in alive(request.desk.agent)
    ]  # fmt: skip


def _lately(request: DeskRequest) -> list[dict[str, Any]]:
    """The last notices. A request is named only to who may see it now."""
    zone, language = request.desk.zone, translation.get_language() or "en"
    rows = list(queries.lately(request.desk.agent)[:LATELY])
    seen = access.seen_of(request.desk.viewer, {row.notice.ticket_id for row in rows if row.notice.ticket_id})
    short, moment = short_times(zone, language), moments(zone, language)
    found = []
    for row in rows:
        ticket, task = row.notice.ticket, row.notice.task
        tone, word, more = state_words(row, moment)
        shown = ticket is not None and ticket.id in seen
        subject = subject_words(ticket.subject) if ticket is not None and shown else _("A request that you may not see")
        found.append({
            "word": kind_words(row.notice.kind)[0], "number": ticket.number if ticket is not None and shown else None,
            "subject": task.text if task is not None else subject, "tone": tone, "state": word,
            "more": more, "when_iso": row.notice.at.isoformat(timespec="seconds"), "when_text": short(row.notice.at),
            "when_full": full_time(row.notice.at, zone, language),
        })  # fmt: skip
    return found
