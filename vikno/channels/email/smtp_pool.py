"""Handing letters to a mail server: connections that are kept for the next letter, and answers sorted by what to do
next.

    before the connection works      Halted: it is not about this letter; the queue of the channel waits
    4xx, or cut before the end       Retry: the letter certainly did not go
    5xx                              Rejected, in the server's own words; Halted where it means us and not the recipient
    nothing after the final dot      Unknown: the server has it all and may have taken it

RFC 5321 sections 3.8 and 4.5.3.2 (time-outs), RFC 3463 (codes), RFC 4954 (signing in).
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from vikno.channels.email import fields, grants
from vikno.channels.email.servers import STARTTLS, TLS, Server
from vikno.core.deadlines import Deadline
from vikno.core.secrets import Secret
from vikno.core.text import one_line
from vikno.dialogs.channels import Halted, Rejected, Retry, Unknown
from vikno.dialogs.delivery_words import Code

CONNECT_PATIENCE = 20.0  # seconds
PATIENCE = 60.0  # for an answer to a command, and for all of signing in
FINAL_PATIENCE = 300.0  # for the answer to the letter itself: servers that look for viruses take their time
SLOWEST = 50_000  # bytes a second at which a letter must go at least
ALIVE_PATIENCE, GOODBYE_PATIENCE = 5.0, 1.0
AWAY_WAIT = 30.0  # first wait when the server cannot be reached
MOST_LETTERS = 100  # over one connection
IDLE = 20.0  # a connection unused for longer is closed; servers do the same
MOST_IDLE = 8  # connections kept for one server

_ABOUT_US = re.compile(r"\b5\.(?:4\.5|7\.3|7\.8|7\.9|7\.14|7\.30|7\.57)\b|QuotaExceeded")  # quota, and signing in
_SENDER = re.compile(r"\b5\.(?:2\.252|7\.60)\b|SendAsDenied")  # said by Exchange only after the whole letter
_ENHANCED = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_TOO_LARGE = re.compile(r"\b(?:5\.3\.4|5\.2\.3)\b")


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: str
    recipient: str
    wide: bool = False


@dataclass
class Connection:
    """One connection to a server, used for one letter at a time."""

    smtp: smtplib.SMTP
    letters: int = 0
    used_at: float = field(default_factory=time.monotonic)


class Pool:
    """Connections by server. A thread takes one, sends one letter and gives it back."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._idle: dict[str, list[Connection]] = {}

    def send(self, server: Server, envelope: Envelope, content: bytes) -> None:
        """One letter to one recipient. Returns once the server has taken it; raises Halted, Retry, Rejected,
        Unknown."""
        with self._connection(server) as connection:
            _transact(connection.smtp, envelope, content)

    def check(self, server: Server) -> None:
        """Connect and sign in, send nothing. Raises Halted with what is wrong."""
        _close(open_connection(server))

    def close(self) -> None:
        """Close all that nobody uses now."""
        with self._guard:
            idle, self._idle = self._idle, {}
        for connection in [one for many in idle.values() for one in many]:
            _close(connection.smtp)

    @contextmanager
    def _connection(self, server: Server) -> Iterator[Connection]:
        key = _key(server)
        connection = self._take(key) or Connection(open_connection(server))
        try:
            yield connection
        except Rejected:
            self._give_back(key, connection)  # its words, and then it waits for the next letter
            raise
        except BaseException:
            _close(connection.smtp)
            raise
        self._give_back(key, connection)

    def _take(self, key: str) -> Connection | None:
        """A kept connection that still answers."""
        while True:
            with self._guard:
                kept = self._idle.get(key)
                connection = kept.pop() if kept else None
            if connection is None:
                return None
            if time.monotonic() - connection.used_at < IDLE and _is_alive(connection.smtp):
                return connection
            _close(connection.smtp)

    def _give_back(self, key: str, connection: Connection) -> None:
        connection.letters += 1
        connection.used_at = time.monotonic()
        with self._guard:
            kept = self._idle.setdefault(key, [])
            late = [one for one in kept if connection.used_at - one.used_at > IDLE]
            kept[:] = [one for one in kept if one not in late]
            keep = connection.letters < MOST_LETTERS and len(kept) < MOST_IDLE
            if keep:
                kept.append(connection)
        for one in late if keep else [*late, connection]:
            _close(one.smtp)


