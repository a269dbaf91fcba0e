"""The verbs of signing in: logins, their addresses, sessions and tokens. Each writes the security log itself.

`by` is the id of the user who does it, None for Vikno itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from vikno.accounts import ending, security
from vikno.accounts.models import ApiToken, User
from vikno.accounts.security import Kind
from vikno.core import clock, ids
from vikno.core.text import one_line

TOKEN_PREFIX = "vikno_"


class AddressTaken(Exception):
    """There is a login with this address already. The text says so, for people."""


@transaction.atomic
def create_login(email: str, password: str | None = None, *, language: str = "", by: int | None = None) -> User:
    """A login whose address counts as proved, so that a second factor can be added at once. Without a password one
    comes in by links and passkeys alone. Raises AddressTaken."""
    email = email.strip().lower()
    taken = AddressTaken(_("There is a login with this address already."))
    if EmailAddress.objects.filter(email__iexact=email, verified=True).exists():
        raise taken
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, language=language)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    except IntegrityError:
        raise taken from None
    security.log(Kind.LOGIN_MADE, user=user.pk, by=by)
    return user


@transaction.atomic
def follow_addresses(user_id: int, proved: Iterable[str]) -> None:
    """Let the login be reached by these proved addresses too. One that opens another login already is left out."""
    for email in proved:
        if EmailAddress.objects.filter(email__iexact=email, verified=True).exists():
            continue
        EmailAddress.objects.update_or_create(
            user_id=user_id, email=email.lower(), defaults={"verified": True, "primary": False}
        )


@transaction.atomic
def switch_off(user: User, *, by: int | None = None) -> None:
    """Nobody signs in by this login any more: sessions, streams and whatever rooms registered end at once, tokens are
    refused as long as it is off."""
    row = User.objects.select_for_update().get(pk=user.pk)
    if not row.is_active:
        return
    row.is_active = user.is_active = False
    row.save(update_fields=["is_active"])
    _forget_sessions(row)
    security.log(Kind.LOGIN_OFF, user=row.pk, by=by)
    ending.run_all(row.pk)


@transaction.atomic
def switch_on(user: User, *, by: int | None = None) -> None:
    """Undo switching off. Tokens work again; sessions do not come back."""
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        user.is_active = True
        security.log(Kind.LOGIN_ON, user=user.pk, by=by)


@transaction.atomic
def end_session(session: UserSession, *, by: int | None = None) -> None:
    """End one session: its browser is signed out with its next request."""
    Session.objects.filter(session_key=session.session_key).delete()
    UserSession.objects.filter(id=session.pk).delete()
    security.log(Kind.SESSION_ENDED, user=session.user_id, by=by)


@transaction.atomic
def end_sessions(user: User, *, keep: str | None = None, by: int | None = None) -> None:
    """End all sessions of a login, in all processes. `keep` is the key of one that stays; its holder must be given
    the new hash (django.contrib.auth.update_session_auth_hash)."""
    _forget_sessions(user, keep)
    security.log(Kind.SESSIONS_ENDED, user=user.pk, by=by)


def _forget_sessions(user: User, keep: str | None = None) -> None:
    mine = UserSession.objects.filter(user_id=user.pk).exclude(session_key=keep or "")
    Session.objects.filter(session_key__in=list(mine.values_list("session_key", flat=True))).delete()
    mine.delete()
    # Whatever session we do not know of carries the hash of the moment before.
    user.sessions_valid_after = clock.now()
    user.save(update_fields=["sessions_valid_after"])


@transaction.atomic
def create_token(
    user: User,
    name: str,
    *,
    scope: str = ApiToken.Scope.WRITE,
    teams: Iterable[int] = (),
    lifetime: timedelta | None = None,
    by: int | None = None,
) -> tuple[ApiToken, str]:
    """A token for the API and its secret, which is shown only now. `teams` narrows it to some teams (ids)."""
    secret = TOKEN_PREFIX + ids.token()
    until: datetime | None = clock.now() + lifetime if lifetime else None
    token = ApiToken.objects.create(
        user=user,
        name=one_line(name, 100) or "API",
        digest=ids.digest(secret),
        scope=ApiToken.Scope(scope),
        teams=sorted(set(teams)),
        expires_at=until,
    )
    security.log(Kind.TOKEN_MADE, user=user.pk, by=by, token=token.pk, scope=str(token.scope))
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: int | None = None) -> None:
    """The token is refused from now on, for good."""
    if ApiToken.objects.filter(id=token.pk, revoked_at=None).update(revoked_at=clock.now()):
        security.log(Kind.TOKEN_REVOKED, user=token.user_id, by=by, token=token.pk)


def set_profile(user: User, **choices: Any) -> None:
    """How pages look to this login: language, theme, density, single_keys; nothing else can be set here."""
    strange = set(choices) - {"language", "theme", "density", "single_keys"}
    if strange:
        raise ValueError(f"not part of a profile: {sorted(strange)}")
    for name, value in choices.items():
        setattr(user, name, value)
    user.save(update_fields=list(choices))
