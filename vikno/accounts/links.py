"""One-time ways in: the first run, the demo, a forgotten password. Only the digest of the secret is kept; a link is
used once, also when two people press it at the same moment."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from vikno.accounts import security
from vikno.accounts.models import SignInLink, User
from vikno.core import clock, ids

LIFETIME = timedelta(hours=24)
BY_COMMAND, BY_COMMAND_LIFETIME = "command", timedelta(hours=1)


def make(purpose: str, user: User | None = None, lifetime: timedelta = LIFETIME) -> str:
    """A new link's secret, shown only now. Its address is `reverse("sign_in_link", args=[secret])`."""
    secret = ids.token()
    SignInLink.objects.create(digest=ids.digest(secret), purpose=purpose, user=user, expires_at=clock.now() + lifetime)
    return secret


@transaction.atomic
def make_for(user: User) -> str:
    """A link for whoever runs Vikno to give to this login: it works for an hour, stands in the security log, and ends
    those made so before. A second factor is asked for all the same."""
    SignInLink.objects.filter(purpose=BY_COMMAND, user=user, used_at=None).update(used_at=clock.now())
    security.log(security.Kind.LINK_MADE, user=user.pk)
    return make(BY_COMMAND, user, BY_COMMAND_LIFETIME)


def peek(secret: str, purpose: str | None = None) -> SignInLink | None:
    """The link, if it can still be used; looking does not use it up."""
    found = SignInLink.objects.select_related("user").filter(
        digest=ids.digest(secret), used_at=None, expires_at__gt=clock.now()
    )
    if purpose is not None:
        found = found.filter(purpose=purpose)
    return found.first()


def use(secret: str, purpose: str | None = None) -> SignInLink | None:
    """Use the link up and answer it; None if it is unknown, expired or used already. Of several at once one gets it."""
    link = peek(secret, purpose)
    if link is None:
        return None
    now = clock.now()
    mine = SignInLink.objects.filter(id=link.id, used_at=None, expires_at__gt=now).update(used_at=now)
    return link if mine else None


def withdraw_all(purpose: str) -> int:
    """Make all links of this purpose useless, such as those of the first run once it is done."""
    return SignInLink.objects.filter(purpose=purpose, used_at=None).update(used_at=clock.now())
