"""The statement that finds: the newest entries that answer a query and that the viewer may see, in one go with the
rights. The index says what may be meant, the live rows say what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from vikno.core.rows import condition_of
from vikno.core.text import whole_number
from vikno.search import shelf, sight, walking
from vikno.search.expressions import expression
from vikno.search.fields import adapted
from vikno.search.language import Query
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.models import Ticket

NEWEST = 200  # matches that are ranked together
WALKED = 10_000  # tickets, last activity first, that are looked at for fields alone before the index is asked


@dataclass(frozen=True, slots=True)
class Match:
    """A ticket that matches. `key` is that of its entry, 0 where no words were asked for; `shown` is the ticket that it
    is read as now (another one when it was merged); `parts` and `terms` are what the entry holds (see shelf.Entry)."""

    key: int
    ticket: int
    shown: int
    parts: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What else a page asks of the tickets: conditions as SQL over "tickets_ticket"."""

    where: str = ""
    params: tuple[Any, ...] = ()

    @staticmethod
    def of(condition: Q) -> Scope:
        """The scope of a condition on tickets that needs no join."""
        return Scope(*condition_of(Ticket.objects.filter(condition))) if condition else EVERYWHERE


@dataclass(slots=True)
class Found:
    matches: list[Match] = field(default_factory=list)
    older: str = ""  # from where to go on; "" at the end
    unfinished: bool = False  # looking took long enough: what is older was not looked at (see walking)


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Reach:
    """How far to look: no entry whose key is below `until`, and for `enough` seconds if not for the usual time."""

    until: int = 0
    enough: float | None = None


AS_USUAL = Reach()


def newest(
    viewer: Viewer, active: str, query: Query, *, before: str = "", scope: Scope = EVERYWHERE, limit: int = NEWEST,
    marked: bool = True, reach: Reach = AS_USUAL,
) -> Found:  # fmt: skip
    """The newest tickets that answer a query, at most `limit`, and where older ones begin. Fewer, perhaps none, where
    looking took long enough: then it is to be gone on from there. Where not all entries are `marked` (see state), the
    index is asked for words alone."""
    wanted = [*(expression(one) for one in query.sought), *query.narrowing.wanted]
    if wanted:
        return _by_terms(viewer, active, query, wanted, before, scope, limit, marked, reach)
    hinted = marked and bool(query.narrowing.hints or sight.of(viewer))
    hinted = hinted and not query.narrowing.of_number and not query.narrowing.of_few
    if hinted and not before and _more_than_walked():
        found = _by_fields(viewer, query, before, scope, limit, walked=WALKED)
        return found if found.older else _by_terms(viewer, active, query, [], before, scope, limit, reach=reach)
    if hinted and before.isdigit():
        return _by_terms(viewer, active, query, [], before, scope, limit, reach=reach)
    return _by_fields(viewer, query, before, scope, limit)


def _more_than_walked() -> bool:
    return bool(Ticket.objects.order_by("id").values_list("id")[WALKED : WALKED + 1])


def _by_terms(
    viewer: Viewer, active: str, query: Query, wanted: list[str], before: str, scope: Scope, limit: int,
    marked: bool = True, reach: Reach = AS_USUAL,
) -> Found:  # fmt: skip
    narrowing = query.narrowing
    without = [
        *(
            shelf.all_of([expression(one) for one in word.sought])
            for word in query.without
            # phrases and words of the subject are told by their places (ranking)
            if word.sought and not word.of_subject and not (word.phrase and len(word.asked) > 1)
        ),
        *narrowing.without,
    ]
    above, below = max(narrowing.above, reach.until - 1), min(narrowing.below, key_in(before) or shelf.HIGHEST)
    live, params = _live(viewer, query, scope)
    if not wanted:  # then what was merged does not stand for what it was merged into
        live += " AND tickets_ticket.merged_into_id IS NULL"
    hints, seen = (narrowing.hints, sight.of(viewer)) if marked else ([], None)
    asked = walking.Asked(wanted, without, hints, seen, above, below, live, params, marked)
    walked = walking.newest(active, asked, limit + 1, reach.enough)
    rows, shown = walked.rows, _shown(viewer, walked.rows[:limit], scope)
    if len(rows) > limit:
        return Found(shown, str(rows[limit - 1][0]))
    return Found(shown, str(walked.to or ""), unfinished=bool(walked.to))


