"""The verb of the built-in channels."""

from __future__ import annotations

from vikno.channels.manual.channel import KINDS
from vikno.core.models import Brand
from vikno.dialogs.models import Channel
from vikno.staff.models import Team


def ensure_channels(brand: Brand, team: Team) -> list[Channel]:
    """Both built-in channels; what is missing is made, with a name in the language that is active. Call it when a
    company is set up, inside that transaction."""
    made = []
    for kind in KINDS:
        found = Channel.objects.filter(kind=kind.name).order_by("id").first()
        made.append(found or Channel.objects.create(kind=kind.name, name=kind.title(), brand=brand, team=team))
    return made
