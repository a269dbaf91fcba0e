"""`vikno mail`: a mail server hands one letter to a real process and learns whether it must bring it again."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from tests.installation import Installation
from tests.letters import letter, with_file
from tests.world import World
from vikno import cli

KEYS = {"fate", "kind", "ticket", "message", "subject", "from", "text", "html", "attachments", "reason"}


@pytest.fixture
def company(installation: Installation) -> Installation:
    installation.run(
        "setup", "--company", "Каштан", "--email", "olena@kashtan.example", "--password", "correct horse battery",
        "--address", "help@kashtan.example",
    )  # fmt: skip
    return installation


def mail(installation: Installation, raw: bytes, *arguments: str) -> dict[str, Any]:
    printed = installation.run("mail", *arguments, input=raw).stdout
    assert printed.count(b"\n") == 1
    answer = json.loads(printed)
    assert set(answer) == KEYS
    return dict(answer)


def test_one_letter_after_another(company: Installation) -> None:
    raw = with_file("рахунок №5.pdf", b"%PDF-1.7 not really", text="Прошу рахунок", subject="Рахунок ✉")
    first = mail(company, raw)
    assert (first["fate"], first["kind"], first["reason"]) == ("ticket", "ordinary", "")
    assert isinstance(first["ticket"], int)
    assert isinstance(first["message"], int)
    assert (first["subject"], first["from"]) == ("Рахунок ✉", "maria@kramnytsia.example")
    assert "Прошу рахунок" in first["text"]
    assert first["attachments"] == [{"name": "рахунок №5.pdf", "type": "application/octet-stream", "size": 19}]
    again = mail(company, raw)
    assert (again["fate"], again["ticket"], again["message"]) == ("duplicate", first["ticket"], first["message"])
    named = company.run("mail", "--channel", "No such channel", input=letter(), check=False)
    assert named.returncode == 64
    assert b"No such channel" in named.stderr


@pytest.fixture
def pipe(
    world: World, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Callable[..., tuple[int, dict[str, Any]]]]:
    """The command in this process, as its code and its answer: to start one for each letter takes a second."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "vikno.settings")

    def piped(raw: bytes, *arguments: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = cli.main(["mail", *arguments])
        printed = capsysbinary.readouterr().out
        return code, json.loads(printed) if printed else {}

    yield piped
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configured)


@pytest.mark.django_db
def test_what_became_of_a_letter_is_said(pipe: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    for raw, said in (
        (letter(X_Spam_Flag="YES"), {"fate": "held", "kind": "spam", "reason": "spam", "ticket": None}),
        (bytes(range(256)) * 20, {"fate": "ticket"}),
        (letter("До кого це?", to="other@kashtan.example"), {"fate": "ticket", "reason": "not_our_address"}),
        (letter("Копія", to="other@kashtan.example", Cc="HELP+x@kashtan.example"), {"fate": "ticket", "reason": ""}),
    ):
        code, answer = pipe(raw)
        assert (code, set(answer)) == (0, KEYS)
        assert answer.items() >= said.items()
    assert pipe(b"") == (64, {})
    with pytest.raises(SystemExit) as ended:
        pipe(letter(), "--nonsense")
    assert ended.value.code == 64


def test_what_was_not_stored_is_to_be_brought_again(installation: Installation) -> None:
    nowhere = installation.run("mail", input=letter(), check=False)  # there is no channel yet
    assert nowhere.returncode == 75
    assert nowhere.stdout == b""
    installation.settings["VIKNO_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    away = installation.run("mail", input=letter(), check=False)
    assert away.returncode == 75
    assert away.stdout == b""
    assert b"bring the letter again" in away.stderr
