"""The wheel: what `pip install` gives into an empty environment is the whole program."""

from __future__ import annotations

import re
import shutil
import smtplib
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

import vikno
from tests.databases import ROOT, clean_environment
from tests.installation import free_port
from tests.letters import letter

pytestmark = [pytest.mark.long, pytest.mark.only_on("sqlite")]  # stands on no database of the tests: the same on each
SHIPPED = {".html", ".txt", ".css", ".js", ".svg", ".png", ".ico", ".mo", ".json", ".woff2"}


OWNER, HELP = "olena@kashtan.example", "help@kashtan.example"


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
    company = ("--company", "Каштан", "--email", OWNER, "--password", "correct horse battery", "--address", HELP)
    # The first command there is: it makes the folder and the tables.
    run(command, "setup", *company, "--language", "uk", cwd=tmp_path)
    token = run(command, "token", OWNER, "test", cwd=tmp_path).splitlines()[-1]
    port, door = free_port(), free_port()
    log = (tmp_path / "log").open("w+")
    serving = subprocess.Popen(
        [command, "serve", "--port", str(port)],
        cwd=tmp_path,
        env=clean_environment(VIKNO_DATA=str(tmp_path / "data"), VIKNO_SMTP_LISTEN=f"127.0.0.1:{door}"),
        stdout=log,
        stderr=log,
    )

    def asked(path: str, **headers: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read(), "utf-8")

    def in_time(path: str, words: str, **headers: str) -> str:
        """What an address answers once these words are in it. What was not there in time is told with the log."""
        for _ in range(600):
            assert serving.poll() is None, (tmp_path / "log").read_text()
            with suppress(OSError):
                if words in (said := asked(path, **headers)):
                    return said
            time.sleep(0.05)
        raise AssertionError(f"no {words!r} at {path}:\n{(tmp_path / 'log').read_text()}")

    try:
        in_time("/healthz", "")
        page = in_time("/account/login/", "</html>", **{"Accept-Language": "uk"})
        assert "Увійти" in page  # the translations are inside
        [style] = set(re.findall(r'href="(/static/[^"]+\.css)"', page)[:1])
        assert "{" in asked(style)
        with smtplib.SMTP("127.0.0.1", door, timeout=60) as sending:
            sending.sendmail("maria@kramnytsia.example", [HELP], letter(subject="From a wheel"))
        bearer = {"Authorization": f"Bearer {token}"}
        in_time("/api/v1/tickets", "From a wheel", **bearer)  # the engine has taken it in
        in_time("/api/v1/tickets?q=wheel", "From a wheel", **bearer)  # and its search has heard of it
    finally:
        serving.terminate()
        serving.wait(60)
        log.close()
    assert serving.returncode == 0
