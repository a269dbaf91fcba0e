"""The lists of the desk: which tickets stand on each, in which order. Plain SQL and plain tuples: these pages are
hot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.clock import aware
from vikno.core.patience import within
from vikno.core.text import whole_number
from vikno.desk.colleague import name_of
from vikno.dialogs.channels import KINDS
from vikno.staff.access import Viewer
from vikno.tickets import access, saved_views
from vikno.tickets.conditions import channel_words
from vikno.tickets.directory import directory

PAGE = 50
MOST_COUNTED = 1000
MOST_BADGES = 50  # lists that are counted for one page
LONGEST_SECONDS = 2.0  # that a page of a list with a condition of one's own may take the database

ALIVE = (
    "tickets_ticket.closed_at IS NULL AND tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL"
)
AWAKE = f"{ALIVE} AND tickets_ticket.snoozed_until IS NULL"  # what is put aside comes back by itself
EVERY = "tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL"
BIN = "tickets_ticket.deleted_at IS NOT NULL AND tickets_ticket.spam_at IS NULL"  # spam has a page of its own
BY_ID = "by id"  # in the place of an index: a few tickets that another table names
AHEAD = timedelta(days=1)  # what the list "Due soon" looks ahead; the chip of a row warns later


@dataclass(frozen=True, slots=True)
class Place:
    """One list: its key in addresses and in live topics, its title and icon, and its condition as SQL. `index` is the
    one to walk where the condition names no column that has an index of its own (see `_from`); `counted_in` holds all
    columns that the condition and the viewer's sight ask for. `quiet`: the navigation leaves it out while nothing
    stands on it. `apart`: no index holds what its badge asks, so that is counted by itself and may be given up
    (vikno.desk.badges), and so may its pages; `mark` tells one condition from another. `problems`: why it shows
    nothing."""

    key: str
    title: str
    icon: str
    where: str
    params: tuple[Any, ...] = ()
    closed_too: bool = False
    index: str = ""
    counted_in: str = "tickets_badge_stage"
    quiet: bool = False
    apart: bool = False
    mark: str = ""
    problems: tuple[str, ...] = ()
    about: str = ""  # its condition in a sentence
    edit_url: str = ""


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
        "newest": _("Last activity first"),
        "waiting": _("Longest waiting first"),
        "due": _("Due first"),
    }


def places(viewer: Viewer) -> list[Place]:
    """The lists without teams, in their order."""
    me = viewer.agent_id
    own, alive = "tickets_ticket.agent_id = %s", "tickets_alive_all"
    return [
        Place("mine", _("Mine"), "user-round", f"{AWAKE} AND {own}", (me,), counted_in="tickets_alive_agent"),
        Place("unassigned", _("Unassigned"), "user-plus", f"{AWAKE} AND tickets_ticket.agent_id IS NULL"),
        Place("unopened", _("Not yet opened"), "mail", f"{AWAKE} AND tickets_ticket.opened_at IS NULL", index=alive),
        Place(
            "waiting",
            _("Waiting for others"),
            "stage-waiting",
            f"{AWAKE} AND tickets_ticket.stage = 'waiting'",
            index=alive,
        ),
        *_places_of_concern(viewer),
        Place("open", _("All open"), "inbox", AWAKE, index=alive),
        Place("all", _("All, with closed ones"), "archive", EVERY, closed_too=True, index="tickets_all"),
        Place("bin", _("Bin"), "trash-2", BIN, closed_too=True, index="tickets_bin"),
    ]


def _places_of_concern(viewer: Viewer) -> list[Place]:
    """What a time or a colleague brings before one's eyes; also what is put aside, but on the first."""
    now, me = clock.now(), viewer.agent_id
    over, soon = (connection.ops.adapt_datetimefield_value(instant) for instant in (now, now + AHEAD))
    due, named = "tickets_ticket.due_at", "tickets_ticket.id IN (SELECT ticket_id FROM {} WHERE agent_id = %s)"
    aside = "tickets_ticket.snoozed_until IS NOT NULL"
    found = [
        ("overdue", _("Overdue"), "alarm-clock", f"{due} < %s", (over,), "tickets_due"),
        ("due", _("Due soon"), "clock", f"{due} >= %s AND {due} < %s", (over, soon), "tickets_due"),
        ("snoozed", _("Put aside for now"), "stage-snoozed", aside, (), "tickets_snoozed"),
        ("mentioned", _("Mentioned"), "at-sign", named.format("tickets_mention"), (me,), BY_ID),
        ("following", _("Following"), "bell", named.format("tickets_follower"), (me,), BY_ID),
    ]
    return [
        Place(key, title, icon, f"{ALIVE} AND {where}", params, index=index, counted_in=index, quiet=True)
        for key, title, icon, where, params, index in found
    ]


