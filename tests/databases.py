"""The databases that tests run on: each worker, and each test that starts real processes, has one of its own.

Migrating takes seconds and copying takes milliseconds, so each kind has one migrated template. For SQLite it is a file
kept from run to run under the name of what it was made from; for PostgreSQL a database in a cluster that lives as long
as the run.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg

from tests.servers import postgresql

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / ".cache" / "tests"
SECRET_KEY = "only-for-tests-" * 4


class Databases(Protocol):
    """Where copies of the migrated template come from."""

    kind: str

    def address(self, data: Path) -> dict[str, str]:
        """The settings that name a database for an installation in the folder `data`. Nothing is made yet."""

    def make(self, settings: dict[str, str]) -> None:
        """Makes that database: all tables, no rows."""

    def drop(self, settings: dict[str, str]) -> None:
        """Removes it, whoever is still connected."""


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment for a process of the program: ours without any `VIKNO_` setting of the person who runs tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VIKNO_")}
    return inherited | {"PYTHONUTF8": "1", "VIKNO_SECRET_KEY": SECRET_KEY} | settings


def migrate(**settings: str) -> None:
    """Makes all tables, in a process of its own. Raises RuntimeError with Django's words if that fails."""
    command = [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"]
    environment = clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **settings)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The test database could not be migrated:\n{done.stderr.strip() or done.stdout}")


class Sqlite:
    kind = "sqlite"
    NAME = "vikno.sqlite3"

    def address(self, data: Path) -> dict[str, str]:
        return {"VIKNO_DATA": str(data)}

    def make(self, settings: dict[str, str]) -> None:
        data = Path(settings["VIKNO_DATA"])
        data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._template(), data / self.NAME)

    def drop(self, settings: dict[str, str]) -> None:
        """It lies in the data folder and goes with it."""

    def _template(self) -> Path:
        template = TEMPLATES / f"{_what_tables_are_made_of()}.sqlite3"
        if template.exists():
            return template
        TEMPLATES.mkdir(parents=True, exist_ok=True)
        with open(TEMPLATES / "lock", "w") as lock:  # workers begin together: one makes it, the others wait
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                for old in TEMPLATES.glob("*.sqlite3"):
                    old.unlink()
                with tempfile.TemporaryDirectory(prefix="vikno-tests-") as folder:
                    migrate(VIKNO_DATA=folder)
                    shutil.copyfile(Path(folder) / self.NAME, template.with_suffix(".new"))
                template.with_suffix(".new").rename(template)
        return template


class Postgresql:
    kind = "postgresql"
    TEMPLATE = "vikno_template"

    def __init__(self, url: str) -> None:
        self.url = url  # of the cluster's own database, with the right to make others
        self._numbers = itertools.count(1)

    def address(self, data: Path) -> dict[str, str]:
        name = f"vikno_{os.getpid()}_{next(self._numbers)}"
        return {"VIKNO_DATA": str(data), "VIKNO_DATABASE_URL": postgresql.of_database(self.url, name)}

    def make(self, settings: dict[str, str]) -> None:
        Path(settings["VIKNO_DATA"]).mkdir(parents=True, exist_ok=True)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")  # workers begin together; freed with the connection
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.TEMPLATE]).fetchone()
            if not there:
                self._make_template()
            postgresql.run(self.url, f"CREATE DATABASE {_name(settings)} TEMPLATE {self.TEMPLATE}")

    def drop(self, settings: dict[str, str]) -> None:
        postgresql.run(self.url, f"DROP DATABASE IF EXISTS {_name(settings)} WITH (FORCE)")

    def _make_template(self) -> None:
        unfinished = f"{self.TEMPLATE}_unfinished"
        postgresql.run(self.url, f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
        postgresql.run(self.url, f"CREATE DATABASE {unfinished} {postgresql.UNICODE_BY_ITSELF}")
        with tempfile.TemporaryDirectory(prefix="vikno-tests-") as folder:
            migrate(VIKNO_DATA=folder, VIKNO_DATABASE_URL=postgresql.of_database(self.url, unfinished))
        postgresql.run(self.url, f"ALTER DATABASE {unfinished} RENAME TO {self.TEMPLATE}")


def _name(settings: dict[str, str]) -> str:
    return urlsplit(settings["VIKNO_DATABASE_URL"]).path.lstrip("/")


def _what_tables_are_made_of() -> str:
    digest = hashlib.sha256()
    migrations = sorted((ROOT / "vikno").glob("**/migrations/*.py"))
    for path in [*migrations, ROOT / "vikno/settings.py", ROOT / "requirements.lock"]:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
