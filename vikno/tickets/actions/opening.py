"""The owner's "open anyway": reading a ticket of a closed team, in sight of that team."""

from __future__ import annotations

from django.db import transaction

from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.staff.access import Viewer
from vikno.staff.models import Team
from vikno.staff.rights import Right, may, require
from vikno.tickets.access import NoSuchTicket, tickets_for
from vikno.tickets.models import Ticket


def can_open_anyway(viewer: Viewer, number: int) -> Ticket | None:
    """The ticket of this number, if it is one of a closed team that this owner does not read by their own right. What
    is restricted by itself, and what one asked for oneself, stays closed."""
    if not may(viewer, Right.OPEN_ANYWAY):
        return None
    hidden = Ticket.objects.filter(number=number, team__openness=Team.Openness.CLOSED, restricted=False)
    ticket = hidden.exclude(requester_id__in=viewer.persons).first()
    if ticket is None or tickets_for(viewer).filter(id=ticket.id).exists():
        return None
    return ticket


def open_anyway(viewer: Viewer, number: int, *, by: Act) -> Ticket:
    """Write down that the owner reads this ticket; the face lets them from now on, for as long as it says. Raises
    NotAllowed, NoSuchTicket."""
    require(viewer, Right.OPEN_ANYWAY)
    with transaction.atomic():
        ticket = can_open_anyway(viewer, number)
        if ticket is None:
            raise NoSuchTicket(number)
        ticket = Ticket.objects.select_for_update().get(id=ticket.id)
        record(by, Verb.TICKET_OPENED_ANYWAY, tickets=[(ticket.id, ticket.version)])
    return ticket
