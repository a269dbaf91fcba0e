"""The ledger: raw bytes are safely stored before anything looks into them, and every entry comes to a visible fate.

`accept` is called by every door (SMTP, mailbox, pipe). What it does not raise about is on the disk.
"""

from __future__ import annotations

import errno
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _

from vikno.core import clock, files, ids
from vikno.core.models import StoredFile
from vikno.dialogs.models import Channel
from vikno.intake import leftovers
from vikno.intake.connection import fresh
from vikno.intake.models import Fate, Inbound
from vikno.intake.tries import APART
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb

log = structlog.get_logger(__name__)

IN_ROW = 64 * 1024  # bytes; larger ones lie in a file
LEASE = timedelta(seconds=30)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NotStored(Exception):
    """Nothing was kept, so whoever brings the letter must bring it again. `code` is `disk_full` or `database_away`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class NotPossible(Exception):
    """The entry is not in the state that the verb needs; somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One letter or call at a door. `envelope_from` "" is the null sender, None is unknown. `size` is given when `raw`
    is only the beginning of something larger. With `mine`, the caller takes it through the pipeline at once himself.
    `folder` is where it lay in a mailbox, `imported` says that it is of the past (see `Inbound`)."""

    channel: Channel
    raw: bytes = field(repr=False)
    source: str
    source_key: str | None = None
    envelope_from: str | None = None
    envelope_to: tuple[str, ...] = ()
    peer_ip: str | None = None
    received_at: datetime | None = None
    size: int | None = None
    mine: bool = False
    folder: str = Inbound.Folder.INBOX
    imported: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it would be lost if it went from where it came from."""
        return self.size is None or self.size <= len(self.raw)


def stubs() -> Q:
    """Entries of which only the beginning is here: the whole must stay where it came from."""
    return Q(file__size__lt=F("size")) | Q(file=None, raw__isnull=False, size__gt=IN_ROW)


def accept(
    channel: Channel,
    raw: bytes,
    *,
    source: str,
    source_key: str | None = None,
    envelope_from: str | None = None,
    envelope_to: Sequence[str] = (),
    peer_ip: str | None = None,
    mine: bool = False,
) -> Inbound:
    """Store one arrival in a short transaction of its own; it is on the disk when this returns.

    Answers the row there is already when this `source_key` of the channel is known. Raises NotStored.
    """
    arrival = Arrival(channel, raw, source, source_key, envelope_from, tuple(envelope_to), peer_ip, mine=mine)
    return accept_many([arrival])[0]


def accept_many(arrivals: Sequence[Arrival]) -> list[Inbound]:
    """Store several arrivals in one transaction: they share one wait for the disk. All or none. Raises NotStored."""
    fresh()
    written: list[str] = []
    try:
        bodies = [_pack(one.raw, written) for one in arrivals]
        with transaction.atomic():
            return _insert(arrivals, bodies)
    except (OSError, DatabaseError, InterfaceError) as error:
        leftovers.delete_unnamed(written)
        raise _translated(error) from error


def _pack(raw: bytes, written: list[str]) -> tuple[bytes | None, str]:
    """The bytes for the row, or the key of the file that holds them. The file is written here, before the transaction:
    a wait for the disk must not hold up other writers."""
    if len(raw) <= IN_ROW:
        return zlib.compress(raw, 3), ""
    key = ids.file_key()
    written.append(key)
    files.store().write(key, raw)
    return None, key


def _insert(arrivals: Sequence[Arrival], bodies: Sequence[tuple[bytes | None, str]]) -> list[Inbound]:
    known = _known(arrivals)
    rows: list[Inbound] = []
    new: list[Inbound] = []
    for one, (packed, key) in zip(arrivals, bodies, strict=True):
        row = known.get((one.channel.id, one.source_key)) if one.source_key else None
        if row is not None:
            if key:
                transaction.on_commit(lambda key=key: leftovers.delete([key]))  # type: ignore[misc]
            rows.append(row)
            continue
        row = _row(one, packed, key)
        if one.source_key:
            known[one.channel.id, one.source_key] = row
        rows.append(row)
        new.append(row)
    Inbound.objects.bulk_create(new)
    return rows


