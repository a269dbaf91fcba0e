"""Under which form an address or a phone is found again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vikno.core.models import Company
from vikno.people import values
from vikno.people.values import WrongValue


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Maria@Example.ORG", "maria@example.org"),
        ("  maria@example.org ", "maria@example.org"),
        ("<maria@example.org>", "maria@example.org"),
        ("maria+shop@example.org", "maria+shop@example.org"),
        ("m.a.ria@gmail.com", "m.a.ria@gmail.com"),
        ("марія@пошта.укр", "марія@xn--80a1acn3a.xn--j1amh"),
        ("МАРІЯ@ПОШТА.УКР", "марія@xn--80a1acn3a.xn--j1amh"),
        ("maria@xn--80a1acn3a.xn--j1amh", "maria@xn--80a1acn3a.xn--j1amh"),
        ("root@mail_host.local", "root@mail_host.local"),
        ("root@localhost", "root@localhost"),
        ("info@münchen.example", "info@xn--mnchen-3ya.example"),
        ("maria\u200b@example.org", "maria@example.org"),
    ],
)
def test_an_address_has_one_normal_form(written: str, normal: str) -> None:
    assert values.email(written) == normal


@pytest.mark.parametrize(
    "written", ["", "maria", "@example.org", "maria@", "ma ria@example.org", "a@b c", f"{'a' * 250}@b.example"]
)
def test_what_is_no_address_is_refused_in_words(written: str) -> None:
    with pytest.raises(WrongValue) as refused:
        values.email(written)
    assert str(refused.value)


@given(st.text(max_size=300))
@example("0@\u00af")
@example("0@a\uff20b")
def test_no_text_breaks_the_reading_of_addresses(text: str) -> None:
    try:
        normal = values.email(text)
    except WrongValue:
        return
    assert values.email(normal) == normal
    assert len(normal) <= 254
    assert normal.count("@") >= 1


@pytest.mark.parametrize(
    ("written", "region", "normal"),
    [
        ("044 123 45 67", "UA", "+380441234567"),
        ("+38 (044) 123-45-67", "", "+380441234567"),
        ("0800 500 500", "UA", "+380800500500"),
        ("+7 495 123-45-67", "UA", "+74951234567"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_a_phone_has_one_normal_form(written: str, region: str, normal: str) -> None:
    assert values.phone(written, region) == normal


@pytest.mark.parametrize(("written", "region"), [("044 123 45 67", ""), ("hello", "UA"), ("12", "UA"), ("", "UA")])
def test_what_is_no_phone_is_refused_in_words(written: str, region: str) -> None:
    with pytest.raises(WrongValue):
        values.phone(written, region)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_phones(text: str) -> None:
    try:
        normal = values.phone(text, "UA")
    except WrongValue:
        return
    assert values.phone(normal, "") == normal


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "language", "region"),
    [
        ("Europe/Kyiv", "en", "UA"),
        ("Europe/Kiev", "en", "UA"),
        ("Asia/Almaty", "ru", "KZ"),
        ("UTC", "uk", "UA"),
        ("UTC", "en", ""),
    ],
)
def test_phones_without_a_country_are_those_of_the_companys_country(zone: str, language: str, region: str) -> None:
    Company.objects.create(id=1, name="Каштан", zone=zone, language=language)
    assert values.company_region() == region
