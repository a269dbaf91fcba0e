"""The databases that tests run on: each worker, and each test that starts real processes, has one of its own.

Migrating takes seconds and copying takes milliseconds, so each kind has one migrated template, kept from run to run
under the name of what it was made from: for SQLite a file, for PostgreSQL the folder of a whole stopped cluster.
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
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.servers import postgresql

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / ".cache" / "tests"
SECRET_KEY = "only-for-tests-" * 4
# One of many ways to divide the files of tests, as good as any. Of thousands that were reckoned through it is among
# those that take least time: each database has half of the tests, and SQLite most of those that ask much of one.
DIVISION = "175:"


class Databases(Protocol):
    """Where copies of the migrated template come from."""

    kind: str

    def address(self, data: Path) -> dict[str, str]:
        """The settings that name a database for an installation in the folder `data`. Nothing is made yet."""

    def make(self, settings: dict[str, str]) -> None:
        """Makes that database: all tables, no rows."""

    def make_empty(self, settings: dict[str, str]) -> None:
        """Makes that database without any table."""

    def drop(self, settings: dict[str, str]) -> None:
        """Removes it, whoever is still connected."""


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment for a process of the program: ours without any `VIKNO_` setting of the person who runs tests, and
    as `bin/vikno` has it, with compiled files kept."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VIKNO_")}
    inherited = {name: value for name, value in ours.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {"PYTHONUTF8": "1", "VIKNO_SECRET_KEY": SECRET_KEY} | settings


def migrate(**settings: str) -> None:
    """Makes all tables, in a process of its own. Raises RuntimeError with Django's words if that fails."""
    command = [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"]
    environment = clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **settings)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The test database could not be migrated:\n{done.stderr.strip() or done.stdout}")


def of_file(path: Path) -> str:
    """The database on which a file of tests is run where each is run on one alone. By its name, so that it stays; a
    single test may be marked for the other one."""
    return ("sqlite", "postgresql")[zlib.crc32(f"{DIVISION}{path.as_posix()}".encode()) % 2]


def has_tests_of(kind: str, file: Path) -> bool:
    """Whether tests of this file are marked for this database."""
    return f'_on("{kind}")' in file.read_text(encoding="utf-8")


class Sqlite:
    kind = "sqlite"
    NAME = "vikno.sqlite3"

    def address(self, data: Path) -> dict[str, str]:
        return {"VIKNO_DATA": str(data)}

    def make(self, settings: dict[str, str]) -> None:
        data = Path(settings["VIKNO_DATA"])
        data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept_template("sqlite", self.make_template), data / self.NAME)

    def make_empty(self, settings: dict[str, str]) -> None:
        """The first who opens the file makes it."""

    def drop(self, settings: dict[str, str]) -> None:
        """It lies in the data folder and goes with it."""

    def make_template(self, target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="vikno-tests-") as folder:
            migrate(VIKNO_DATA=folder)
            shutil.copyfile(Path(folder) / self.NAME, target)


class Postgresql:
    """A cluster for each worker: readers of the journal wait for any transaction that is open in the same cluster, also
    for one in another database, and the tests of another worker would hold them up.
    """

    kind = "postgresql"
    TEMPLATE = "vikno_template"

    def __init__(self, url: str) -> None:
        self.url = url  # of the cluster's own database, with the right to make others
        self.gone = False  # with the cluster all of its databases went
        self._numbers = itertools.count(1)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Postgresql]:
        """A copy of the migrated cluster, running."""
        with postgresql.cluster(kept_template("postgresql", cls.make_template)) as server:
            databases = cls(server.url)
            try:
                yield databases
            finally:
                databases.gone = True

    def address(self, data: Path) -> dict[str, str]:
        name = f"vikno_{next(self._numbers)}"
        return {"VIKNO_DATA": str(data), "VIKNO_DATABASE_URL": postgresql.of_database(self.url, name)}

    def make(self, settings: dict[str, str]) -> None:
        Path(settings["VIKNO_DATA"]).mkdir(parents=True, exist_ok=True)
        postgresql.run(self.url, f"CREATE DATABASE {_name(settings)} TEMPLATE {self.TEMPLATE}")

    def make_empty(self, settings: dict[str, str]) -> None:
        postgresql.run(self.url, f"CREATE DATABASE {_name(settings)} {postgresql.UNICODE_BY_ITSELF}")

    def drop(self, settings: dict[str, str]) -> None:
        if not self.gone:
            postgresql.run(self.url, f"DROP DATABASE IF EXISTS {_name(settings)} WITH (FORCE)")

    @classmethod
    def make_template(cls, target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="vikno-tests-") as folder, postgresql.cluster() as server:
            postgresql.run(server.url, f"CREATE DATABASE {cls.TEMPLATE} {postgresql.UNICODE_BY_ITSELF}")
            migrate(VIKNO_DATA=folder, VIKNO_DATABASE_URL=postgresql.of_database(server.url, cls.TEMPLATE))
            server.stop()
            postgresql.copy(server.data, target)


def kept_template(kind: str, make: Callable[[Path], None]) -> Path:
    """The template of this kind, kept from run to run under the name of what it was made from; made if there is none.

    Workers begin together: one makes it, the others wait.
    """
    template = TEMPLATES / f"{kind}-{_what_tables_are_made_of()}"
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    with open(TEMPLATES / f"{kind}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            for old in TEMPLATES.glob(f"{kind}-*"):
                shutil.rmtree(old) if old.is_dir() else old.unlink()
            unfinished = template.with_suffix(".unfinished")
            make(unfinished)
            unfinished.rename(template)
    return template


def _name(settings: dict[str, str]) -> str:
    return urlsplit(settings["VIKNO_DATABASE_URL"]).path.lstrip("/")


def _what_tables_are_made_of() -> str:
    digest = hashlib.sha256()
    migrations = sorted((ROOT / "vikno").glob("**/migrations/*.py"))
    for path in [*migrations, ROOT / "vikno/settings.py", ROOT / "requirements.lock", Path(postgresql.__file__)]:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    index = (ROOT / "vikno/search/entries.py").read_text().splitlines()
    digest.update("".join(line for line in index if line.startswith("VERSION = ")).encode())  # stands in a row
    return digest.hexdigest()[:16]
