"""The pages by which people come in and go out."""

from __future__ import annotations

import re

import pytest
from django.test import override_settings

from tests.accounts.visitor import PASSWORD, Visitor
from vikno.accounts.models import SecurityEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def test_the_right_password_opens_and_is_logged(visitor, taras, log) -> None:
    page = visitor.get("/account/login/")
    assert page.status_code == 200
    assert 'autocomplete="current-password"' in page.text
    answer = visitor.sign_in("Taras@Kashtan.example")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert visitor.who == "taras@kashtan.example"
    assert log() == ["signed_in"]
    assert SecurityEvent.objects.get(kind="signed_in").ip == "127.0.0.1"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_a_wrong_password_opens_nothing_and_says_so(visitor, taras, password: str) -> None:
    answer = visitor.sign_in("taras@kashtan.example", password)
    assert answer.status_code == 200
    assert "field__error" in answer.text or "notice--danger" in answer.text
    assert visitor.who == "nobody"


def test_a_stranger_and_a_wrong_password_get_the_same_answer(taras) -> None:
    def answer(email: str) -> str:
        text = Visitor().sign_in(email, "wrong wrong wrong").text
        return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text).replace(email, "EMAIL")

    assert answer("taras@kashtan.example") == answer("nobody@kashtan.example")


def test_the_log_keeps_the_address_that_failed_and_never_what_else_was_typed(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example", "wrong wrong")
    visitor.sign_in("stranger@kashtan.example", "wrong wrong")
    visitor.sign_in("my secret password", "wrong wrong")
    rows = SecurityEvent.objects.filter(kind="sign_in_failed").order_by("id")
    assert [(row.user, row.detail["address"]) for row in rows][:2] == [
        (taras, "taras@kashtan.example"),
        (None, "stranger@kashtan.example"),
    ]
    assert "secret" not in str(list(SecurityEvent.objects.values()))
    assert "wrong" not in str(list(SecurityEvent.objects.values()))


def test_after_five_failures_even_the_right_password_waits(visitor, taras) -> None:
    for _ in range(5):
        visitor.sign_in("taras@kashtan.example", "wrong wrong")
    visitor.sign_in("taras@kashtan.example")
    assert visitor.who == "nobody"
    other = Visitor(REMOTE_ADDR="127.0.0.9")
    other.sign_in("taras@kashtan.example")
    assert other.who == "nobody"


def test_one_address_cannot_try_many_logins(taras) -> None:
    for number in range(10):
        Visitor().sign_in(f"guess{number}@kashtan.example", "wrong wrong")
    visitor = Visitor()
    visitor.sign_in("taras@kashtan.example")
    assert visitor.who == "nobody"
    elsewhere = Visitor(REMOTE_ADDR="127.0.0.9")
    elsewhere.sign_in("taras@kashtan.example")
    assert elsewhere.who == "taras@kashtan.example"


def test_a_header_that_anybody_can_write_does_not_change_who_is_counted(taras) -> None:
    for number in range(10):
        spoofed = Visitor(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        spoofed.sign_in(f"guess{number}@kashtan.example", "wrong wrong")
    visitor = Visitor(HTTP_X_FORWARDED_FOR="10.9.9.9")
    visitor.sign_in("taras@kashtan.example")
    assert visitor.who == "nobody"


def test_nobody_signs_up(visitor) -> None:
    page = visitor.get("/account/signup/")
    assert "form" not in re.sub(r"<form[^>]*logout.*?</form>", "", page.text)
    answer = visitor.post("/account/signup/", {"email": "x@kashtan.example", "password1": PASSWORD})
    assert answer.status_code == 200
    assert visitor.who == "nobody"
    from vikno.accounts.models import User

    assert not User.objects.exists()


def test_signing_out_needs_a_click_and_is_logged(visitor, taras, log) -> None:
    visitor.sign_in("taras@kashtan.example")
    assert visitor.get("/account/logout/").status_code == 200
    assert visitor.who == "taras@kashtan.example"
    visitor.post("/account/logout/")
    assert visitor.who == "nobody"
    assert log() == ["signed_in", "signed_out"]


def test_one_is_not_sent_to_another_site_after_signing_in(visitor, taras) -> None:
    answer = visitor.post(
        "/account/login/?next=https://evil.example/",
        {"login": "taras@kashtan.example", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert answer["Location"] == "/"


def test_forms_without_the_token_of_their_page_are_refused(taras) -> None:
    visitor = Visitor(enforce_csrf_checks=True)
    assert visitor.sign_in("taras@kashtan.example").status_code == 403


PAGES = [
    "/account/login/",
    "/account/logout/",
    "/account/signup/",
    "/account/inactive/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/1-abc/",
    "/account/password/reset/key/done/",
    "/account/confirm-email/",
    "/account/confirm-email/abc/",
    "/enter/abc/",
    "/invitation/abc/",
]
PAGES_OF_A_LOGIN = [
    "/account/password/change/",
    "/account/email/",
    "/account/reauthenticate/",
    "/account/two-factor/",
    "/account/profile/",
    "/account/sessions/",
    "/account/tokens/",
    "/account/security/",
]


@pytest.mark.parametrize("path", PAGES + PAGES_OF_A_LOGIN)
def test_each_page_is_ours_and_obeys_the_policy(visitor, olena, path: str) -> None:
    if path in PAGES_OF_A_LOGIN or path == "/account/logout/":
        assert visitor.get(path).status_code == 302
        visitor.sign_in("olena@kashtan.example")
    page = visitor.get(path)
    assert page.status_code in (200, 410)
    assert 'class="plain"' in page.text
    assert page.text.count("<h1") == 1
    assert "unsafe" not in page["Content-Security-Policy"]
    assert re.search(r"<title>\s*\S", page.text)
    scripts = re.findall(r"<script\b(?![^>]*\bsrc=)([^>]*)>", page.text)
    assert all("application/json" in attributes for attributes in scripts)
    assert not re.search(r"\s(style|onclick|onload)=", page.text)


def test_pages_speak_the_language_of_the_login(visitor, taras) -> None:
    taras.language = "ru"
    taras.save()
    visitor.sign_in("taras@kashtan.example")
    assert 'lang="ru"' in visitor.get("/account/profile/").text


def test_a_profile_is_kept_and_takes_nothing_else(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example")
    wanted = {"language": "uk", "theme": "dark", "density": "compact"}
    answer = visitor.post("/account/profile/", wanted | {"is_active": "", "email": "x@x.example"})
    assert answer.status_code == 302
    taras.refresh_from_db()
    assert (taras.language, taras.theme, taras.density, taras.single_keys) == ("uk", "dark", "compact", False)
    assert (taras.email, taras.is_active) == ("taras@kashtan.example", True)
    page = visitor.get("/account/profile/").text
    assert 'data-theme="dark"' in page
    assert 'lang="uk"' in page
    assert visitor.post("/account/profile/", wanted | {"theme": "pink"}).status_code == 422


def test_signing_in_over_https_only_sends_cookies_there(visitor) -> None:
    from django.conf import settings

    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SECURE is settings.BASE_URL.startswith("https://")


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
def test_passwords_are_kept_as_argon2(taras) -> None:
    taras.set_password(PASSWORD)
    assert taras.password.startswith("argon2")
