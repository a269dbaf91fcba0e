"""Which entries of the ledger are in whose hands: each is claimed for a while, with a number that writes check."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from vikno.core import clock
from vikno.dialogs.models import Channel
from vikno.intake.ledger import LEASE
from vikno.intake.models import Inbound

BATCH_BYTES = 4 * 1024 * 1024  # so that a lease always suffices


def claim(limit: int) -> list[Inbound]:
    """The next entries of one channel, in order of arrival. While somebody works on a channel nobody else takes of it:
    an answer must not overtake what it answers."""
    if not _anything():
        return []
    channel = (
        _open().filter(_due()).exclude(channel__in=_busy()).order_by("id").values_list("channel", flat=True).first()
    )
    if channel is None:  # a look without the write lock: an idle engine must not disturb the writers
        return []
    with transaction.atomic():
        if not Channel.objects.select_for_update(no_key=True, skip_locked=True).filter(id=channel).exists():
            return []
        if _busy().filter(channel=channel).exists():
            return []
        due = _open().filter(_due(), channel=channel).order_by("id").select_for_update(skip_locked=True, of=("self",))
        rows = _few_bytes(list(due.defer("raw")[:limit]))
        Inbound.objects.filter(id__in=[row.id for row in rows]).update(
            state=Inbound.State.WORKING,
            lease_until=clock.now() + LEASE,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
        )
    fences = {row.id: row.fence + 1 for row in rows}
    found = Inbound.objects.select_related("file").filter(id__in=fences).order_by("id")
    claimed = [row for row in found if row.fence == fences[row.id]]
    one = Channel.objects.select_related("team", "brand").defer("secret").get(id=channel)
    for row in claimed:
        row.channel = one
    return claimed


def _anything() -> bool:
    """Whether there is any entry to look at: asked twenty times a second, so in plain SQL over a partial index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM intake_inbound WHERE NOT (state = 'done') LIMIT 1")
        return cursor.fetchone() is not None


def with_channel() -> Any:
    """Entries with their channel, without its secret: one that cannot be decrypted any more must not stop letters."""
    return Inbound.objects.select_related("channel__team", "channel__brand", "file").defer("channel__secret")


def _open() -> Any:
    return Inbound.objects.exclude(state=Inbound.State.DONE)


def _busy() -> Any:
    return Inbound.objects.filter(state=Inbound.State.WORKING, lease_until__gte=clock.now()).values("channel")


def _due() -> Q:
    now = clock.now()
    waiting = Q(state=Inbound.State.WAITING, next_try__lte=now)
    return waiting | Q(state=Inbound.State.WORKING, lease_until__lt=now)


def _few_bytes(rows: list[Inbound]) -> list[Inbound]:
    """As many as fit into one lease. Who was tried twice in vain goes alone: a letter that ends the whole process must
    not use up the tries of its neighbours."""
    if rows and rows[0].attempts >= 2:
        return rows[:1]
    taken, total = 0, 0
    for row in rows:
        total += row.size
        if row.attempts >= 2 or (taken and total > BATCH_BYTES):
            break
        taken += 1
    return rows[:taken]
