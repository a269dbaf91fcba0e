"""The verbs of signing in: logins, their addresses, sessions and tokens. Each writes the security log itself.

`by` is the id of the user who does it, None for Vikno itself; of what is decided for all, the act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from vikno.accounts import ending, rules, security
from vikno.accounts.models import ApiToken, SignInRules, User
from vikno.accounts.security import Kind
from vikno.core import clock, ids
from vikno.core.text import one_line
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb

TOKEN_PREFIX = "vikno_"


class AddressTaken(Exception):
    """There is a login with this address already. The text says so, for people."""


class FactorFirst(Exception):
    """Who demands a second factor of others has none. The text says so, for people."""


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


def leave(session_key: str) -> None:
    """Who signs out is signed in there no more: the session goes from the list, and what hangs on it goes with it."""
    UserSession.objects.filter(session_key=session_key).delete()


@transaction.atomic
def end_sessions(user: User, *, keep: str | None = None, by: int | None = None) -> None:
    """End all sessions of a login, in all processes. `keep` is the key of one that stays; its holder must be given
    the new hash (django.contrib.auth.update_session_auth_hash)."""
    _forget_sessions(user, keep)
    security.log(Kind.SESSIONS_ENDED, user=user.pk, by=by)


@transaction.atomic
def remove_factors(user: User, *, by: int | None = None) -> int:
    """Take every second factor from a login whose owner lost them, recovery codes too, and end its sessions. Returns
    how many apps and keys there were; without any, nothing is done."""
    mine = Authenticator.objects.filter(user=user.pk)
    count = mine.filter(type__in=rules.FACTORS).count()
    if count:
        mine.delete()
        security.log(Kind.FACTOR_REMOVED, user=user.pk, by=by, count=count)
        end_sessions(user, by=by)
    return count


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


@transaction.atomic
def set_rules(values: Mapping[str, Any], *, user: int | None = None, by: Act) -> None:
    """How long sessions last (minutes: idle_minutes, most_minutes) and of whom a second factor is demanded
    (factor_for). Sessions that are open end by the new times; one that could last longer now is not drawn out before it
    is used. `user` is who decides, for the security log; who demands a factor of others must have one. Raises
    ValueError and FactorFirst."""
    SignInRules.objects.get_or_create(id=1)
    row = SignInRules.objects.select_for_update().get(id=1)
    delta: dict[str, Any] = {}
    for name in ("idle_minutes", "most_minutes", "factor_for"):
        before, after = getattr(row, name), values.get(name, getattr(row, name))
        if before != after:
            setattr(row, name, after)
            delta[name] = [before, after]
    if row.factor_for not in SignInRules.FactorFor.values or not 0 < row.idle_minutes <= row.most_minutes:
        raise ValueError(delta)
    if not delta:
        return
    demands = "factor_for" in delta and row.factor_for != SignInRules.FactorFor.NOBODY
    if demands and user is not None and not rules.has_factor(user):
        raise FactorFirst(_("Set up a second factor of your own first."))
    row.save(update_fields=list(delta))
    if delta.keys() - {"factor_for"}:
        _shorten(row)
    record(by, Verb.SETTING_CHANGED, delta={"rules": [row.pk, row.pk], **delta})
    security.log(Kind.RULES_CHANGED, by=user, **delta)


def _shorten(now: SignInRules) -> None:
    """Let no open session last longer than these rules allow."""
    ends = dict(Session.objects.filter(expire_date__gt=clock.now()).values_list("session_key", "expire_date"))
    for one in UserSession.objects.all():
        end = rules.until(one.created_at.timestamp(), one.last_seen_at, now)
        if one.session_key in ends and end < ends[one.session_key]:
            Session.objects.filter(session_key=one.session_key).update(expire_date=end)
