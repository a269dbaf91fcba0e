"""Notices on devices: each is switched on in its own browser, and taken away from any."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.desk.face import DeskRequest, desk
from vikno.journal import acts
from vikno.notices import actions, queries
from vikno.notices.push.subscriptions import understood

# The service worker shows what comes and opens it; it asks nobody for anything.
POLICY = "default-src 'none'"
_WORKER = Path(__file__).parents[1] / "static" / "desk" / "js" / "worker.js"


@cache
def _script() -> str:
    return _WORKER.read_text(encoding="utf-8")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It lies at the root, because a worker reaches what lies below it alone; browsers ask for it
    anew by themselves, also when nobody is signed in."""
    answer = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    answer["Content-Security-Policy"] = POLICY
    answer["Cache-Control"] = "no-cache"
    return answer


@require_POST
@desk
def add(request: DeskRequest) -> HttpResponse:
    """The browser that asks has let us send to it."""
    session = UserSession.objects.filter(session_key=request.session.session_key, user=request.desk.user).first()
    if not queries.devices_allowed(queries.rules(), request.desk.company) or session is None:
        return HttpResponse(_("This is not allowed here."), status=403)
    try:
        told = understood(*(request.POST.get(name, "") for name in ("endpoint", "key", "secret")))
    except ValueError:
        return HttpResponse(_("What the browser gave is no subscription."), status=422)
    actions.add_device(request.desk.agent, session, told, by=acts.agent(request.desk.agent.id))
    messages.success(request, _("Notices are shown on this device from now on."))
    return HttpResponse(status=204)


@require_POST
@desk
def take(request: DeskRequest, device_id: int) -> HttpResponse:
    """One of one's own devices shows none any more."""
    actions.take_device(request.desk.agent, device_id, by=acts.agent(request.desk.agent.id))
    messages.success(request, _("No more notices on that device."))
    return redirect("desk:notices")
