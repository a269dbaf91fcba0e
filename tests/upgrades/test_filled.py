"""Every migration of every room on a filled database: they fail where there are data, not where there are none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import ROOT, Databases, clean_environment


@pytest.mark.long
def test_every_migration_runs_on_a_filled_database(tmp_path: Path, databases: Databases) -> None:
    settings = databases.address(tmp_path)
    databases.make_empty(settings)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.upgrades.filled"],
            cwd=ROOT,
            env=clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **settings),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        *wrong, count = json.loads(done.stdout.splitlines()[-1])
        assert not wrong, "\n".join(wrong)
        assert count >= 2  # of the later migrations there are some
    finally:
        databases.drop(settings)
