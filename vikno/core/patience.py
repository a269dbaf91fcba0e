"""Questions that may be given up: a count or a list that would take longer than anybody waits for a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import OperationalError, connection, transaction

_STEPS = 2_000  # of SQLite's machine between two looks at the clock: far below a millisecond
_CANCELLED = "57014"  # PostgreSQL's code for a statement that took longer than it was given


class TookTooLong(Exception):
    """The database was asked to stop. Nothing was changed."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is asked of the database inside may take so long; for reading alone. Raises TookTooLong."""
    try:
        with _on_sqlite(seconds) if connection.vendor == "sqlite" else _on_postgresql(seconds):
            yield
    except OperationalError as error:
        if not _was_stopped(error):
            raise
        raise TookTooLong from None


@contextmanager
def _on_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    until = monotonic() + seconds
    connection.connection.set_progress_handler(lambda: monotonic() > until, _STEPS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


@contextmanager
def _on_postgresql(seconds: float) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
        yield
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # for the rest of a transaction around this one


def _was_stopped(error: OperationalError) -> bool:
    cause = error.__cause__
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_INTERRUPT" or getattr(cause, "sqlstate", "") == _CANCELLED
