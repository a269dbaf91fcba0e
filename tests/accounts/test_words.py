"""Signing in speaks the browser's language in every form, and refuses in words that say what to do."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.accounts.visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

OPEN_PAGES = ["/account/login/", "/account/password/reset/", "/account/password/reset/done/", "/account/signup/"]
OWN_PAGES = [
    "/account/password/change/",
    "/account/email/",
    "/account/reauthenticate/",
    "/account/two-factor/totp/activate/",
    "/account/two-factor/webauthn/add/",
]
# Words that are the same in every language here.
NAMES = r"Vikno|JavaScript|taras@kashtan\.example|English|PIN|cookie"


@pytest.fixture
def reader() -> Visitor:
    return Visitor(HTTP_ACCEPT_LANGUAGE="uk")


def seen(html: str) -> str:
    """What people see or hear of a page: text, and words in attributes."""
    html = re.sub(r"<(script|style|code|noscript)\b.*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    attributes = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', html)
    return unescape(" ".join([re.sub(r"<[^>]+>", " ", html), *attributes]))


def latin(html: str) -> list[str]:
    return re.findall(r"[A-Za-z]{3,}", re.sub(NAMES, "", seen(html)))


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_pages_before_signing_in_have_no_english_left(reader: Visitor, path: str) -> None:
    page = reader.get(path)
    assert page.status_code == 200
    assert latin(page.text) == []


@pytest.mark.parametrize("path", OWN_PAGES)
def test_forms_of_the_own_login_have_no_english_and_no_markup_left(reader: Visitor, taras, path: str) -> None:
    reader.sign_in("taras@kashtan.example")
    reader.post("/account/reauthenticate/", {"password": PASSWORD})
    page = reader.get(path)
    assert page.status_code == 200
    assert latin(page.text) == []
    assert "&lt;" not in page.text


def test_fields_are_empty_until_one_types(reader: Visitor, taras) -> None:
    reader.sign_in("taras@kashtan.example")
    reader.post("/account/reauthenticate/", {"password": PASSWORD})
    assert "placeholder" not in "".join(reader.get(path).text for path in OWN_PAGES)


def test_a_refusal_is_in_the_same_language(reader: Visitor, taras) -> None:
    wrong = reader.sign_in("taras@kashtan.example", "wrong wrong").text
    assert "field__error" in wrong or "notice--danger" in wrong
    assert latin(wrong) == []


def test_an_address_that_leads_nowhere_gets_a_page_of_ours(reader: Visitor) -> None:
    page = reader.get("/account/nowhere/")
    assert page.status_code == 404
    assert 'class="plain"' in page.text
    assert latin(page.text) == []


def test_a_form_without_its_secret_gets_a_page_of_ours(taras) -> None:
    reader = Visitor(HTTP_ACCEPT_LANGUAGE="uk")
    reader.handler.enforce_csrf_checks = True
    page = reader.sign_in("taras@kashtan.example")
    assert page.status_code == 403
    assert 'class="plain"' in page.text
    assert latin(page.text) == []


def test_a_fault_of_ours_is_told_in_words(reader: Visitor) -> None:
    reader.raise_request_exception = False
    page = reader.get("/broken/")
    assert page.status_code == 500
    assert 'class="plain"' in page.text
    assert latin(page.text) == []
