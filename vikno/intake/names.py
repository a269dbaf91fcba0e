"""Names of senders and forwarders in entries that were handled before the ledger kept them: read once from the
beginning of what came, the newest entries first, as far back as the ledger is searched.

The migration that added them asks for the first job (`JOB`). Each looks at a few entries and asks for the next one; the
last asks for none. Whatever is done twice changes nothing.
"""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from vikno.core import clock, files, jobs
from vikno.core.text import one_line
from vikno.intake.ledger import IN_ROW
from vikno.intake.models import Inbound
from vikno.intake.pipeline import DOORS, Named

JOB = "intake.names"
AT_ONCE = 100  # entries that one job looks at
REST = timedelta(seconds=0.5)  # between two of them

log = structlog.get_logger(__name__)


def work(payload: dict[str, Any]) -> None:
    """The job's handler: the newest entries below one id, and none before the last that is looked at."""
    some = Inbound.objects.filter(id__gte=payload["from"], id__lt=payload["below"]).order_by("-id")
    ids = list(some.values_list("id", flat=True)[:AT_ONCE])
    told = Inbound.objects.filter(_lacking(), id__in=ids)
    found = {entry.id: named for entry in told.select_related("channel", "file") if (named := _named(entry))}
    with transaction.atomic():
        for pk, named in sorted(found.items()):
            rows = Inbound.objects.filter(_lacking(), id=pk)
            rows.update(name=one_line(named.sender, 200), forwarder=named.forwarder)
        if len(ids) == AT_ONCE:
            more = {"below": ids[-1], "from": payload["from"]}
            jobs.enqueue(JOB, more, unique=f"{JOB}-{ids[-1]}", run_at=clock.now() + REST)


def _lacking() -> Q:
    """Entries of which nothing is known but an address; of a message its author is known."""
    return Q(state=Inbound.State.DONE, message=None, erased_at=None, name="", forwarder=None)


def _named(entry: Inbound) -> Named | None:
    """The names in an entry; None if there are none, or nobody can tell."""
    door = DOORS.get(entry.channel.kind)
    if door is None or door.named is None:
        return None
    try:
        named = door.named(entry, _beginning(entry))
    except (files.MissingFile, OSError, zlib.error):
        return None
    except Exception:  # one letter must not keep the names of others away
        log.exception("the names in an entry of the ledger could not be read", inbound=entry.id)
        return None
    return named if named.sender or named.forwarder else None


def _beginning(entry: Inbound) -> bytes:
    if entry.raw is not None:
        return zlib.decompressobj().decompress(bytes(entry.raw), IN_ROW)
    if entry.file is None:
        return b""
    with files.store().open(entry.file.key) as stream:
        return stream.read(IN_ROW)
