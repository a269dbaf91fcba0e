"""Verbs that switch a channel off and on."""

from __future__ import annotations

from django.db import transaction

from vikno.dialogs import deliveries
from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb


def pause(channel: Channel, *, by: Act) -> None:
    """Bring nothing in by this channel until somebody resumes it. What lies at the other side stays there."""
    _switch(channel, False, by)


def resume(channel: Channel, *, by: Act) -> None:
    """Undo pausing; what waits to go out is tried at once."""
    _switch(channel, True, by)
    deliveries.resume(channel.id)


@transaction.atomic
def _switch(channel: Channel, active: bool, by: Act) -> None:
    row = Channel.objects.select_for_update().get(id=channel.id)
    if row.active == active:
        return
    row.active = channel.active = active
    row.health.pop("in", None)
    row.save(update_fields=["active", "health"])
    delta = {"channel": [row.id, row.id], "active": [not active, active]}
    record(by, Verb.SETTING_CHANGED, delta=delta)
