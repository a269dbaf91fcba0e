"""The wheel: what `pip install` gives into an empty environment is the whole program."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

import vikno
from tests.databases import ROOT, clean_environment
from tests.installation import free_port

pytestmark = pytest.mark.long
SHIPPED = {".html", ".txt", ".css", ".js", ".svg", ".png", ".ico", ".mo", ".json", ".woff2"}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment(VIKNO_DATA=str(cwd / "data")),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    if shutil.which("uv"):
        run("uv", "build", "--quiet", "--out-dir", folder, ROOT, cwd=folder)
    else:
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    [made] = folder.glob("vikno-*.whl")
    return made


def test_everything_the_program_reads_is_inside(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "vikno").rglob("*")
        if path.is_file() and (path.suffix in SHIPPED or path.suffix == ".py")
    }
    assert wanted - inside == set()
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert not [name for name in inside if name.startswith(("tests/", "bench/", "data/"))]


def test_it_runs_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    if shutil.which("uv"):
        install: list[str | Path] = ["uv", "pip", "install", "--quiet", "--python", python]
    else:
        run(python, "-m", "ensurepip", cwd=tmp_path)
        install = [python, "-m", "pip", "install", "--quiet"]
    run(*install, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=tmp_path)
    run(*install, "--no-deps", wheel, cwd=tmp_path)
    command = tmp_path / "venv" / "bin" / "vikno"
    assert run(command, "--version", cwd=tmp_path).strip() == vikno.__version__
    run(command, "migrate", cwd=tmp_path)
    port = free_port()
    log = (tmp_path / "log").open("w+")
    web = subprocess.Popen(
        [command, "web", "--port", str(port)],
        cwd=tmp_path,
        env=clean_environment(VIKNO_DATA=str(tmp_path / "data")),
        stdout=log,
        stderr=log,
    )
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz", web), (tmp_path / "log").read_text()
    finally:
        web.terminate()
        web.wait(20)
        log.close()


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    for _ in range(400):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            if process.poll() is not None:
                return False
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
    return False
