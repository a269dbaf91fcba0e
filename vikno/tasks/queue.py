"""What next: the requests that an agent owns or could take, in the order of their weight (see `weighing`).

A sum of several reasons has no index. So candidates are taken from the ends of the indexes by which lists are ordered,
where the heavy ones are: the nearest deadlines, the longest waiting, the urgent among these and among what changed
last, what is the agent's own, what is new or old in their teams, where they were mentioned. Each walk looks at a
bounded number of rows, whatever the number of requests; then all candidates are weighed exactly. What is at no end of
any of these (not urgent, in the middle of thousands that wait) is not looked at until it has come nearer to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from vikno.core import clock, rows
from vikno.staff.access import Viewer
from vikno.tasks.weighing import NEAR, Facts, Part, ordered
from vikno.tickets import access
from vikno.tickets.directory import directory

WALKED, FURTHER = 500, 2000  # rows that a walk looks at; for urgent ones
TAKEN = 60  # candidates of a walk
MOST_TEAMS = 10
PASSED_FOR = timedelta(hours=4)  # how long what was passed over stays away

ALIVE = (
    "tickets_ticket.closed_at IS NULL AND tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL"
)
# What waits for somebody else needs nobody, unless its customer has written or its deadline is near.
_NEEDS = (
    "tickets_ticket.snoozed_until IS NULL AND "
    "(tickets_ticket.stage <> 'waiting' OR tickets_ticket.waiting_since IS NOT NULL OR tickets_ticket.due_at < %s)"
)
_COLUMNS = ", ".join(
    f"tickets_ticket.{name}"
    for name in (
        "id", "agent_id", "team_id", "restricted", "requester_id", "priority_rank", "updated_at", "due_at",
        "waiting_since", "snoozed_until", "stage",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request of the queue, with why it stands there."""

    facts: Facts
    parts: list[Part]
    number: int
    subject: str
    stage: str
    priority_id: int
    team_id: int
    who: str


@dataclass(frozen=True, slots=True)
class _Walk:
    """From one end of an index: `where` is what its rows have in common, `order` its order."""

    index: str
    order: str
    where: str = "1=1"
    values: tuple[Any, ...] = ()
    of_these: str = "1=1"
    depth: int = WALKED

    def sql(self, sight: str) -> str:
        """Takes its values, the instant that is soon, the agent, the values of the sight. What needs nobody takes up no
        place among the candidates."""
        hint = f" INDEXED BY {self.index}" if connection.vendor == "sqlite" else ""
        return (
            f"SELECT id FROM (SELECT {_COLUMNS} FROM tickets_ticket{hint} WHERE {ALIVE} AND {self.where} "
            f"ORDER BY {self.order} LIMIT {self.depth}) AS tickets_ticket WHERE {self.of_these} "
            f"AND {_NEEDS} AND (tickets_ticket.agent_id IS NULL OR tickets_ticket.agent_id = %s) AND ({sight}) "
            f"ORDER BY {self.order} LIMIT {TAKEN}"
        )


def _walks(viewer: Viewer, soon: Any) -> list[_Walk]:
    newest, oldest = "updated_at DESC, id DESC", "updated_at, id"
    waits, urgent = "waiting_since IS NOT NULL", "priority_rank > 0"
    found = [
        _Walk("tickets_alive_agent", newest, "agent_id = %s", (viewer.agent_id,)),
        _Walk("tickets_due", "due_at, id", "due_at < %s", (soon,)),
        _Walk("tickets_unanswered", "waiting_since, id", waits),
        _Walk("tickets_unanswered", "waiting_since, id", waits, of_these=urgent, depth=FURTHER),
        _Walk("tickets_alive_all", newest, of_these=urgent, depth=FURTHER),
        _Walk("tickets_alive_all", newest),
        _Walk("tickets_alive_all", oldest),
    ]
    for team in sorted(viewer.teams)[:MOST_TEAMS]:
        found += [_Walk("tickets_alive_team", order, "team_id = %s", (team,)) for order in (newest, oldest)]
    return found


