"""The page of a mailbox: its address, where its letters lie, and where answers are handed over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from vikno.channels.email import own, servers
from vikno.core.secrets import Secret
from vikno.dialogs import deliveries
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.people import values

SECURITY = [
    (servers.TLS, _("TLS (usual)")),
    (servers.STARTTLS, _("STARTTLS")),
    (servers.NONE, _("none: passwords and letters are readable on the way")),
]
AFTER = [
    ("keep", _("leave them as they are")),
    ("seen", _("mark them as read")),
    ("move", _("move them to a folder")),
    ("delete", _("delete them from the mailbox")),
]


class MailboxForm(forms.Form):
    """All that people set for a mail channel. An empty password keeps the one that is stored; it is never shown."""

    name = forms.CharField(label=_("Name"), max_length=100)
    address = forms.CharField(label=_("Address"), max_length=254)
    imap_host = forms.CharField(label=_("Mail server (IMAP)"), max_length=253, required=False)
    imap_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    imap_security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, initial=servers.TLS)
    imap_user = forms.CharField(label=_("User name"), max_length=254, required=False)
    imap_password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput, strip=False, required=False, max_length=1000
    )
    imap_folder = forms.CharField(label=_("Folder"), max_length=200, required=False, initial="INBOX")
    imap_after = forms.ChoiceField(label=_("Letters that were read"), choices=AFTER, initial="keep")
    imap_move_to = forms.CharField(label=_("Folder for letters that were read"), max_length=200, required=False)
    imap_first_days = forms.IntegerField(
        label=_("Days of older letters to take in the beginning"), min_value=0, max_value=36500, required=False
    )
    smtp_host = forms.CharField(label=_("Outgoing server (SMTP)"), max_length=253, required=False)
    smtp_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    smtp_security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, initial=servers.TLS)
    smtp_user = forms.CharField(label=_("User name"), max_length=254, required=False)
    smtp_password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput, strip=False, required=False, max_length=1000
    )

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        self.channel = channel
        kwargs.setdefault("initial", _initial(channel) if channel else None)
        super().__init__(*args, **kwargs)

    def clean_address(self) -> str:
        """An address of ours: in its normal form, without a plus, and of no other channel."""
        try:
            address = values.email(self.cleaned_data["address"])
        except values.WrongValue as error:
            raise forms.ValidationError(str(error)) from None
        if "+" in address.partition("@")[0]:
            raise forms.ValidationError(
                _("Write the address without a plus: what stands behind it is used for answers.")
            )
        others = ChannelAddress.objects.filter(address=address)
        if (others.exclude(channel=self.channel) if self.channel else others).exists():
            raise forms.ValidationError(_("Another channel has this address already."))
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("imap_host") and not cleaned.get("imap_user"):
            self.add_error("imap_user", _("The mail server wants a user name; mostly it is the address itself."))
        if cleaned.get("imap_after") == "move" and not cleaned.get("imap_move_to"):
            self.add_error("imap_move_to", _("Name the folder that letters are moved to."))
        if cleaned.get("imap_after") == "move" and cleaned.get("imap_move_to") == (
            cleaned.get("imap_folder") or "INBOX"
        ):
            self.add_error("imap_move_to", _("This is the folder that letters are read from."))
        return cleaned

    def apply(self, channel: Channel) -> None:
        """Put the answers into the channel and save it, with its default address, in one transaction."""
        cleaned = self.cleaned_data
        imap = {
            name: cleaned[f"imap_{name}"] for name in ("host", "port", "security", "user", "folder", "after", "move_to")
        }
        if cleaned["imap_first_days"] is not None:
            imap["first_days"] = cleaned["imap_first_days"]
        smtp = {name: cleaned[f"smtp_{name}"] for name in ("host", "port", "security", "user")}
        channel.name = cleaned["name"]
        channel.settings = channel.settings | {"imap": imap, "smtp": smtp}
        servers.keep_passwords(channel, imap=_given(cleaned["imap_password"]), smtp=_given(cleaned["smtp_password"]))
        with transaction.atomic():
            channel.save()
            address = channel.addresses.filter(default=True).first() or ChannelAddress(channel=channel, default=True)
            address.address = cleaned["address"]
            address.save()
        own.forget()
        deliveries.resume(channel.id)  # what could not leave before may be able to now


def _given(password: str) -> Secret | None:
    return Secret(password) if password else None


def _initial(channel: Channel) -> dict[str, Any]:
    """What the form shows: everything but the passwords."""
    shown: dict[str, Any] = {"name": channel.name}
    address = channel.addresses.filter(default=True).values_list("address", flat=True).first()
    shown["address"] = address or ""
    for protocol in ("imap", "smtp"):
        for name, value in (channel.settings.get(protocol) or {}).items():
            shown[f"{protocol}_{name}"] = value
    return shown
