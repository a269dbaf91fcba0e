"""Installations for one measurement: a company without a past on a database that waits for the disk as in life."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench._common import SETUP, Figure, inside, installation
from tests.databases import Databases, Postgresql, Sqlite
from tests.installation import Installation
from tests.servers import postgresql

KINDS = ("sqlite", "postgresql")


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Where databases of this kind come from."""
    if kind == "sqlite":
        yield Sqlite()
        return
    with Postgresql.started() as there:
        # Tests do not wait for the disk; here that wait is what is measured.
        postgresql.run(there.url, "ALTER SYSTEM RESET ALL")
        postgresql.run(there.url, "SELECT pg_reload_conf()")
        yield there


@contextmanager
def fresh(kind: str) -> Iterator[Installation]:
    """A company with a mail channel that takes no number of letters for a flood; all of it is gone in the end."""
    with databases(kind) as there, tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        here = Installation(Path(folder), there)
        try:
            here.run(*SETUP)
            inside(here.settings, "no_flood")
            yield here
        finally:
            here.close()


class _AsItIs:
    """The database of an installation that is there already: nothing is made, nothing is thrown away."""

    def __init__(self, where: str) -> None:
        self.settings = installation(where)
        self.kind = Postgresql.kind if "VIKNO_DATABASE_URL" in self.settings else Sqlite.kind

    def address(self, data: Path) -> dict[str, str]:
        return {"VIKNO_DATA": str(data)} | self.settings

    def make(self, settings: dict[str, str]) -> None:
        pass

    make_empty = drop = make


@contextmanager
def standing(where: str) -> Iterator[Installation]:
    """An installation that is there: a data folder, or a PostgreSQL address. What is measured stays in it."""
    with tempfile.TemporaryDirectory(prefix="vikno-bench-") as folder:
        here = Installation(Path(folder), _AsItIs(where))
        here.data.mkdir(exist_ok=True)  # pages look how much room it has
        try:
            inside(here.settings, "no_flood")
            yield here
        finally:
            here.close()


def add_only(parser: argparse.ArgumentParser) -> None:
    """The option that leaves a database out."""
    parser.add_argument("--only", choices=KINDS)


def add_at(parser: argparse.ArgumentParser) -> None:
    """The option that measures an installation that is there, in place of new ones."""
    parser.add_argument("--at", help="a data folder or a PostgreSQL address: a copy, it is changed for good")


def on_each(
    only: str | None, measure: Callable[[Installation, str], list[Figure]], at: str | None = None
) -> list[Figure]:
    """What one measurement finds on each database, or on the only one that is wanted; or in the installation `at`."""
    if at:
        with standing(at) as here:
            return measure(here, _AsItIs(at).kind)
    figures = []
    for kind in (only,) if only else KINDS:
        with fresh(kind) as here:
            figures += measure(here, kind)
    return figures