def _by_fields(viewer: Viewer, query: Query, before: str, scope: Scope, limit: int, walked: int | None = None) -> Found:
    """Where no words are asked for, the tickets themselves are walked, last activity first; of `walked` at most."""
    live, params = _live(viewer, query, scope)
    where = [live, "tickets_ticket.merged_into_id IS NULL"]
    for instant, sign in ((query.narrowing.since, ">="), (query.narrowing.until, "<")):
        if instant is not None:
            where.append(f"tickets_ticket.updated_at {sign} %s")
            params.append(adapted(instant))
    if position := _position(before):
        at = adapted(position[0])
        where.append("(tickets_ticket.updated_at < %s OR tickets_ticket.updated_at = %s AND tickets_ticket.id < %s)")
        params += [at, at, position[1]]
    table = "tickets_ticket INDEXED BY tickets_all" if connection.vendor == "sqlite" else "tickets_ticket"
    if query.narrowing.of_number:
        table = "tickets_ticket"
    if query.narrowing.of_few and connection.vendor == "sqlite":
        table = "tickets_ticket NOT INDEXED"
    if walked is not None:
        table = (
            f"(SELECT * FROM {table} WHERE merged_into_id IS NULL AND deleted_at IS NULL "
            f"ORDER BY updated_at DESC, id DESC LIMIT {walked}) tickets_ticket"
        )
    sql = (
        f"SELECT 0, tickets_ticket.id, NULL, tickets_ticket.updated_at FROM {table} WHERE {' AND '.join(where)} "
        f"ORDER BY tickets_ticket.updated_at DESC, tickets_ticket.id DESC LIMIT {limit + 1}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    older = ""
    if len(rows) > limit:
        last = rows[limit - 1][3]
        last = last if last.tzinfo else last.replace(tzinfo=UTC)
        older = f"{last.isoformat()}~{rows[limit - 1][1]}"
    return Found([Match(0, row[1], row[1]) for row in rows[:limit]], older)


def key_in(cursor: str) -> int:
    """The key of a cursor among entries; 0 if it is none."""
    key = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) <= 19 else 0
    return key if key <= shelf.HIGHEST else 0


def _position(before: str) -> tuple[datetime, int] | None:
    instant, _tilde, row = before.partition("~")
    try:
        at, pk = datetime.fromisoformat(instant), whole_number(row)
        return (at.astimezone(UTC), pk) if at.tzinfo and pk is not None else None
    except (ValueError, OverflowError):
        return None


def _live(viewer: Viewer, query: Query, scope: Scope) -> tuple[str, list[Any]]:
    """The condition on live rows. Of merged tickets only what the fields say is asked here (see `_shown`)."""
    may, seen = access.where(viewer)
    asked = f"({may}) AND ({scope.where})" if scope.where else may
    where = ["tickets_ticket.deleted_at IS NULL", f"(({asked}) OR tickets_ticket.merged_into_id IS NOT NULL)"]
    where += query.narrowing.where
    return " AND ".join(where), [*seen, *scope.params, *query.narrowing.params]


def _shown(viewer: Viewer, rows: Sequence[walking.Row], scope: Scope) -> list[Match]:
    """Each ticket once, under the one that it is read as now. What was merged is seen by its own right or with its
    survivor (see tickets.access); what is asked of a ticket in the list is asked of the one that stands there."""
    merged = [pk for _key, pk, into, *_entry in rows if into is not None]
    read_as: dict[int, int] = {}
    if merged:
        readable = access.contributing(viewer, merged)
        survivors = {pk: access.survivor_id(pk) for pk in merged if pk in readable}
        seen = access.seen_of(viewer, survivors.values())
        read_as = {pk: into if into in seen else pk for pk, into in survivors.items()}
        there = among(read_as.values(), scope)
        read_as = {pk: into for pk, into in read_as.items() if into in there}
    found: dict[int, Match] = {}
    for key, pk, into, parts, terms in rows:
        if into is None:
            found.setdefault(pk, Match(key, pk, pk, parts, terms))
        elif pk in read_as:
            found.setdefault(read_as[pk], Match(key, pk, read_as[pk], parts, terms))
    return list(found.values())


def among(tickets: Iterable[int], scope: Scope) -> set[int]:
    """Those of these tickets that are within the scope and not in the bin. Who may see them is not asked."""
    rows = Ticket.objects.filter(id__in=set(tickets), deleted_at=None)
    if scope.where:
        rows = rows.extra(where=[scope.where], params=list(scope.params))
    return set(rows.values_list("id", flat=True))
