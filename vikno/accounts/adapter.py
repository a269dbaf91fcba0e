"""What allauth asks us: nobody signs up by themselves, letters go out our way, second factors are encrypted at rest."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.accounts import letters
from vikno.accounts.allauth_words import ACCOUNT_ERRORS, SECOND_FACTOR_ERRORS
from vikno.accounts.models import User
from vikno.core.models import Company
from vikno.core.secrets import Unreadable, derived_key


class Adapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | ACCOUNT_ERRORS

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> Any:
        return "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account_email")

    def post_login(self, request: HttpRequest, user: Any, **rest: Any) -> HttpResponse:
        """The pages speak the user's language from the first one on."""
        response: HttpResponse = super().post_login(request, user, **rest)
        remember_language(response, user.language)
        return response

    # Addresses in letters are those that people type, whatever name this request came by.

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _dash, rest = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uid, rest])

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.BASE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Letters are ours, in the language of their reader; one that allauth alone knows keeps its words."""
        user = context.get("user")
        with translation.override(language_of(user)):
            ours = _LETTERS.get(template_prefix)
            if ours is not None:
                subject, text = ours(context)
            else:
                letter = self.render_mail(template_prefix, email, context)
                subject, text = letter.subject, str(letter.body)
        letters.send(email, subject, text)


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the choice where LocaleMiddleware looks for it; without a choice the browser's language counts."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)


def language_of(user: User | None) -> str:
    """The language to write to this login in: its own, else the company's."""
    if user is not None and user.language:
        return user.language
    return Company.objects.values_list("language", flat=True).first() or settings.LANGUAGE_CODE


def _reset(context: dict[str, Any]) -> tuple[str, str]:
    words = _(
        "Somebody, probably you, asked to set a new password for %(email)s.\n\n"
        "To choose one, open this address within three hours:\n%(url)s\n\n"
        "If it was not you, do nothing: the old password stays."
    )
    return _("A new password"), words % {"email": context["user"].email, "url": context["password_reset_url"]}


def _confirm(context: dict[str, Any]) -> tuple[str, str]:
    words = _(
        "To sign in with this address from now on, open this page and confirm it:\n%(url)s\n\n"
        "If you did not ask for this, do nothing: then nothing changes."
    )
    return _("Confirm your address"), words % {"url": context["activate_url"]}


_LETTERS = {
    "account/email/password_reset_key": _reset,
    "account/email/email_confirmation": _confirm,
}


class SecondFactors(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | SECOND_FACTOR_ERRORS

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """What a new key is called before somebody names it."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Key %(number)s") % {"number": count + 1}

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise Unreadable("A second factor cannot be read with this secret key") from None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("second-factors")))
