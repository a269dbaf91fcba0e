"""What each letter is compared with, by plain SQL: these run for every letter, and building them anew by the ORM would
cost more than all the rest. Conditions such as NOT (foreign_id = '') let SQLite use its partial indexes: without them
it would read the whole table, slower with every letter that was ever taken in."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import connection

from vikno.core import rows

_SAME = """
    SELECT message_id, ticket_id FROM intake_inbound
    WHERE foreign_id = %s AND NOT (foreign_id = '') AND fingerprint = %s AND id <> %s
      AND fate NOT IN ('', 'failed', 'duplicate')
    ORDER BY id LIMIT 1"""
_BLOCKED = """
    SELECT 1 FROM people_identity i JOIN people_person p ON p.id = i.person_id
    WHERE i.kind = %s AND i.value = %s AND (i.blocked_at IS NOT NULL OR p.blocked_at IS NOT NULL)"""
_NTH = """
    SELECT 1 FROM (
        SELECT received_at FROM intake_inbound WHERE sender = %s AND NOT (sender = '') AND id < %s
        ORDER BY id DESC LIMIT 1 OFFSET %s
    ) nth WHERE received_at > %s"""
_OWN = """
    SELECT m.id, (SELECT MIN(l.ticket_id) FROM tickets_link l WHERE l.message_id = m.id AND l.ended_act IS NULL)
    FROM dialogs_message m
    WHERE m.foreign_id = %s AND NOT (m.foreign_id = '') AND m.author <> 'customer'
    ORDER BY m.id LIMIT 1"""


def _one(sql: str, *values: Any) -> tuple[Any, ...] | None:
    found = rows.run(sql, *values)
    return found[0] if found else None


def same_entry(foreign_id: str, fingerprint: str, but: int) -> tuple[int | None, int | None] | None:
    """(message, ticket) of the first entry with this id and content that has a fate; None if there is none.

    The same letter may come by two channels at once: on PostgreSQL the second waits here for the first to end.
    """
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(foreign_id.encode("utf-8", "replace")).digest()[:8], signed=True)
        _one("SELECT pg_advisory_xact_lock(%s)", number)
    found = _one(_SAME, foreign_id[:255], fingerprint, but)
    return None if found is None else (found[0], found[1])


def is_blocked(kind: str, value: str) -> bool:
    """Whether this identity, or the person it belongs to, is blocked."""
    return _one(_BLOCKED, kind, value[:254]) is not None


def nth_is_younger(sender: str, before: int, nth: int, than: datetime) -> bool:
    """Whether the nth newest entry of a sender, of those with an id below `before`, arrived after this instant."""
    instant = connection.ops.adapt_datetimefield_value(than)
    return _one(_NTH, sender[:320], before, nth - 1, instant) is not None


def own_message(foreign_id: str) -> tuple[int, int | None] | None:
    """(message, ticket) of what was sent from here under this Message-ID; None if it is none of ours."""
    found = _one(_OWN, foreign_id[:255])
    return None if found is None else (int(found[0]), found[1])
