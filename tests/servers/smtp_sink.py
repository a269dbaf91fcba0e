"""A real SMTP server that keeps what it is given, and can be as unkind as servers are."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import time
import warnings
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.installation import free_port
from tests.servers import certificates

NO_ANSWER = "451 4.3.0 never seen: the connection is cut"


@dataclass(frozen=True)
class Letter:
    """One letter as it came, with its envelope."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    signed_in_as: str

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class SmtpSink:
    """Set the fields at any time; they hold for the next command.

    answers: what a command is answered with instead, such as {"MAIL": "421 4.3.2 closing"}. Commands are CONNECT,
        EHLO, MAIL, RCPT, DATA (the whole letter received, not kept).
    refused: recipients and their answer, such as {"no@firm.example": "550 5.1.1 unknown"}.
    drop_at: the connection is cut at this command; KEPT cuts it after the letter was kept and before it is answered.
    slow: seconds to wait before a command is answered, or until it is taken out again.
    login: if set, signing in with it is required. tls: offers STARTTLS with `certificate`.
    """

    folder: Path
    login: tuple[str, str] | None = None
    tls: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    drop_at: str = ""
    slow: dict[str, float] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.port = free_port()
        self.certificate, key = certificates.make(self.folder)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(self.certificate, key)
        self._controller: Controller | None = None
        self.start()

    @property
    def url(self) -> str:
        """For VIKNO_SMTP_URL."""
        login = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        return f"smtp{'+starttls' if self.tls else ''}://{login}{self.host}:{self.port}"

    def start(self) -> None:
        """Listens; after `stop`, again on the same port."""
        self._controller = _Controller(self, self._context if self.tls else None)
        self._controller.start()

    def stop(self) -> None:
        """Nobody answers any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def wait(self, count: int, patience: float = 60.0) -> list[Letter]:
        """Waits until at least so many letters have come."""
        deadline = time.monotonic() + patience
        while len(self.letters) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.letters)} letters came in {patience} s, {count} were expected")
            time.sleep(0.01)
        return self.letters

    async def _met(self, command: str, server: SMTP) -> str | None:
        """What this command is answered with, or None if it goes on as usual."""
        self.commands.append(command)
        until = time.monotonic() + self.slow.get(command, 0.0)
        while command in self.slow and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.02))
        if self.drop_at == command:
            server.transport.abort()  # type: ignore[union-attr,attr-defined]
            return NO_ANSWER
        return self.answers.get(command)


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        answer = await self.sink._met("EHLO", server)
        return [answer] if answer else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self.sink._met("MAIL", server)
        if answer:
            return answer
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self.sink._met("RCPT", server) or self.sink.refused.get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await self.sink._met("DATA", server)
        if answer:
            return answer
        content = envelope.original_content or b""
        login: Any = session.auth_data
        who = login.login.decode() if isinstance(login, LoginPassword) else ""
        self.sink.letters.append(
            Letter(envelope.mail_from or "", list(envelope.rcpt_tos), content, session.ssl is not None, who)
        )
        return await self.sink._met("KEPT", server) or "250 2.0.0 kept"


class _Controller(Controller):
    """aiosmtpd's own, with a server that can cut a connection before it says a word."""

    def __init__(self, sink: SmtpSink, context: ssl.SSLContext | None) -> None:
        self.sink = sink
        self.context = context
        super().__init__(_Handler(sink), hostname=sink.host, port=sink.port, ready_timeout=10)

    def factory(self) -> SMTP:
        sink = self.sink

        def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
            right = sink.login is not None and isinstance(data, LoginPassword)
            right = right and (data.login.decode(), data.password.decode()) == sink.login
            return AuthResult(success=right, handled=right, auth_data=data if right else None)

        class Server(SMTP):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                if sink.drop_at == "CONNECT":
                    transport.abort()  # type: ignore[attr-defined]
                    return
                super().connection_made(transport)

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")  # as told by the test
            return self._make(Server, check)

    def _make(self, kind: type[SMTP], check: Any) -> SMTP:
        return kind(
            self.handler,
            hostname="sink.example",
            enable_SMTPUTF8=True,
            tls_context=self.context,
            auth_required=self.sink.login is not None,
            auth_require_tls=False,
            authenticator=check,
            loop=self.loop,
        )
