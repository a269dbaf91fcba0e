"""What the page of suspected letters shows of each: who wrote, what it claims, why that is doubted, and the ticket."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.channels.email.providers import firm_of
from vikno.core.text import fold, one_line
from vikno.core.times import full_time, short_times
from vikno.desk.face import DeskRequest
from vikno.desk.rows import hue, initials
from vikno.dialogs.models import Message
from vikno.intake import reasons
from vikno.intake.access import named_tickets
from vikno.intake.models import Inbound
from vikno.intake.queries import claiming
from vikno.people.models import Identity
from vikno.staff.access import Viewer
from vikno.staff.rights import Right, may
from vikno.tickets.directory import directory
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import subject_words

PAGE = 20


def drawn(request: DeskRequest, entries: Sequence[Inbound]) -> list[dict[str, Any]]:
    """The entries as `desk/suspected.html` draws them. Three queries, however many there are."""
    seen = named_tickets(request.desk.viewer, entries)
    rows = Ticket.objects.filter(id__in=seen).select_related("requester", "identity")
    tickets = {one.id: one for one in rows}
    senders = {entry.sender for entry in entries}
    wrote = Exists(Message.objects.filter(identity=OuterRef("pk")))  # who is only suspected has an identity as well
    identities = Identity.objects.filter(wrote, value__in=senders).select_related("person")
    known = {one.value: one for one in identities}
    return [_entry(request, entry, tickets.get(entry.ticket_id or 0), known.get(entry.sender)) for entry in entries]


def notice(viewer: Viewer, tickets: Collection[int]) -> tuple[str, str] | None:
    """What the head of a ticket says of suspected letters that claim it: (words, address); None for whoever may not
    decide about them, or if there is none."""
    if not may(viewer, Right.LEDGER):
        return None
    found = claiming(viewer, tickets)
    if not found:
        return None
    words = ngettext(
        "A letter from %(sender)s may belong here: its sender takes no part in this ticket.",
        "%(num)s letters may belong here: their senders take no part in this ticket.",
        len(found),
    ) % {"num": len(found), "sender": found[0][1] or _("Unknown sender")}
    return words, f"{reverse('desk:suspected')}#entry-{found[0][0]}"


def _entry(request: DeskRequest, entry: Inbound, ticket: Ticket | None, known: Identity | None) -> dict[str, Any]:
    zone, language = request.desk.zone, translation.get_language() or "en"
    name = entry.name or (known.person.name if known else "") or entry.sender or _("Unknown sender")
    return {
        "id": entry.id, "subject": entry.subject, "name": name, "initials": initials(name),
        "address": entry.sender if entry.sender != name else "", "excerpt": entry.excerpt,
        "when_iso": entry.received_at.isoformat(timespec="seconds"),
        "when_text": short_times(zone, language)(entry.received_at),
        "when_full": full_time(entry.received_at, zone, language), "why": reasons.words(entry.reason),
        "hints": _hints(entry, ticket, known), "ticket": _ticket(request, ticket) if ticket else None,
        "raw_url": reverse("desk:ledger_raw", args=[entry.id]),
        "join_url": reverse("desk:suspected_act", args=[entry.id, "join"]),
        "apart_url": reverse("desk:suspected_act", args=[entry.id, "apart"]),
        "hold_url": reverse("desk:suspected_act", args=[entry.id, "hold"]),
    }  # fmt: skip


def _hints(entry: Inbound, ticket: Ticket | None, known: Identity | None) -> list[tuple[str, str, str]]:
    """What speaks for the sender and what against: (icon, words, tone). Names are what people call themselves: a
    hint, never a proof."""
    hints = []
    if known is None:
        hints.append(("user-plus", _("Never wrote to you before"), ""))
    elif ticket is None or known.person_id != ticket.requester_id:
        hints.append(("user-round", _("Has written to you before, about something else"), ""))
    if ticket is None:
        return hints
    theirs = ticket.identity.value if ticket.identity else ""
    if entry.name and fold(entry.name) == fold(ticket.requester.name):
        words = _("Has the same name as the requester: perhaps another address of theirs, perhaps somebody who uses it")
        hints.append(("users", words, "warn"))
    if theirs and firm_of(theirs) and "@" in entry.sender and firm_of(entry.sender) == firm_of(theirs):
        hints.append(("building-2", _("Writes from the same firm as the requester"), "ok"))
    return hints


def _ticket(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    language = translation.get_language() or "en"
    name = ticket.requester.name or (ticket.identity.shown if ticket.identity else "") or _("Unknown sender")
    return {
        "number": ticket.number, "url": reverse("desk:ticket", args=[ticket.number]),
        "subject": subject_words(ticket.subject),
        "stage": ticket.stage, "status": directory().names["status"].get(ticket.status_id, ""), "requester": name,
        "initials": initials(name), "hue": hue(ticket.requester_id),
        "address": ticket.identity.shown if ticket.identity and ticket.identity.shown != name else "",
        "preview": one_line(ticket.preview, 160), "when_iso": ticket.updated_at.isoformat(timespec="seconds"),
        "when_text": short_times(request.desk.zone, language)(ticket.updated_at),
    }  # fmt: skip
