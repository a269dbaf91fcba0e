"""What tests of backup and restore need: an installation that has lived a little, and an empty one of either kind."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Databases, Postgresql, Sqlite
from tests.installation import Installation

PASSWORD = "a long enough password"


@pytest.fixture
def lived_in(installation: Installation) -> Installation:
    """A shop with a small history."""
    installation.run(
        "setup", "--company", "Kashtan", "--email", "owner@kashtan.example", "--password", PASSWORD,
        "--address", "help@kashtan.example", "--preset", "shop", "--language", "uk", "--zone", "Europe/Kyiv",
    )  # fmt: skip
    installation.run("seed", "--tickets", "40", "--random", "3")
    return installation


@pytest.fixture
def other_kind(databases: Databases) -> Iterator[Databases]:
    """The other kind of database than that of this run."""
    if databases.kind == "postgresql":
        yield Sqlite()
    else:
        with Postgresql.started() as started:
            yield started


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Callable[[Databases], Installation]]:
    """Makes empty installations."""
    made: list[Installation] = []

    def make(kind: Databases) -> Installation:
        folder = tmp_path / f"empty{len(made)}"
        folder.mkdir()
        made.append(Installation(folder, kind))
        return made[-1]

    yield make
    for one in made:
        one.close()


def contents(archive: Path) -> dict[str, Any]:
    """What a backup says about its tables: rows and digest of each."""
    with zipfile.ZipFile(archive) as file:
        manifest = json.loads(file.read("manifest.json"))
    return {table["model"]: (table["rows"], table["sha256"]) for table in manifest["tables"]}
