"""Connections of threads that live long: no request begins or ends here, so nobody else looks after them."""

from __future__ import annotations

from django.db import close_old_connections, connection


def fresh() -> None:
    """Before a piece of work: drop a connection that broke or that the server closed meanwhile. Inside a transaction
    nothing is done."""
    if not connection.in_atomic_block:
        close_old_connections()
