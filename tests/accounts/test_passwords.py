"""Changing a password, losing it, and changing the address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from tests.accounts.visitor import PASSWORD, Visitor
from vikno.accounts import links
from vikno.accounts.access import still_in
from vikno.accounts.letters import into_folder
from vikno.core import clock
from vikno.people.models import Identity

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
NEW = "another horse battery"


def link_in(letter: tuple[str, str, str]) -> str:
    return re.search(r"http://127\.0\.0\.1:8000(/\S+)", letter[2])[1]


def test_a_letter_brings_a_link_and_the_link_a_new_password(visitor, taras, letters, log) -> None:
    elsewhere = Visitor()
    elsewhere.sign_in("taras@kashtan.example")
    visitor.post("/account/password/reset/", {"email": "Taras@kashtan.example"})
    (letter,) = letters
    assert letter[0] == "taras@kashtan.example"
    page = visitor.get(link_in(letter), follow=True)
    form = page.redirect_chain[-1][0]
    assert "abc" not in form
    visitor.post(form, {"password1": NEW, "password2": NEW})
    visitor.sign_in("taras@kashtan.example", NEW)
    assert visitor.who == "taras@kashtan.example"
    assert elsewhere.who == "nobody"
    assert log() == ["signed_in", "password_reset", "signed_in"]
    # The link works once.
    assert "password1" not in Visitor().get(link_in(letter), follow=True).text


def test_a_link_for_a_new_password_works_three_hours(visitor, taras, letters) -> None:
    visitor.post("/account/password/reset/", {"email": "taras@kashtan.example"})
    with time_machine.travel(clock.now() + timedelta(hours=3, minutes=1)):
        assert "password1" not in visitor.get(link_in(letters[0]), follow=True).text


def test_a_stranger_gets_the_same_page_and_no_letter(visitor, taras, letters) -> None:
    known = visitor.post("/account/password/reset/", {"email": "taras@kashtan.example"})
    unknown = visitor.post("/account/password/reset/", {"email": "stranger@elsewhere.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [letter[0] for letter in letters] == ["taras@kashtan.example"]


def test_asking_for_letters_again_and_again_is_stopped_by_a_page_of_ours(visitor, taras, letters) -> None:
    answers = [visitor.post("/account/password/reset/", {"email": "taras@kashtan.example"}) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert 'class="plain"' in answers[-1].text
    assert len(letters) == 5


def test_the_link_names_the_address_people_type_whatever_host_was_asked(taras, letters) -> None:
    Visitor(HTTP_HOST="localhost:1234").post("/account/password/reset/", {"email": "taras@kashtan.example"})
    assert "http://127.0.0.1:8000/" in letters[0][2]


def test_letters_speak_the_language_of_their_reader(visitor, taras, letters) -> None:
    from vikno.accounts.adapter import language_of
    from vikno.core.models import Company

    assert language_of(taras) == "en"
    Company.objects.create(id=1, name="Каштан", language="uk")
    assert language_of(taras) == "uk"
    taras.language = "ru"
    assert language_of(taras) == "ru"


def test_without_a_channel_letters_wait_as_files_that_we_alone_read(visitor, taras, data) -> None:
    into_folder("taras@kashtan.example", "Subject\r\nBcc: all@kashtan.example", "Text")
    (file,) = (data / "letters").glob("*.txt")
    assert file.read_text().splitlines()[:2] == [
        "To: taras@kashtan.example",
        "Subject: Subject Bcc: all@kashtan.example",
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_no_letter_leaves_the_pages_say_so_and_name_the_command(visitor, taras, letters, monkeypatch) -> None:
    monkeypatch.setattr("vikno.accounts.letters.LEAVES", lambda: False)
    assert "vikno link" in visitor.get("/account/password/reset/").text
    done = visitor.post("/account/password/reset/", {"email": "taras@kashtan.example"}, follow=True).text
    assert "vikno link" in done and "is on its way" not in done
    monkeypatch.setattr("vikno.accounts.letters.LEAVES", lambda: True)
    assert "vikno link" not in visitor.get("/account/password/reset/").text
    assert "is on its way" in visitor.get("/account/password/reset/done/").text


def test_without_a_server_for_letters_none_leaves(db) -> None:
    from vikno.accounts import letters as place

    assert not place.LEAVES()


def test_a_link_of_the_command_lets_in_once_within_an_hour_and_is_logged(visitor, taras, log) -> None:
    first, second = links.make_for(taras), links.make_for(taras)
    assert visitor.get(f"/enter/{first}/").status_code == 410
    assert "vikno link" in visitor.get(f"/enter/{first}/").text
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert visitor.get(f"/enter/{second}/").status_code == 410
    visitor.post(f"/enter/{second}/")
    assert visitor.who == "taras@kashtan.example"
    assert Visitor().post(f"/enter/{second}/").status_code == 410
    assert log() == ["link_made", "link_made", "link_used", "signed_in"]


def test_changing_the_password_ends_all_other_sessions(visitor, taras, log) -> None:
    elsewhere = Visitor()
    elsewhere.sign_in("taras@kashtan.example")
    visitor.sign_in("taras@kashtan.example")
    here = UserSession.objects.latest("id")
    visitor.post("/account/reauthenticate/", {"password": PASSWORD})
    wrong = visitor.post("/account/password/change/", {"oldpassword": "x", "password1": NEW, "password2": NEW})
    assert wrong.status_code == 200
    visitor.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert visitor.who == "taras@kashtan.example"
    assert elsewhere.who == "nobody"
    assert log()[-1] == "password_changed"
    # The sign-in that goes on is the same, under another key: what belongs to it stays.
    here.refresh_from_db()
    assert here.session_key == visitor.cookies["vikno_session"].value
    assert still_in([here]) == {here.id}


def test_a_new_address_counts_once_its_link_was_clicked(visitor, taras, letters, log) -> None:
    visitor.sign_in("taras@kashtan.example")
    visitor.post("/account/reauthenticate/", {"password": PASSWORD})
    visitor.post("/account/email/", {"email": "taras@new.example", "action_add": ""})
    (letter,) = letters
    assert letter[0] == "taras@new.example"
    taras.refresh_from_db()
    assert taras.email == "taras@kashtan.example"
    assert visitor.get(link_in(letter)).status_code == 200  # a look changes nothing
    assert not Identity.objects.filter(value="taras@new.example").exists()
    visitor.post(link_in(letter))
    taras.refresh_from_db()
    assert taras.email == "taras@new.example"
    assert list(EmailAddress.objects.values_list("email", "verified")) != []
    identity = Identity.objects.get(value="taras@new.example")
    assert (identity.person.user_id, identity.verified_by) == (taras.pk, "link")
    assert log()[-1] == "address_changed"
    again = Visitor()
    again.sign_in("taras@new.example")
    assert again.who == "taras@new.example"
    # Who gave an address up as a way in does not leave it open.
    old = Visitor()
    old.sign_in("taras@kashtan.example")
    assert old.who == "nobody"
