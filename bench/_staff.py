"""Colleagues for a measurement, each signed in: made by the program itself, in a process of its own."""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - Django comes first

from bench._inside import session_of  # noqa: E402
from tests.world import make_agent  # noqa: E402
from vikno.staff.models import Team  # noqa: E402
from vikno.tickets.models import Priority, Ticket  # noqa: E402

MOST = 1500  # tickets that they look at


def staff(count: str) -> dict[str, Any]:
    """So many agents, spread over the teams, with a session each; tickets that they may look at and that are open; the
    ids of priorities."""
    teams = list(Team.objects.filter(archived_at=None).order_by("id"))
    with transaction.atomic():
        agents = [make_agent(f"Colleague{n} Bench", "agent", (teams[n % len(teams)], False)) for n in range(int(count))]
        cookies = [session_of(one.person.user) for one in agents]
    newest = Ticket.objects.filter(merged_into=None, deleted_at=None).order_by("-id")
    return {
        "cookies": cookies,
        "places": [f"team:{team.id}" for team in teams],
        "tickets": list(newest.values_list("number", flat=True)[:MOST]),
        "open": list(newest.exclude(stage="closed").values_list("number", flat=True)[:MOST]),
        "priorities": list(Priority.objects.filter(archived_at=None).values_list("id", flat=True)),
    }


def many_open(count: str) -> dict[str, Any]:
    """So many tickets are open, whatever they were: what is closed at once later; and as a list would name them."""
    from vikno.desk import seen_marks
    from vikno.tickets.actions.creating import default_status

    ids = list(Ticket.objects.filter(merged_into=None, deleted_at=None).order_by("-id").values_list("id", flat=True))
    chosen = Ticket.objects.filter(id__in=ids[: int(count)])
    chosen.update(stage="open", status=default_status("open"), closed_at=None)
    drawn = sorted(chosen.values_list("number", "version"))
    return {"numbers": [number for number, _version in drawn], "marks": [seen_marks.mark(*one) for one in drawn]}


def closed(numbers: str) -> dict[str, Any]:
    """How many of these tickets are closed, and in how many acts that was done."""
    wanted = json.loads(numbers)
    rows = Ticket.objects.filter(number__in=wanted, stage="closed")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT act) FROM journal_event WHERE verb = 'ticket.status' AND actor_kind = 'agent'"
        )
        return {"closed": rows.count(), "acts": cursor.fetchone()[0]}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
