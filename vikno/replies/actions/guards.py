"""Verbs on what is said by itself."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb


def change_guards(channel: Channel, acknowledge: dict[str, Any], floods: dict[str, int], *, by: Act) -> None:
    """What a channel acknowledges, in which words, and from which number of letters on it takes them for a flood."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(id=channel.id)
        row.settings = row.settings | floods | {"acknowledge": acknowledge}
        row.save(update_fields=["settings"])
        record(by, Verb.SETTING_CHANGED, delta={"channel": [row.id, row.id]})
