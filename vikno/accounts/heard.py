"""The only file that hears signals: Django's and allauth's. It calls verbs, nothing else."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.core.validators import validate_email
from django.dispatch import receiver
from django.forms import ValidationError
from django.http import HttpRequest

from vikno.accounts import actions, addresses, only_here, rules, security
from vikno.accounts.models import User
from vikno.accounts.security import Kind
from vikno.core import clock


@receiver(account.user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **_rest: Any) -> None:
    security.log(Kind.SIGNED_IN, user=user.pk, request=request)
    request.session[rules.BEGUN] = clock.now().timestamp()
    if rules.lacks_factor(user.pk):
        request.session[rules.FACTOR_FIRST] = True


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **_rest: Any) -> None:
    if user is not None:
        security.log(Kind.SIGNED_OUT, user=user.pk, request=request)
        actions.leave(request.session.session_key or "")


@receiver(user_login_failed)
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_rest: Any) -> None:
    """Whoever types the password into the field of the address must not find it in the log: only addresses are kept."""
    typed = str(credentials.get("email") or "").strip().lower()[:254]
    try:
        validate_email(typed)
    except ValidationError:
        typed = ""
    user = EmailAddress.objects.filter(email=typed).values_list("user_id", flat=True).first() if typed else None
    security.log(Kind.SIGN_IN_FAILED, user=user, request=request, address=typed)


@receiver(mfa.authentication_failed)
def second_factor_failed(sender: Any, request: HttpRequest, user: User, **_rest: Any) -> None:
    security.log(Kind.SECOND_FACTOR_FAILED, user=user.pk, request=request)


@receiver([account.password_changed, account.password_set])
def password_changed(sender: Any, request: HttpRequest, user: User, **_rest: Any) -> None:
    security.log(Kind.PASSWORD_CHANGED, user=user.pk, request=request)


@receiver(account.password_reset)
def password_reset(sender: Any, request: HttpRequest, user: User, **_rest: Any) -> None:
    security.log(Kind.PASSWORD_RESET, user=user.pk, request=request)


@receiver(account.email_confirmed)
def address_confirmed(sender: Any, request: HttpRequest, email_address: EmailAddress, **_rest: Any) -> None:
    addresses.confirmed(email_address.user_id, email_address.email)


@receiver(account.email_changed)
def address_changed(sender: Any, request: HttpRequest, user: User, **_rest: Any) -> None:
    security.log(Kind.ADDRESS_CHANGED, user=user.pk, request=request)


@receiver(mfa.authenticator_added)
def factor_added(sender: Any, request: HttpRequest, user: User, authenticator: Any, **_rest: Any) -> None:
    security.log(Kind.FACTOR_ADDED, user=user.pk, request=request, factor=str(authenticator.type))


@receiver(mfa.authenticator_removed)
def factor_removed(sender: Any, request: HttpRequest, user: User, authenticator: Any, **_rest: Any) -> None:
    security.log(Kind.FACTOR_REMOVED, user=user.pk, request=request, factor=str(authenticator.type))
    if rules.lacks_factor(user.pk):
        request.session[rules.FACTOR_FIRST] = True
        only_here.end_others(request, user)  # they came in by the factor that is gone


@receiver(mfa.authenticator_reset)
def codes_renewed(sender: Any, request: HttpRequest, user: User, **_rest: Any) -> None:
    security.log(Kind.CODES_RENEWED, user=user.pk, request=request)