_QUEUE = """
SELECT tickets_ticket.id, tickets_ticket.number, tickets_ticket.subject, tickets_ticket.stage,
tickets_ticket.priority_id, tickets_ticket.team_id, tickets_ticket.agent_id,
tickets_ticket.asked_at, tickets_ticket.created_at, tickets_ticket.due_at, tickets_ticket.waiting_since,
tickets_ticket.answered_at, {mentioned}, COALESCE(NULLIF(people_person.name, ''), people_identity.shown, '')
FROM tickets_ticket{by_id}
LEFT JOIN people_person ON people_person.id = tickets_ticket.requester_id
LEFT JOIN people_identity ON people_identity.id = tickets_ticket.identity_id
WHERE tickets_ticket.id IN ({ids}) AND {alive} AND {needs} AND ({sight})
AND (tickets_ticket.agent_id IS NULL OR tickets_ticket.agent_id = %s OR {mentioned})
AND NOT EXISTS (
    SELECT 1 FROM tasks_passed p WHERE p.ticket_id = tickets_ticket.id AND p.agent_id = %s AND p.until > %s
    AND (tickets_ticket.last_in_at IS NULL OR tickets_ticket.last_in_at < p.at)
)
"""
# Named, and not looked since anything happened there.
_MENTIONED = """EXISTS (
    SELECT 1 FROM tickets_mention m LEFT JOIN tickets_opened o ON o.ticket_id = m.ticket_id AND o.agent_id = m.agent_id
    WHERE m.ticket_id = tickets_ticket.id AND m.agent_id = %s AND (o.at IS NULL OR o.at < tickets_ticket.updated_at)
)"""


def queue(viewer: Viewer, now: datetime, *, most: int = 50) -> list[Waiting]:
    """The head of the queue, in one query. `most`: how many are answered."""
    if not viewer.may_write or viewer.agent_id is None:
        return []
    sight, seen = access.where(viewer)
    me, ready = viewer.agent_id, connection.ops.adapt_datetimefield_value
    soon = ready(now + NEAR)
    walks = _walks(viewer, soon)
    named = f"SELECT ticket_id AS id FROM tickets_mention WHERE agent_id = %s ORDER BY id DESC LIMIT {TAKEN}"
    sources = [*(walk.sql(sight) for walk in walks), named]
    ids = " UNION ".join(f"SELECT id FROM ({source}) AS source{n}" for n, source in enumerate(sources))
    sql = _QUEUE.format(
        ids=ids, alive=ALIVE, needs=_NEEDS, sight=sight, mentioned=_MENTIONED,
        by_id=" NOT INDEXED" if connection.vendor == "sqlite" else "",
    )  # fmt: skip
    values: list[Any] = [me]
    for walk in walks:
        values += [*walk.values, soon, me, *seen]
    values += [me, soon, *seen, me, me, me, ready(now)]
    found = {row[0]: row for row in rows.run(sql, *values)}
    head = ordered((_facts(row, viewer) for row in found.values()), now)[:most]
    return [_waiting(facts, why, found[facts.ticket_id]) for facts, why in head]


def _facts(row: tuple[Any, ...], viewer: Viewer) -> Facts:
    pk, _number, _subject, _stage, priority, team, agent, asked, created, due, waits, answered, named, _who = row
    return Facts(
        pk, clock.aware(asked or created), _instant(due), _instant(waits), _instant(answered),
        directory().steps.get(priority, 0), mentioned=bool(named), mine=agent == viewer.agent_id,
        team=agent is None and team in viewer.teams,
    )  # fmt: skip


def _instant(value: datetime | None) -> datetime | None:
    return clock.aware(value) if value is not None else None


def _waiting(facts: Facts, why: list[Part], row: tuple[Any, ...]) -> Waiting:
    return Waiting(facts, why, row[1], row[2], row[3], row[4], row[5], row[13])
