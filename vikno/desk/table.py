"""Tickets as a table: its columns, and any order of a list that is not too long. Plain SQL and plain tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from vikno.core.patience import TookTooLong, within
from vikno.core.text import sort_key, whole_number
from vikno.desk import own_columns
from vikno.desk.lists import AUTOMATIC, PAGE, SORTS, Page, Place, Sort, page, rows_of, source
from vikno.desk.lists import first as lists_first
from vikno.staff.access import Viewer
from vikno.tickets import access, own_fields
from vikno.tickets.conditions import channel_words
from vikno.tickets.directory import directory
from vikno.tickets.models import Field, TableLayout

MOST_SORTED = 10_000  # tickets that are put in an order that no index has
SECONDS = 1.0  # that gathering them may take
ALWAYS = "subject"  # the column that leads to the ticket
USUAL = ("number", "subject", "requester", "status", "agent", "team", "priority", "tags", "due", "updated")

_TAGS = (
    "(SELECT MIN(t.folded{c}) FROM tickets_tickettag w JOIN tickets_tag t ON t.id = w.tag_id "
    "WHERE w.ticket_id = tickets_ticket.id)"
)
_PERSON = "(SELECT p.{} FROM people_person p WHERE p.id = tickets_ticket.requester_id)"
_ORGANISATION = (
    "(SELECT o.{} FROM people_person p JOIN people_organisation o ON o.id = p.organisation_id "
    "WHERE p.id = tickets_ticket.requester_id)"
)
_ADDRESS = "(SELECT i.shown FROM people_identity i WHERE i.id = tickets_ticket.identity_id)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what its cells are made of, and what it is ordered by, both as SQL. `words`: of what its ids are the
    names (of the directory), in whose order they stand; `text` is ordered by the alphabet."""

    code: str
    label: Callable[[], str]
    sql: str
    by: str = ""
    words: str = ""
    text: bool = False
    instant: bool = False
    newest_first: bool = False
    show: Callable[[Any], str] | None = None  # of a custom field: its value in words
    rank: Callable[[Any], Any] | None = None  # and what it is ordered by


def columns(viewer: Viewer) -> list[Column]:
    """All columns, in the order in which they stand; custom fields that the viewer may know at the end."""
    return [*_fixed(), *(_own(one) for one in own_fields.known_fields(viewer))]


def _own(field: Field) -> Column:
    return Column(
        own_fields.code_of(field), lambda: field.name, own_fields.value_sql(field), show=own_columns.shown(field),
        rank=own_columns.ranked(field),
    )  # fmt: skip


def _fixed() -> list[Column]:
    return [
        Column("number", lambda: _("Number"), "tickets_ticket.number", newest_first=True),
        Column("subject", lambda: _("Subject"), "tickets_ticket.subject", text=True),
        Column(
            "requester", lambda: _("Requester"), f"COALESCE(NULLIF({_PERSON.format('name')}, ''), {_ADDRESS})",
            by=f"COALESCE(NULLIF({_PERSON.format('sort_key')}, ''), {_ADDRESS})",
        ),
        Column(
            "organisation", lambda: _("Organisation"), _ORGANISATION.format("name"),
            by=_ORGANISATION.format("sort_key"),
        ),
        Column("status", lambda: _("Status"), "tickets_ticket.status_id", words="status"),
        Column("agent", lambda: _("Responsible"), "tickets_ticket.agent_id", words="agent"),
        Column("team", lambda: _("Team"), "tickets_ticket.team_id", words="team"),
        Column(
            "priority", lambda: _("Priority"), "tickets_ticket.priority_id", by="tickets_ticket.priority_rank",
            words="priority", newest_first=True,
        ),
        Column("type", lambda: _("Type"), "tickets_ticket.type_id", words="type"),
        Column("category", lambda: _("Category"), "tickets_ticket.category_id", words="category"),
        Column("channel", lambda: _("Channel"), "tickets_ticket.channel_id", words="channel"),
        Column("tags", lambda: _("Tags"), "''", by=_TAGS, text=True),
        *_instants(),
    ]  # fmt: skip


