"""Choosing tickets by their number, by words, or out of what is likely: the rows that a merge and a link offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.text import whole_number
from vikno.core.times import short_times
from vikno.desk.face import DeskRequest
from vikno.search.find import find
from vikno.search.language import LONGEST
from vikno.tickets import access
from vikno.tickets.directory import directory
from vikno.tickets.likely import Why, likely
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import subject_words

MOST_FOUND = 8
DIGITS = 9  # with more it is no number of a request but that of a phone, an order, a contract


def offered(
    request: DeskRequest,
    chosen: Sequence[Ticket],
    q: str,
    address: Callable[[Ticket], str] | None = None,
    *,
    besides: bool = True,
) -> dict[str, Any]:
    """Everything of `desk/_picks.html`: what is found for the words `q`, else (`besides`) what is likely. Who types the
    number of a request means that one: it stands first, or a note says in its place why it does not. `address` says
    where a row leads; without it a row is a choice of the form that it stands in."""
    q, note = q[:LONGEST], ""
    if q.strip():
        found, note = _found(request, q, chosen)
        rows = [(one, "") for one in found]
    else:
        rows = [(one, _why(why)) for one, why in likely(request.desk.viewer, chosen)] if besides else []
    short = short_times(request.desk.zone, translation.get_language() or "en")
    return {
        "q": q, "note": note, "nothing": bool(q.strip()) and not rows and not note,
        "rows": [described(one, short) | {"why": why, "url": address(one) if address else ""} for one, why in rows],
    }  # fmt: skip


def described(ticket: Ticket, short: Callable[[Any], str]) -> dict[str, Any]:
    """A ticket in few words, for a row or a card. `short` writes instants in the reader's zone."""
    names = directory().names
    address = ticket.identity.shown if ticket.identity else ""
    return {
        "number": ticket.number, "subject": subject_words(ticket.subject), "stage": ticket.stage,
        "restricted": ticket.restricted,
        "status": names["status"].get(ticket.status_id, ""), "team": names["team"].get(ticket.team_id, ""),
        "agent": names["agent"].get(ticket.agent_id or 0, ""),
        "who": ticket.requester.name or address or _("Unknown sender"), "address": address,
        "when_iso": ticket.created_at.isoformat(timespec="seconds"), "when": short(ticket.created_at),
    }  # fmt: skip


def _found(request: DeskRequest, q: str, chosen: Sequence[Ticket]) -> tuple[list[Ticket], str]:
    """What the search finds for this viewer, in its order, without those that were chosen; and of a number what stands
    before all that if no request that could be chosen has it."""
    viewer = request.desk.viewer
    answer = find(viewer, q, typing=True, zone=request.desk.zone)
    taken = {one.id for one in chosen}
    ids = [pk for pk in dict.fromkeys([*answer.exact, *(hit.match.shown for hit in answer.hits)]) if pk not in taken]
    there = access.tickets_for(viewer).filter(id__in=ids[: MOST_FOUND * 2], merged_into=None, deleted_at=None)
    rows = there.select_related("requester", "identity").in_bulk()
    exact = set(answer.exact)
    note = "" if rows.keys() & exact else _no_such(q, already=bool(taken & exact))
    return [rows[pk] for pk in ids if pk in rows][:MOST_FOUND], note


def _no_such(q: str, *, already: bool) -> str:
    number = q.strip(" #№")
    if whole_number(number) is None or len(number) > DIGITS:
        return ""
    words = _("#%(number)s stands here already.") if already else _("There is no request #%(number)s to choose.")
    return words % {"number": number}


def _why(why: Why) -> str:
    return {
        Why.DIALOG: _("same conversation"), Why.REQUESTER: _("same requester"),
        Why.ORGANISATION: _("same organisation"), Why.SEEN: _("you looked at it lately"),
    }[why]  # fmt: skip
