"""The SMTP listener: takes letters for our own addresses, and says 250 only after the commit.

It is a door for strangers: everything is bounded, nothing is relayed, and what cannot be stored now is answered with a
code that makes the sender's server try again (RFC 5321; 451 and 452 are passing, 550 and 552 are final).
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from vikno.channels.email import own
from vikno.channels.email.committing import Committer
from vikno.channels.email.data_lines import Blocks
from vikno.channels.email.limits import MOST_BYTES
from vikno.intake.connection import fresh
from vikno.intake.ledger import Arrival, NotStored

log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 100
MOST_RECIPIENTS = 100
MOST_LINE = 8 * 1024 * 1024  # RFC 5322 has 998; but a letter sent with bare LF is one line here
MOST_IN_HAND = 256 * 1024 * 1024  # bytes of all letters under way together
MOST_MISTAKES = 20  # refused recipients in one connection: whoever guesses addresses is shown out
IDLE = 300.0  # seconds; RFC 5321 section 4.5.3.2.7 asks for no less
READERS = 2  # threads that look addresses up
# Behind 450, which has the sender's server try again for some days: switching a channel on again loses nothing.
PAUSED = "4.2.1 This mailbox is switched off for the time being, try again later"
GRACE = 3.0  # seconds for letters in flight when the engine ends

# The end of a letter as other servers may take it, and we do not: such a letter wants to smuggle a second one through.
_SMUGGLED = re.compile(rb"(?<!\r)\n\.\r?\n|\r\n\.(?:\n|\r(?!\n))|\r\.\r(?!\n)")


class Server(SMTP):
    """aiosmtpd's server with longer lines and a bound on connections."""

    line_length_limit = MOST_LINE

    def __init__(self, listener: Listener, **options: Any) -> None:
        super().__init__(listener, **options)
        self.listener = listener
        self.mistakes = 0
        self.in_hand = 0

    def data_received(self, data: bytes) -> None:
        self.in_hand += len(data)
        self.listener.in_hand += len(data)
        if self.listener.in_hand > MOST_IN_HAND and self.transport is not None:
            self.show_out(b"421 4.3.1 Too much at once, try again later\r\n")
            return
        super().data_received(data)

    def show_out(self, words: bytes) -> None:
        """Say why and hang up."""
        transport: Any = self.transport
        try:
            transport.write(words)
            transport.close()
        except (AttributeError, OSError, RuntimeError):  # it is gone, or TLS is: asyncio's transport then has no inside
            pass

    def let_go(self) -> None:
        """The letter is dealt with."""
        self.listener.in_hand -= self.in_hand
        self.in_hand = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self.listener.servers) >= MOST_CONNECTIONS and self not in self.listener.servers:
            transport.write(b"421 4.7.0 Too many connections, try again later\r\n")  # type: ignore[attr-defined]
            transport.close()
            return
        self.listener.servers.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.listener.servers.discard(self)
        self.let_go()
        if self.session is not None:
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        reader = self._reader
        self._reader = Blocks(reader)  # type: ignore[assignment]
        try:
            await super().smtp_DATA(arg)
        finally:
            self._reader = reader

    async def smtp_VRFY(self, arg: str) -> None:
        await self.push("252 2.5.1 Send a letter and see")


