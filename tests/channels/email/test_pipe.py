"""`vikno mail`: a mail server hands one letter to a real process and learns whether it must bring it again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.installation import Installation
from tests.letters import letter, with_file

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
    held = mail(company, letter(X_Spam_Flag="YES"))
    assert (held["fate"], held["kind"], held["reason"], held["ticket"]) == ("held", "spam", "spam", None)
    garbage = mail(company, bytes(range(256)) * 20)
    assert garbage["fate"] == "ticket"
    strange = mail(company, letter("До кого це?", to="other@kashtan.example"))
    assert (strange["fate"], strange["reason"]) == ("ticket", "not_our_address")
    copied = mail(company, letter("Копія", to="other@kashtan.example", Cc="HELP+x@kashtan.example"))
    assert (copied["fate"], copied["reason"]) == ("ticket", "")
    named = company.run("mail", "--channel", "No such channel", input=letter(), check=False)
    assert named.returncode == 64
    assert b"No such channel" in named.stderr
    assert company.run("mail", "--nonsense", input=letter(), check=False).returncode == 64
    assert company.run("mail", input=b"", check=False).returncode == 64


def test_what_was_not_stored_is_to_be_brought_again(installation: Installation) -> None:
    nowhere = installation.run("mail", input=letter(), check=False)  # there is no channel yet
    assert nowhere.returncode == 75
    assert nowhere.stdout == b""
    installation.settings["VIKNO_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    away = installation.run("mail", input=letter(), check=False)
    assert away.returncode == 75
    assert away.stdout == b""
    assert b"bring the letter again" in away.stderr
