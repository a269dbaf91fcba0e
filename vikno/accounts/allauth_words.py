"""allauth's forms and errors in our words: labels that say what to type, empty fields, errors with a way out."""

from __future__ import annotations

from types import new_class
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_HELP = _("At least ten characters. A few words in a row are good.")
NEW_PASSWORD = {"password1": (_("New password"), PASSWORD_HELP), "password2": (_("The new password again"), "")}
CODE = {"code": (_("Code"), "")}
KEY_NAME = (_("Name of the key"), "")
KEY_ALONE = (
    _("Sign in with this key alone"),
    _("The key itself then asks for a fingerprint, a face or a PIN, and no password is needed."),
)

# By allauth's names of errors; those that cannot happen here keep allauth's words.
ACCOUNT_ERRORS = {
    "account_inactive": _("This login is switched off. Ask an owner to switch it on again."),
    "duplicate_email": _("You sign in with this address already."),
    "email_password_mismatch": _("This address and this password do not belong together. Check both."),
    "email_taken": _("This address opens another login already."),
    "enter_current_password": _("This is not the password you have now."),
    "incorrect_code": _("This code is not right. Check it, or ask for a new one."),
    "incorrect_password": _("This is not the password you have now."),
    "invalid_or_expired_key": _("This link no longer works. Ask for a new one."),
    "invalid_password_reset": _("This link no longer works. Ask for a new one."),
    "rate_limited": _("Too many tries. Wait a minute and try again; nothing was changed."),
    "same_as_current": _("It is this one already. Choose another."),
    "too_many_login_attempts": _("Too many tries. Wait five minutes, or set a new password."),
}
SECOND_FACTOR_ERRORS = {
    "incorrect_code": _("This code is not right. Type the one that the app shows now, or an unused recovery code."),
    "unverified_email": _("Confirm your address for signing in first: open the link in the letter."),
    "add_email_blocked": _("Switch the second factors off before you change the address for signing in."),
}


def worded(form: type[forms.BaseForm], words: dict[str, tuple[Any, Any]]) -> type[forms.BaseForm]:
    """The same form with our words: {field: (label, help)}. A help of None leaves allauth's, which is a link."""

    def __init__(self: forms.BaseForm, *args: Any, **kwargs: Any) -> None:
        form.__init__(self, *args, **kwargs)
        for name, (label, help_text) in words.items():
            field = self.fields[name]
            field.label = label
            if help_text is not None:
                field.help_text = help_text
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = _("This is not an e-mail address. Write it as name@firm.com.")

    return new_class(form.__name__, (form,), exec_body=lambda names: names.update(__init__=__init__))


# Named in the settings.
LoginForm = worded(
    account.LoginForm,
    {"login": (_("E-mail address"), ""), "password": (_("Password"), ""), "remember": (_("Stay signed in here"), "")},
)
AddEmailForm = worded(account.AddEmailForm, {"email": (_("New address"), "")})
ChangePasswordForm = worded(account.ChangePasswordForm, {"oldpassword": (_("Present password"), None), **NEW_PASSWORD})
SetPasswordForm = worded(account.SetPasswordForm, NEW_PASSWORD)
ResetPasswordForm = worded(account.ResetPasswordForm, {"email": (_("E-mail address"), "")})
ResetPasswordKeyForm = worded(account.ResetPasswordKeyForm, NEW_PASSWORD)
ReauthenticateForm = worded(account.ReauthenticateForm, {"password": (_("Password"), None)})
AuthenticateForm = worded(mfa.AuthenticateForm, CODE)
ReauthenticateByCodeForm = worded(mfa.ReauthenticateForm, CODE)
ActivateTotpForm = worded(totp.ActivateTOTPForm, CODE)
AddKeyForm = worded(webauthn.AddWebAuthnForm, {"name": KEY_NAME, "passwordless": KEY_ALONE})
RenameKeyForm = worded(webauthn.EditWebAuthnForm, {"name": KEY_NAME})
