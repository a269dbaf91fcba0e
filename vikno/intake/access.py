"""The only way to an entry of the ledger."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from vikno.intake.models import Inbound
from vikno.staff.access import Face, NotAllowed, Viewer
from vikno.tickets.access import tickets_for


class NoSuchEntry(Exception):
    """There is no such entry, or the viewer may not see it: the difference is not told."""


def inbound_for(viewer: Viewer) -> QuerySet[Inbound]:
    """The entries that the viewer may see: those of tickets they see; of what has no ticket, those of channels that a
    team of theirs serves. Customers see none."""
    entries = Inbound.objects.select_related("channel").defer("raw", "channel__secret")
    if viewer.face == Face.SYSTEM:
        return entries
    if viewer.face == Face.PORTAL or viewer.agent_id is None:
        return entries.none()
    serves = (
        Q() if viewer.is_owner else Q(channel__team__in=viewer.teams) | Q(channel__addresses__team__in=viewer.teams)
    )
    free = Inbound.objects.filter(serves, ticket=None).values("id")
    return entries.filter(Q(ticket__in=tickets_for(viewer).values("id")) | Q(id__in=free))


def entry_for(viewer: Viewer, entry_id: int) -> Inbound:
    """One entry. Raises NoSuchEntry."""
    entry = inbound_for(viewer).filter(id=entry_id).first()
    if entry is None:
        raise NoSuchEntry(entry_id)
    return entry


def must_decide(viewer: Viewer) -> None:
    """Letting in, blocking and trying again are for who may answer. Raises NotAllowed."""
    if viewer.face != Face.SYSTEM and not viewer.may_write:
        raise NotAllowed("This needs the role of an agent.")
