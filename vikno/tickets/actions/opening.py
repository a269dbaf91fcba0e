"""The owner's "open anyway": reading a ticket of a closed team, in sight of that team, or one that nobody else can
read any more."""

from __future__ import annotations

from django.db import transaction

from vikno.accounts import security
from vikno.accounts.security import Kind
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.staff.access import Viewer
from vikno.staff.models import Team
from vikno.staff.rights import Right, may, require
from vikno.tickets.access import NoSuchTicket, out_of_everybodys_sight, tickets_for
from vikno.tickets.actions.changing import lock
from vikno.tickets.models import Ticket


def can_open_anyway(viewer: Viewer, number: int) -> Ticket | None:
    """The ticket of this number, if this owner does not read it by their own right and it is one of a closed team, or a
    restricted one whose readers have all left. What is restricted and has a reader, and what one asked for oneself,
    stays closed."""
    if not may(viewer, Right.OPEN_ANYWAY):
        return None
    of_closed_team = Ticket.objects.filter(number=number, team__openness=Team.Openness.CLOSED, restricted=False)
    hidden = of_closed_team | out_of_everybodys_sight().filter(number=number)
    ticket = hidden.exclude(requester_id__in=viewer.persons).first()
    if ticket is None or tickets_for(viewer).filter(id=ticket.id).exists():
        return None
    return ticket


def open_anyway(viewer: Viewer, number: int, *, by: Act) -> Ticket:
    """Write down, in the time line and the security log, that the owner reads this ticket; the face lets them from now
    on, for as long as it says. Raises NotAllowed, NoSuchTicket."""
    require(viewer, Right.OPEN_ANYWAY)
    with transaction.atomic():
        ticket = can_open_anyway(viewer, number)
        if ticket is None:
            raise NoSuchTicket(number)
        ticket = lock(ticket)
        record(by, Verb.TICKET_OPENED_ANYWAY, tickets=[(ticket.id, ticket.version)])
        security.log(Kind.TICKET_OPENED_ANYWAY, user=viewer.user_id, ticket=ticket.number)
    return ticket
