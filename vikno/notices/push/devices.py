"""The devices that a person switched on, and which of them are still signed in: a device is told nothing that its
browser could not open."""

from __future__ import annotations

from vikno.accounts import access
from vikno.notices.models import Device
from vikno.staff.models import Agent


def alive(agent: Agent) -> list[Device]:
    """The devices of this person whose sign-in holds, the newest first."""
    found = list(Device.objects.filter(agent=agent).select_related("session__user").order_by("-id"))
    holds = access.still_in([one.session for one in found])
    return [one for one in found if one.session_id in holds]
