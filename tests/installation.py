"""A whole Vikno with real processes: a data folder and a database of its own, and the commands as people run them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg

from tests.databases import ROOT, Databases, Sqlite, clean_environment

PATIENCE = 60.0  # seconds until a process has to answer; far above what it needs, for a busy machine

# Below those that systems give to whoever asks for any port: nobody gets one of these without naming it.
PORTS = range(20_000, 30_000)
_ours: set[int] = set()


@cache
def _taken_ports() -> IO[bytes]:
    """A file whose bytes stand for ports: a lock on one is kept until this process ends."""
    # Where runs that go on side by side find it, whichever folder each has for what it throws away.
    path = Path("/tmp") / f"vikno-tests-ports-{os.getuid()}"
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0)


def free_port() -> int:
    """A port on 127.0.0.1 that is free, and that no other run of tests takes while this one lasts."""
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        if port in _ours:  # the system gives a process its own locks again
            continue
        with contextlib.suppress(OSError), socket.socket() as probe:
            fcntl.lockf(_taken_ports(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            _ours.add(port)
            return port
    raise AssertionError(f"no port between {PORTS.start} and {PORTS.stop} is free")


def lives(process: psutil.Process) -> bool:
    """Whether it still runs: neither gone nor waiting to be buried."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it went while it was asked
        return False


class Process:
    """One running command. What it prints is in `log`."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-P", "-m", "vikno", *arguments],
                cwd=log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its children can be ended with it
            )
        self.pid = self._popen.pid
        self.name = " ".join(arguments)

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def wait_for(self, url: str, patience: float = PATIENCE) -> None:
        """Waits until the address answers with anything below 500."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.returncode is not None:
                raise AssertionError(f"`vikno {self.name}` ended with {self.returncode}:\n{self.printed}")
            try:
                urllib.request.urlopen(url, timeout=2).close()
                return
            except urllib.error.HTTPError as error:
                error.close()
                if error.code < 500:
                    return
            except OSError:
                pass
            time.sleep(0.03)
        raise AssertionError(f"`vikno {self.name}` did not answer at {url} in {patience} s:\n{self.printed}")

    def wait_for_words(self, words: str, patience: float = PATIENCE) -> str:
        """Waits until it has printed these words; returns the line they are in."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for line in self.printed.splitlines():
                if words in line:
                    return line
            if self.returncode is not None:
                break
            time.sleep(0.03)
        raise AssertionError(f"`vikno {self.name}` did not print {words!r}:\n{self.printed}")

    def stop(self, patience: float = PATIENCE) -> int:
        """Asks it to end (SIGTERM) and waits; returns its exit code. One that does not end fails the test."""
        if self.returncode is None:
            self._popen.send_signal(signal.SIGTERM)
        try:
            return self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"`vikno {self.name}` did not end within {patience} s:\n{self.printed}") from None

    def kill(self) -> None:
        """Ends it and its children with no word (SIGKILL)."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()


class Installation:
    """`run` for commands that end, `start` for those that stay. Everything is gone after the test."""

    def __init__(self, folder: Path, databases: Databases) -> None:
        self.folder = folder
        self.port = free_port()
        self.smtp_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._databases = databases
        self._processes: list[Process] = []
        self._asking: psycopg.Connection | None = None
        self._database = databases.address(folder / "data")
        self.data = Path(self._database["VIKNO_DATA"])
        databases.make(self._database)
        self.settings = self._database | {
            "VIKNO_BASE_URL": self.url,
            "VIKNO_SMTP_LISTEN": f"127.0.0.1:{self.smtp_port}",
        }

    def run(self, *arguments: str, input: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Runs a command to its end. With `check`, an exit code other than 0 fails with what it printed."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "vikno", *arguments],
            cwd=self.folder,
            env=clean_environment(**self.settings),
            input=input,
            capture_output=True,
            timeout=300,
        )
        if check and done.returncode:
            words = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
            raise AssertionError(f"`vikno {' '.join(arguments)}` ended with {done.returncode}:\n{words}")
        return done

    def start(self, *arguments: str, **settings: str) -> Process:
        """Starts a command that stays. Further settings hold for this process alone."""
        log = self.folder / f"{len(self._processes)}-{arguments[0]}.log"
        process = Process(list(arguments), clean_environment(**(self.settings | settings)), log)
        self._processes.append(process)
        return process

    def start_web(self, **settings: str) -> Process:
        """Starts the pages alone and waits until they answer at `url`."""
        process = self.start("web", "--port", str(self.port), **settings)
        process.wait_for(f"{self.url}/healthz")
        return process

    def start_all(self, **settings: str) -> Process:
        """Starts pages and engine, as people do, and waits until the pages answer."""
        process = self.start("serve", "--port", str(self.port), **settings)
        process.wait_for(f"{self.url}/healthz")
        return process

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Reads or changes the database beside the processes. One connection is kept: to make one costs a PostgreSQL
        more than an answer does, and whoever waits for something asks a hundred times."""
        if not (url := self.settings.get("VIKNO_DATABASE_URL")):
            path = self.data / Sqlite.NAME
            with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as file:
                return file.execute(statement).fetchall()
        if self._asking is not None:
            with contextlib.suppress(psycopg.OperationalError):
                return _answer(self._asking, statement)
            self._asking.close()  # the server was away meanwhile
        self._asking = psycopg.connect(url, autocommit=True)
        return _answer(self._asking, statement)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
        if self._asking is not None:
            self._asking.close()
        self._databases.drop(self._database)


def _answer(server: psycopg.Connection, statement: str) -> list[tuple[Any, ...]]:
    cursor = server.execute(statement.encode())
    return cursor.fetchall() if cursor.description else []


__all__ = ["ROOT", "Installation", "Process", "free_port"]
