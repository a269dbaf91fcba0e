"""The only way to what belongs to a login: its sessions, its tokens, the security log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from vikno.accounts import rules
from vikno.accounts.models import ApiToken, SecurityEvent, User
from vikno.accounts.rights import Right, allowed
from vikno.core import clock, ids

USE_NOTED_EVERY = timedelta(minutes=1)


class NotYours(LookupError):
    """There is no such thing, or it is somebody else's: the two are not told apart."""


def token_for(secret: str) -> ApiToken | None:
    """The token with this secret, with its user; None if it is unknown, revoked, expired, or its login is switched off.

    One query; the moment of its last use is written at most once a minute.
    """
    now = clock.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), digest=ids.digest(secret), revoked_at=None)
        .filter(user__is_active=True)
        .first()
    )
    if token is not None and (token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY):
        noted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(noted, id=token.id).update(last_used_at=now)
        token.last_used_at = now
    return token


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The tokens of a login that can still be used, newest first."""
    now = clock.now()
    return user.tokens.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None).order_by("-id")


def token_of(user: User, token_id: int) -> ApiToken:
    """One token of this login. Raises NotYours."""
    found = user.tokens.filter(id=token_id).first()
    if found is None:
        raise NotYours(f"token {token_id}")
    return found


def sessions_of(user: User) -> list[UserSession]:
    """Where this login is signed in, last seen first."""
    sessions = UserSession.objects.purge_and_list(user)
    return sorted(sessions, key=lambda one: one.last_seen_at, reverse=True)


def session_of(user: User, session_id: int) -> UserSession:
    """One session of this login. Raises NotYours."""
    found = UserSession.objects.filter(user=user, id=session_id).first()
    if found is None:
        raise NotYours(f"session {session_id}")
    return found


def still_in(sessions: Collection[UserSession]) -> set[int]:
    """Which of these (ids), read with their users, still let their user in: not ended, run out, from before another
    password, nor led to a second factor before anything else. One query."""
    keys = [one.session_key for one in sessions]
    if not keys:
        return set()
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    read = rows.values_list("session_key", "session_data")
    told = ((key, SessionStore().decode(data)) for key, data in read)
    seals = {key: data.get(HASH_SESSION_KEY) for key, data in told if not data.get(rules.FACTOR_FIRST)}
    return {
        one.pk for one in sessions
        if one.user.is_active and seals.get(one.session_key) == one.user.get_session_auth_hash()
    }  # fmt: skip


def security_log_for(user: User, before: int | None = None) -> QuerySet[SecurityEvent]:
    """The security log, newest first, for who may read it: others see what concerns themselves. `before` is an id."""
    rows = SecurityEvent.objects.select_related("user", "by").order_by("-id")
    if not allowed(Right.READ_SECURITY_LOG, user.pk):
        rows = rows.filter(user=user)
    return rows.filter(id__lt=before) if before is not None else rows


def proved_addresses(user_id: int | None) -> list[str]:
    """The addresses that this login has proved to read."""
    found = EmailAddress.objects.filter(user=user_id, verified=True)
    return list(found.values_list("email", flat=True))