class Listener:
    """Listens in a thread of its own. Its `handle_…` methods answer the commands."""

    def __init__(self, host: str, port: int, folder: Path | None = None) -> None:
        self.host, self.port = host, port
        self.folder = folder or settings.DATA / "tls"
        self.name = urlsplit(settings.BASE_URL).hostname or "localhost"
        self.servers: set[Server] = set()
        self.in_hand = 0  # bytes of letters under way
        self.busy = 0  # letters between DATA and its answer
        self._tls: tuple[tuple[float, float], ssl.SSLContext] | None = None

    def start(self) -> None:
        """Open the port. Raises OSError when it is taken."""
        self.committer = Committer()
        self._readers = ThreadPoolExecutor(READERS, "smtp-rcpt")
        self.loop = asyncio.new_event_loop()
        try:
            opening = self.loop.create_server(self._server, self.host, self.port, backlog=256)
            self._listening = self.loop.run_until_complete(opening)
        except BaseException:
            self.loop.close()
            self.committer.stop()
            raise
        self.port = self._listening.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self.loop.run_forever, name="smtp-listener", daemon=True)
        self._thread.start()
        log.info("letters are taken by SMTP", host=self.host, port=self.port)

    def stop(self) -> None:
        """Take no more connections, let letters in flight be answered, end."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(GRACE + 2)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2)
        if not self._thread.is_alive():
            self.loop.close()
        self.committer.stop()
        _close_connections(self._readers)

    async def _close(self) -> None:
        self._listening.close()
        for _ in range(int(GRACE / 0.02)):
            if not self.busy:
                break
            await asyncio.sleep(0.02)
        for server in list(self.servers):
            server.show_out(b"421 4.3.2 Closing, try again later\r\n")
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.sleep(0)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _server(self) -> Server:
        return Server(
            self,
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=self.name,
            ident="Vikno",
            tls_context=self._certificate(),
            timeout=IDLE,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=self.loop,
        )

    def _certificate(self) -> ssl.SSLContext | None:
        """The certificate in the data folder, read anew when its files change; None if there is none to be used."""
        chain, key = self.folder / "cert.pem", self.folder / "key.pem"
        try:
            changed = chain.stat().st_mtime, key.stat().st_mtime
            if self._tls is None or self._tls[0] != changed:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(chain, key)
                self._tls = changed, context
        except FileNotFoundError:
            return None
        except (OSError, ssl.SSLError):
            log.warning(
                "the certificate cannot be used; STARTTLS is not offered", folder=str(self.folder), exc_info=True
            )
            return None
        return self._tls[1]

    # ---- commands -------------------------------------------------------------------------------------------------

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients, send the rest separately"
        if server.mistakes >= MOST_MISTAKES:
            return "421 4.7.0 Too many unknown recipients"
        ours = own.at_hand()
        channel: int | str | None = ours.channel_of(address) if ours is not None else None
        try:
            if channel is None:
                channel = await self.loop.run_in_executor(self._readers, _channel_for, address)
        except Exception:
            log.exception("a recipient could not be looked up")
            return "451 4.3.0 The database cannot be reached, try again later"
        if channel is PAUSED:
            return f"450 {PAUSED}"
        if channel is None:
            server.mistakes += 1
            return "550 5.1.1 This address takes no letters here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        if (b"\n." in raw or b"\r." in raw) and _SMUGGLED.search(raw):
            return "550 5.6.11 Lines must end with CR LF (a bare LF or CR beside a lone dot)"
        self.busy += 1
        try:
            ours = own.at_hand()
            if ours is None:
                ours = await self.loop.run_in_executor(self._readers, _ours)
            arrivals = _arrivals(ours, session, envelope, raw)
            if not arrivals:
                return "550 5.1.1 This address takes no letters here any more"
            await asyncio.wrap_future(self.committer.put(arrivals))
        except _Paused:
            return f"450 {PAUSED}"
        except NotStored as error:
            return f"{'452 4.3.1' if error.code == 'disk_full' else '451 4.3.0'} Not stored, try again later"
        except Exception:
            log.exception("a letter could not be taken by SMTP")
            return "451 4.3.0 A fault here, try again later"
        finally:
            self.busy -= 1
            server.let_go()
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours must never make the sender give up."""
        log.error("the SMTP listener met a fault", exc_info=error)
        return "451 4.3.0 A fault here, try again later"


def _close_connections(readers: ThreadPoolExecutor) -> None:
    """Each thread must close its own: they wait for each other, so that every one of them gets the word."""
    everybody = threading.Barrier(READERS)

    def close() -> None:
        try:
            everybody.wait(1)
        except threading.BrokenBarrierError:
            pass
        connection.close()

    for _ in range(READERS):
        readers.submit(close)
    readers.shutdown()


class _Paused(Exception):
    """One of the recipients was switched off between RCPT and DATA: nothing is stored, all of it comes again."""


def _channel_for(address: str) -> int | str | None:
    """The channel that takes letters for this address, or PAUSED; None if it is none of ours."""
    fresh()
    channel = own.lately().channel_of(address)
    if channel is None:
        ours = own.lately(own.AT_LEAST)
        channel = ours.channel_of(address)
        if channel is None and ours.is_paused(address):
            return PAUSED
    return channel


def _ours() -> own.Own:
    fresh()
    return own.lately()


def _arrivals(ours: own.Own, session: Session, envelope: Envelope, raw: bytes) -> list[Arrival]:
    """One arrival for each channel that the letter is for. Raises _Paused."""
    by_channel: dict[int, list[str]] = {}
    for address in envelope.rcpt_tos:
        channel = ours.channel_of(address)
        if channel is not None:
            by_channel.setdefault(channel, []).append(address)
        elif ours.is_paused(address):
            raise _Paused
    channels = {row.channel_id: row.channel for row in ours.rows}
    where: Any = session.peer
    peer = where[0] if isinstance(where, tuple) else None
    return [
        Arrival(
            channels[channel],
            raw,
            "smtp",
            envelope_from=(envelope.mail_from or "").strip("<>"),
            envelope_to=tuple(addresses),
            peer_ip=str(peer).partition("%")[0] if peer else None,
        )
        for channel, addresses in by_channel.items()
    ]
