"""The page of a mailbox: its address, where its letters lie, and where answers are handed over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from vikno.channels.email import aliases, own, servers
from vikno.core.secrets import Secret
from vikno.dialogs import deliveries
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.people import values
from vikno.tickets.quoting import Quote, usual

SECURITY = [
    (servers.TLS, _("TLS (usual)")),
    (servers.STARTTLS, _("STARTTLS")),
    (servers.NONE, _("none: passwords and letters are readable on the way")),
]
SIGN_IN = [
    (servers.PASSWORD, _("with a user name and a password")),
    ("google", _("through Google (Gmail, Workspace)")),
    ("microsoft", _("through Microsoft (Microsoft 365, Outlook)")),
    ("other", _("through another provider (OAuth 2)")),
]
PROTOCOLS = [("imap", _("IMAP (usual)")), ("pop3", _("POP3"))]
SENDERS = [
    ("agent_and_brand", _("agent and company: Iryna (Kashtan)")),
    ("brand", _("company alone: Kashtan")),
    ("agent", _("agent alone: Iryna")),
]
QUOTES = [("yes", _("their last message")), ("all", _("the whole exchange")), ("no", _("nothing"))]
PLUS = [
    ("", _("as the provider is known to do")),
    ("yes", _("yes: letters to help+anything@… arrive")),
    ("no", _("no: such letters come back as undeliverable")),
]
# What a provider's servers are called, so that nobody has to look them up.
SERVERS_OF: dict[str, dict[str, Any]] = {
    "google": {"imap_host": "imap.gmail.com", "smtp_host": "smtp.gmail.com", "smtp_security": servers.STARTTLS},
    "microsoft": {
        "imap_host": "outlook.office365.com", "smtp_host": "smtp.office365.com", "smtp_security": servers.STARTTLS,
    },
}  # fmt: skip
MB = 1024 * 1024
LIMITS = ("limit_per_minute", "limit_per_day", "link_above_mb")  # numbers that are left to their defaults if empty
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
    other_addresses = forms.CharField(
        label=_("Other addresses of this mailbox, one a line"), widget=forms.Textarea, required=False, max_length=25000
    )
    sign_in = forms.ChoiceField(label=_("How Vikno signs in"), choices=SIGN_IN, required=False)
    imap_host = forms.CharField(label=_("Mail server (IMAP)"), max_length=253, required=False)
    imap_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    imap_security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, initial=servers.TLS)
    imap_user = forms.CharField(label=_("User name"), max_length=254, required=False)
    imap_password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput, strip=False, required=False, max_length=1000
    )
    imap_protocol = forms.ChoiceField(label=_("Protocol"), choices=PROTOCOLS, required=False)
    imap_folder = forms.CharField(label=_("Folder"), max_length=200, required=False, initial="INBOX")
    imap_more_folders = forms.CharField(
        label=_("More folders to read, one a line"), widget=forms.Textarea, required=False, max_length=5000
    )
    imap_take_junk = forms.BooleanField(label=_("Show what the provider put into the junk folder"), required=False)
    imap_junk_folder = forms.CharField(label=_("Name of the junk folder"), max_length=200, required=False)
    imap_take_sent = forms.BooleanField(
        label=_("Take in answers that were written with another mail program"), required=False
    )
    imap_sent_folder = forms.CharField(label=_("Name of the folder of sent letters"), max_length=200, required=False)
    imap_after = forms.ChoiceField(label=_("Letters that were read"), choices=AFTER, initial="keep")
    imap_move_to = forms.CharField(label=_("Folder for letters that were read"), max_length=200, required=False)
    imap_days_on_server = forms.IntegerField(
        label=_("Days before a letter is deleted from the server (POP3)"), min_value=0, max_value=3650, required=False
    )
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

    sign_in_tenant = forms.CharField(label=_("Directory (tenant) at Microsoft"), max_length=100, required=False)
    sign_in_authorize_url = forms.URLField(
        label=_("Address where one says yes (authorization endpoint)"), required=False, assume_scheme="https"
    )
    sign_in_token_url = forms.URLField(
        label=_("Address of tokens (token endpoint)"), required=False, assume_scheme="https"
    )
    sign_in_scope = forms.CharField(label=_("What is asked for (scope)"), max_length=500, required=False)
    sender = forms.ChoiceField(label=_("Name that customers see as the sender"), choices=SENDERS, required=False)
    quote = forms.ChoiceField(label=_("Quoted below each answer"), choices=QUOTES, required=False)
    copy_to_sent = forms.BooleanField(
        label=_("Put a copy of each answer into the mailbox's folder of sent letters"), required=False
    )
    subject_tag = forms.BooleanField(label=_("Put the number of the request into the subject"), required=False)
    plus = forms.ChoiceField(label=_("Letters to an address with a plus arrive"), choices=PLUS, required=False)
    max_mb = forms.IntegerField(
        label=_("Largest letter that is taken in, in megabytes"), min_value=1, max_value=35, required=False
    )
    link_above_mb = forms.IntegerField(
        label=_("Files larger than this together, in megabytes, are fetched from a page"), min_value=1, max_value=100,
        required=False,
    )  # fmt: skip
    limit_per_minute = forms.IntegerField(
        label=_("Most letters that leave in a minute"), min_value=0, max_value=100_000, required=False
    )
    limit_per_day = forms.IntegerField(
        label=_("Most letters that leave within 24 hours"), min_value=0, max_value=10_000_000, required=False
    )

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        self.channel = channel
        kwargs.setdefault("initial", _initial(channel))
        super().__init__(*args, **kwargs)

    def _others(self) -> dict[str, Any]:
        """Settings that are no server's. What was left empty is left to its default."""
        cleaned = self.cleaned_data
        sign_in = {name: cleaned[f"sign_in_{name}"] for name in ("tenant", "authorize_url", "token_url", "scope")}
        found: dict[str, Any] = {
            "sign_in": {"by": cleaned["sign_in"] or servers.PASSWORD, **sign_in},
            "sender": cleaned["sender"] or "agent_and_brand",
            "quote": cleaned["quote"] if cleaned["quote"] == "all" else cleaned["quote"] != "no",
            "subject_tag": cleaned["subject_tag"],
            "copy_to_sent": cleaned["copy_to_sent"],
        }
        if cleaned["plus"]:
            found["plus"] = cleaned["plus"] == "yes"
        if cleaned["max_mb"]:
            found["max_bytes"] = cleaned["max_mb"] * MB
        for name in LIMITS:
            if cleaned[name] is not None:
                found[name] = cleaned[name]
        return found

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

    def clean_other_addresses(self) -> dict[str, int | None] | None:
        """None if they were not asked for: then they stay."""
        if "other_addresses" not in self.data:
            return None
        return aliases.read(self.cleaned_data["other_addresses"], self.channel)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for protocol in servers.BOXES:
            self._take_port(cleaned, protocol)
        self._complete(cleaned)
        if cleaned.get("imap_host") and not cleaned.get("imap_user"):
            self.add_error("imap_user", _("The mail server wants a user name; mostly it is the address itself."))
        if cleaned.get("imap_after") == "move" and not cleaned.get("imap_move_to"):
            self.add_error("imap_move_to", _("Name the folder that letters are moved to."))
        if cleaned.get("imap_after") == "move" and cleaned.get("imap_move_to") == (
            cleaned.get("imap_folder") or "INBOX"
        ):
            self.add_error("imap_move_to", _("This is the folder that letters are read from."))
        return cleaned

    def _complete(self, cleaned: dict[str, Any]) -> None:
        """What follows from the provider, and what it cannot do without."""
        by = cleaned.get("sign_in") or servers.PASSWORD
        for name, value in SERVERS_OF.get(by, {}).items():
            if name.endswith("_host") and not cleaned.get(name):
                cleaned[name] = value
                if name == "smtp_host":
                    cleaned["smtp_security"], cleaned["smtp_port"] = servers.STARTTLS, None
        if by == servers.PASSWORD:
            return
        for name in ("imap_user", "smtp_user"):
            cleaned[name] = cleaned.get(name) or cleaned.get("address") or ""
        if by == "other":
            for name in ("sign_in_authorize_url", "sign_in_token_url"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("The provider's documentation names this address."))

    def _take_port(self, cleaned: dict[str, Any], protocol: str) -> None:
        """Many write the port behind the host, as manuals of providers do."""
        host, port = servers.host_and_port(cleaned.get(f"{protocol}_host") or "")
        if port is None:
            return
        if cleaned.get(f"{protocol}_port") not in (None, port):
            self.add_error(f"{protocol}_port", _("Two ports are given: another one stands behind the mail server."))
        elif port not in servers.POSSIBLE_PORTS:
            self.add_error(f"{protocol}_host", _("There is no port of this number. Write the mail server alone."))
        else:
            cleaned |= {f"{protocol}_host": host, f"{protocol}_port": port}

    def apply(self, channel: Channel) -> None:
        """Put the answers into the channel and save it, with its default address, in one transaction."""
        cleaned = self.cleaned_data
        names = ("host", "port", "security", "user", "folder", "after", "move_to", "take_junk", "junk_folder",
                 "take_sent", "sent_folder")  # fmt: skip
        imap = {name: cleaned[f"imap_{name}"] for name in names}
        imap["protocol"] = cleaned["imap_protocol"] or "imap"
        imap["more_folders"] = [one.strip() for one in cleaned["imap_more_folders"].splitlines() if one.strip()]
        for name in ("first_days", "days_on_server"):
            if cleaned[f"imap_{name}"] is not None:
                imap[name] = cleaned[f"imap_{name}"]
        smtp = {name: cleaned[f"smtp_{name}"] for name in ("host", "port", "security", "user")}
        channel.name = cleaned["name"]
        channel.settings = _kept(channel.settings) | {"imap": imap, "smtp": smtp} | self._others()
        channel.health.pop("tried", None)  # it was said of the old settings
        servers.keep_passwords(channel, imap=_given(cleaned["imap_password"]), smtp=_given(cleaned["smtp_password"]))
        with transaction.atomic():
            channel.save()
            aliases.keep(channel, cleaned["address"], cleaned["other_addresses"])
        own.forget()
        deliveries.resume(channel.id)  # what could not leave before may be able to now


