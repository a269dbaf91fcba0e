"""Whose letters are held: addresses and domains, and the way out of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.text import whole_number
from vikno.core.times import full_time, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.views.held import tabs
from vikno.intake.actions import NotPossible, block_domain
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.people import values
from vikno.people.actions import block_identity, identify, unblock_domain, unblock_identity
from vikno.people.actions.persons import Refused
from vikno.people.models import BlockedDomain, Identity
from vikno.staff.rights import Right, require

MOST = 500  # of each that the page shows


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Blocked domains and addresses, last blocked first."""
    require(request.desk.viewer, Right.LEDGER)
    domains = BlockedDomain.objects.filter(blocked_at__isnull=False).order_by("-blocked_at")[:MOST]
    addresses = Identity.objects.filter(blocked_at__isnull=False, erased_at=None).order_by("-blocked_at")[:MOST]
    rows = [_row(request, f"domain:{one.id}", f"@{one.domain}", one.blocked_at) for one in domains]
    rows += [_row(request, f"address:{one.id}", one.shown, one.blocked_at) for one in addresses]
    context = {"tabs": tabs(request, "blocked"), "rows": rows}
    return render(request, "desk/blocked.html", shell.context(request, "held") | context)


def _row(request: DeskRequest, key: str, shown: str, at: Any) -> dict[str, Any]:
    zone, language = request.desk.zone, translation.get_language() or "en"
    return {
        "key": key, "shown": shown, "when_iso": at.isoformat(timespec="seconds"),
        "when_text": short_times(zone, language)(at), "when_full": full_time(at, zone, language),
    }  # fmt: skip


@require_POST
@desk
def act(request: DeskRequest) -> HttpResponse:
    """Block what was typed, or unblock the one whose button was pressed."""
    require(request.desk.viewer, Right.LEDGER)
    by = acts.agent(request.desk.agent.id)
    try:
        words = _unblock(request.POST["unblock"], by) if "unblock" in request.POST else _block(request, by)
    except (Refused, NotPossible, values.WrongValue) as refused:
        messages.error(request, str(refused))
    else:
        messages.add_message(request, messages.SUCCESS, words, extra_tags=reverse("desk:undo", args=[by.id]))
    return redirect("desk:blocked")


def _block(request: DeskRequest, by: Act) -> str:
    who = request.POST.get("who", "").strip()
    local, _at, domain = who.rpartition("@")
    if local:
        block_identity(identify(Identity.Kind.EMAIL, who, by=by), by=by)
        return _("What %(address)s writes is held from now on.") % {"address": who}
    row = block_domain(domain, by=by)
    return _("Letters from %(domain)s are held from now on.") % {"domain": row.domain}


def _unblock(key: str, by: Act) -> str:
    kind, _colon, number = key.partition(":")
    pk = whole_number(number) or 0
    if kind == "domain" and (row := BlockedDomain.objects.filter(id=pk).first()):
        unblock_domain(row, by=by)
        return _("Letters from %(domain)s come in again.") % {"domain": row.domain}
    identity = Identity.objects.filter(id=pk).first() if kind == "address" else None
    if identity is None:
        raise NotPossible(_("What was chosen is no longer there. Choose again."))
    unblock_identity(identity, by=by)
    return _("What %(address)s writes comes in again.") % {"address": identity.shown}
