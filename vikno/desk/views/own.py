"""What one decides for oneself: name, language, looks, signature; where one is signed in."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.accounts import access as accounts
from vikno.accounts.actions import end_session, set_profile
from vikno.accounts.adapter import remember_language
from vikno.accounts.devices import device
from vikno.accounts.rights import Right, allowed
from vikno.core.models import LANGUAGES
from vikno.core.times import RENAMED, zone_named
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, way_back
from vikno.desk.fields import problems
from vikno.desk.setting_pages import tabs
from vikno.journal import acts
from vikno.people.actions import rename
from vikno.staff.actions import set_own
from vikno.tickets import directory

MOST_SIGNATURE = 2000  # characters


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The time zones that people choose from: places, and UTC."""
    odd = re.compile(r"Etc/|SystemV/|US/|.*GMT")
    named = (zone for zone in available_timezones() if "/" in zone and not odd.match(zone))
    return ("UTC", *sorted(zone for zone in named if zone not in RENAMED))


class OwnForm(forms.Form):
    name = forms.CharField(
        max_length=200, error_messages={"required": gettext_lazy("Customers see your name: write one.")}
    )
    language = forms.ChoiceField(required=False, choices=[("", ""), *LANGUAGES])
    zone = forms.CharField(required=False, max_length=64)
    theme = forms.ChoiceField(choices=[(one, one) for one in ("system", "light", "dark")])
    density = forms.ChoiceField(choices=[(one, one) for one in ("cosy", "compact")])
    keys = forms.ChoiceField(choices=[(one, one) for one in ("on", "off")])
    signature_uk = forms.CharField(required=False, max_length=MOST_SIGNATURE)
    signature_ru = forms.CharField(required=False, max_length=MOST_SIGNATURE)
    signature_en = forms.CharField(required=False, max_length=MOST_SIGNATURE)

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone and zone not in available_timezones():
            raise forms.ValidationError(_("There is no time zone of this name."))
        return zone_named(zone)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """One's own settings, and their saving."""
    if request.method != "POST":
        return _page(request, _values(request), {})
    form = OwnForm(request.POST)
    if not form.is_valid():
        return _page(request, {name: request.POST.get(name, "") for name in OwnForm.base_fields}, problems(form))
    _save(request, form.cleaned_data)
    directory.forget()
    response: HttpResponse = redirect(f"{reverse('desk:settings')}?saved")
    remember_language(response, form.cleaned_data["language"])
    return response


def _save(request: DeskRequest, chosen: dict[str, Any]) -> None:
    act = acts.agent(request.desk.agent.id)
    with transaction.atomic():
        rename(request.desk.agent.person, chosen["name"], by=act)
        texts = {code: chosen[f"signature_{code}"] for code, _word in LANGUAGES}
        set_own(request.desk.agent, zone=chosen["zone"], signature=texts, by=act)
        set_profile(
            request.desk.user, language=chosen["language"], theme=chosen["theme"], density=chosen["density"],
            single_keys=chosen["keys"] == "on",
        )  # fmt: skip


def _values(request: DeskRequest) -> dict[str, str]:
    user, agent = request.desk.user, request.desk.agent
    return {
        "name": agent.person.name, "language": user.language, "theme": user.theme, "density": user.density,
        "keys": "on" if user.single_keys else "off", "zone": agent.zone,
    } | {f"signature_{code}": str(agent.signature.get(code, "")) for code, _word in LANGUAGES}  # fmt: skip


def _page(request: DeskRequest, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    company = request.desk.company
    first = sorted(LANGUAGES, key=lambda one: one[0] != company.language)
    context = {
        "tabs": tabs(request, "settings"), "form": {"values": values, "errors": errors},
        "languages": [("", _("As the browser says")), *LANGUAGES],
        "zones": [("", _("As the company: %(zone)s") % {"zone": company.zone}), *((zone, zone) for zone in zones())],
        "signatures": [(f"signature_{code}", word) for code, word in first],
        "sessions": _sessions(request), "saved": "saved" in request.GET, "links": _links(request),
    }  # fmt: skip
    return render(
        request, "desk/settings.html", shell.context(request, "settings") | context, status=422 if errors else 200
    )


def _links(request: DeskRequest) -> list[tuple[str, str, str]]:
    """Pages around one's own login: address, icon, word."""
    found = [(reverse("account_change_password"), "lock", _("Change the password")),
             (reverse("mfa_index"), "shield-check", _("Second factors and passkeys"))]  # fmt: skip
    if allowed(Right.MAKE_TOKENS, request.desk.user.pk):
        found.append((reverse("tokens"), "plug", _("API tokens")))
    return found


def _sessions(request: DeskRequest) -> list[tuple[str, str, datetime, bool, str]]:
    return [
        (
            device(one.user_agent), one.ip, one.last_seen_at, one.session_key == request.session.session_key,
            reverse("desk:session_end", args=[one.pk]),
        )
        for one in accounts.sessions_of(request.desk.user)
    ]  # fmt: skip


@require_POST
@desk
def theme(request: DeskRequest) -> HttpResponse:
    """Light, dark, or as the system is."""
    chosen = request.POST.get("theme", "")
    if chosen in ("system", "light", "dark"):
        set_profile(request.desk.user, theme=chosen)
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(way_back(request, "desk:settings"))


@require_POST
@desk
def session_end(request: DeskRequest, session_id: int) -> HttpResponse:
    """Sign out somewhere else."""
    try:
        end_session(accounts.session_of(request.desk.user, session_id), by=request.desk.user.pk)
    except accounts.NotYours:
        pass  # it is over already, which is what was wanted
    messages.success(request, _("Signed out there."))
    return redirect("desk:settings")


@require_safe
@desk
def design(request: DeskRequest) -> HttpResponse:
    """Every component in every state, with made-up data: for any agent who builds or judges the desk."""
    return render(request, "desk/design.html", shell.context(request, "design"))
