"""Verbs on mail channels: connecting a mailbox, and changing what was set for it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from vikno.channels.email import own, servers
from vikno.channels.email.channel import EMAIL
from vikno.channels.email.forms import LIMITS, MailboxForm
from vikno.channels.email.models import Grant
from vikno.channels.email.own import KIND
from vikno.core.models import Brand
from vikno.core.secrets import Secret
from vikno.dialogs import deliveries
from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.staff.models import Team
from vikno.tickets.quoting import usual

# Settings of a mailbox that are codes and numbers, with what holds where nothing was set.
_USUAL: dict[str, Any] = {
    "sender": "agent_and_brand", "subject_tag": False, "copy_to_sent": False, "plus": None, "max_bytes": None,
    **dict.fromkeys(LIMITS),
}  # fmt: skip


def add_mailbox(form: MailboxForm, *, brand: Brand, team: Team, by: Act) -> Channel:
    """A new mail channel from a valid form. Letters for its address are taken at once."""
    with transaction.atomic():
        channel = Channel(kind=KIND, brand=brand, team=team, undo_seconds=EMAIL.undo_seconds)
        form.apply(channel)
        record(by, Verb.SETTING_CHANGED, delta={"channel": [None, channel.id]})
    own.forget()
    return channel


def change_mailbox(form: MailboxForm, channel: Channel, *, team: Team, by: Act) -> None:
    """Take a valid form over into a channel; what waited for better settings is tried at once."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(id=channel.id)
        before, values, words = _way_in(row), _values(row), _words(row)
        row.team = team
        form.apply(row)
        if _way_in(row) != before:  # what was said of the old server says nothing of the new one
            row.health.pop("in", None)
            row.save(update_fields=["health"])
        told: dict[str, Any] = {name: [values[name], now] for name, now in _values(row).items() if values[name] != now}
        told |= {name: [True, True] for name, now in _words(row).items() if words[name] != now}
        if form.cleaned_data["imap_password"] or form.cleaned_data["smtp_password"]:
            told["passwords"] = [True, True]
        if told:
            record(by, Verb.SETTING_CHANGED, delta={"channel": [row.id, row.id], **told})
    deliveries.resume(channel.id)


def _values(channel: Channel) -> dict[str, Any]:
    """What people set for a mailbox in codes and numbers, which its event tells."""
    found = {name: channel.settings.get(name, otherwise) for name, otherwise in _USUAL.items()}
    return found | {"team": channel.team_id, "quote": str(usual(channel))}


def _words(channel: Channel) -> dict[str, Any]:
    """What they set in words, of which its event tells only that it changed."""
    parts = {part: channel.settings.get(part) or {} for part in ("imap", "smtp", "sign_in")}
    plain = {"protocol": "imap", "by": servers.PASSWORD}
    filled = {
        part: {name: value for name, value in known.items() if value and value != plain.get(name)}
        for part, known in parts.items()
    }
    addresses = sorted(channel.addresses.values_list("address", "default", "team"))
    return filled | {"named": channel.name, "addresses": addresses}


def _way_in(channel: Channel) -> tuple[object, ...]:
    try:
        secret = channel.secret.reveal() if channel.secret else ""  # type: ignore[attr-defined]
    except Exception:  # written with another key
        secret = ""
    return channel.settings.get("imap"), channel.settings.get("sign_in"), secret


def register_at_provider(channel: Channel, client_id: str, client_secret: Secret | None, *, by: Act) -> None:
    """Keep what the provider calls Vikno. None keeps the secret there is; another id forgets what was granted."""
    with transaction.atomic():
        grant, _made = Grant.objects.select_for_update().get_or_create(channel=channel)
        if grant.client_id != client_id:
            grant.refresh_token, grant.access_token, grant.expires_at = Secret(""), Secret(""), None  # type: ignore[assignment]
            grant.connected_at = None
        grant.client_id = client_id
        if client_secret is not None:
            grant.client_secret = client_secret  # type: ignore[assignment]
        grant.save()
        record(by, Verb.SETTING_CHANGED, delta={"channel": [channel.id, channel.id], "provider": [True, True]})
