"""Which entries of the ledger are in whose hands: each is claimed for a while, with a number that writes check."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from vikno.core import clock, rows
from vikno.core.models import StoredFile
from vikno.dialogs.models import Channel
from vikno.intake.ledger import LEASE
from vikno.intake.models import Inbound

BATCH_BYTES = 4 * 1024 * 1024  # so that a lease always suffices

# In plain SQL (see vikno.core.rows): where letters come one after another this is asked for every few of them. The
# first condition lets SQLite use the partial index, and the "+" keeps it from that of all entries of the channel.
_DUE = "NOT (state = 'done') AND (state = 'waiting' AND next_try <= %s OR state = 'working' AND lease_until < %s)"
_BUSY = "SELECT channel_id FROM intake_inbound WHERE state = 'working' AND lease_until >= %s"
_LOOK = f"SELECT channel_id FROM intake_inbound WHERE {_DUE} AND channel_id NOT IN ({_BUSY}) ORDER BY id LIMIT 1"
_LOCK = "SELECT id FROM dialogs_channel WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
_NEXT = (
    f"SELECT id, size, attempts FROM intake_inbound WHERE {_DUE} AND +channel_id = %s "
    f"AND channel_id NOT IN ({_BUSY}) ORDER BY id LIMIT %s"
)
# What is in somebody's hands and may be taken all the same was in those of a process that ended (vikno.intake.tries).
_TAKE = (
    "reason = CASE WHEN state = 'working' THEN 'apart' ELSE reason END, "
    "state = 'working', lease_until = %s, fence = fence + 1, attempts = attempts + 1 WHERE id IN ({})"
)

_Waiting = tuple[int, int, int]  # id, size in bytes, attempts


def claim(limit: int) -> list[Inbound]:
    """The next entries of one channel, in order of arrival. While somebody works on a channel nobody else takes of it:
    an answer must not overtake what it answers."""
    if not _anything():
        return []
    now = _as_kept(clock.now())
    found = rows.run(_LOOK, now, now, now)
    if not found:  # a look without the write lock: an idle engine must not disturb the writers
        return []
    claimed = _take(found[0][0], limit)
    if claimed:
        channel = Channel.objects.select_related("team", "brand").defer("secret").get(id=found[0][0])
        files = {one.file_id for one in claimed if one.file_id is not None}
        there = StoredFile.objects.in_bulk(files) if files else {}
        for entry in claimed:
            entry.channel = channel
            if entry.file_id is not None:
                entry.file = there.get(entry.file_id)
    return claimed


def _take(channel: int, limit: int) -> list[Inbound]:
    postgresql = connection.vendor == "postgresql"
    with transaction.atomic():
        if postgresql and not rows.run(_LOCK, channel):  # SQLite has one writer
            return []
        now = _as_kept(clock.now())
        sql = f"{_NEXT} FOR UPDATE SKIP LOCKED" if postgresql else _NEXT
        mine = _few_bytes(rows.run(sql, now, now, channel, now, limit))
        if not mine:
            return []
        ids = [entry for entry, _size, _attempts in mine]
        slots = ", ".join(["%s"] * len(ids))
        claimed = rows.changed(Inbound, _TAKE.format(slots), _as_kept(clock.now() + LEASE), *ids)
    return sorted(claimed, key=lambda entry: entry.id)


def _as_kept(instant: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(instant)


def _anything() -> bool:
    """Whether there is any entry to look at: asked twenty times a second, so in plain SQL over a partial index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM intake_inbound WHERE NOT (state = 'done') LIMIT 1")
        return cursor.fetchone() is not None


def with_channel() -> Any:
    """Entries with their channel, without its secret: one that cannot be decrypted any more must not stop letters."""
    return Inbound.objects.select_related("channel__team", "channel__brand", "file").defer("channel__secret")


def _few_bytes(waiting: list[Any]) -> list[_Waiting]:
    """As many as fit into one lease. Who was tried twice in vain goes alone: a letter that ends the whole process must
    not use up the tries of its neighbours."""
    taken: list[_Waiting] = []
    total = 0
    for entry, size, attempts in waiting:
        total += size
        if taken and (attempts >= 2 or total > BATCH_BYTES):
            break
        taken.append((entry, size, attempts))
        if attempts >= 2:
            break
    return taken
