"""The only way to an entry of the ledger."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from vikno.intake.models import Inbound
from vikno.staff.access import Face, NotAllowed, Viewer
from vikno.tickets.access import contributing, tickets_for
from vikno.tickets.models import Link


class NoSuchEntry(Exception):
    """There is no such entry, or the viewer may not see it: the difference is not told."""


def inbound_for(viewer: Viewer) -> QuerySet[Inbound]:
    """The entries that the viewer may see: those whose message they see by a ticket it is linked to now, wherever it
    went at first; those that concern a ticket they see; of the rest, those of channels that a team of theirs serves.
    Customers see none."""
    entries = Inbound.objects.select_related("channel").defer("raw", "channel__secret")
    if viewer.face == Face.SYSTEM:
        return entries
    if viewer.face == Face.PORTAL or viewer.agent_id is None:
        return entries.none()
    serves = (
        Q() if viewer.is_owner else Q(channel__team__in=viewer.teams) | Q(channel__addresses__team__in=viewer.teams)
    )
    free = Inbound.objects.filter(serves, ticket=None).values("id")
    visible = tickets_for(viewer).values("id")
    links = Link.objects.filter(message=OuterRef("message_id"), ended_act=None)
    linked = Q(message__isnull=False) & Exists(links.filter(ticket__in=visible))
    by_ticket = Q(ticket__in=visible) & (Q(message=None) | ~Exists(links))
    return entries.filter(linked | by_ticket | Q(id__in=free))


def readable(viewer: Viewer, entries: Collection[Inbound]) -> tuple[set[int], set[int]]:
    """Of entries on a page of the ledger, the ids of those whose sender, words and letter the viewer may read, and of
    the tickets named by them that the viewer may read.

    Sight comes from the tickets that a letter is linked to now: it may have been split off from the one it came to.
    What concerns no ticket is read by whoever reads the ledger. Two queries and those of the rights, however many.
    """
    messages = [entry.message_id for entry in entries if entry.message_id]
    links = Link.objects.filter(message_id__in=messages, ended_act=None).values_list("message_id", "ticket_id")
    now: dict[int, set[int]] = {}
    for message, ticket in links:
        now.setdefault(message, set()).add(ticket)
    came_to = {entry.ticket_id for entry in entries if entry.ticket_id}
    seen = contributing(viewer, came_to.union(*now.values()))
    found = set()
    for entry in entries:
        tickets = now.get(entry.message_id or 0) or ({entry.ticket_id} if entry.ticket_id else set())
        if not tickets or tickets & seen:
            found.add(entry.id)
    return found, seen


def entry_for(viewer: Viewer, entry_id: int) -> Inbound:
    """One entry. Raises NoSuchEntry."""
    entry = inbound_for(viewer).filter(id=entry_id).first()
    if entry is None:
        raise NoSuchEntry(entry_id)
    return entry


def must_decide(viewer: Viewer) -> None:
    """Letting in, blocking and trying again are for who may answer. Raises NotAllowed."""
    if viewer.face != Face.SYSTEM and not viewer.may_write:
        raise NotAllowed(_("Your role does not include this. Ask an owner or the lead of the team."))
