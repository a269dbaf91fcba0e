"""Named reads of tickets. Hot ones answer plain tuples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from vikno.core import rows
from vikno.dialogs.models import Dialog, Message, MessageText
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.models import Link, Tag, Ticket, TicketTag

MOST_TAGS = 300
MOST_BONDS = 300  # of one ticket with others


def tickets_of(message_ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """The tickets that messages are linked to now, as (id, version), by message."""
    found: dict[int, list[tuple[int, int]]] = {}
    links = Link.objects.filter(message_id__in=message_ids, ended_act=None).order_by("ticket_id")
    for message, ticket, version in links.values_list("message_id", "ticket_id", "ticket__version"):
        found.setdefault(message, []).append((ticket, version))
    return found


_ASKED = Q(
    ended_act=None, message__unsent_at=None, message__dialog__side=Dialog.Side.CUSTOMER,
    message__author=Message.Author.CUSTOMER, message__kind=Message.Kind.ORDINARY,
)  # fmt: skip


def last_asked(ticket_ids: Iterable[int], absorbed: Mapping[int, int]) -> dict[int, str]:
    """What was said last by the customer of each ticket, or on what it absorbed (`absorbed`: with the ticket that it is
    read with), and wants an answer, by ticket; nothing of a hidden message. Two queries."""
    newest = Link.objects.filter(_ASKED, ticket=OuterRef("id")).order_by("-arrived_at", "-message_id")
    asked = Ticket.objects.filter(id__in=[*ticket_ids, *absorbed]).annotate(
        said=Subquery(newest.values("message_id")[:1]), at=Subquery(newest.values("arrived_at")[:1])
    )
    found = sorted((at, message, ticket) for ticket, message, at in asked.values_list("id", "said", "at") if message)
    said = {absorbed.get(ticket, ticket): message for _at, message, ticket in found}
    texts = _texts(said.values())
    return {ticket: texts[message] for ticket, message in said.items() if message in texts}


def asked_of(came: Mapping[int, Collection[int]], absorbed: Mapping[int, int]) -> dict[int, list[str]]:
    """Of the messages that came to each ticket those that want an answer, word for word and the oldest first, as far as
    they stand on it or on what it absorbed (as in `last_asked`); nothing of a hidden message. Two queries."""
    links = Link.objects.filter(
        _ASKED, ticket__in=[*came, *absorbed], message__in={one for some in came.values() for one in some}
    ).order_by("arrived_at", "message_id")
    said: dict[int, dict[int, None]] = {}
    for on, message in links.values_list("ticket_id", "message_id"):
        ticket = absorbed.get(on, on)
        if message in came.get(ticket, ()):
            said.setdefault(ticket, {})[message] = None
    texts = _texts(message for some in said.values() for message in some)
    found = {ticket: [texts[message] for message in some if message in texts] for ticket, some in said.items()}
    return {ticket: words for ticket, words in found.items() if words}


def _texts(message_ids: Iterable[int]) -> dict[int, str]:
    shown = MessageText.objects.filter(message__in=set(message_ids), message__hidden_at=None)
    return dict(shown.filter(version=F("message__version")).values_list("message_id", "text"))


def links_ever(message: Message) -> list[Link]:
    """The links of a message, also those that have ended, the oldest first. Read in two halves, as they are indexed."""
    links = Link.objects.filter(message=message)
    return sorted([*links.filter(ended_act=None), *links.filter(ended_act__isnull=False)], key=lambda link: link.id)


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


def merged_here(ticket_ids: Sequence[int]) -> list[tuple[int, str, str, int | None, datetime]]:
    """What was merged into one another among these tickets, the latest first: number, subject,
    kind and id of who did it, when."""
    told = rows.run(_MERGED.format(rows.places(ticket_ids), rows.places(ticket_ids)), *ticket_ids, *ticket_ids)
    return [(*row[:4], row[4] if row[4].tzinfo else row[4].replace(tzinfo=UTC)) for row in told]


_MERGED = """
SELECT one.number, one.subject, e.actor_kind, e.actor_id, e.at FROM tickets_merge m
JOIN tickets_ticket one ON one.id = m.absorbed_id
JOIN journal_eventticket c ON c.ticket_id = one.id
JOIN journal_event e ON e.id = c.event_id AND e.act = m.act AND e.verb = 'ticket.merged'
WHERE m.ended_act IS NULL AND m.absorbed_id IN ({}) AND m.survivor_id IN ({}) ORDER BY e.id DESC
"""


class Bond(NamedTuple):
    """How a ticket belongs with another one. `forward`: it says so of the other (a child of its parent); else the other
    says it of this one. `seen`: the viewer may see the other; else only that it is there may be told."""

    id: int
    kind: str
    forward: bool
    number: int
    subject: str
    stage: str
    seen: bool


def bonds_of(viewer: Viewer, ticket_ids: Sequence[int]) -> list[Bond]:
    """How tickets that are read as one belong with others, the oldest bond first; none with what lies in the bin."""
    seen, values = access.where(viewer)
    places = rows.places(ticket_ids)
    sql = _BONDS.format(seen=seen, these=places)
    told = rows.run(sql, *values, *ticket_ids, *ticket_ids, *values, *ticket_ids, *ticket_ids, MOST_BONDS)
    return [
        Bond(pk, kind, bool(way), number, subject, stage, bool(may))
        for pk, kind, way, number, subject, stage, may in told
    ]


_BOND = """
SELECT r.id AS bond, r.kind, {way} AS way, tickets_ticket.number, tickets_ticket.subject, tickets_ticket.stage,
CASE WHEN ({{seen}}) THEN 1 ELSE 0 END AS may
FROM tickets_relation r JOIN tickets_ticket ON tickets_ticket.id = r.{other}
WHERE r.{this} IN ({{these}}) AND r.ended_act IS NULL AND tickets_ticket.deleted_at IS NULL
AND tickets_ticket.id NOT IN ({{these}})
"""
_BONDS = (
    _BOND.format(way=1, other="of_id", this="ticket_id")
    + "UNION ALL"
    + _BOND.format(way=0, other="ticket_id", this="of_id")
    + "ORDER BY 1 LIMIT %s"
)


def tags_to_order(viewer: Viewer) -> QuerySet[Tag]:
    """The tags that this viewer may name, colour and merge: those of requests that they see, and those of none. A tag
    that only hidden requests have says what these are about."""
    worn = TicketTag.objects.filter(tag=OuterRef("pk"))
    seen = worn.filter(ticket__in=access.tickets_for(viewer).values("id"))
    return Tag.objects.filter(Exists(seen) | ~Exists(worn))


def tags_seen(viewer: Viewer) -> QuerySet[Tag]:
    """The tags of tickets that the viewer sees. A tag may say much about the ticket that it was made for."""
    seen = access.tickets_for(viewer).values("id")
    return Tag.objects.filter(Exists(TicketTag.objects.filter(tag=OuterRef("pk"), ticket__in=seen)))


def tags_known_to(viewer: Viewer) -> list[str]:
    """Names of tags to choose from, in their order."""
    tags = tags_seen(viewer).filter(archived_at=None).order_by("folded")
    return list(tags.values_list("name", flat=True)[:MOST_TAGS])
