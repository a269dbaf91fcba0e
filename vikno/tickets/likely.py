"""Which tickets are likely to belong with others: what a merge or a link offers before anything is typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from django.db.models import Q, QuerySet

from vikno.people.queries import one_human
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.models import Link, Ticket

MOST = 8
OF_EACH = 5  # tickets that one reason gives


class Why(StrEnum):
    DIALOG = "dialog"  # said in the same dialog
    REQUESTER = "requester"  # asked by the same human, and not closed
    ORGANISATION = "organisation"  # asked from the same organisation, and not closed
    SEEN = "seen"  # what this agent had before their eyes last


def likely(viewer: Viewer, chosen: Sequence[Ticket]) -> list[tuple[Ticket, Why]]:
    """Up to eight tickets that the viewer may see besides these, the likeliest first, each with the first reason for
    it. Six queries at most."""
    named: dict[int, tuple[Ticket, Why]] = {}
    for why, tickets in _by_reason(viewer, chosen):
        for one in tickets[:OF_EACH]:
            named.setdefault(one.id, (one, why))
        if len(named) >= MOST:
            break
    return list(named.values())[:MOST]


def _by_reason(viewer: Viewer, chosen: Sequence[Ticket]) -> Iterator[tuple[Why, QuerySet[Ticket]]]:
    ids = [one.id for one in chosen]
    there = access.tickets_for(viewer).filter(merged_into=None, deleted_at=None).exclude(id__in=ids)
    offered = there.select_related("requester", "identity")
    if chosen:
        dialogs = Link.objects.filter(ticket__in=ids, ended_act=None).values("message__dialog")
        linked = Link.objects.filter(message__dialog__in=dialogs, ended_act=None).values("ticket")
        yield Why.DIALOG, offered.filter(id__in=linked).order_by("-updated_at", "-id")
        humans = {person for one in chosen for person in one_human(one.requester_id)}
        alive = offered.filter(closed_at=None)
        yield Why.REQUESTER, alive.filter(requester__in=humans).order_by("-created_at")
        firms = {one.requester.organisation_id for one in chosen} - {None}
        if firms:
            yield Why.ORGANISATION, alive.filter(requester__organisation__in=firms).order_by("-created_at")
    if viewer.agent_id is not None:
        mine = Q(opened__agent=viewer.agent_id)
        yield Why.SEEN, offered.filter(mine).order_by("-opened__at", "-id")
