"""Reading one folder of an IMAP mailbox without loss: by UID, never by \\Seen, and marked only after our commit.

A position (UIDVALIDITY, last UID) is kept for each folder; each letter's place is its key in the ledger, so that a
letter which is read twice stands there once. RFC 3501, IDLE by RFC 2177, MOVE by RFC 6851.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from vikno.channels.email import mailbox_health, positions
from vikno.channels.email.folders import Folder, main_of
from vikno.channels.email.limits import MOST_BYTES
from vikno.channels.email.models import Mailbox
from vikno.core import clock
from vikno.dialogs.models import Channel
from vikno.intake.connection import fresh
from vikno.intake.ledger import Arrival, accept_many, stubs
from vikno.intake.models import Inbound

log = structlog.get_logger(__name__)

BATCH, BATCH_BYTES = 50, 8 * 1024 * 1024  # letters fetched and stored together
STUB = 64 * 1024  # bytes of a letter that is too big
POLL = 300.0  # seconds: IDLE is renewed, and whatever it missed is looked for (RFC 2177: at most 29 minutes)
POLL_OTHERS = 60.0  # the same where folders are read that nobody waits for
POLL_WITHOUT_IDLE = 30.0
SLICE = 1.0  # seconds: how soon a waiting reader sees that it shall end
RECONCILE = timedelta(days=1)


class Session:
    """One folder over one connection. `stopping` is asked while it waits. With `past` (when somebody asked for the
    past), nothing is marked on the server. What came before the mailbox's own first day is taken as of the past, by
    whichever session."""

    def __init__(
        self,
        channel: Channel,
        client: IMAPClient,
        stopping: Callable[[], bool],
        folder: Folder | None = None,
        *,
        past: datetime | None = None,
    ) -> None:
        self.channel, self.client, self.stopping = channel, client, stopping
        self.options: dict[str, Any] = channel.settings.get("imap") or {}
        self.place = folder or main_of(self.options)
        self.folder = self.place.name
        self.past = past
        self.row = self.select()

    @property
    def after(self) -> str:
        """What the owner wants done with letters that are safely here."""
        return str(self.options.get("after", "keep")) if self.place.is_ours and self.past is None else "keep"

    def select(self) -> Mailbox:
        """Open the folder, and see whether its letters have kept their numbers. Raises FolderMissing."""
        try:
            selected = self.client.select_folder(self.folder, readonly=self.after == "keep")
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise mailbox_health.FolderMissing(self.folder) from error
        fresh()
        row = positions.position(self.channel, self.folder, self.past)
        validity = int(selected.get(b"UIDVALIDITY", 0))
        if row.uidvalidity != validity:
            if row.uidvalidity:
                log.warning("the mailbox was numbered anew; all of it is looked through", channel=self.channel.id)
            row.uidvalidity, row.last_uid, row.reconciled_at = validity, 0, clock.now()
            row.save(update_fields=["uidvalidity", "last_uid", "reconciled_at"])
        self.row = row
        return row

    # ---- reading --------------------------------------------------------------------------------------------------

    def read_new(self) -> int:
        """Take what came since last time; answers how many letters were stored."""
        fresh()
        # "n:*" always finds the last letter, also if its UID is below n (RFC 3501 section 6.4.8).
        wanted = sorted(uid for uid in self._search(f"{self.row.last_uid + 1}:*") if uid > self.row.last_uid)
        taken = 0
        for first in range(0, len(wanted), BATCH):
            if self.stopping():
                break
            part = wanted[first : first + BATCH]
            taken += self.take(part)
            self.row.last_uid = part[-1]
            same = Mailbox.objects.filter(id=self.row.id, uidvalidity=self.row.uidvalidity, account=self.row.account)
            same.update(last_uid=part[-1])
        return taken

    def _search(self, uids: str) -> list[int]:
        criteria: list[Any] = ["UID", uids]
        if self.row.since is not None:
            criteria += ["SINCE", (self.row.since - timedelta(days=1)).date()]  # whole days of the server's zone
        found: list[int] = list(self.client.search(criteria))
        if self.row.since is None or not found or self.row.last_uid:
            return found
        return [uid for uid, one in self._heads(found).items() if _arrived(one) >= self.row.since]

    def _heads(self, uids: Sequence[int]) -> dict[int, dict[bytes, Any]]:
        heads: dict[int, dict[bytes, Any]] = {}
        for first in range(0, len(uids), 500):
            heads.update(self.client.fetch(uids[first : first + 500], ["RFC822.SIZE", "INTERNALDATE"]))
        return heads

    def take(self, uids: Sequence[int]) -> int:
        """Fetch, store, then mark. What cannot be fetched is left for the daily reconciliation."""
        heads = self._heads(uids)
        arrivals: dict[int, Arrival] = {}
        stored, size = 0, 0
        for uid in uids:
            if uid not in heads:  # somebody removed it meanwhile
                continue
            arrival = self._fetch(uid, heads[uid])
            if arrival is None:
                continue
            arrivals[uid] = arrival
            size += len(arrival.raw)
            if size > BATCH_BYTES:
                stored += self._store(arrivals)
                arrivals, size = {}, 0
        return stored + self._store(arrivals)

    def _store(self, arrivals: dict[int, Arrival]) -> int:
        if not arrivals:
            return 0
        accept_many(list(arrivals.values()))
        whole = [uid for uid, one in arrivals.items() if one.is_whole and not one.imported]
        if whole:
            self._mark(whole)
        return len(arrivals)

    def _fetch(self, uid: int, head: dict[bytes, Any]) -> Arrival | None:
        size = int(head.get(b"RFC822.SIZE", 0))
        item = "BODY.PEEK[]" if size <= MOST_BYTES else f"BODY.PEEK[]<0.{STUB}>"
        try:
            found = self.client.fetch([uid], [item]).get(uid, {})
        except IMAPClientAbortError:
            raise
        except (IMAPClientError, ValueError, AssertionError):
            log.warning("a letter could not be fetched", channel=self.channel.id, uid=uid, exc_info=True)
            return None
        raw = next((value for name, value in found.items() if name.startswith(b"BODY[]")), None)
        if raw is None:
            return None
        return Arrival(
            self.channel,
            raw,
            "imap",
            source_key=self.key(uid),
            received_at=_arrived(head),
            size=size if size > MOST_BYTES else None,
            folder=self.place.role,
            imported=self._is_past(head),
        )

    def _is_past(self, head: dict[bytes, Any]) -> bool:
        first = self.row.first_since or self.row.since
        return first is not None and _arrived(head) < first

    def key(self, uid: int) -> str:
        """A letter's place in the mailbox: its key in the ledger."""
        account = f":{self.row.account}" if self.row.keyed else ""
        return f"{self.folder[:150]}{account}:{self.row.uidvalidity}:{uid}"

    def _mark(self, uids: list[int]) -> None:
        """What the owner wants done with letters that are safely here. Failing at it loses nothing: the daily
        reconciliation does it again."""
        try:
            if self.after == "seen":
                self.client.add_flags(uids, [b"\\Seen"], silent=True)
            elif self.after == "move":
                self._move(uids, str(self.options.get("move_to") or "Vikno"))
            elif self.after == "delete":
                self._delete(uids)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            log.warning("letters could not be marked in the mailbox", channel=self.channel.id, exc_info=True)

    def _move(self, uids: list[int], folder: str) -> None:
        if not self.client.folder_exists(folder):
            self.client.create_folder(folder)
        if self.client.has_capability("MOVE"):
            self.client.move(uids, folder)
            return
        self.client.copy(uids, folder)
        self._delete(uids)

    def _delete(self, uids: list[int]) -> None:
        self.client.add_flags(uids, [b"\\Deleted"], silent=True)
        if self.client.has_capability("UIDPLUS"):
            self.client.uid_expunge(uids)

    # ---- waiting ----------------------------------------------------------------------------------------------------

    def wait(self, renew: Callable[[], None], longest: float | None = None) -> None:
        """Wait for something new, at most so many seconds (POLL). Calls `renew` now and then."""
        longest = POLL if longest is None else longest
        if not self.client.has_capability("IDLE"):
            deadline = time.monotonic() + min(longest, POLL_WITHOUT_IDLE)
            while time.monotonic() < deadline and not self.stopping():
                time.sleep(SLICE)
            renew()
            self.client.noop()
            return
        self.client.idle()
        deadline = renewed = time.monotonic()
        deadline += longest
        while time.monotonic() < deadline and not self.stopping():
            asked = time.monotonic()
            news = self.client.idle_check(timeout=SLICE)
            if not news and time.monotonic() - asked < SLICE / 2:  # the library is silent about an end of the line
                raise IMAPClientAbortError("the server closed the connection")
            if any(isinstance(one, tuple) and len(one) > 1 and one[1] in (b"EXISTS", b"RECENT") for one in news):
                break
            if any(isinstance(one, tuple) and one and one[0] == b"BYE" for one in news):
                raise IMAPClientAbortError("the server says good-bye")
            if time.monotonic() - renewed > 20:
                renew()
                renewed = time.monotonic()
        self.client.idle_done()

    # ---- reconciling ------------------------------------------------------------------------------------------------

    def reconcile_if_due(self) -> None:
        if self.row.reconciled_at is None or clock.now() - self.row.reconciled_at >= RECONCILE:
            self.reconcile()

    def reconcile(self) -> dict[str, int]:
        """Compare all UIDs of the folder with the ledger and take what is missing. The result is shown with the
        mailbox: how many letters lie there, how many of them were missing here, how many of those came now."""
        fresh()
        there = {uid for uid in self.uids_since(self.row.since) if uid <= self.row.last_uid}
        here = self.known(there)
        missing = sorted(there - here)
        taken = sum(self.take(missing[first : first + BATCH]) for first in range(0, len(missing), BATCH))
        if self.after in ("move", "delete"):
            left = sorted(self.known(here, Inbound.objects.filter(imported=False).exclude(stubs())))
            for first in range(0, len(left), BATCH):
                self._mark(left[first : first + BATCH])
        result = {"in_mailbox": len(there), "missing": len(missing), "taken": taken}
        self.row.reconciled_at, self.row.checked = clock.now(), result
        Mailbox.objects.filter(id=self.row.id).update(reconciled_at=self.row.reconciled_at, checked=result)
        mailbox_health.reconciled(self.channel.id)
        if missing:
            log.warning("letters were missing here and were fetched", channel=self.channel.id, **result)
        return result

    def known(self, uids: Iterable[int], among: QuerySet[Inbound] | None = None) -> set[int]:
        """Those of these UIDs of the folder that stand in the ledger (or among certain entries of it). Asked key by
        key: what a range of texts holds depends on the collation of the database."""
        entries = (Inbound.objects.all() if among is None else among).filter(channel=self.channel)
        keys = {self.key(uid): uid for uid in uids}
        asked, found = list(keys), set()
        for first in range(0, len(asked), 500):
            rows = entries.filter(source_key__in=asked[first : first + 500])
            found |= {keys[str(key)] for key in rows.values_list("source_key", flat=True)}
        return found

    def uids_since(self, since: datetime | None, until: datetime | None = None) -> list[int]:
        """All letters of the folder that came to it at this instant or later (None: all), and before the other one."""
        if since is None:
            return list(self.client.search(["ALL"]))
        criteria: list[Any] = ["SINCE", (since - timedelta(days=1)).date()]  # whole days of the server's zone
        if until is not None:
            criteria += ["BEFORE", (until + timedelta(days=2)).date()]
        heads = self._heads(list(self.client.search(criteria)))
        return [
            uid for uid, one in heads.items() if since <= _arrived(one) and (until is None or _arrived(one) < until)
        ]


def _arrived(head: dict[bytes, Any]) -> datetime:
    """INTERNALDATE: when the letter came to the mailbox. A server that does not say gives now."""
    value = head.get(b"INTERNALDATE")
    if not isinstance(value, datetime):
        return clock.now()
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
