"""A mail provider's token server and an IMAP and SMTP door that want its tokens: what Google and Microsoft look like
from here."""

from __future__ import annotations

import base64
import itertools
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.installation import free_port

NOTICES_ITS_END = 0.02  # seconds; each test waits for it


class TokenServer:
    """Counts and keeps what it is asked. `answer`: said instead of tokens, such as (400, {"error": "invalid_grant"}).
    `rotates`: gives a new refresh token each time, and takes only the newest. `good`: the access tokens that count."""

    def __init__(self) -> None:
        self.port = free_port()
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, dict[str, Any]] | None = None
        self.rotates = False
        self.lives = 3600
        self.good: set[str] = set()
        self.refresh = "refresh-0"
        self._numbers = itertools.count(1)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, told = server.tell(form)
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._http.serve_forever, args=(NOTICES_ITS_END,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def tell(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        number = next(self._numbers)
        token = f"access-{number}"
        self.good.add(token)
        told: dict[str, Any] = {"access_token": token, "expires_in": self.lives, "token_type": "Bearer"}
        if self.rotates or form["grant_type"] == "authorization_code":
            self.refresh = f"refresh-{number}"
            told["refresh_token"] = self.refresh
        return 200, told


class Door:
    """An IMAP or SMTP server of few words that lets in by XOAUTH2 (or `way`) alone. `seen`: (user, token) of each
    attempt."""

    def __init__(self, tokens: TokenServer, protocol: str, way: str = "XOAUTH2") -> None:
        self.port = free_port()
        self.seen: list[tuple[str, str]] = []
        self.letters: list[bytes] = []
        door = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    getattr(door, f"_{protocol}")(self.rfile, self.wfile)
                except (OSError, ValueError):
                    pass

        self.tokens, self.way = tokens, way

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(NOTICES_ITS_END,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _lets_in(self, said: bytes) -> bool:
        text = base64.b64decode(said).decode()
        fields = dict(part.split("=", 1) for part in text.split("\x01") if "=" in part)
        user = fields.get("user") or text.partition("a=")[2].partition(",")[0]
        token = fields["auth"].removeprefix("Bearer ")
        self.seen.append((user, token))
        return token in self.tokens.good

    def _imap(self, reading: Any, writing: Any) -> None:
        def say(line: str) -> None:
            writing.write(line.encode() + b"\r\n")

        say("* OK ready")
        for line in iter(reading.readline, b""):
            tag, command, *rest = line.decode().split()
            match command.upper():
                case "CAPABILITY":
                    say(f"* CAPABILITY IMAP4rev1 AUTH={self.way}")
                case "AUTHENTICATE":
                    assert rest[0] == self.way
                    say("+ ")
                    if not self._lets_in(reading.readline().strip()):
                        say("+ " + base64.b64encode(b'{"status":"401"}').decode())
                        reading.readline()
                        say(f"{tag} NO AUTHENTICATE failed.")
                        continue
                case "LIST":
                    say('* LIST () "/" INBOX')
                case "LOGOUT":
                    say("* BYE")
            say(f"{tag} OK done")

    def _smtp(self, reading: Any, writing: Any) -> None:
        def say(line: str) -> None:
            writing.write(line.encode() + b"\r\n")

        say("220 ready")
        for line in iter(reading.readline, b""):
            command, _, rest = line.decode().strip().partition(" ")
            match command.upper():
                case "EHLO":
                    say("250-provider")
                    say(f"250 AUTH {self.way}")
                case "AUTH":
                    if self._lets_in(rest.split()[1].encode()):
                        say("235 2.7.0 Accepted")
                    else:
                        say("334 " + base64.b64encode(b'{"status":"401"}').decode())
                        reading.readline()
                        say("535 5.7.8 Username and Password not accepted")
                case "DATA":
                    say("354 go on")
                    content = b""
                    while not content.endswith(b"\r\n.\r\n"):
                        content += reading.readline()
                    self.letters.append(content)
                    say("250 kept")
                case "QUIT":
                    say("221 bye")
                    return
                case _:
                    say("250 ok")
