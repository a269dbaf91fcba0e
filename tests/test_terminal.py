"""What a person at the terminal reads: in the language of the terminal, without tracebacks, apart from the log."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from tests.databases import ROOT, clean_environment
from vikno import cli, terminal
from vikno.core import logs

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

NAMES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "uk_UA.UTF-8"}, "uk"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "uk_UA.UTF-8", "LC_ALL": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "uk_UA.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "uk_UA.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:uk"}, "uk"),
        ({"LANG": "uk_UA.UTF-8", "LC_ALL": ""}, "uk"),
    ],
)
def test_the_language_is_that_of_the_terminal(monkeypatch, variables: dict[str, str], language: str) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal.language() == language
    said = {"en": "Nothing was found", "uk": "Нічого не знайдено", "ru": "Ничего не найдено"}
    assert terminal.gettext("Nothing was found") == said[language]


def vikno(*words: str, folder: Path, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(**{"LC_ALL": "C.UTF-8", "VIKNO_DATA": str(folder)} | settings)
    command = [sys.executable, "-P", "-m", "vikno", *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, input=b"", capture_output=True, timeout=60)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("name", cli.names())
def test_each_command_says_what_it_is_for(name: str, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    summary = cli.summary(name)
    assert summary.endswith(".")
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == os.EX_OK
    assert summary[:40] in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--no-such-option"])
    assert ended.value.code == os.EX_USAGE
    said = capsys.readouterr().err
    assert f"vikno {name}: " in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "settings", "code", "said"),
    [
        (["doctor"], {"VIKNO_LOG": "loud"}, os.EX_CONFIG, "VIKNO_LOG: must be debug, info, warning or error"),
        (["doctor"], {"VIKNO_LOG_STYLE": "x"}, os.EX_CONFIG, "VIKNO_LOG_STYLE: must be auto, words or json"),
        (["doctor"], {"VIKNO_BASE_URL": "desk"}, os.EX_CONFIG, "VIKNO_BASE_URL: must be the address people type"),
        (["doctor"], {"VIKNO_SMTP_LISTEN": "25"}, os.EX_CONFIG, "VIKNO_SMTP_LISTEN: must be HOST:PORT"),
        (["doctor"], {"VIKNO_TRUSTED_PROXIES": "all"}, os.EX_CONFIG, "VIKNO_TRUSTED_PROXIES: must be networks"),
        (["doctor"], {"VIKNO_DATABASE_URL": "postgresql://u:p@h:port/x"}, os.EX_CONFIG, "VIKNO_DATABASE_URL: has a po"),
        (["doctor"], {"VIKNO_DATA": "/dev/null/data", "VIKNO_SECRET_KEY": ""}, os.EX_CONFIG, "VIKNO_DATA: the folder"),
        (["doctor"], {"VIKNO_SECRET_KEY": "short"}, os.EX_CONFIG, "VIKNO_SECRET_KEY: is shorter than 32 characters"),
        (["doctor"], {"VIKNO_DATUM": "x"}, os.EX_CONFIG, "VIKNO_DATUM: not a setting of Vikno"),
        (["serve", "--port", "70000"], {}, os.EX_UNAVAILABLE, "Vikno cannot listen on 127.0.0.1, port 70000"),
        (["serve", "--host", "no.such.host.example."], {}, os.EX_UNAVAILABLE, "Vikno cannot listen on no.such.host"),
        (["serve", "--demo", "--host", "0.0.0.0"], {}, os.EX_USAGE, "on this machine only"),
        (["restore", "/no/such/file"], {}, os.EX_DATAERR, "There is no file /no/such/file."),
        (["backup", "/no/such/folder/file"], {}, os.EX_CANTCREAT, "not made: there is no folder /no/such/folder."),
        (["backup", "/dev/null/file"], {}, os.EX_CANTCREAT, "not made: there is no folder /dev/null."),
        (["doctor", "--data", "/no/such/folder"], {}, os.EX_UNAVAILABLE, "There is no data in /no/such/folder."),
        (["mail"], {}, os.EX_USAGE, "There is no letter on standard input."),
        (["link", "nobody@example.com"], {}, os.EX_UNAVAILABLE, "`vikno migrate` brings it up to date"),
        (["nonsense"], {}, os.EX_USAGE, "there is no command “nonsense”"),
    ],
)
def test_what_is_wrong_is_told_in_words(
    tmp_path: Path, words: list[str], settings: dict[str, str], code: int, said: str
) -> None:
    done = vikno(*words, folder=tmp_path, settings=settings)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert said in done.stderr
    assert "Errno" not in done.stderr


def test_the_doctor_makes_no_folder(tmp_path: Path) -> None:
    done = vikno("doctor", "--data", str(tmp_path / "mistyped"), folder=tmp_path, settings={})
    assert (done.returncode, done.stdout) == (os.EX_UNAVAILABLE, "")
    assert not (tmp_path / "mistyped").exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def as_before():
    import logging

    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configured)


def log_something() -> None:
    log = structlog.get_logger("vikno.try")
    log.info("web stopped", seconds=1.2)
    log.warning("the mailbox does not answer", channel="Shop", url="imaps://u:hunter2@mail.example")


@pytest.mark.parametrize(
    ("style", "there", "lines"), [("auto", True, 1), ("words", False, 1), ("json", True, 2), ("auto", False, 2)]
)
def test_a_terminal_gets_words_and_a_pipe_json(
    monkeypatch, as_before: None, style: str, there: bool, lines: int
) -> None:
    stream = Terminal() if there else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    logs.set_up("", "test", style)
    log_something()
    written = stream.getvalue().splitlines()
    assert len(written) == lines
    assert "hunter2" not in stream.getvalue()
    if lines == 2:
        assert json.loads(written[1])["event"] == "the mailbox does not answer"
    else:
        words = "Warning: the mailbox does not answer (channel: Shop, url: imaps://u:(hidden)@mail.example)"
        assert written[0].partition(" ")[2] == words


def test_whoever_asks_for_notes_gets_them_in_words_too(monkeypatch, as_before: None) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.set_up("info", "test", "words")
    log_something()
    assert "Note: web stopped (seconds: 1.2)" in stream.getvalue()
