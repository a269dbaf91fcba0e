"""`bin/vikno`: one command from a fresh checkout, from wherever it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import vikno
from tests.databases import ROOT, clean_environment

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

# Says how it was called instead of being a Python.
FAKE_PYTHON = '#!/bin/sh\nprintf "%s\\n" "$VIKNO_DATA" "$PWD" "$@"\n'
FAKE_INSTALL = '#!/bin/sh\necho installing\ncp "${0%/*}/../requirements.lock" "${0%/*}/../.venv/requirements.lock"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a folder with a space in its name, whose environment is made already."""
    root = tmp_path / "a check out"
    (root / "bin").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "vikno", root / "bin")
    for path, text in ((root / ".venv/bin/python", FAKE_PYTHON), (root / "bin/install", FAKE_INSTALL)):
        path.write_text(text)
        path.chmod(0o755)
    for folder in (root, root / ".venv"):
        (folder / "requirements.lock").write_text("django==5.2\n")
    return root


def call(command: Path | str, *words: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *words], cwd=cwd, env=clean_environment(**settings), capture_output=True, text=True, check=True
    )


def test_it_runs_from_any_folder_and_keeps_data_beside_the_program(checkout: Path, tmp_path: Path) -> None:
    done = call(checkout / "bin" / "vikno", "mail", "--channel", "two words", cwd=tmp_path)
    assert done.stdout.splitlines() == [
        str(checkout / "data"), str(tmp_path), "-P", "-m", "vikno", "mail", "--channel", "two words",
    ]  # fmt: skip
    assert done.stderr == ""


def test_it_runs_through_links_and_by_the_search_path(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "first").symlink_to("a check out/bin/vikno")
    (tmp_path / "second").symlink_to(tmp_path / "first")
    assert call(tmp_path / "second", cwd=tmp_path).stdout.startswith(f"{checkout}/data\n")
    found = call("vikno", cwd=tmp_path, PATH=f"{checkout}/bin:{os.environ['PATH']}")
    assert found.stdout.startswith(f"{checkout}/data\n")


def test_a_data_folder_that_was_chosen_is_kept(checkout: Path, tmp_path: Path) -> None:
    done = call(checkout / "bin" / "vikno", cwd=tmp_path, VIKNO_DATA="/somewhere else")
    assert done.stdout.startswith("/somewhere else\n")


def test_libraries_are_renewed_when_their_list_changes_and_only_then(checkout: Path, tmp_path: Path) -> None:
    (checkout / "requirements.lock").write_text("django==5.3\n")
    first = call(checkout / "bin" / "vikno", "mail", cwd=tmp_path)
    # What is printed belongs to the command alone: `vikno mail` prints one JSON object.
    assert (first.stderr, first.stdout.splitlines()[-1]) == ("installing\n", "mail")
    assert call(checkout / "bin" / "vikno", "mail", cwd=tmp_path).stderr == ""


def test_a_machine_without_python_is_told_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("dirname", "uname", "cmp"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    (tools / "python3").write_text("#!/bin/sh\nexit 127\n")
    (tools / "python3").chmod(0o755)
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "bin", root / "bin")
    done = subprocess.run(
        ["/bin/sh", root / "bin" / "vikno"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )
    if Path("/usr/local/bin/python3").exists() or Path("/opt/homebrew/bin/python3").exists():
        pytest.skip("a Python lies where it is looked for by its full path")
    assert done.returncode == 69
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr or "brew install" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("without", ["", "uv"], ids=["with all tools", "with pip alone"])
def test_two_first_starts_at_once_make_one_environment(tmp_path: Path, without: str) -> None:
    root = tmp_path / "fresh checkout"
    caches = shutil.ignore_patterns("__pycache__")
    for folder in ("bin", "vikno"):
        shutil.copytree(ROOT / folder, root / folder, ignore=caches)
    shutil.copy(ROOT / "requirements.lock", root)
    if without and shutil.which(without):
        blocker = tmp_path / "tools" / without
        blocker.parent.mkdir()
        blocker.write_text("#!/bin/sh\nexit 127\n")
        blocker.chmod(0o755)
    environment = clean_environment(PATH=f"{tmp_path}/tools:{os.environ['PATH']}")
    both = [
        subprocess.Popen(
            [root / "bin" / "vikno", "--version"], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=300)[0].strip() for process in both] == [vikno.__version__] * 2
    assert [process.returncode for process in both] == [0, 0]
    assert (root / ".venv" / "requirements.lock").read_bytes() == (ROOT / "requirements.lock").read_bytes()
