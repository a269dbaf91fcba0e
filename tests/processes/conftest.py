"""A running web process, and speaking HTTP with it byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import ROOT, Databases, clean_environment
from tests.installation import Installation, Process

WITH_PAGES = {"DJANGO_SETTINGS_MODULE": "tests.processes.settings", "PYTHONPATH": str(ROOT)}


class Answer:
    """One HTTP answer, read to its end."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        pairs = (line.partition(": ") for line in lines[1:])
        self.headers = {name.lower(): value for name, _, value in pairs}

    def json(self) -> Any:
        return json.loads(self.body)


class Web:
    """A web process at a port of 127.0.0.1."""

    def __init__(self, installation: Installation, process: Process) -> None:
        self.installation, self.process = installation, process

    def connect(self, timeout: float = 60) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.installation.port), timeout)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        names = {"Host": f"127.0.0.1:{self.installation.port}", "Connection": "close"}
        if body or method in ("POST", "PUT"):
            names["Content-Length"] = str(len(body))
        names |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in names.items())
        return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        with self.connect() as sock:
            sock.sendall(self.request(method, path, body, **headers))
            return Answer(read_all(sock))


def read_all(sock: socket.socket) -> bytes:
    """Everything until the other side closes, or resets."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            got += part
    return got


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Web]:
    """The pages alone, with those of tests.processes.pages: one process for all tests of a module."""
    installation = Installation(tmp_path_factory.mktemp("web"), databases)
    try:
        yield Web(installation, installation.start_web(**WITH_PAGES))
    finally:
        installation.close()


class Scenes:
    """Another process that does things in an installation's database: see scenes.py."""

    def __init__(self, installation: Installation, module: str = "tests.processes.scenes") -> None:
        environment = clean_environment(**installation.settings, DJANGO_SETTINGS_MODULE="vikno.settings")
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def play(self, name: str, *words: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, *(str(word) for word in words)]) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said, f"the scene {name} failed; its words are on standard error"
        return json.loads(said)

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture
def scenes(installation: Installation) -> Iterator[Scenes]:
    playing = Scenes(installation)
    yield playing
    playing.close()
