"""Who may listen, and to what. Sight itself is decided by vikno.tickets.access; here it is only asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare

from vikno.accounts.models import User
from vikno.accounts.rules import FACTOR_FIRST
from vikno.core import clock, rows
from vikno.staff.access import NotAllowed, Viewer, viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets.access import where

MOST_TOPICS = 200
_TOPIC = re.compile(r"ticket:[1-9]\d{0,17}|list:[a-z0-9_:-]{1,40}|counts")


@dataclass(frozen=True, slots=True)
class Opened:
    """Whom a session lets in. `seal` changes with the password, or when all sessions are ended: so do its streams."""

    user_id: int
    session_key: str
    seal: str


def opened_by(cookies: str) -> Opened | None:
    """Whom the session cookie in a Cookie header stands for. Reads the table, never a cache: a session that another
    process has ended must be found ended."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    now = connection.ops.adapt_datetimefield_value(clock.now())
    found = rows.find(Session, "session_key = %s AND expire_date > %s", key, now) if key else []
    if not found:
        return None
    data = SessionStore().decode(found[0].session_data)
    if (
        data.get(FACTOR_FIRST)
        or data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS
        or not str(data.get(SESSION_KEY)).isdigit()
    ):
        return None
    for user in rows.find(User, "id = %s AND is_active", int(data[SESSION_KEY])):
        seal = user.get_session_auth_hash()
        if constant_time_compare(data.get(HASH_SESSION_KEY, ""), seal):
            return Opened(user.pk, key, seal)
    return None


def still_open(opened: Iterable[Opened]) -> set[Opened]:
    """Which of these sessions still let their users in: two queries for each five hundred."""
    asked, good = list(set(opened)), set()
    for start in range(0, len(asked), 500):
        part = asked[start : start + 500]
        sessions = Session.objects.filter(
            session_key__in={one.session_key for one in part}, expire_date__gt=clock.now()
        )
        keys = set(sessions.values_list("session_key", flat=True))
        users = User.objects.filter(pk__in={one.user_id for one in part}, is_active=True)
        seals = {user.pk: user.get_session_auth_hash() for user in users}
        good |= {one for one in part if one.session_key in keys and seals.get(one.user_id) == one.seal}
    return good


def viewer_of(user_id: int) -> Viewer | None:
    """The desk's viewer behind a login; None for who is no active agent."""
    wanted = "people_person.user_id = %s AND staff_agent.active ORDER BY staff_agent.id"
    agents = rows.find_with(Agent, ["person"], wanted, user_id)
    try:
        return viewer_for_agent(agents[0]) if agents else None
    except NotAllowed:
        return None


def granted(viewer: Viewer, topics: Iterable[str]) -> set[str]:
    """Of the topics asked for, those this viewer may hear: `ticket:<number>` of tickets they see, and `list:<key>`
    and `counts` (which tell each viewer only of what that viewer sees)."""
    asked = [topic for topic in dict.fromkeys(topics) if _TOPIC.fullmatch(topic)][:MOST_TOPICS]
    numbers = [int(topic[7:]) for topic in asked if topic.startswith("ticket:")]
    seen = set()
    if numbers:
        sight, values = where(viewer)
        sql = f"SELECT number FROM tickets_ticket WHERE number IN ({rows.places(numbers)}) AND ({sight})"
        seen = {number for (number,) in rows.run(sql, *numbers, *values)}
    return {topic for topic in asked if not topic.startswith("ticket:") or int(topic[7:]) in seen}