def _kept(known: dict[str, Any]) -> dict[str, Any]:
    """What stands in the settings without a field here."""
    ours = ("plus", "max_bytes", *LIMITS)
    return {name: value for name, value in known.items() if name not in ours}


def _given(password: str) -> Secret | None:
    return Secret(password) if password else None


def _initial(channel: Channel | None) -> dict[str, Any]:
    """What the form shows: everything but the passwords."""
    if channel is None:
        return {}
    known = channel.settings
    shown: dict[str, Any] = {"name": channel.name}
    address = channel.addresses.filter(default=True).values_list("address", flat=True).first()
    shown["address"], shown["other_addresses"] = address or "", "\n".join(aliases.of(channel))
    for part in ("imap", "smtp", "sign_in"):
        for name, value in (known.get(part) or {}).items():
            shown[f"{part}_{name}"] = value
    shown["imap_more_folders"] = "\n".join(shown.get("imap_more_folders") or [])
    shown["sign_in"] = servers.signs_in_by(channel)
    shown["sender"] = known.get("sender", "agent_and_brand")
    shown["quote"] = {Quote.LAST: "yes", Quote.ALL: "all", Quote.NONE: "no"}[usual(channel)]
    shown["subject_tag"], shown["copy_to_sent"] = known.get("subject_tag", False), known.get("copy_to_sent", False)
    shown["plus"] = {True: "yes", False: "no"}.get(known.get("plus"), "")
    shown["max_mb"] = known["max_bytes"] // MB if known.get("max_bytes") else None
    shown |= {name: known.get(name) for name in LIMITS}
    return shown
