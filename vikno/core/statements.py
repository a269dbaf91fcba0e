"""Running statements that were made once (vikno.core.rows), and on PostgreSQL several of them by one way to the server.

A statement takes the server a tenth of the time that its way there and back takes, with this process put to sleep and
woken between. Within `together`, what nobody needs the answer of waits here for the next statement that somebody does,
and goes with it. Order stays: whatever else is said to the database, by Django too, what waits is said before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


@dataclass(frozen=True, slots=True)
class _Unsaid:
    sql: str
    values: Sequence[Any]
    otherwise: Exception | None  # raised if it changed no row


class _Waiting(threading.local):
    """What waits in this thread; None outside of `together`. `ids` are drawn and not yet given, of each table."""

    unsaid: list[_Unsaid] | None = None
    ids: dict[str, list[int]]
    many: int


_kept = threading.local()  # .cursor: this thread's, as long as its connection lasts
_waiting = _Waiting()


def run(sql: str, values: Sequence[Any]) -> Any:
    """Run a statement; answers the cursor that has its rows, until the next statement of this thread."""
    cursor = _wrapped(_cursor())
    cursor.execute(sql, values)
    return cursor


def say(sql: str, values: Sequence[Any], otherwise: Exception | None = None) -> None:
    """Run a statement whose answer nobody needs: now, or, within `together`, before the next one. Raises `otherwise` if
    it changes no row; that too comes later then, as any error of the database does."""
    if _waiting.unsaid is None:
        if run(sql, values).rowcount == 0 and otherwise is not None:
            raise otherwise
        return
    later: Any = Later(otherwise)
    connections[DEFAULT_DB_ALIAS].make_cursor(later).execute(sql, values)


def are_together() -> bool:
    """Whether what is only said waits here."""
    return _waiting.unsaid is not None


def draw_id(table: str) -> int | None:
    """An id that nobody else gets, for a new row of this table, so that its insert need not be waited for: within
    `together`, else None."""
    if _waiting.unsaid is None:
        return None
    if not (drawn := _waiting.ids.get(table)):
        found = run(f"SELECT nextval('{_sequence(table)}') FROM generate_series(1, %s)", [_waiting.many]).fetchall()
        drawn = _waiting.ids[table] = [number for (number,) in reversed(found)]
    return drawn.pop()


@contextmanager
def together(many: int) -> Iterator[None]:
    """Within a transaction: let what is only said travel with what is asked. When this ends, all was said. An error may
    be that of an earlier statement, so what is done in here must be undone as a whole. On SQLite, which is no way off,
    this does nothing. `many`: how many rows of a table are expected; ids are drawn by so many."""
    there = connections[DEFAULT_DB_ALIAS]
    if there.vendor != "postgresql" or _waiting.unsaid is not None:
        yield
        return
    _waiting.unsaid, _waiting.ids, _waiting.many = [], {}, many
    try:
        with there.execute_wrapper(_say_before):
            yield
        _say_all()
    finally:
        _waiting.unsaid = None


# ---- cursors ---------------------------------------------------------------------------------------------------------


class Later:
    """In the place of a cursor: keeps the statement. Wrappers of execution see it pass; Django's own list of statements
    (`connection.queries`) holds only those that are waited for."""

    def __init__(self, otherwise: Exception | None) -> None:
        self._otherwise = otherwise

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        assert _waiting.unsaid is not None
        _waiting.unsaid.append(_Unsaid(sql, values, self._otherwise))


def _cursor() -> Any:
    there = connections[DEFAULT_DB_ALIAS]
    there.ensure_connection()
    cursor = getattr(_kept, "cursor", None)
    if cursor is None or cursor.connection is not there.connection:
        cursor = _preparing()(there.connection) if there.vendor == "postgresql" else there.create_cursor()
        _kept.cursor = cursor
    return cursor


@cache
def _sequence(table: str) -> str:
    [(name,)] = run("SELECT pg_get_serial_sequence(%s, 'id')", [f'"{table}"']).fetchall()
    return str(name)


def _wrapped(cursor: Any) -> Any:
    there = connections[DEFAULT_DB_ALIAS]
    return there.make_debug_cursor(cursor) if there.queries_logged else there.make_cursor(cursor)


@cache
def _preparing() -> type:
    """Cursors whose statements PostgreSQL parses and plans once for a connection, if its settings have a
    `prepare_threshold` (vikno.environment); they say before what waits."""
    import psycopg
    from psycopg.types.numeric import Int8Dumper

    class Prepared(psycopg.Cursor):
        def __init__(self, there: Any) -> None:
            super().__init__(there)
            # By itself psycopg names the smallest type that holds a number, and each is a statement of its own.
            self.adapters.register_dumper(int, Int8Dumper)

        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            unsaid = _take()
            if not unsaid:
                return super().execute(query, params, prepare=True, **options)
            with self.connection.pipeline():
                said = [Prepared(self.connection).execute(one.sql, one.values) for one in unsaid]
                super().execute(query, params, prepare=True, **options)
            _check(unsaid, said)
            return self

        def _send_query_prepared(self, name: bytes, pgq: Any, **options: Any) -> None:
            self._query = pgq  # as for statements that are not prepared: Django's log of statements reads it
            super()._send_query_prepared(name, pgq, **options)

    return Prepared


def _take() -> list[_Unsaid]:
    unsaid = _waiting.unsaid
    if not unsaid:
        return []
    _waiting.unsaid = []
    return unsaid


def _check(unsaid: Sequence[_Unsaid], said: Sequence[Any]) -> None:
    for one, cursor in zip(unsaid, said, strict=True):
        if one.otherwise is not None and cursor.rowcount == 0:
            raise one.otherwise


def _say_all() -> None:
    unsaid = _take()
    if not unsaid:
        return
    there = connections[DEFAULT_DB_ALIAS]
    with there.wrap_database_errors, there.connection.pipeline():
        said = [_preparing()(there.connection).execute(one.sql, one.values) for one in unsaid]
    _check(unsaid, said)


def _say_before(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Around each statement, Django's too: what waits is said before it. Our own cursors see to it themselves."""
    cursor = context["cursor"].cursor
    if not isinstance(cursor, (Later, _preparing())):
        _say_all()
    return execute(sql, params, many, context)
