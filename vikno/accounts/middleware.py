"""When a session was last seen, written seldom: a page view must not cost a write. And who must add a second factor
does that before anything else."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from vikno.accounts import rules
from vikno.core import clock

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest], HttpResponseBase]
EVERY = 600.0  # seconds
# Where one adds a factor, proves again who one is, asks for a new password to prove it with, or leaves; and what pages
# are drawn with.
FREE = (
    "/account/two-factor/", "/account/reauthenticate/", "/account/password/reset/", "/account/logout/",
    "/static/", "/look/", "/icons/",
)  # fmt: skip
MOST = 10_000  # sessions remembered; more, and all are forgotten, which costs one write each


def session_seen(get_response: Answer) -> Answer:
    """Middleware: note that a session is in use, at most once in ten minutes for each process."""
    noted: dict[str, float] = {}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        # Looking at the user would load it; whoever was not asked for is not signed in on this page.
        key = request.session.session_key
        by_itself = "Vikno-By-Itself" in request.headers  # an open page that asks is nobody at work
        if key and not by_itself and request.session.accessed and "_auth_user_id" in request.session:
            now = time.monotonic()
            if now - noted.get(key, -EVERY) >= EVERY:
                if len(noted) >= MOST:
                    noted.clear()
                noted[key] = now
                try:
                    _note(key, request.session.get(rules.BEGUN))
                except DatabaseError:  # the page is ready; that it was seen may be lost
                    log.warning("that a session is in use could not be noted", exc_info=True)
        return response

    return middleware


def _note(key: str, begun: float | None) -> None:
    """The session is in use: it ends so much later. One from before there were rules began when it was listed, as
    actions.set_rules has it too."""
    now = clock.now()
    mine = UserSession.objects.filter(session_key=key)
    mine.update(last_seen_at=now)
    if begun is None:
        listed = mine.values_list("created_at", flat=True).first()
        begun = listed.timestamp() if listed else None
    if begun is not None:
        Session.objects.filter(session_key=key).update(expire_date=rules.until(begun, now, rules.rules()))


def _wanted(request: HttpRequest) -> bool:
    """Whether somebody asks for this page itself and wants to come back to it: no script, no picture or frame in a
    page, and none of the pages around signing in."""
    mode, place = request.headers.get("Sec-Fetch-Mode", "navigate"), request.headers.get("Sec-Fetch-Dest", "document")
    return (mode, place) == ("navigate", "document") and not request.path.startswith("/account/")


def second_factor_first(get_response: Answer) -> Answer:
    """Middleware: who signed in without a second factor that is demanded of them is led to where one is added. Programs
    with a token have no session, and nothing changes for them."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        free = settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path.startswith(FREE)
        if free or not request.session.get(rules.FACTOR_FIRST):
            return get_response(request)
        if not request.user.is_authenticated or not rules.lacks_factor(request.user.pk):
            for name in (rules.FACTOR_FIRST, rules.WAY_ON):
                request.session.pop(name, None)
            return get_response(request)
        if "HX-Request" in request.headers:
            return HttpResponse(_("Set up a second factor to go on; what you wrote is kept."), status=401)
        if request.method not in ("GET", "HEAD"):
            return render(request, "accounts/factor_first.html", status=403)
        if _wanted(request):
            request.session.setdefault(rules.WAY_ON, request.get_full_path())
        return redirect("mfa_index")

    return middleware