def _key(server: Server) -> str:
    """Which connections are alike. The password counts, and does not stand in the key."""
    said = "\x00".join((server.host, str(server.port), server.security, server.user, server.password.reveal(),
                          str(server.grant)))  # fmt: skip
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _is_alive(smtp: smtplib.SMTP) -> bool:
    try:
        with _within(smtp, ALIVE_PATIENCE):
            return smtp.rset()[0] == 250
    except (smtplib.SMTPException, OSError, AttributeError):
        return False


@contextmanager
def _within(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """What is said and answered meanwhile takes no longer than this as a whole, or the connection ends. Raises
    OSError, AttributeError where there is none any more."""
    sock = smtp.sock
    with Deadline(seconds) as deadline:
        deadline.hold(sock)  # type: ignore[arg-type]
        sock.settimeout(seconds)  # type: ignore[union-attr]
        yield


def _close(smtp: smtplib.SMTP) -> None:
    """Say goodbye if that costs no time."""
    try:
        if smtp.sock is not None:
            with _within(smtp, GOODBYE_PATIENCE):
                smtp.quit()
    except (smtplib.SMTPException, OSError):
        pass
    finally:
        smtp.close()


# ---- before a letter ------------------------------------------------------------------------------------------------


def open_connection(server: Server) -> smtplib.SMTP:
    """A connection that is encrypted as set and signed in. Raises Halted, in words for the channel's owner."""
    try:
        return _open(server)
    except Halted as error:
        if server.grant is None or error.code != "password_refused":
            raise
    try:
        return _open(server, anew=True)  # the token may have been taken back before its time
    except Halted as error:
        raise Halted("token_refused", error.detail) if error.code == "password_refused" else error from None


class _Watched(smtplib.SMTP):
    """A connection whose opening ends with a deadline, from before its first word."""

    def __init__(self, deadline: Deadline, server: Server) -> None:
        self.deadline = deadline
        super().__init__(server.host, server.port, _own_name(), timeout=CONNECT_PATIENCE)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made: socket.socket = super()._get_socket(host, port, min(timeout, self.deadline.left()))  # type: ignore[misc]
        self.deadline.hold(made)
        return made


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same, encrypted from its first byte: what wraps the connection asks `_Watched` for it."""

    def __init__(self, deadline: Deadline, server: Server) -> None:
        self.deadline = deadline
        context = ssl.create_default_context()
        smtplib.SMTP_SSL.__init__(
            self, server.host, server.port, _own_name(), timeout=CONNECT_PATIENCE, context=context
        )


def _open(server: Server, *, anew: bool = False) -> smtplib.SMTP:
    smtp: smtplib.SMTP | None = None
    with Deadline(CONNECT_PATIENCE + PATIENCE) as deadline:
        try:
            smtp = (_WatchedTls if server.security == TLS else _Watched)(deadline, server)
            smtp.sock.settimeout(PATIENCE)  # type: ignore[union-attr]
            _greet(smtp)
            if server.security == STARTTLS:
                smtp.starttls(context=ssl.create_default_context())
                _greet(smtp)
            if server.grant is not None:
                _show_token(smtp, server, grants.access_token(server.grant, anew=anew))
            elif server.user:
                smtp.login(server.user, server.password.reveal())
            return smtp
        except Exception as error:
            if smtp is not None:
                smtp.close()
            if deadline.over:
                raise Halted("unreachable", "too slow", AWAY_WAIT) from None
            raise _why_no_connection(error) from None  # the cause may carry what was sent


def _show_token(smtp: smtplib.SMTP, server: Server, token: Secret) -> None:
    """Sign in with an access token. A server that refuses it says why in a challenge, and waits for an answer."""
    _greet(smtp)
    if not smtp.has_extn("auth"):
        raise smtplib.SMTPNotSupportedError("The server does not let anybody sign in.")
    way = grants.sasl_way(smtp.esmtp_features["auth"].split())
    first, then = grants.first_words(way, server, token).decode(), grants.after_refusal(way).decode()
    smtp.auth(way, lambda challenge=None: first if challenge is None else then)


def _own_name() -> str:
    """What we call ourselves in EHLO; an address without a name stands in brackets (RFC 5321 section 4.1.3)."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    if ":" in host:
        return f"[IPv6:{host}]"
    return f"[{host}]" if host.replace(".", "").isdigit() else fields.ascii_domain(f"x@{host}").partition("@")[2]


def _greet(smtp: smtplib.SMTP) -> None:
    smtp.ehlo_or_helo_if_needed()


def _why_no_connection(error: Exception) -> Halted:
    """What went wrong before any letter. Codes: see sending_health."""
    match error:
        case grants.NotGranted():
            return Halted(error.code, error.detail, AWAY_WAIT if error.code == "provider_away" else None)
        case smtplib.SMTPAuthenticationError(smtp_code=code) if code >= 500:
            return Halted("password_refused", _said(error))
        case smtplib.SMTPNotSupportedError():
            return Halted("not_offered", one_line(str(error), 300))
        case smtplib.SMTPResponseException(smtp_code=code):
            return Halted("server_error", _said(error), AWAY_WAIT if code < 500 else None)
        case smtplib.SMTPException():
            return Halted("unreachable", one_line(str(error), 300), AWAY_WAIT)
        case ssl.SSLCertVerificationError():
            return Halted("certificate", one_line(error.verify_message, 300))
        case ssl.SSLError():
            return Halted("encryption", one_line(str(error), 300))
        case socket.gaierror():
            return Halted("unknown_host", one_line(str(error), 300), AWAY_WAIT)
        case OSError():
            return Halted("unreachable", one_line(str(error), 300), AWAY_WAIT)
        case _:
            return Halted("fault", type(error).__name__)


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_words(error.smtp_error)}"


