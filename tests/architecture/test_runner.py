"""The report of bin/test: what is counted, what is said last, and when it has failed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import tree
from tests.databases import ROOT, of_file
from tests.tools import run

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/><error/></testcase><testcase name="c"><skipped/></testcase>
</testsuite></testsuites>"""


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def pytest_step(name: str, report: str, code: int) -> run.Step:
    """A step that leaves this report and ends with this code."""
    words = f"import sys, pathlib; pathlib.Path(sys.argv[1].split('=')[1]).write_text({report!r}); sys.exit({code})"
    return run.Step(name, [sys.executable, "-c", words], is_pytest=True)


def last_line(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *steps: run.Step) -> tuple[int, str]:
    monkeypatch.setattr(run, "steps", lambda everything: list(steps))
    code = run.main([])
    return code, capfd.readouterr().out.splitlines()[-1]


def test_counts_are_summed_and_a_failure_with_a_broken_end_is_one(capfd, monkeypatch) -> None:
    steps = pytest_step("one", REPORT, 1), pytest_step("two", REPORT, 1)
    assert last_line(capfd, monkeypatch, *steps) == (1, "2 passed, 2 failed, 2 skipped")


def test_all_is_well_only_if_every_step_is_and_a_test_ran(capfd, monkeypatch) -> None:
    fine = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'
    assert last_line(capfd, monkeypatch, pytest_step("fine", fine, 0)) == (0, "1 passed, 0 failed")
    broken = run.check("style", sys.executable, "-c", "import sys; print('too wide'); sys.exit(1)")
    assert last_line(capfd, monkeypatch, pytest_step("fine", fine, 0), broken) == (1, "1 passed, 0 failed")
    none = pytest_step("empty", "<testsuites/>", 5)
    assert last_line(capfd, monkeypatch, none) == (1, "0 passed, 0 failed")


def test_a_run_that_breaks_before_it_counts_has_failed(capfd, monkeypatch) -> None:
    broken = run.Step("broken", [sys.executable, "-c", "import sys; sys.exit(4)"], is_pytest=True)
    assert last_line(capfd, monkeypatch, broken) == (1, "0 passed, 1 failed")
    away = run.check("gone", "/nowhere/at/all")
    assert last_line(capfd, monkeypatch, away)[0] == 1


def test_what_goes_on_side_by_side_is_said_whole_and_counted_together(capfd, monkeypatch) -> None:
    fine = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'
    first, second = pytest_step("first", fine, 0), pytest_step("second", fine, 0)
    second.beside = True
    for step in (first, second):
        talk = f"import time; [print({step.name!r}, flush=True) or time.sleep(0.001) for _ in range(200)]; sys.exit(0)"
        step.command[2] = step.command[2].replace("sys.exit(0)", talk)
    monkeypatch.setattr(run, "steps", lambda everything: [first, second])
    assert run.main([]) == 0
    said = capfd.readouterr().out
    assert said.splitlines()[-1] == "2 passed, 0 failed"
    for step in (first, second):
        assert f"{step.name}\n" * 200 in said


def test_a_lane_that_breaks_has_failed(capfd, monkeypatch) -> None:
    fine = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'
    torn = pytest_step("torn", "<testsuites", 0)
    torn.beside = True
    behind = run.check("behind", sys.executable, "-c", "")
    assert last_line(capfd, monkeypatch, pytest_step("fine", fine, 0), torn, behind) == (1, "1 passed, 0 failed")


def test_what_cannot_run_is_never_counted_and_fails_under_ci(capfd, monkeypatch) -> None:
    fine = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'

    def steps() -> tuple[run.Step, run.Step]:
        return pytest_step("fine", fine, 0), run.Step("browser", [], is_pytest=True, needs="Chromium is missing")

    assert last_line(capfd, monkeypatch, *steps()) == (0, "1 passed, 0 failed")
    monkeypatch.setenv("CI", "true")
    assert last_line(capfd, monkeypatch, *steps()) == (1, "1 passed, 0 failed")


