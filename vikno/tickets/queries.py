"""Named reads of tickets. Hot ones answer plain tuples."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, OuterRef

from vikno.core import rows
from vikno.dialogs.models import Message
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.models import Link, Tag, TicketTag

MOST_TAGS = 300


def tickets_of(message_ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """The tickets that messages are linked to now, as (id, version), by message."""
    found: dict[int, list[tuple[int, int]]] = {}
    links = Link.objects.filter(message_id__in=message_ids, ended_act=None).order_by("ticket_id")
    for message, ticket, version in links.values_list("message_id", "ticket_id", "ticket__version"):
        found.setdefault(message, []).append((ticket, version))
    return found


def praise(since: datetime) -> dict[int, int]:
    """How often customers thanked each agent since an instant, by agent. A message that was judged anew counts no
    more."""
    thanks = Message.objects.filter(kind=Message.Kind.THANKS, praises__isnull=False, arrived_at__gte=since)
    return dict(thanks.values("praises").annotate(times=Count("id")).order_by().values_list("praises", "times"))


def tags_of(ticket_ids: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
    """The tags of tickets as (name, hue), by ticket."""
    found: dict[int, list[tuple[str, int]]] = {}
    ids = list(ticket_ids)
    for ticket, name, hue in rows.run(_TAGS.format(rows.places(ids)), *ids) if ids else []:
        found.setdefault(ticket, []).append((name, hue))
    return found


_TAGS = """
SELECT w.ticket_id, t.name, t.hue FROM tickets_tickettag w JOIN tickets_tag t ON t.id = w.tag_id
WHERE w.ticket_id IN ({}) ORDER BY t.folded
"""


def tags_known_to(viewer: Viewer) -> list[str]:
    """Names of tags to choose from, in their order: those of tickets that the viewer sees. A tag may say much about the
    ticket that it was made for."""
    seen = access.tickets_for(viewer).values("id")
    worn = TicketTag.objects.filter(tag=OuterRef("pk"), ticket__in=seen)
    tags = Tag.objects.filter(Exists(worn), archived_at=None).order_by("folded")
    return list(tags.values_list("name", flat=True)[:MOST_TAGS])
