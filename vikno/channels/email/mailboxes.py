"""All mailboxes of this installation: one thread each, in the engine. Which engine reads one is settled by a lease."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection
from django.db.models import Q

from vikno.channels.email import mailbox, mailbox_health, servers
from vikno.channels.email.models import Mailbox
from vikno.channels.email.own import KIND
from vikno.core import clock
from vikno.core.jobs import backoff
from vikno.dialogs.models import Channel
from vikno.intake.connection import fresh
from vikno.journal.readers import me

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=90)
LOOK = 2.0  # seconds between two looks at what the team set
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0  # after a failure
REFUSED_WAIT = 30.0  # a server that refuses a password locks who asks too often


class Taken(Exception):
    """Another engine reads this mailbox."""


class Reader(threading.Thread):
    """Reads one mailbox until it is told to end; connects again by itself, later each time."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(name=f"mailbox-{channel_id}", daemon=True)
        self.channel_id = channel_id
        self._end = threading.Event()

    def end(self) -> None:
        self._end.set()

    def run(self) -> None:
        failures = 0
        while not self._end.is_set():
            wait = LOOK
            try:
                self._read()
                failures = 0
            except Taken:
                pass
            except Exception as error:
                failures += 1
                code = mailbox_health.code_of(error)
                wait = backoff(failures, REFUSED_WAIT if code == "password_refused" else FIRST_WAIT, LONGEST_WAIT)
                log.warning(
                    "a mailbox cannot be read", channel=self.channel_id, code=code, again_in=wait, exc_info=True
                )
                self._tell(code, str(error))
            self._end.wait(wait)
        self._give_back()
        connection.close()

    def _read(self) -> None:
        """Read and wait until told to end or something breaks."""
        fresh()
        channel = Channel.objects.get(id=self.channel_id)
        server = servers.server(channel, "imap")
        if server is None or not channel.active:
            self._end.set()
            return
        self._lease(mailbox.folder_of(channel))
        client = mailbox.connect(server)
        try:
            session = mailbox.Session(channel, client, self._end.is_set)
            mailbox_health.tell(self.channel_id)
            while not self._end.is_set():
                self._lease(session.folder)
                if session.read_new():
                    mailbox_health.tell(self.channel_id, letters=True)
                session.reconcile_if_due()
                session.wait(lambda: self._lease(session.folder))
        finally:
            mailbox.close(client)

    def _lease(self, folder: str) -> None:
        """Take or renew the right to read. Raises Taken. A folder that was never read has no row yet: whoever makes it
        has it."""
        fresh()
        now = clock.now()
        rows = Mailbox.objects.filter(channel=self.channel_id, folder=folder)
        free = Q(lease_owner=self._owner()) | Q(lease_until=None) | Q(lease_until__lt=now)
        if not rows.filter(free).update(lease_owner=self._owner(), lease_until=now + LEASE) and rows.exists():
            raise Taken(folder)

    def _owner(self) -> str:
        return me()[:100]

    def _give_back(self) -> None:
        try:
            Mailbox.objects.filter(channel=self.channel_id, lease_owner=self._owner()).update(lease_until=None)
        except Exception:
            log.warning("the lease of a mailbox could not be given back", channel=self.channel_id, exc_info=True)

    def _tell(self, code: str, detail: str) -> None:
        try:
            mailbox_health.tell(self.channel_id, code, detail)
        except Exception:
            connection.close()  # the database is away: the log has it


class Mailboxes:
    """The readers of this engine, kept in step with what the team set."""

    def __init__(self) -> None:
        self._readers: dict[int, tuple[str, Reader]] = {}

    def step(self) -> float | None:
        """Start readers for new mailboxes, end those that were changed or switched off (they begin anew)."""
        wanted = {
            channel.id: _settings_of(channel)
            for channel in Channel.objects.filter(kind=KIND, active=True).defer("secret")
            if _has_imap(channel)
        }
        for channel_id, (known, reader) in list(self._readers.items()):
            if wanted.get(channel_id) != known or not reader.is_alive():
                reader.end()
                if not reader.is_alive():
                    del self._readers[channel_id]
        for channel_id, settings in wanted.items():
            if channel_id not in self._readers:
                reader = Reader(channel_id)
                self._readers[channel_id] = settings, reader
                reader.start()
        return LOOK

    def stop(self) -> None:
        """End all readers; each ends within some seconds."""
        for _, reader in self._readers.values():
            reader.end()
        for _, reader in self._readers.values():
            reader.join(3)


def _has_imap(channel: Channel) -> bool:
    return bool((channel.settings.get("imap") or {}).get("host"))


def _settings_of(channel: Channel) -> str:
    """A digest of all that a reader depends on. A secret that cannot be read counts too: the reader says so."""
    try:
        stored: Any = channel.secret
        secret = stored.reveal()
    except Exception:
        secret = "?"
    known = json.dumps([channel.settings.get("imap"), secret], sort_keys=True, default=str)
    return hashlib.sha256(known.encode()).hexdigest()
