"""The questions of the first run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vikno.channels.email.forms import SECURITY, SIGN_IN
from vikno.core.models import LANGUAGES
from vikno.welcome.presets import PRESETS


class FirstRunForm(forms.Form):
    """All but the mailbox's servers. What each answer must be is said by `actions.set_up`, which checks them again."""

    company = forms.CharField(
        label=_("Name of the company"), max_length=200, help_text=_("Customers see it in letters."),
        error_messages={"required": _("Give the name of the company; customers see it in letters.")},
    )  # fmt: skip
    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        error_messages={"required": _("Write your name: it stands under answers.")},
    )
    email = forms.EmailField(
        label=_("Your e-mail address"), help_text=_("You sign in with it."),
        error_messages={"required": _("Write your e-mail address: you sign in with it."),
                        "invalid": _("This is not an e-mail address. Write it as name@firm.com.")},
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), max_length=200, strip=False, widget=forms.PasswordInput,
        help_text=_("At least ten characters. A few words in a row are good."),
        error_messages={"required": _("Choose a password of at least ten characters.")},
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    preset = forms.ChoiceField(label=_("Kind of company"), choices=[(key, key) for key in PRESETS])
    zone = forms.CharField(label=_("Time zone"), max_length=64)
    address = forms.EmailField(
        label=_("Address that customers write to"), required=False,
        help_text=_("Such as help@firm.com. You can leave it out now and connect the mailbox later."),
        error_messages={"invalid": _("This is not an e-mail address. Write it as help@firm.com.")},
    )  # fmt: skip
    sign_in = forms.ChoiceField(
        label=_("How Vikno signs in"), choices=[one for one in SIGN_IN if one[0] != "other"], required=False
    )
    imap_host = forms.CharField(label=_("Mail server for reading (IMAP)"), max_length=253, required=False)
    imap_port = forms.IntegerField(
        label=_("Port"), min_value=1, max_value=65535, required=False, help_text=_("Empty: the usual one.")
    )
    imap_folder = forms.CharField(label=_("Folder"), max_length=200, required=False, initial="INBOX")
    imap_security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, required=False)
    smtp_host = forms.CharField(label=_("Mail server for sending (SMTP)"), max_length=253, required=False)
    smtp_port = forms.IntegerField(
        label=_("Port"), min_value=1, max_value=65535, required=False, help_text=_("Empty: the usual one.")
    )
    smtp_security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, required=False)
    mail_user = forms.CharField(
        label=_("User name at the mail server"), max_length=254, required=False,
        help_text=_("Empty: the address itself."),
    )  # fmt: skip
    mail_password = forms.CharField(
        label=_("Password of the mailbox"), max_length=1000, strip=False, required=False, widget=forms.PasswordInput
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        servers = cleaned.get("imap_host") or cleaned.get("smtp_host")
        if servers and not cleaned.get("address") and "address" not in self.errors:
            self.add_error("address", _("Write the address whose letters lie at this mail server."))
        return cleaned

    def mailbox(self) -> dict[str, Any]:
        """The answers about the mailbox as `channels.email.forms.MailboxForm` wants them; {} without servers."""
        chosen = self.cleaned_data
        if not chosen["imap_host"] and not chosen["smtp_host"]:
            return {}
        user = chosen["mail_user"] or chosen["address"]
        found = {
            "name": "-",
            "address": chosen["address"],
            "imap_after": "keep",
            "imap_folder": chosen["imap_folder"] or "INBOX",
            "sign_in": chosen["sign_in"],
        }
        for protocol in ("imap", "smtp"):
            host = chosen[f"{protocol}_host"]
            found |= {f"{protocol}_port": chosen[f"{protocol}_port"] or ""}
            found |= {f"{protocol}_host": host, f"{protocol}_security": chosen[f"{protocol}_security"] or "tls"}
            if host:
                found |= {f"{protocol}_user": user, f"{protocol}_password": chosen["mail_password"]}
        return found
