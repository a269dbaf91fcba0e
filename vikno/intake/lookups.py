"""What each letter is compared with, by plain SQL: these run for every letter, and building them anew by the ORM would
cost more than all the rest. Conditions such as NOT (foreign_id = '') let SQLite use its partial indexes: without them
it would read the whole table, slower with every letter that was ever taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from vikno.core import rows
from vikno.people.providers import is_shared

_MOST_DOMAINS = 10  # names that a sender may be blocked by: its domain, and those above it
_OWN = """
    SELECT m.id AS message_id,
        (SELECT MIN(l.ticket_id) FROM tickets_link l WHERE l.message_id = m.id AND l.ended_act IS NULL) AS ticket_id
    FROM dialogs_message m
    WHERE m.foreign_id = %s AND NOT (m.foreign_id = '') AND m.author <> 'customer'
    ORDER BY m.id LIMIT 1"""
_KNOWN = """
    SELECT same.id, same.message_id, same.ticket_id, mine.message_id, mine.ticket_id,
        EXISTS (
            SELECT 1 FROM people_identity i JOIN people_person p ON p.id = i.person_id
            WHERE i.kind = %s AND i.value = %s AND (i.blocked_at IS NOT NULL OR p.blocked_at IS NOT NULL)
        ),
        EXISTS (
            SELECT 1 FROM (
                SELECT received_at FROM intake_inbound WHERE sender = %s AND NOT (sender = '') AND id < %s
                ORDER BY id DESC LIMIT 1 OFFSET %s
            ) nth WHERE received_at > %s
        ),
        EXISTS (
            SELECT 1 FROM people_blockeddomain WHERE domain IN ({domains}) AND blocked_at IS NOT NULL
        ),
        EXISTS (
            SELECT 1 FROM (
                SELECT received_at FROM intake_inbound WHERE domain = %s AND NOT (domain = '') AND id < %s
                ORDER BY id DESC LIMIT 1 OFFSET %s
            ) nth WHERE received_at > %s
        )
    FROM (SELECT 1 AS always) one LEFT JOIN (
        SELECT id, message_id, ticket_id FROM intake_inbound
        WHERE foreign_id = %s AND NOT (foreign_id = '') AND fingerprint = %s AND id <> %s
          AND fate NOT IN ('', 'failed', 'duplicate')
        ORDER BY id LIMIT 1
    ) same ON always = 1 LEFT JOIN ({own}) mine ON always = 1""".replace("{own}", _OWN).replace(
    "{domains}", ", ".join(["%s"] * _MOST_DOMAINS)
)


def _one(sql: str, *values: Any) -> tuple[Any, ...] | None:
    found = rows.run(sql, *values)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before an entry is settled. `same`: (message, ticket) of the first entry with its id and content
    that has a fate; `own`: (message, ticket) of what was sent from here under its id; `against`: why it is held, as a
    code, "" if nothing speaks against it."""

    same: tuple[int | None, int | None] | None
    own: tuple[int, int | None] | None
    against: str


@dataclass(frozen=True, slots=True)
class Limits:
    """So many entries of one sender, or of one domain, that arrived after `since` are a flood."""

    letters: int
    of_domain: int
    since: datetime


# What may speak against an entry, in the order of the columns of `_KNOWN`, and in which of these it is told first.
_COLUMNS = ("sender_blocked", "flood", "domain_blocked", "domain_flood")
_FIRST = ("sender_blocked", "domain_blocked", "flood", "domain_flood")


def domain_of(sender: str) -> str:
    """The domain that stands for one sender's many addresses; "" where it does not."""
    domain = sender.rpartition("@")[2] if "@" in sender else ""
    return "" if is_shared(domain) else domain[:253]


def wait_for_twins(foreign_ids: Iterable[str]) -> None:
    """The same letter may come by two channels at once: on PostgreSQL the second waits here for the first to end. Once
    for all letters of a transaction, in one order for everybody."""
    if connection.vendor != "postgresql":
        return
    digests = (hashlib.sha256(one.encode("utf-8", "replace")).digest()[:8] for one in foreign_ids if one)
    numbers = sorted({int.from_bytes(digest, signed=True) for digest in digests})
    rows.run("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", numbers)


def known(entry: int, foreign_id: str, fingerprint: str, kind: str, sender: str, limits: Limits) -> Known:
    """All that an entry is compared with, in one statement; with entries of a smaller id, as far as floods go. An empty
    id, content or sender equals nothing."""
    instant = connection.ops.adapt_datetimefield_value(limits.since)
    domain = domain_of(sender)
    labels = domain.split(".")
    above = [".".join(labels[n:]) for n in range(1, len(labels) - 1)][1 - _MOST_DOMAINS :]
    names = [domain, *above, *[""] * _MOST_DOMAINS][:_MOST_DOMAINS]
    found = _one(
        _KNOWN, kind, sender[:254], sender[:320], entry, limits.letters - 1, instant, *names,
        domain, entry, limits.of_domain - 1, instant, foreign_id[:255] if fingerprint else "", fingerprint, entry,
        foreign_id[:255],
    )  # fmt: skip
    assert found is not None
    same = None if found[0] is None else (found[1], found[2])
    against = {code for code, holds in zip(_COLUMNS, found[5:], strict=True) if holds} if sender else set()
    own = None if found[3] is None else (found[3], found[4])
    return Known(same, own, next((code for code in _FIRST if code in against), ""))


def own_message(foreign_id: str) -> tuple[int, int | None] | None:
    """(message, ticket) of what was sent from here under this Message-ID; None if it is none of ours."""
    found = _one(_OWN, foreign_id[:255])
    return None if found is None else (int(found[0]), found[1])
