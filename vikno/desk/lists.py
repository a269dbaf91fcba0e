"""The lists of the desk: which tickets stand on each, in which order. Plain SQL and plain tuples: these pages are
hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from vikno.core.text import whole_number
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.directory import directory

PAGE = 50
MOST_COUNTED = 1000

ALIVE = (
    "tickets_ticket.closed_at IS NULL AND tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL"
)
EVERY = "tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class Place:
    """One list: its key in addresses and in live topics, its title and icon, and its condition as SQL. `index` is the
    one to walk where the condition names no column that has an index of its own (see `_from`); `counted_in` holds all
    columns that the condition and the viewer's sight ask for."""

    key: str
    title: str
    icon: str
    where: str
    params: tuple[Any, ...] = ()
    closed_too: bool = False
    index: str = ""
    counted_in: str = "tickets_badge_stage"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order with a cursor that can go on from a row: by a column, newest or oldest first. Rows without it are not
    asked for: what is closed waits for nobody and is due no more."""

    key: str
    column: str
    descending: bool
    needs: str = ""
    index: str = ""


SORTS = {
    "newest": Sort("newest", "updated_at", True),
    "waiting": Sort(
        "waiting", "waiting_since", False, f"tickets_ticket.waiting_since IS NOT NULL AND {ALIVE}", "tickets_unanswered"
    ),
    "due": Sort("due", "due_at", False, f"tickets_ticket.due_at IS NOT NULL AND {ALIVE}", "tickets_due"),
}


def sort_words() -> dict[str, str]:
    return {
        "newest": _("Last change first"),
        "waiting": _("Longest waiting first"),
        "due": _("Due first"),
    }


def places(viewer: Viewer) -> list[Place]:
    """The lists without teams, in their order."""
    me = viewer.agent_id
    own, alive = "tickets_ticket.agent_id = %s", "tickets_alive_all"
    return [
        Place("mine", _("Mine"), "user-round", f"{ALIVE} AND {own}", (me,), counted_in="tickets_alive_agent"),
        Place("unassigned", _("Unassigned"), "user-plus", f"{ALIVE} AND tickets_ticket.agent_id IS NULL"),
        Place("unopened", _("Not yet opened"), "mail", f"{ALIVE} AND tickets_ticket.opened_at IS NULL", index=alive),
        Place(
            "waiting",
            _("Waiting for others"),
            "stage-waiting",
            f"{ALIVE} AND tickets_ticket.stage = 'waiting'",
            index=alive,
        ),
        Place("open", _("All open"), "inbox", ALIVE, index=alive),
        Place("all", _("All, with closed ones"), "archive", EVERY, closed_too=True, index="tickets_all"),
    ]


def team_places(viewer: Viewer) -> list[Place]:
    """A list for each team whose tickets the viewer reads, own teams first."""
    seen = [(pk, name) for pk, name in directory().teams if viewer.sees_all_teams or pk in viewer.readable]
    seen.sort(key=lambda team: team[0] not in viewer.teams)
    where = f"{ALIVE} AND tickets_ticket.team_id = %s"
    return [Place(f"team:{pk}", name, "users", where, (pk,), counted_in="tickets_badge_team") for pk, name in seen]


def place(viewer: Viewer, key: str) -> Place | None:
    """The list of this key; None if there is none for this viewer."""
    some = team_places(viewer) if key.startswith("team:") else places(viewer)
    return next((one for one in some if one.key == key), None)


def counts(viewer: Viewer, of: Sequence[Place]) -> dict[str, str]:
    """What the badges say: at most 1,000 of each, among what is not closed. Each is counted in an index that holds all
    that is asked of a ticket, so a badge costs the same with twenty thousand open tickets as with a thousand."""
    counted = [one for one in of if not one.closed_too]
    if not counted:
        return {}
    sight, seen = access.where(viewer)
    parts, params = [], []
    for n, one in enumerate(counted):
        parts.append(
            f"SELECT {n}, (SELECT COUNT(*) FROM (SELECT 1 FROM {_from(one.counted_in)} WHERE {one.where} AND ({sight}) "
            f"LIMIT {MOST_COUNTED + 1}) AS counted)"
        )
        params += [*one.params, *seen]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        found = dict(cursor.fetchall())
    return {one.key: capped(found[n]) for n, one in enumerate(counted)}


def shown_by(of: Place, sort: Sort) -> Place:
    """What a list shows in an order: some leave out what has nothing to be ordered by."""
    if not sort.needs:
        return of
    return replace(of, where=f"{of.where} AND {sort.needs}", closed_too=False, counted_in=sort.index)


def _from(index: str) -> str:
    """The table of tickets, walked by this index. SQLite, which has no figures of its rows, would take the index of
    `merged_into` or of all tickets as gladly, and so look at every ticket there ever was. PostgreSQL has figures."""
    if index and connection.vendor == "sqlite":
        return f"tickets_ticket INDEXED BY {index}"
    return "tickets_ticket"


def capped(count: int) -> str:
    """A count as a badge shows it: nothing for none, "1000+" beyond the bound."""
    if count > MOST_COUNTED:
        return f"{MOST_COUNTED}+"
    return str(count) if count else ""


_COLUMNS = """
tickets_ticket.id, tickets_ticket.number, tickets_ticket.stage, tickets_status.name,
COALESCE(NULLIF(people_person.name, ''), people_identity.shown, ''), tickets_ticket.subject, tickets_ticket.preview,
dialogs_channel.kind, tickets_ticket.updated_at, tickets_ticket.last_in_at, tickets_opened.at,
COALESCE(agent_person.name, ''), tickets_ticket.due_at, tickets_ticket.waiting_since, tickets_ticket.snoozed_until,
tickets_ticket.due_is_day, tickets_ticket.team_id
"""
_TABLES = """
LEFT JOIN tickets_status ON tickets_status.id = tickets_ticket.status_id
LEFT JOIN people_person ON people_person.id = tickets_ticket.requester_id
LEFT JOIN people_identity ON people_identity.id = tickets_ticket.identity_id
LEFT JOIN dialogs_channel ON dialogs_channel.id = tickets_ticket.channel_id
LEFT JOIN staff_agent ON staff_agent.id = tickets_ticket.agent_id
LEFT JOIN people_person agent_person ON agent_person.id = staff_agent.person_id
LEFT JOIN tickets_opened ON tickets_opened.ticket_id = tickets_ticket.id AND tickets_opened.agent_id = %s
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list as tuples of `_COLUMNS`, and the cursor of what comes after them ("" at the end). `whole`: nothing
    stands before or after them."""

    rows: list[tuple[Any, ...]]
    after: str
    whole: bool


def page(viewer: Viewer, of: Place, sort: Sort, *, after: str = "", limit: int = PAGE) -> Page:
    """One page of a list: one query. Words are looked for by search, not here."""
    sight, seen = access.where(viewer)
    where, params = [of.where, f"({sight})"], [viewer.agent_id, *of.params, *seen]
    if sort.needs:
        where.append(sort.needs)
    column, direction = f"tickets_ticket.{sort.column}", "DESC" if sort.descending else "ASC"
    if cursor_at := _read_cursor(after):
        sign = "<" if sort.descending else ">"
        where.append(f"({column} {sign} %s OR ({column} = %s AND tickets_ticket.id {sign} %s))")
        instant = connection.ops.adapt_datetimefield_value(cursor_at[0])
        params += [instant, instant, cursor_at[1]]
    index = (sort.index or of.index) if of.index else ""
    sql = (
        f"SELECT {_COLUMNS} FROM {_from(index)} {_TABLES} WHERE {' AND '.join(where)} "
        f"ORDER BY {column} {direction}, tickets_ticket.id {direction} LIMIT {limit + 1}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    position = {"updated_at": 8, "due_at": 12, "waiting_since": 13}[sort.column]
    more = len(rows) > limit
    rows = rows[:limit]
    cursor_after = f"{aware(rows[-1][position]).isoformat()}~{rows[-1][0]}" if more else ""
    return Page(rows, cursor_after, not more and cursor_at is None)


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    """A cursor from an address; what is not one means the beginning."""
    instant, _tilde, row = text.partition("~")
    try:
        at, number = aware(datetime.fromisoformat(instant)).astimezone(UTC), whole_number(row)
    except (ValueError, OverflowError):
        return None
    return None if number is None else (at, number)


def aware(value: datetime) -> datetime:
    """SQLite gives instants without their zone, which is UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)
