"""Verbs on what is said by itself."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from vikno.dialogs.models import Channel
from vikno.intake.pipeline import FLOOD_DOMAIN_LETTERS, FLOOD_LETTERS, FLOOD_MINUTES
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.replies.words import settings_of

FLOODS = {"flood_letters": FLOOD_LETTERS, "flood_domain_letters": FLOOD_DOMAIN_LETTERS, "flood_minutes": FLOOD_MINUTES}
_NUMBERS = ("on", "address_hour", "domain_hour")  # of acknowledgements, as the settings of a channel name them


def change_guards(channel: Channel, acknowledge: dict[str, Any], floods: dict[str, int], *, by: Act) -> None:
    """What a channel acknowledges, in which words, and from which number of letters on it takes them for a flood."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(id=channel.id)
        before = settings_of(row.settings)
        floods_before = {name: row.settings.get(name, usual) for name, usual in FLOODS.items()}
        row.settings = row.settings | floods | {"acknowledge": acknowledge}
        row.save(update_fields=["settings"])
        after = settings_of(row.settings)
        pairs = {f"acknowledge.{name}": [getattr(before, name), getattr(after, name)] for name in _NUMBERS}
        pairs |= {name: [floods_before[name], number] for name, number in floods.items()}
        told: dict[str, Any] = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        if before.texts != after.texts:
            told["acknowledge.texts"] = [True, True]
        if told:
            record(by, Verb.SETTING_CHANGED, delta={"channel": [row.id, row.id], **told})
