"""Who forgot the password, or lost the app or key, is never shut out for good."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from tests.accounts.test_sessions_and_tokens import set_up_app
from tests.accounts.visitor import Visitor
from vikno.accounts import actions, links
from vikno.cli import main
from vikno.core import serving
from vikno.journal import acts

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
TARAS = "taras@kashtan.example"
NEW = "a quite different one"


@pytest.fixture
def demanded(taras) -> None:
    """A second factor is demanded of everybody, and Taras has none."""
    actions.set_rules({"factor_for": "all"}, by=acts.system())


@pytest.mark.django_db(transaction=True)
def test_who_came_by_a_link_of_the_command_sets_a_factor_up_without_the_password(taras, demanded) -> None:
    visitor = Visitor()
    visitor.post(f"/enter/{links.make_for(taras)}/")
    assert visitor.get("/account/two-factor/totp/activate/").status_code == 200
    assert visitor.get("/account/two-factor/webauthn/add/").status_code == 200


def test_who_forgot_the_password_gets_a_new_one_before_the_factor(demanded, letters: list[Any]) -> None:
    visitor = Visitor()
    visitor.sign_in(TARAS)
    assert visitor.get("/account/password/reset/").status_code == 200
    visitor.post("/account/password/reset/", {"email": TARAS})
    [path] = re.findall(r"https?://[^/]+(/\S+)", letters[-1][2])
    page = visitor.get(path, follow=True)
    assert page.status_code == 200 and "password1" in page.text
    visitor.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    again = Visitor()
    again.sign_in(TARAS, NEW)
    assert again.get("/who/")["Location"] == "/account/two-factor/"


def test_one_can_leave_from_where_a_factor_is_demanded(demanded) -> None:
    visitor = Visitor()
    visitor.sign_in(TARAS)
    for page in ("/account/two-factor/", "/account/reauthenticate/"):
        assert 'href="/account/logout/"' in visitor.get(page).text


@pytest.mark.django_db(transaction=True)
def test_the_command_takes_away_factors_that_are_lost(taras, log, capsys) -> None:
    thief = Visitor()
    thief.sign_in(TARAS)
    set_up_app(thief)
    assert main(["link", TARAS, "--without-factor"]) == 0
    assert not Authenticator.objects.exists()
    assert thief.who == "nobody"
    assert log()[-3:] == ["factor_removed", "sessions_ended", "link_made"]
    visitor = Visitor()
    visitor.post(re.findall(r"/enter/\S+", capsys.readouterr().out)[-1])
    assert visitor.who == TARAS
    assert main(["link", TARAS, "--without-factor"]) == 0
    assert log()[-1:] == ["link_made"] and visitor.who == TARAS, "without factors there is nothing to take"


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_the_address_that_runs_and_says_when_none_does(
    taras, settings, tmp_path, capsys, monkeypatch
) -> None:
    settings.DATA = tmp_path

    def link() -> tuple[str, str]:
        assert main(["link", TARAS]) == 0
        told = capsys.readouterr()
        return told.out.splitlines()[-1].partition("/enter/")[0], told.err

    monkeypatch.setenv("VIKNO_BASE_URL", settings.BASE_URL)
    address, said = link()
    assert address == settings.BASE_URL
    assert f"does not run on the data in {tmp_path} now" in said and "guessed" not in said
    monkeypatch.delenv("VIKNO_BASE_URL")
    assert "which is guessed" in link()[1]
    (tmp_path / serving.FOLDER).mkdir()
    (tmp_path / serving.FOLDER / "17").write_text("http://127.0.0.1:1")  # of one that was killed
    serving.note(tmp_path, "http://127.0.0.1:8123")
    assert link() == ("http://127.0.0.1:8123", "")
    assert [path.name for path in (tmp_path / serving.FOLDER).iterdir()] == [str(os.getpid())]
    serving.forget(tmp_path)
    assert "which is guessed" in link()[1]