def team_places(viewer: Viewer) -> list[Place]:
    """A list for each team whose tickets the viewer reads, own teams first."""
    seen = [(pk, name) for pk, name in directory().teams if viewer.sees_all_teams or pk in viewer.readable]
    seen.sort(key=lambda team: team[0] not in viewer.teams)
    where = f"{AWAKE} AND tickets_ticket.team_id = %s"
    return [Place(f"team:{pk}", name, "users", where, (pk,), counted_in="tickets_badge_team") for pk, name in seen]


def channel_places(viewer: Viewer) -> list[Place]:
    """A list for each channel in use, by what came through it."""
    words, where = channel_words(), f"{AWAKE} AND tickets_ticket.channel_id = %s"
    alive, icons = "tickets_alive_all", {kind.name: kind.icon for kind in KINDS.values()}
    return [
        Place(
            f"channel:{pk}",
            words[pk],
            icons.get(kind, "globe"),
            where,
            (pk,),
            index=alive,
            counted_in=alive,
            apart=True,
        )
        for pk, (_name, kind) in sorted(directory().channels.items())
        if pk in directory().channels_in_use
    ]


def place(viewer: Viewer, key: str) -> Place | None:
    """The list of this key; None if there is none for this viewer."""
    if key.startswith("view:"):
        from vikno.desk.saved_lists import place_of_view  # which knows what a list is

        return place_of_view(viewer, key)
    some = {"team": team_places, "channel": channel_places}.get(key.partition(":")[0], places)(viewer)
    return next((one for one in some if one.key == key), None)


def is_there(viewer: Viewer, key: str) -> bool:
    """Whether this viewer has a list of this key; the condition of a view is not read for that."""
    if not key.startswith("view:"):
        return place(viewer, key) is not None
    number = whole_number(key.partition(":")[2])
    return number is not None and saved_views.manageable(viewer).filter(id=number).exists()


Count = tuple[str, tuple[Any, ...]]  # a statement that gives one number, and its values


def counts(viewer: Viewer, of: Sequence[Place], besides: Mapping[str, Count] | None = None) -> dict[str, str]:
    """What the badges say: at most 1,000 of each, among what is not closed. Each is counted in an index that holds all
    that is asked of a ticket, so a badge costs the same with twenty thousand open tickets as with a thousand. Of very
    many lists the first ones are counted: each is a part of one statement, and SQLite takes 500 of these at most.
    `besides`: what else is counted in the same statement, by the key of its badge."""
    counted = [one for one in of if not one.closed_too and not one.apart][:MOST_BADGES]
    others = besides or {}
    if not counted and not others:
        return {}
    sql, params = _counting(viewer, counted, MOST_COUNTED)
    parts = [sql] if counted else []
    for n, (other, values) in enumerate(others.values(), len(counted)):
        parts.append(f"SELECT {n}, ({other})")
        params += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        found = dict(cursor.fetchall())
    return {key: capped(found[n]) for n, key in enumerate([*(one.key for one in counted), *others])}