def test_what_is_thrown_away_lies_in_memory_only_where_there_is_plenty(capfd, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(run, "IN_MEMORY", tmp_path / "nowhere")
    assert run.folder_for_scratch() is None
    monkeypatch.setattr(run, "IN_MEMORY", tmp_path)
    monkeypatch.setattr(run, "ROOM", 2**60)
    assert run.folder_for_scratch() is None
    monkeypatch.setattr(run, "ROOM", 0)
    assert run.folder_for_scratch() == (str(tmp_path) if Path("/proc/meminfo").exists() else None)
    words = "import os, tempfile as t; print(t.gettempdir(), oct(os.stat(t.gettempdir()).st_mode)); raise SystemExit(1)"
    monkeypatch.setattr(run, "steps", lambda everything: [run.check("where", sys.executable, "-c", words)])
    assert run.main([]) == 1
    said = capfd.readouterr().out
    assert "0o40711" in said, "servers with rights of their own pass through"
    assert (str(tmp_path) in said) == (run.folder_for_scratch() is not None)
    assert list(tmp_path.iterdir()) == [], "nothing is left there"


# Files of both kinds, without marks and with: for a whole file, for single tests, and for more than one database.
DIVIDED = [
    "tests/people", "tests/tickets/test_locks.py", "tests/journal", "tests/core/test_statements.py",
    "tests/intake/test_lookups.py", "tests/search/test_following.py",
]  # fmt: skip


def collected(kind: str, *options: str) -> set[str]:
    """The tests that such a run has, whatever this run is on."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options]
    # With a worker no server is started for collecting; SQLite has none.
    command += ["-n", "0" if kind == "sqlite" else "1", f"--database={kind}", *DIVIDED]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TESTS_"))}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    return {line for line in done.stdout.splitlines() if "::" in line}


@pytest.mark.long  # four times all tests are looked for
def test_a_divided_run_has_each_test_once_where_it_shows_most() -> None:
    sqlite, postgresql = collected("sqlite", "--divided"), collected("postgresql", "--divided")
    assert sqlite & postgresql == set()
    assert sqlite | postgresql == collected("sqlite") | collected("postgresql")
    for where, other, what in (
        (postgresql, sqlite, "tests/tickets/test_locks.py"),
        (sqlite, postgresql, "tests/intake/test_lookups.py"),
        (postgresql, sqlite, "tests/journal/test_readers.py::test_transactions_that_commit_out_of_order"),
        (postgresql, sqlite, "tests/journal/test_readers.py::test_what_commits_while_a_gap_is_judged"),
        (sqlite, postgresql, "tests/journal/test_readers.py::TestFollowing"),
        (sqlite, postgresql, "tests/search/test_following.py::test_what_an_event_makes_due"),
    ):
        assert [name for name in where if name.startswith(what)] != [], what
        assert [name for name in other if name.startswith(what)] == [], what


def test_about_half_of_the_files_is_run_on_each_database() -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    assert 0.4 < sum(of_file(path) == "sqlite" for path in files) / len(files) < 0.6


def test_no_test_is_skipped_for_the_database() -> None:
    """It would be skipped in every ordinary run if its file fell to the other one. A mark says where it belongs."""
    kinds = re.compile(r"on_postgresql|\.vendor\b|\.kind\b")
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for one in ast.walk(tree(path)):
            if isinstance(one, ast.If):
                skips, asked = any("pytest.skip" in ast.unparse(line) for line in one.body), one.test
            elif isinstance(one, ast.Call):
                skips, asked = ast.unparse(one.func).endswith(("skipif", "need")), one
            else:
                continue
            if skips and kinds.search(ast.unparse(asked)):
                found.append(f"{path.relative_to(ROOT)}:{one.lineno}")
    assert found == []


def test_the_shell_scripts_are_sound() -> None:
    for script in [
        "bin/vikno",
        "bin/install",
        "bin/install-servers",
        "bin/test",
        "bin/translate",
        "bin/bench",
        ".ci/run",
    ]:
        path = Path(run.ROOT) / script
        assert path.stat().st_mode & 0o111, f"{script} cannot be run"
        subprocess.run(["/bin/sh", "-n", path], check=True)
