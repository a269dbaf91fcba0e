"""Verbs on mail channels: connecting a mailbox, and changing what was set for it."""

from __future__ import annotations

from django.db import transaction

from vikno.channels.email import own
from vikno.channels.email.channel import EMAIL
from vikno.channels.email.forms import MailboxForm
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
        before = _way_in(row)
        row.team = team
        form.apply(row)
        if _way_in(row) != before:  # what was said of the old server says nothing of the new one
            row.health.pop("in", None)
            row.save(update_fields=["health"])
        record(by, Verb.SETTING_CHANGED, delta={"channel": [row.id, row.id]})
    deliveries.resume(channel.id)


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
        record(by, Verb.SETTING_CHANGED, delta={"channel": [channel.id, channel.id]})
