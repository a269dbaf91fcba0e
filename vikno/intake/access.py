"""The only way to an entry of the ledger."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from vikno.dialogs.models import Channel, ChannelAddress
from vikno.intake.models import Inbound
from vikno.people.models import Identity
from vikno.staff.access import Face, Viewer, as_customer
from vikno.staff.models import Team
from vikno.tickets.access import contributing, own_requests, tickets_for
from vikno.tickets.models import Link


class NoSuchEntry(Exception):
    """There is no such entry, or the viewer may not see it: the difference is not told."""


def inbound_for(viewer: Viewer) -> QuerySet[Inbound]:
    """The entries that the viewer may see: those whose message they see by a ticket it is linked to now, wherever it
    went at first; those that concern a ticket they see; of the rest, those of channels that a team of theirs serves.
    Customers see none, and a token that is narrowed to teams sees no more than these."""
    entries = _all()
    if viewer.face == Face.SYSTEM:
        return entries
    if viewer.face == Face.PORTAL or viewer.agent_id is None:
        return entries.none()
    return entries.filter(_sight(viewer))


def with_own(viewer: Viewer) -> tuple[QuerySet[Inbound], QuerySet[Inbound] | None]:
    """The same and, of the letters that this agent wrote as a customer, those that came to requests of their own: that
    they came and what became of them is told, and nothing else. The second are these alone; None if there can be none.
    """
    customer = as_customer(viewer)
    if viewer.face != Face.DESK or viewer.agent_id is None or not own_requests(customer).exists():
        return inbound_for(viewer), None
    written = Identity.objects.filter(person__in=customer.persons, kind=Identity.Kind.EMAIL).values_list("value")
    asked = own_requests(customer).values("id")
    links = Link.objects.filter(message=OuterRef("message_id"), ended_act=None)
    mine = Exists(links.filter(ticket__in=asked)) | Q(ticket__in=asked) & (Q(message=None) | ~Exists(links))
    own = Q(sender__in=written) & mine
    sight = _sight(viewer)
    return _all().filter(sight | own), _all().filter(own).exclude(sight)


def _all() -> QuerySet[Inbound]:
    return Inbound.objects.select_related("channel").defer("raw", "channel__secret")


def _sight(viewer: Viewer) -> Q:
    visible = tickets_for(viewer).values("id")
    links = Link.objects.filter(message=OuterRef("message_id"), ended_act=None)
    linked = Q(message__isnull=False) & Exists(links.filter(ticket__in=visible))
    loose = Q(message=None) | ~Exists(links)
    free = Q(ticket=None) & _served(viewer)
    return linked | loose & (Q(ticket__in=visible) | free)


def _served(viewer: Viewer) -> Q:
    """What came by a channel that a team of theirs serves, unless a closed team that is not theirs serves it too; of
    the owner, by any."""
    if viewer.is_owner and not viewer.only_teams:
        return Q()
    teams = viewer.only_teams if viewer.is_owner else viewer.teams
    if viewer.only_teams:
        teams &= viewer.only_teams
    channels = Channel.objects.filter(Q(team__in=teams) | Q(addresses__team__in=teams))
    # Whether it was written to the closed team's address cannot always be told: then nobody else may see it.
    closed = Team.objects.filter(openness=Team.Openness.CLOSED).exclude(id__in=teams)
    channels = channels.exclude(team__in=closed).exclude(addresses__in=ChannelAddress.objects.filter(team__in=closed))
    return Q(channel__in=channels.order_by().values("id"))


def named_tickets(viewer: Viewer, entries: Collection[Inbound]) -> set[int]:
    """Of the tickets that these entries came to, the ids of those that the viewer may read: a letter may have been
    split off since, and then its old ticket need not be theirs."""
    return contributing(viewer, {entry.ticket_id for entry in entries if entry.ticket_id})


def entry_for(viewer: Viewer, entry_id: int) -> Inbound:
    """One entry. Raises NoSuchEntry."""
    entry = inbound_for(viewer).filter(id=entry_id).first()
    if entry is None:
        raise NoSuchEntry(entry_id)
    return entry