# ---- one letter -----------------------------------------------------------------------------------------------------


def _transact(smtp: smtplib.SMTP, envelope: Envelope, content: bytes) -> None:
    """MAIL, RCPT, DATA. Up to the final dot whatever goes wrong means that the letter did not go."""
    data = _dotted(content)
    _fits(smtp, envelope, len(data))
    try:
        with _within(smtp, PATIENCE + len(data) / SLOWEST):
            _sort(smtp.mail(envelope.sender, _mail_options(smtp, envelope, len(data))), about_sender=True)
            _sort(smtp.rcpt(envelope.recipient))
            _sort(smtp.docmd("DATA"), wanted=354)
            smtp.sock.sendall(data)  # type: ignore[union-attr]
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException, OSError, AttributeError) as error:
        raise Retry(f"The connection ended before the letter was handed over: {one_line(str(error), 300)}") from None
    try:
        with _within(smtp, FINAL_PATIENCE):
            smtp.sock.sendall(b".\r\n")  # type: ignore[union-attr]
            answer = smtp.getreply()
    except (smtplib.SMTPException, OSError, AttributeError) as error:
        raise Unknown(f"{Code.NO_ANSWER}: {one_line(str(error), 300)}") from None
    if not 200 <= answer[0] < 600:
        raise Unknown(f"{Code.NO_ANSWER}: {_words(answer[1])}")
    _sort(answer)


def _dotted(content: bytes) -> bytes:
    """Each line ends in CRLF and none begins with a single dot (RFC 5321 section 4.5.2)."""
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        content = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    dotted = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    return dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n"


def _fits(smtp: smtplib.SMTP, envelope: Envelope, size: int) -> None:
    """Look at what the server said of itself before anything is sent."""
    most = smtp.esmtp_features.get("size", "").strip()
    if most.isdigit() and 0 < int(most) < size:
        raise Rejected(f"{Code.TOO_LARGE}: {size // 1024} kB, {int(most) // 1024} kB")
    if envelope.wide and not smtp.has_extn("smtputf8"):
        raise Rejected(
            f"The mail server does not take addresses such as {one_line(envelope.recipient, 100)} (SMTPUTF8)"
        )


def _mail_options(smtp: smtplib.SMTP, envelope: Envelope, size: int) -> list[str]:
    options = [f"size={size}"] if smtp.has_extn("size") else []
    if envelope.wide:
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    smtp.command_encoding = "utf-8" if envelope.wide else "ascii"
    return options


def _sort(answer: tuple[int, bytes], *, wanted: int = 250, about_sender: bool = False) -> None:
    """Turn an answer into what to do next; silence if it is the wanted one (251 and the like included)."""
    code, words = answer[0], f"{answer[0]} {_words(answer[1])}"
    if code == wanted or (wanted == 250 and 200 <= code < 300):
        return
    if code < 500:
        raise Retry(words)
    if code in (530, 534, 535, 538) or _ABOUT_US.search(words):
        raise Halted("password_refused" if code in (530, 534, 535, 538) else "server_error", words)
    if _TOO_LARGE.search(words) or (code == 552 and not _ENHANCED.search(words)):
        raise Rejected(f"{Code.TOO_LARGE}: {words}")
    if about_sender or _SENDER.search(words):
        raise Halted("sender_refused", words)
    raise Rejected(words)


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(text, 500)


POOL = Pool()
