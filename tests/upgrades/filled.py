"""Brings an empty database to the first migration of every room, fills it, and then applies every later migration, each
after an interrupted try. Prints what is wrong as a JSON list; everything is right if that is empty.

python -m tests.upgrades.filled
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

# Whoever has a million requests has millions of these rows: a migration may add a column that may be null, no more.
LARGE = (
    "dialogs_message",
    "dialogs_messagetext",
    "tickets_ticket",
    "tickets_link",
    "journal_event",
    "journal_eventticket",
)
# What takes too long for a migration it asks the engine for: rows may come here, and none may go.
ASKED_FOR = "core_job"


class Interrupted(Exception):
    """The machine went down in the middle."""


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.test import Client

    from tests.upgrades.rows import fill

    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    ours = {key[0] for key in graph.nodes if graph.nodes[key].__module__.startswith("vikno.")}
    roots = {key for key in graph.root_nodes() if key[0] in ours}
    # A room that came later begins on what others have become by then: its first migration is a step like any other.
    first = sorted(key for key in roots if all(one in roots or one[0] not in ours for one in graph.forwards_plan(key)))
    first += [key for key in graph.leaf_nodes() if key[0] not in ours]
    executor.migrate(first)
    executor = MigrationExecutor(connection)
    wrong = [f"No row could be made for {label}." for label in fill(executor.loader.project_state(first).apps)]
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    for migration, _ in plan:
        key = (migration.app_label, migration.name)
        try:
            wrong += step(key)
        except Exception as error:
            return tell([*wrong, *static(key), f"{'.'.join(key)}: fails on a filled database: {error!r}"], len(plan))
    call_command("check")
    call_command("migrate", check_unapplied=True, verbosity=0)
    answer = Client().get("/", follow=True, HTTP_HOST="localhost")
    if answer.status_code != 200:
        wrong.append(f"The first page answers {answer.status_code}.")
    tell(wrong, len(plan))


def tell(wrong: list[str], count: int) -> None:
    print(json.dumps([*wrong, count], ensure_ascii=False))


def static(key: tuple[str, str]) -> list[str]:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    migration = MigrationLoader(connection).graph.nodes[key]
    return [f"{'.'.join(key)}: {words}" for words in objections(migration)]


def step(key: tuple[str, str]) -> list[str]:
    """One migration: begun and broken off, then applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor, name = MigrationExecutor(connection), ".".join(key)
    migration = executor.loader.graph.nodes[key]
    wrong = static(key)
    before, places = contents(), where_large_tables_lie()
    break_off(executor, migration)
    if MigrationExecutor(connection).loader.applied_migrations.keys() >= {key}:
        wrong.append(f"{name}: was broken off and counts as applied.")
    if contents() != before:
        wrong.append(f"{name}: was broken off and left something behind; it cannot be run again.")
    with remade() as tables:
        MigrationExecutor(connection).migrate([key])
    moved = {table for table, place in where_large_tables_lie().items() if places.get(table, place) != place}
    for table in sorted((moved | set(tables)) & set(LARGE)):
        wrong.append(f"{name}: writes the whole table {table} anew; with millions of rows nobody could work meanwhile.")
    after = contents()
    for table, rows in before.items():
        if table not in after:
            wrong.append(f"{name}: the table {table} is gone.")
        elif table == ASKED_FOR:
            if any(row not in after[table] for row in rows):
                wrong.append(f"{name}: what was asked for in {table} is gone or another.")
        elif len(after[table]) != len(rows):
            wrong.append(f"{name}: {table} had {len(rows)} rows and has {len(after[table])}.")
        elif not moves_data(migration) and not all(map(is_still_in, rows, after[table])):
            wrong.append(f"{name}: what stood in {table} is not what stands there now.")
    return wrong


def is_still_in(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return all(name in new and new[name] == value for name, value in old.items())


def moves_data(migration: Any) -> bool:
    from django.db.migrations import RunPython, RunSQL

    return any(isinstance(one, RunPython | RunSQL) for one in migration.operations)


def objections(migration: Any) -> Iterator[str]:
    """What can be seen without running it. A table that the migration itself makes has no rows yet."""
    from django.db.migrations import AddField, CreateModel

    made = {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
    for operation in migration.operations:
        if not isinstance(operation, AddField) or operation.model_name_lower in made:
            continue
        field = operation.field
        if not (field.null or field.many_to_many or field.has_default() or field.has_db_default() or field.blank):
            yield f"adds {operation.model_name}.{operation.name} without a default: rows that are there have no value."


def break_off(executor: Any, migration: Any) -> None:
    """Everything but the last moment of it: as if the machine went down."""
    from django.db import connection

    if not migration.operations:
        return
    last = migration.operations[-1]
    forwards = last.database_forwards

    def and_down(*values: Any, **named: Any) -> None:
        forwards(*values, **named)
        raise Interrupted

    last.database_forwards = and_down
    try:
        executor.apply_migration(executor._create_project_state(with_applied_migrations=True), migration)
    except Interrupted:
        connection.close()
    finally:
        del last.database_forwards


@contextmanager
def remade() -> Iterator[list[str]]:
    """The tables that SQLite copies as a whole, because it cannot change them."""
    from django.db.backends.sqlite3.schema import DatabaseSchemaEditor

    editor: Any = DatabaseSchemaEditor
    tables: list[str] = []
    remake = editor._remake_table

    def noted(self: Any, model: Any, *values: Any, **named: Any) -> None:
        tables.append(model._meta.db_table)
        remake(self, model, *values, **named)

    editor._remake_table = noted
    try:
        yield tables
    finally:
        editor._remake_table = remake


def where_large_tables_lie() -> dict[str, int]:
    """The file of each: PostgreSQL gives a table that it writes anew another one."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relname = ANY(%s)", [list(LARGE)])
        return dict(cursor.fetchall())


def contents() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables by their columns, but for Django's own list of migrations."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "django_migrations":
                continue
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            names = [column[0] for column in cursor.description]
            found[table] = [
                {
                    name: bytes(value) if isinstance(value, memoryview) else value
                    for name, value in zip(names, row, strict=True)
                }
                for row in cursor.fetchall()
            ]
    return found


if __name__ == "__main__":
    main()
