"""All mailboxes of this installation: one thread each, in the engine. Which engine reads one is settled by a lease."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection
from django.db.models import Q

from vikno.channels.email import connecting, folders, mailbox, mailbox_health, pop3, servers
from vikno.channels.email.models import Grant, Mailbox
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
REFUSED = ("password_refused", "token_refused", "grant_ended", "registration", "not_connected")
REFUSED_WAIT = 30.0  # a server that refuses a password locks who asks too often


class Taken(Exception):
    """Another engine reads this mailbox."""


class Reader(threading.Thread):
    """Reads one mailbox until it is told to end; connects again by itself, later each time."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(name=f"mailbox-{channel_id}", daemon=True)
        self.channel_id = channel_id
        self._end = threading.Event()
        self._folder, self._leased = "", -math.inf

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
                wait = backoff(failures, REFUSED_WAIT if code in REFUSED else FIRST_WAIT, LONGEST_WAIT)
                log.warning(
                    "a mailbox cannot be read",
                    channel=self.channel_id,
                    code=code,
                    error=str(error)[:300],
                    again_in=wait,
                    exc_info=code in mailbox_health.FAULTS,
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
        if servers.reading_by(channel) == "pop3":
            self._read_pop3(channel, server)
            return
        self._lease(folders.main_of(channel.settings["imap"]).name)
        client = connecting.connect(server)
        try:
            wanted, missing = folders.all_of(channel.settings["imap"], client)
            main = mailbox.Session(channel, client, self._stopping, wanted[0])
            mailbox_health.tell(self.channel_id)
            mailbox_health.folders_missing(self.channel_id, missing)
            self._rounds(main, wanted[1:], missing)
        finally:
            connecting.close(client)

    def _rounds(self, main: mailbox.Session, others: list[folders.Folder], missing: list[str]) -> None:
        """Wait for the main folder; look into the others every minute, and whether those that were missing are there
        by now: many mailboxes have no junk folder before the first letter lies in it."""
        looked = -math.inf
        more = bool(others or missing)
        while not self._stopping():
            if main.read_new():
                mailbox_health.tell(self.channel_id, letters=True)
            main.reconcile_if_due()
            if more and time.monotonic() - looked >= mailbox.POLL_OTHERS:
                if looked > -math.inf:
                    wanted, missing = folders.all_of(main.options, main.client)
                    others = wanted[1:]
                gone = [folder.name for folder in others if not self._look_into(main, folder)]
                mailbox_health.folders_missing(self.channel_id, missing + gone)
                main.select()
                looked = time.monotonic()
                continue  # something may have come meanwhile
            main.wait(lambda: self._lease(main.folder), mailbox.POLL_OTHERS if more else None)

    def _look_into(self, main: mailbox.Session, folder: folders.Folder) -> bool:
        """One look into another folder; false if it is gone, which does not stop the rest."""
        try:
            session = mailbox.Session(main.channel, main.client, self._stopping, folder)
        except mailbox_health.FolderMissing:
            log.warning("a folder of a mailbox is gone", channel=self.channel_id)
            return False
        if session.read_new() and folder.is_ours:
            mailbox_health.tell(self.channel_id, letters=True)
        session.reconcile_if_due()
        return True

    def _read_pop3(self, channel: Channel, server: servers.Server) -> None:
        """Look into the mailbox every minute, over a new connection each time: POP3 keeps others out meanwhile."""
        while not self._end.is_set():
            self._lease(pop3.FOLDER)
            client = pop3.connect(server)
            try:
                taken = pop3.Session(channel, client, self._stopping).read()
            finally:
                pop3.close(client)
            mailbox_health.tell(self.channel_id, letters=taken > 0)
            self._end.wait(pop3.POLL)

    def _stopping(self) -> bool:
        """Asked between portions of work; keeps the lease while it goes on. Raises Taken."""
        if time.monotonic() - self._leased > LEASE.total_seconds() / 4 and self._folder:
            self._lease(self._folder)
        return self._end.is_set()

    def _lease(self, folder: str) -> None:
        """Take or renew the right to read. Raises Taken. A folder that was never read has no row yet: whoever makes it
        has it."""
        fresh()
        now = clock.now()
        rows = Mailbox.objects.filter(channel=self.channel_id, folder=folder)
        free = Q(lease_owner=self._owner()) | Q(lease_until=None) | Q(lease_until__lt=now)
        if not rows.filter(free).update(lease_owner=self._owner(), lease_until=now + LEASE) and rows.exists():
            raise Taken(folder)
        self._folder, self._leased = folder, time.monotonic()

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
    parts = [channel.settings.get("imap"), channel.settings.get("sign_in"), secret, _granted(channel)]
    known = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(known.encode()).hexdigest()


def _granted(channel: Channel) -> str:
    """When the account was connected: a new yes of its owner is used at once."""
    return str(Grant.objects.filter(channel=channel).values_list("connected_at", flat=True).first())