def _instants() -> list[Column]:
    told = [
        ("created", lambda: _("Opened"), "created_at", True), ("asked", lambda: _("Asked"), "asked_at", True),
        ("waiting", lambda: _("Waiting since"), "waiting_since", False), ("due", lambda: _("Due"), "due_at", False),
        ("last_in", lambda: _("Last message of the customer"), "last_in_at", True),
        ("answered", lambda: _("Last answer"), "answered_at", True), ("closed", lambda: _("Closed"), "closed_at", True),
        ("updated", lambda: _("Last activity"), "updated_at", True),
    ]  # fmt: skip
    return [
        Column(code, label, f"tickets_ticket.{column}", instant=True, newest_first=newest)
        for code, label, column, newest in told
    ]


def chosen(viewer: Viewer, key: str) -> list[Column]:
    """The columns that an agent wants for this list, those that always stand there included."""
    kept = TableLayout.objects.filter(agent=viewer.agent_id, list=key).values_list("columns", flat=True).first()
    wanted = {ALWAYS, *(kept if isinstance(kept, list) else USUAL)}
    return [one for one in columns(viewer) if one.code in wanted]


@dataclass(frozen=True, slots=True)
class Order:
    """The order that was asked for: one with an index (`sort`), or by a column."""

    key: str
    sort: Sort | None = None
    column: Column | None = None
    descending: bool = False