def _known(arrivals: Sequence[Arrival]) -> dict[tuple[int, str | None], Inbound]:
    keys = [one.source_key for one in arrivals if one.source_key]
    if not keys:
        return {}
    channels = {one.channel.id for one in arrivals}
    # Locked: two readers of one mailbox may bring the same letter at the same time (PostgreSQL; SQLite has one writer).
    list(Channel.objects.select_for_update(no_key=True).filter(id__in=channels).order_by("id").values_list("id"))
    found = Inbound.objects.filter(channel__in=channels, source_key__in=keys).defer("raw")
    return {(row.channel_id, row.source_key): row for row in found}


def _row(one: Arrival, packed: bytes | None, key: str) -> Inbound:
    digest = hashlib.sha256(one.raw).hexdigest()
    now = clock.now()
    row = Inbound(
        channel=one.channel,
        source=one.source,
        source_key=one.source_key,
        folder=one.folder,
        imported=one.imported,
        received_at=min(one.received_at or now, now),
        envelope_from=None if one.envelope_from is None else _plain(one.envelope_from)[:320],
        envelope_to=[_plain(address)[:320] for address in one.envelope_to][:1000],
        peer_ip=one.peer_ip,
        raw=packed,
        size=one.size or len(one.raw),
        sha256=digest,
        next_try=now,
    )
    if key:
        row.file = StoredFile.objects.create(key=key, size=len(one.raw), sha256=digest)
    if one.mine:
        row.state, row.fence, row.attempts, row.lease_until = Inbound.State.WORKING, 1, 1, now + LEASE
    return row


def _plain(text: str) -> str:
    """Text that both databases take: PostgreSQL refuses NUL, and neither takes half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def _translated(error: Exception) -> NotStored:
    log.error("a letter could not be stored; its sender is told to try again", exc_info=error)
    full = isinstance(error, OSError) and error.errno in _FULL
    if full or "disk is full" in str(error) or "No space left" in str(error):
        return NotStored("disk_full", "The disk is full: nothing was stored. Free some space; senders will try again.")
    if isinstance(error, OSError):
        return NotStored("disk_full", f"The data folder cannot be written ({error.strerror}): nothing was stored.")
    if not isinstance(error, (OperationalError, InterfaceError)):
        return NotStored("database_away", "The database refused the entry: nothing was stored. The log says why.")
    return NotStored("database_away", "The database cannot be reached or is busy: nothing was stored.")


def raw_bytes(inbound: Inbound) -> bytes:
    """The entry's bytes as they arrived. Raises files.MissingFile if they were erased or are gone from the store."""
    if inbound.raw is not None:
        return zlib.decompress(bytes(inbound.raw))
    if inbound.file is None:
        raise files.MissingFile(str(inbound.id))
    return files.read(inbound.file)


def retry(inbound: Inbound, by: Act) -> None:
    """Have a failed entry tried again, now, with its tries counted from nought. One that ended a process is still read
    by the engine never. Raises NotPossible."""
    with transaction.atomic():
        failed = Inbound.objects.filter(id=inbound.id, fate=Fate.FAILED, state=Inbound.State.DONE)
        apart = Case(When(reason__in=("died", "no_reader"), then=Value(APART)), default=Value(""))
        changed = failed.update(
            state=Inbound.State.WAITING, fate="", reason=apart, detail="", attempts=0, next_try=clock.now(),
            handled_at=None,
        )  # fmt: skip
        if not changed:
            raise NotPossible(_("Only letters that failed can be tried again, and this one has another fate by now."))
        record(by, Verb.INBOUND_RETRIED, delta={"inbound": [inbound.id, inbound.id], "fate": [Fate.FAILED, ""]})
