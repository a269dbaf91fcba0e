"""Rows of a time line as plain tuples, one statement for each kind: model objects would cost several times as much."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from vikno.core.clock import aware
from vikno.desk.colleague import name_of


class Said(NamedTuple):
    """A message with the words of its newest version; `text` None: no words are there."""

    id: int
    author: str
    kind: str
    arrived_at: datetime
    language: str
    trust: dict[str, Any]
    remote_images: int
    hidden_at: datetime | None
    unsent_at: datetime | None
    erased_at: datetime | None
    side: str
    channel_kind: str
    channel_name: str
    shown: str | None  # the author's address
    person_id: int | None
    person: str | None
    agent_id: int | None
    agent: str | None
    entered_by: str | None
    text: str | None
    html: str | None
    quoted: str | None
    quoted_html: str | None
    in_frame: bool | None
    praised: str | None  # the agent whom thanks are for
    opens_talk: bool | None  # a talk begins with it, in a chat
    subject: str


class Way(NamedTuple):
    """A delivery of a message to one recipient."""

    message_id: int
    id: int
    role: str
    state: str
    attempts: int
    not_before: datetime
    reason: str
    shown: str


class Noted(NamedTuple):
    """An internal note with the words of its newest version."""

    id: int
    at: datetime
    agent_id: int | None
    agent: str | None
    text: str | None
    html: str | None


class Attached(NamedTuple):
    """A file that hangs on a message or a note (`owner`)."""

    owner: int
    id: int
    file_id: int | None
    name: str
    type: str
    size: int
    content_id: str
    inline: bool


# The messages first, as they are few: so many joins PostgreSQL takes in the order in which they stand here, and would
# otherwise join all that was ever said before it looks which of it is wanted.
_MESSAGES = f"""
SELECT m.id, m.author, m.kind, m.arrived_at, m.language, m.trust, m.remote_images, m.hidden_at, m.unsent_at,
    m.erased_at, d.side, c.kind, c.name, i.shown, i.person_id, p.name, m.agent_id, {name_of("m.agent_id")},
    {name_of("m.entered_by_id")}, t.text, t.html, t.quoted, t.quoted_html, t.in_frame, {name_of("m.praises_id")},
    m.opens_talk, m.subject
FROM (
    SELECT message_id FROM tickets_link WHERE ticket_id IN ({{}}) AND ended_act IS NULL {{}}
    GROUP BY arrived_at, message_id ORDER BY arrived_at DESC, message_id DESC LIMIT {{most}}
) chosen
JOIN dialogs_message m ON m.id = chosen.message_id
JOIN dialogs_dialog d ON d.id = m.dialog_id
JOIN dialogs_channel c ON c.id = d.channel_id
LEFT JOIN people_identity i ON i.id = m.identity_id
LEFT JOIN people_person p ON p.id = i.person_id
LEFT JOIN dialogs_messagetext t ON t.message_id = m.id AND t.version = m.version
ORDER BY m.arrived_at, m.id
"""
_WAYS = """
SELECT w.message_id, w.id, w.role, w.state, w.attempts, w.not_before, w.reason, i.shown
FROM dialogs_delivery w JOIN people_identity i ON i.id = w.identity_id WHERE w.message_id IN ({}) ORDER BY w.id
"""
_NOTES = f"""
SELECT n.id, n.at, n.agent_id, {name_of("n.agent_id")}, t.text, t.html
FROM tickets_note n
LEFT JOIN tickets_notetext t ON t.note_id = n.id AND t.version = n.version
WHERE n.ticket_id IN ({{}}) {{}} ORDER BY n.at, n.id
"""
_FILES = """
SELECT {0}_id, id, file_id, name, type, size, content_id, inline
FROM {1} WHERE {0}_id IN ({2}) ORDER BY {0}_id, position
"""


def messages(ticket_ids: Sequence[int], most: int, before: tuple[datetime, int] | None = None) -> list[Said]:
    """The newest messages that belong to these tickets, at most so many, oldest first; one that
    several of them have counts once. `before`: an instant and the id of a message that arrived then, of which only
    earlier ones are wanted; several may have come at one instant."""
    edge, values = "", []
    if before is not None:
        instant = connection.ops.adapt_datetimefield_value(before[0])
        edge, values = "AND (arrived_at < %s OR (arrived_at = %s AND message_id < %s))", [instant, instant, before[1]]
    found = []
    for row in _rows(_MESSAGES.replace("{most}", str(most)), ticket_ids, edge, values):
        trust = json.loads(row[5]) if isinstance(row[5], str) else row[5]
        found.append(Said(*(*row[:3], aware(row[3]), row[4], trust, *row[6:])))
    return found


def ways(message_ids: Sequence[int]) -> dict[int, list[Way]]:
    """Deliveries by message."""
    found: dict[int, list[Way]] = {}
    for row in _rows(_WAYS, message_ids):
        found.setdefault(row[0], []).append(Way(*(*row[:5], aware(row[5]), *row[6:])))
    return found


def notes(ticket_ids: Sequence[int], since: datetime | None) -> list[Noted]:
    """The notes of these tickets in their order, from an instant on."""
    more = [connection.ops.adapt_datetimefield_value(since)] if since else []
    rows = _rows(_NOTES, ticket_ids, "AND n.at >= %s" if since else "", more)
    return [Noted(row[0], aware(row[1]), *row[2:]) for row in rows]


def of_messages(ids: Sequence[int]) -> dict[int, list[Attached]]:
    """Files by message."""
    return _files("message", "dialogs_attachment", ids)


def of_notes(ids: Sequence[int]) -> dict[int, list[Attached]]:
    """Files by note."""
    return _files("note", "tickets_noteattachment", ids)


def _files(owner: str, table: str, ids: Sequence[int]) -> dict[int, list[Attached]]:
    found: dict[int, list[Attached]] = {}
    for row in _rows(_FILES.format(owner, table, "{}"), ids):
        found.setdefault(row[0], []).append(Attached(*row))
    return found


def _rows(sql: str, ids: Sequence[int], rest: str = "", more: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.format(", ".join(["%s"] * len(ids)), rest), [*ids, *more])
        return list(cursor.fetchall())