def order(asked: str, viewer: Viewer | None = None) -> Order:
    """The order of an address: "newest", "waiting", "due" of the lists, or a column, with "-" from its end."""
    code, descending = asked.removeprefix("-"), asked.startswith("-")
    if asked in ("", "newest", "-updated"):
        return Order("-updated", SORTS["newest"])
    if asked in ("by-waiting", "by-due"):
        return Order(asked, SORTS[asked.removeprefix("by-")])
    column = next((one for one in (columns(viewer) if viewer else _fixed()) if one.code == code), None)
    return Order(asked, None, column, descending) if column else Order("-updated", SORTS["newest"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of a table as (id, number, stage, unread, values of the columns …); the cursor of what comes after them; the
    order they are in, and whether it is another one than was asked for, as there are too many; how many tickets there
    are, if they were all gathered."""

    rows: list[tuple[Any, ...]]
    after: str
    order: Order
    too_many: bool = False
    total: int | None = None


def sheet(viewer: Viewer, of: Place, asked: Order, shown: Sequence[Column], *, after: str = "") -> Sheet:
    """One page of a table. Raises TookTooLong, as `lists.page`."""
    if asked.column is None:
        return _by_index(viewer, of, asked, shown, after)
    ids = _sorted_soon(viewer, of, asked.column, asked.descending)
    if ids is None:
        found = _by_index(viewer, of, order(""), shown, after)
        return Sheet(found.rows, found.after, found.order, too_many=True)
    part, more = _part(ids, after)
    return Sheet(_rows(viewer, part, shown), more, asked, total=len(ids))


def beside(viewer: Viewer, of: Place, asked: Order, *, after: str = "") -> tuple[Page, Order]:
    """A page of the list that stands beside a ticket which was opened from a table: the same tickets in the table's
    order. Raises TookTooLong, as `lists.page`."""
    ids = _sorted_soon(viewer, of, asked.column, asked.descending) if asked.column else None
    if ids is None:
        now = order("") if asked.column else asked
        return page(viewer, of, now.sort or SORTS["newest"], after=after), now
    part, more = _part(ids, after)
    return Page(rows_of(viewer, part), more, len(part) == len(ids)), asked


def first(viewer: Viewer, of: Place, asked: Order, most: int) -> list[int]:
    """The ids of what stands in a table, in its order, at most so many. Raises TookTooLong, as `lists.first`."""
    ids = _sorted_soon(viewer, of, asked.column, asked.descending) if asked.column else None
    return lists_first(viewer, of, asked.sort or SORTS["newest"], most) if ids is None else ids[:most]


def _sorted_soon(viewer: Viewer, of: Place, by: Column, descending: bool) -> list[int] | None:
    """As `_sorted`; None also if that takes too long."""
    try:
        return _sorted(viewer, of, by, descending)
    except TookTooLong:
        return None


def _part(ids: list[int], after: str) -> tuple[list[int], str]:
    """A page of them, and the cursor of what comes after it."""
    start = whole_number(after) or 0
    return ids[start : start + PAGE], str(start + PAGE) if len(ids) > start + PAGE else ""


def _by_index(viewer: Viewer, of: Place, asked: Order, shown: Sequence[Column], after: str) -> Sheet:
    found = page(viewer, of, asked.sort or SORTS["newest"], after=after)
    return Sheet(_rows(viewer, [row[0] for row in found.rows], shown), found.after, asked)


def _sorted(viewer: Viewer, of: Place, by: Column, descending: bool) -> list[int] | None:
    """All tickets of a list in this order, what has nothing to be ordered by at the end; None if there are too many.
    Sorted here and not by the database: both order words, and nothing, each in their own way."""
    sight, seen = access.where(viewer)
    value = (by.by or by.sql).replace("{c}", ' COLLATE "C"' if connection.vendor == "postgresql" else "")
    sql = f"SELECT tickets_ticket.id, {value} FROM {source(of)} WHERE {of.where} AND ({sight}) LIMIT {MOST_SORTED + 1}"
    with within(SECONDS), connection.cursor() as cursor:
        cursor.execute(sql, [*of.params, *seen])
        found = cursor.fetchall()
    if len(found) > MOST_SORTED:
        return None
    ranked = _ranks(by)
    filled = [(ranked(worth), pk) for pk, worth in found if worth not in (None, "")]
    filled.sort(key=lambda pair: -pair[1])
    filled.sort(key=lambda pair: pair[0], reverse=descending)
    empty = sorted((pk for pk, worth in found if worth in (None, "")), reverse=True)
    return [pk for _worth, pk in filled] + empty


def _ranks(by: Column) -> Callable[[Any], Any]:
    if by.rank:
        return by.rank
    if by.text:
        return sort_key
    if by.words and not by.by:
        words = channel_words() if by.words == "channel" else directory().names[by.words]
        place = {pk: n for n, pk in enumerate(words)}
        if by.words in ("channel", "category"):
            return lambda pk: sort_key(words.get(pk, ""))
        return lambda pk: place.get(pk, len(place))
    return lambda worth: worth


def _rows(viewer: Viewer, ids: Sequence[int], shown: Sequence[Column]) -> list[tuple[Any, ...]]:
    """The cells of these tickets, in this order: one query."""
    if not ids:
        return []
    cells = ", ".join(one.sql for one in shown)
    sql = (
        "SELECT tickets_ticket.id, tickets_ticket.number, tickets_ticket.stage, tickets_ticket.last_in_at, "
        "tickets_opened.at, tickets_ticket.snoozed_until, tickets_ticket.due_is_day, tickets_ticket.team_id, "
        f"tickets_ticket.updated_at, COALESCE(NULLIF({_PERSON.format('name')}, ''), {_ADDRESS}), "
        f"tickets_ticket.status_id, {AUTOMATIC}, tickets_ticket.version, {cells} FROM tickets_ticket "
        "LEFT JOIN tickets_opened ON tickets_opened.ticket_id = tickets_ticket.id AND tickets_opened.agent_id = %s "
        f"WHERE tickets_ticket.id IN ({', '.join(['%s'] * len(ids))})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [viewer.agent_id, *ids])
        found = {row[0]: row for row in cursor.fetchall()}
    return [found[pk] for pk in ids if pk in found]