def _counting(viewer: Viewer, of: Sequence[Place], most: int) -> tuple[str, list[Any]]:
    """The statement that counts lists, each to one more than `most`: rows of a list's place in `of` and its count.
    Lists that ask the same of another number, as those of the teams do, are one part of it: forty times the same words
    take longer to be understood than to be counted."""
    sight, seen = access.where(viewer)
    alike: dict[tuple[str, str, int], list[int]] = {}
    for n, one in enumerate(of):
        numbers_alone = all(type(value) is int for value in one.params)
        alike.setdefault((one.counted_in, one.where, -1 if numbers_alone else n), []).append(n)
    parts, params = [], []
    for (index, where, _apart), ns in alike.items():
        first, values, source_of_values = str(ns[0]), [*of[ns[0]].params, *seen], ""
        if len(ns) > 1:
            several = ", ".join(f"({', '.join(map(str, (n, *of[n].params)))})" for n in ns)
            first, values, source_of_values = "list.column1", [*seen], f" FROM (VALUES {several}) AS list"
            where = _of_columns(where)
        parts.append(
            f"SELECT {first}, (SELECT COUNT(*) FROM (SELECT 1 FROM {_from(index)} WHERE {where} AND ({sight}) "
            f"LIMIT {most + 1}) AS counted){source_of_values}"
        )
        params += values
    return " UNION ALL ".join(parts), params


def _of_columns(where: str) -> str:
    """A condition whose values stand in the columns of `list`, from the second on."""
    first, *others = where.split("%s")
    return first + "".join(f"list.column{n}{part}" for n, part in enumerate(others, 2))


def shown_by(of: Place, sort: Sort) -> Place:
    """What a list shows in an order: some leave out what has nothing to be ordered by."""
    if not sort.needs:
        return of
    return replace(of, where=f"{of.where} AND {sort.needs}", closed_too=False, counted_in=sort.index)


def source(of: Place) -> str:
    """What a statement that gathers a whole list reads FROM."""
    return _from(of.index)


def _from(index: str) -> str:
    """The table of tickets, walked by this index. SQLite, which has no figures of its rows, would take the index of
    `merged_into` or of all tickets as gladly, and so look at every ticket there ever was. PostgreSQL has figures."""
    if not index or connection.vendor != "sqlite":
        return "tickets_ticket"
    return "tickets_ticket NOT INDEXED" if index == BY_ID else f"tickets_ticket INDEXED BY {index}"


def capped(count: int, most: int = 0) -> str:
    """A count as a badge shows it: nothing for none, "1000+" beyond the bound."""
    most = most or MOST_COUNTED
    if count > most:
        return f"{most}+"
    return str(count) if count else ""


# The newest message from outside was written by a program: two steps in an index for each row that is shown. An EXISTS
# PostgreSQL may answer for all rows at once, from every message there ever was; a value it looks up row by row.
AUTOMATIC = """
(SELECT 1 FROM tickets_link came JOIN dialogs_message told ON told.id = came.message_id
WHERE came.ticket_id = tickets_ticket.id AND came.arrived_at = tickets_ticket.last_in_at AND came.ended_act IS NULL
AND told.author = 'customer' AND told.kind IN ('automatic', 'list') LIMIT 1)
"""
_COLUMNS = f"""
tickets_ticket.id, tickets_ticket.number, tickets_ticket.stage, tickets_status.name,
COALESCE(NULLIF(people_person.name, ''), people_identity.shown, ''), tickets_ticket.subject, tickets_ticket.preview,
dialogs_channel.kind, tickets_ticket.updated_at, tickets_ticket.last_in_at, tickets_opened.at,
COALESCE({name_of("tickets_ticket.agent_id")}, ''),
tickets_ticket.due_at, tickets_ticket.waiting_since, tickets_ticket.snoozed_until,
tickets_ticket.due_is_day, tickets_ticket.team_id, {AUTOMATIC}, tickets_ticket.version
"""
_TABLES = """
LEFT JOIN tickets_status ON tickets_status.id = tickets_ticket.status_id
LEFT JOIN people_person ON people_person.id = tickets_ticket.requester_id
LEFT JOIN people_identity ON people_identity.id = tickets_ticket.identity_id
LEFT JOIN dialogs_channel ON dialogs_channel.id = tickets_ticket.channel_id
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
    """One page of a list: one query. Words are looked for by search, not here. Raises TookTooLong for a list whose
    condition is its agents' own."""
    sight, seen = access.where(viewer)
    where, params = [of.where, f"({sight})"], [viewer.agent_id, *of.params, *seen]
    if sort.needs:
        where.append(sort.needs)
    column, direction = _direction(sort)
    if cursor_at := _read_cursor(after):
        sign = "<" if sort.descending else ">"
        where.append(f"({column} {sign} %s OR ({column} = %s AND tickets_ticket.id {sign} %s))")
        instant = connection.ops.adapt_datetimefield_value(cursor_at[0])
        params += [instant, instant, cursor_at[1]]
    sql = (
        f"SELECT {_COLUMNS} FROM {_from(_walked(of, sort))} {_TABLES} WHERE {' AND '.join(where)} "
        f"ORDER BY {column} {direction}, tickets_ticket.id {direction} LIMIT {limit + 1}"
    )
    rows = _asked(sql, params, of)
    position = {"updated_at": 8, "due_at": 12, "waiting_since": 13}[sort.column]
    more = len(rows) > limit
    rows = rows[:limit]
    cursor_after = f"{aware(rows[-1][position]).isoformat()}~{rows[-1][0]}" if more else ""
    return Page(rows, cursor_after, not more and cursor_at is None)


