"""How long sessions last, and of whom a second factor is demanded. What ends a session is its row: it says until when,
so every process keeps to it, and a page costs no statement more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from allauth.mfa.models import Authenticator

from vikno.accounts.models import SignInRules
from vikno.accounts.rights import Right, allowed
from vikno.core import clock

BEGUN = "begun"  # in a session: when its login signed in, seconds since 1970
FACTOR_FIRST = "factor_first"  # in a session: its login must add a second factor before anything else
WAY_ON = "factor_way_on"  # in a session: the page that was asked for before that
SLACK = timedelta(minutes=10)  # that a session is in use is noted so seldom
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none


def rules() -> SignInRules:
    """What the owners decided; what holds without a decision, else. One query."""
    return SignInRules.objects.first() or SignInRules()


def until(begun: float, seen: datetime, now: SignInRules) -> datetime:
    """When a session ends that began at `begun` (seconds since 1970) and was used last at `seen`."""
    idle = seen + timedelta(minutes=now.idle_minutes) + SLACK
    return min(idle, datetime.fromtimestamp(begun, UTC) + timedelta(minutes=now.most_minutes))


def seconds_left(begun: float | None, now: SignInRules) -> int:
    """How long a session can last from now on, however much it is used; of one that nobody signed in to, the whole."""
    whole = now.most_minutes * 60
    return whole if begun is None else max(0, int(begun + whole - clock.now().timestamp()))


def has_factor(user_id: int) -> bool:
    """Whether this login has a second factor: an app or a key."""
    return Authenticator.objects.filter(user=user_id, type__in=FACTORS).exists()


def lacks_factor(user_id: int) -> bool:
    """Whether a second factor is demanded of this login, and it has none."""
    whom = rules().factor_for
    if whom == SignInRules.FactorFor.NOBODY:
        return False
    if whom == SignInRules.FactorFor.LEADS and not allowed(Right.LEAD, user_id):
        return False
    return not has_factor(user_id)
