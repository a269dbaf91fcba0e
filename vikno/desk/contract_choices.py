"""Which contracts a request can be bound to, and whether one is over."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.core.text import sort_key
from vikno.tickets.models import Ticket

Choices = list[tuple[Any, str]]  # what is sent, and its word

_OF = "SELECT id, number, until FROM people_contract WHERE person_id = %s OR organisation_id = %s"


def today_in(zone: str) -> date:
    """The day that it is in this zone: what ends with it is said to have ended."""
    return clock.now().astimezone(ZoneInfo(zone)).date()


def is_over(until: date | str | None, today: date) -> bool:
    """Whether the last day of a contract, as a row or as SQLite's own text has it, has gone by or is today."""
    return until is not None and str(until) <= today.isoformat()


def offered(ticket: Ticket, zone: str) -> Choices:
    """Contracts of the requester and of their organisation: first those that run, then those that are over, which say
    so."""
    today, ended = today_in(zone), _("ended")
    found = [
        (is_over(until, today), sort_key(number), pk, number)
        for pk, number, until in rows.run(_OF, ticket.requester_id, ticket.requester.organisation_id)
    ]
    return [(pk, f"{number} · {ended}" if over else number) for over, _key, pk, number in sorted(found)]


def properties(ticket: Ticket, choices: Choices) -> list[tuple[str, str, str, Any, Choices]]:
    """The contract of a ticket as one of the properties of its page; none where there is nothing to choose."""
    return [("contract", _("Contract"), "choice", ticket.contract_id or "", [("", "–"), *choices])] if choices else []