def first(viewer: Viewer, of: Place, sort: Sort, most: int, name: str = "id") -> list[int]:
    """The ids, or the numbers, of what stands on a list in this order, at most so many. Raises TookTooLong."""
    sight, seen = access.where(viewer)
    asked, (column, direction) = shown_by(of, sort), _direction(sort)
    sql = (
        f"SELECT tickets_ticket.{name} FROM {_from(_walked(of, sort))} WHERE {asked.where} AND ({sight}) "
        f"ORDER BY {column} {direction}, tickets_ticket.id {direction} LIMIT {most}"
    )
    return [one for (one,) in _asked(sql, [*of.params, *seen], of)]


def _direction(sort: Sort) -> tuple[str, str]:
    return f"tickets_ticket.{sort.column}", "DESC" if sort.descending else "ASC"


def _walked(of: Place, sort: Sort) -> str:
    """The index in whose order a list is read."""
    return (sort.index or of.index) if of.index not in ("", BY_ID) else of.index


def rows_of(viewer: Viewer, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """The rows of these tickets as those of a page, in this order. Who may see them was asked before."""
    if not ids:
        return []
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM tickets_ticket {_TABLES} WHERE tickets_ticket.id IN ({places})",
            [viewer.agent_id, *ids],
        )
        found = {row[0]: row for row in cursor.fetchall()}
    return [found[pk] for pk in ids if pk in found]


def _asked(sql: str, params: Sequence[Any], of: Place) -> list[tuple[Any, ...]]:
    with within(LONGEST_SECONDS) if of.apart else nullcontext(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def counted(viewer: Viewer, of: Place, most: int, seconds: float) -> int:
    """How many tickets stand on a list, counted to one more than `most`. Raises TookTooLong."""
    sight, seen = access.where(viewer)
    sql = (
        f"SELECT COUNT(*) FROM (SELECT 1 FROM {_from(of.counted_in)} WHERE {of.where} AND ({sight}) LIMIT {most + 1}) "
        "AS counted"
    )
    with within(seconds), connection.cursor() as cursor:
        cursor.execute(sql, [*of.params, *seen])
        return int(cursor.fetchone()[0])


def counted_together(viewer: Viewer, several: Sequence[Place], most: int, seconds: float) -> list[int]:
    """As `counted`, of several lists by one statement. Raises TookTooLong."""
    sql, params = _counting(viewer, several, most)
    with within(seconds), connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = dict(cursor.fetchall())
    return [found[n] for n in range(len(several))]


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    """A cursor from an address; what is not one means the beginning."""
    instant, _tilde, row = text.partition("~")
    try:
        at, number = aware(datetime.fromisoformat(instant)).astimezone(UTC), whole_number(row)
    except (ValueError, OverflowError):
        return None
    return None if number is None else (at, number)
