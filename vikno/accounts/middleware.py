"""When a session was last seen, written seldom: a page view must not cost a write."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from allauth.usersessions.models import UserSession
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase

from vikno.core import clock

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest], HttpResponseBase]
EVERY = 600.0  # seconds
MOST = 10_000  # sessions remembered; more, and all are forgotten, which costs one write each


def session_seen(get_response: Answer) -> Answer:
    """Middleware: note that a session is in use, at most once in ten minutes for each process."""
    noted: dict[str, float] = {}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        # Looking at the user would load it; whoever was not asked for is not signed in on this page.
        key = request.session.session_key
        if key and request.session.accessed and "_auth_user_id" in request.session:
            now = time.monotonic()
            if now - noted.get(key, -EVERY) >= EVERY:
                if len(noted) >= MOST:
                    noted.clear()
                noted[key] = now
                try:
                    UserSession.objects.filter(session_key=key).update(last_seen_at=clock.now())
                except DatabaseError:  # the page is ready; that it was seen may be lost
                    log.warning("that a session is in use could not be noted", exc_info=True)
        return response

    return middleware
