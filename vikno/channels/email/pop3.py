"""Reading a mailbox by POP3 (RFC 1939): each letter is known by its unique id (UIDL), and may stay on the server.

A letter is deleted there only after our commit, and only if the owner wants that; the server itself deletes when it
has heard our goodbye, so a connection that breaks deletes nothing.
"""

from __future__ import annotations

import base64
import email.utils
import poplib
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from vikno.channels.email import grants, mailbox_health, positions, servers
from vikno.channels.email.limits import MOST_BYTES
from vikno.channels.email.models import OldLetter
from vikno.core import clock
from vikno.core.secrets import Secret
from vikno.dialogs.models import Channel
from vikno.intake.connection import fresh
from vikno.intake.ledger import Arrival, accept_many, stubs
from vikno.intake.models import Inbound

log = structlog.get_logger(__name__)

FOLDER = "POP3"  # the name of the one folder there is
POLL = 60.0  # seconds
TIMEOUT = 60.0
BATCH, BATCH_BYTES = 20, 8 * 1024 * 1024
AGED = 100  # letters whose age is asked for together
STUB_LINES = 100  # of a letter that is too big
MOST_DELETED = 500  # over one connection
LONGEST_LINE = 16 * 1024 * 1024
KEPT_OF_LINE = 64 * 1024  # of a longer one
_ENDS = re.compile(rb"\r?\n\r?\n")
_RECEIVED = re.compile(rb"^Received:(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)


class _LongLines:
    """The standard library gives up at lines of 2,048 bytes; letters have longer ones. Of a line that is longer than
    anybody's, the beginning is kept and `cut` is set. It also leaves a connection open that ends in the greeting."""

    file: Any = None
    sock: Any = None
    cut = False

    def __init__(self, *where: Any, **how: Any) -> None:
        try:
            super().__init__(*where, **how)
        except BaseException:
            close(self)  # type: ignore[arg-type]
            raise

    def _getline(self) -> tuple[bytes, int]:
        line: bytes = self.file.readline(LONGEST_LINE)
        octets, end = len(line), line
        while not end.endswith(b"\n"):
            if len(end) < LONGEST_LINE:
                raise EOFError("the server closed the connection")
            self.cut, line = True, line[:KEPT_OF_LINE]
            end = self.file.readline(LONGEST_LINE)
            octets += len(end)
        if self.cut:
            return line.rstrip(b"\r\n"), octets
        return (line[:-2] if line.endswith(b"\r\n") else line[:-1]), octets


class _Plain(_LongLines, poplib.POP3):
    pass


class _Tls(_LongLines, poplib.POP3_SSL):
    pass


def connect(server: servers.Server, timeout: float = TIMEOUT) -> poplib.POP3:
    """A client that is signed in. Raises OSError, EOFError, poplib.error_proto, mailbox_health.PasswordRefused or
    TokenRefused, and grants.NotGranted."""
    if server.grant is None:
        return _connect(server, server.password, timeout)
    try:
        return _connect(server, grants.access_token(server.grant), timeout)
    except mailbox_health.PasswordRefused:
        pass
    try:
        return _connect(server, grants.access_token(server.grant, anew=True), timeout)
    except mailbox_health.PasswordRefused as error:
        raise mailbox_health.TokenRefused(str(error)) from None


def _connect(server: servers.Server, secret: Secret, timeout: float) -> poplib.POP3:
    context = ssl.create_default_context()
    client: poplib.POP3
    if server.security == servers.TLS:
        client = _Tls(server.host, server.port, timeout=timeout, context=context)
    else:
        client = _Plain(server.host, server.port, timeout=timeout)
    try:
        if server.security == servers.STARTTLS:
            client.stls(context)
        try:
            _sign_in(client, server, secret)
        except poplib.error_proto as error:
            raise mailbox_health.PasswordRefused(_words(error)) from None
    except BaseException:
        close(client)
        raise
    return client


def _sign_in(client: poplib.POP3, server: servers.Server, secret: Secret) -> None:
    if server.grant is None:
        client.user(server.user)
        client.pass_(secret.reveal())
        return
    way = grants.sasl_way(client.capa().get("SASL", []))
    _say(client, f"AUTH {way}")  # the token is too long for the line of the command (RFC 5034 section 4)
    answer = _say(client, base64.b64encode(grants.first_words(way, server, secret)).decode())
    if not answer.startswith(b"+OK"):
        _say(client, base64.b64encode(grants.after_refusal(way)).decode())
        raise poplib.error_proto(answer)


def _say(client: poplib.POP3, line: str) -> bytes:
    return client._shortcmd(line)  # type: ignore[attr-defined]


def close(client: poplib.POP3) -> None:
    """Leave without a goodbye: nothing is deleted on the server."""
    try:
        client.close()
    except (OSError, EOFError):
        pass


class Session:
    """One look into the mailbox."""

    def __init__(self, channel: Channel, client: poplib.POP3, stopping: Callable[[], bool]) -> None:
        self.channel, self.client, self.stopping = channel, client, stopping
        self.options: dict[str, Any] = channel.settings.get("imap") or {}
        fresh()
        self.row = positions.position(channel, FOLDER)

    def read(self) -> int:
        """Take what is not here yet, delete on the server what may go, and say goodbye; answers how many letters were
        stored. Raises NoUidl, OSError, EOFError, poplib.error_proto, ledger.NotStored."""
        numbers = self._uidls()
        sizes = {int(line.split()[0]): int(line.split()[1]) for line in self.client.list()[1]}
        old = set(OldLetter.objects.filter(mailbox=self.row).values_list("uidl", flat=True))
        unknown = self._without_known([uidl for uidl in numbers if uidl not in old])
        failed, taken = 0, 0
        for batch in self._batches(self._of_age(unknown, numbers), numbers, sizes):
            arrivals = [one for one in (self._fetch(uidl, numbers[uidl], sizes) for uidl in batch) if one is not None]
            failed += len(batch) - len(arrivals)
            if arrivals:
                accept_many(arrivals)
            taken += len(arrivals)
            if self.stopping():
                close(self.client)
                return taken
        self._delete(numbers)
        self.client.quit()
        self._note(len(numbers), failed)
        return taken

    def _uidls(self) -> dict[str, int]:
        """Unique id → number of this connection."""
        try:
            lines: Sequence[bytes] = self.client.uidl()[1]
        except poplib.error_proto as error:
            raise mailbox_health.NoUidl(_words(error)) from None
        pairs = [line.decode("latin-1").split(None, 1) for line in lines]
        return {pair[1].strip()[:70]: int(pair[0]) for pair in pairs if len(pair) == 2}

    def _without_known(self, uidls: Sequence[str]) -> list[str]:
        found: list[str] = []
        for first in range(0, len(uidls), 500):
            part = uidls[first : first + 500]
            keys = [self._key(one) for one in part]
            rows = Inbound.objects.filter(channel=self.channel, source_key__in=keys)
            here = set(rows.values_list("source_key", flat=True))
            found += [one for one in part if self._key(one) not in here]
        return found

    def _of_age(self, uidls: Sequence[str], numbers: dict[str, int]) -> Iterator[str]:
        """The first time, what lay there long before Vikno is written down and left alone. A portion at a time: of a
        server that allows so much for each connection we come to the end over several."""
        if self.row.last_uid or self.row.since is None:
            yield from uidls
            return
        for first in range(0, len(uidls), AGED):
            part = uidls[first : first + AGED]
            old = {one for one in part if self._came(numbers[one]) < self.row.since}
            rows = [OldLetter(mailbox=self.row, uidl=one) for one in part if one in old]
            OldLetter.objects.bulk_create(rows, ignore_conflicts=True)
            yield from (one for one in part if one not in old)

    def _came(self, number: int) -> datetime:
        try:
            return _received(b"\r\n".join(self.client.top(number, 0)[1]))
        except poplib.error_proto:
            return clock.now()

    def _batches(self, uidls: Iterable[str], numbers: dict[str, int], sizes: dict[int, int]) -> Iterable[list[str]]:
        batch: list[str] = []
        size = 0
        for uidl in uidls:
            batch.append(uidl)
            size += sizes.get(numbers[uidl], 0)
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _fetch(self, uidl: str, number: int, sizes: dict[int, int]) -> Arrival | None:
        size = sizes.get(number, 0)
        lined: Any = self.client
        lined.cut = False
        try:
            asked = self.client.top(number, STUB_LINES) if size > MOST_BYTES else self.client.retr(number)
        except poplib.error_proto:
            log.warning("a letter could not be fetched", channel=self.channel.id, uidl=uidl, exc_info=True)
            return None
        raw = b"\r\n".join(asked[1]) + b"\r\n"
        if lined.cut:  # what is here is no more than a part of it
            size = max(size, asked[2])
        return Arrival(
            self.channel,
            raw,
            "pop3",
            source_key=self._key(uidl),
            received_at=_received(raw),
            size=size if size > MOST_BYTES or lined.cut else None,
        )

    def _delete(self, numbers: dict[str, int]) -> None:
        """Ask for the deletion of what has been here for as many days as the owner wants it kept there."""
        if self.options.get("after") != "delete":
            return
        before = clock.now() - timedelta(days=float(self.options.get("days_on_server") or 0))
        left, uidls = MOST_DELETED, list(numbers)
        for first in range(0, len(uidls), 500):
            by_key = {self._key(one): numbers[one] for one in uidls[first : first + 500]}
            rows = Inbound.objects.filter(channel=self.channel, source_key__in=list(by_key), received_at__lte=before)
            for key in rows.exclude(stubs()).order_by("id").values_list("source_key", flat=True)[:left]:
                self.client.dele(by_key[str(key)])
                left -= 1
            if not left:
                return

    def _key(self, uidl: str) -> str:
        return f"pop3:{self.row.account}:{uidl}" if self.row.keyed else f"pop3:{uidl}"

    def _note(self, there: int, failed: int) -> None:
        """Each look compares the whole mailbox, so it is a reconciliation too."""
        result = {"in_mailbox": there, "missing": failed, "taken": 0}
        self.row.reconciled_at, self.row.checked, self.row.last_uid = clock.now(), result, 1
        self.row.save(update_fields=["reconciled_at", "checked", "last_uid"])
        mailbox_health.reconciled(self.channel.id)


def _received(raw: bytes) -> datetime:
    """When the letter came to its server, as the server's own line at the top says; now if there is none."""
    end = _ENDS.search(raw[: 256 * 1024])
    found = _RECEIVED.search(raw[: end.start() if end else 256 * 1024])
    now = clock.now()
    if found is None:
        return now
    try:
        told = email.utils.parsedate_to_datetime(found["value"].rpartition(b";")[2].decode("latin-1").strip())
        return min(told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC), now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return now


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
