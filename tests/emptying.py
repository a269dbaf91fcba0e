"""Taking out what a test has committed: the next one finds the database as it was migrated.

Django empties every table for that and has the rows of its own made again. Most tables are empty anyway, and on
PostgreSQL emptying one that is takes as long as emptying a full one: here only those that have rows are touched.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

_as_migrated: dict[str, list[tuple[Any, ...]]] = {}


def remember() -> Collection[str]:
    """Note what is in the database as long as no test has written; answers in which tables."""
    with connection.cursor() as cursor:
        _as_migrated.update((table, _rows(cursor, table)) for table in _filled(cursor))
    return _as_migrated.keys()


def set_numbers_apart() -> None:
    """On PostgreSQL no row has the number of a row of another table, so that nothing that mixes them up works by
    chance."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for place, one in enumerate(connection.introspection.sequence_list(), 1):
                name = f"pg_get_serial_sequence('{connection.ops.quote_name(one['table'])}', '{one['column']}')"
                cursor.execute(f"SELECT setval({name}, {place * 100_000})")


def empty() -> None:
    """Take out all other rows, and put back what is missing. Numbers of rows go on where they were."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")  # references are not looked after: all go
        for table in {*_filled(cursor), *_as_migrated}:
            before = _as_migrated.get(table, [])
            if before and _rows(cursor, table) == before:
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"DELETE FROM {name}")
            if before:
                slots = ", ".join(["%s"] * len(before[0]))
                cursor.executemany(f"INSERT INTO {name} VALUES ({slots})", before)


@cache
def _question() -> str:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})" for name in names)
    return " UNION ALL ".join(asked)


def _filled(cursor: CursorWrapper) -> list[str]:
    cursor.execute(_question())
    return [name for (name,) in cursor.fetchall()]


def _rows(cursor: CursorWrapper, table: str) -> list[tuple[Any, ...]]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
    return list(cursor.fetchall())
