"""Asking the database from a thread that is no request's: nobody opens and closes the connection around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections, connection


def in_database(work: Callable[..., Any], *values: Any) -> Any:
    """Do it with this thread's connection; one that broke is not used again."""
    close_old_connections()
    try:
        return work(*values)
    except (DatabaseError, InterfaceError):
        connection.close()
        raise
