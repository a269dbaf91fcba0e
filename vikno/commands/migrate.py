"""Bring the database up to date with this version of Vikno."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
from collections.abc import Iterator

from vikno import cli
from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Bring the database up to date with this version of Vikno.")

ADVISORY = 0x76696B6E6F  # any number that nobody else locks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help=_("change nothing; end with 1 if something is to be done"))


def run(args: argparse.Namespace) -> int:
    if args.check:
        todo = waiting()
        cli.say("\n".join(todo) or _("The database is up to date."))
        return 1 if todo else os.EX_OK
    done = apply()
    cli.say(_("Migrations applied: %(count)s.") % {"count": done} if done else _("The database was up to date."))
    return os.EX_OK


def waiting() -> list[str]:
    """The migrations that are not applied yet."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def apply() -> int:
    """Apply what is missing; answers how many. Two processes that start together do not do it twice: the second one
    waits for the first."""
    from django.core.management import call_command

    with _alone():
        todo = waiting()
        if todo:
            call_command("migrate", interactive=False, verbosity=0)
    return len(todo)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Only one process at a time: by a file beside an SQLite database, by an advisory lock in PostgreSQL."""
    from django.conf import settings
    from django.db import connection

    settings.DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    if connection.vendor != "postgresql":
        with open(settings.DATA / "migrate.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY])
