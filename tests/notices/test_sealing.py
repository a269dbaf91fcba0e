"""What devices get: sealed as the standard says, and proved to come from us."""

from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.push_service import Browser, plain
from vikno.notices.push import subscriptions
from vikno.notices.push.proving import proof, public_key
from vikno.notices.push.sealing import MOST, bytes_of, seal, written

# RFC 8291 section 5.
WORDS = b"When I grow up, I want to be a watermelon"
RECEIVER, SENDER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(said: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(plain(said), "big"), ec.SECP256R1())


def test_the_example_of_the_standard() -> None:
    sealed = seal(WORDS, bytes_of(THEIRS), bytes_of(SECRET), ours=private(SENDER), salt=bytes_of(SALT))
    assert written(sealed) == SEALED
    receiver = Browser(private(RECEIVER), plain(SECRET))
    assert receiver.key == THEIRS
    assert receiver.opens(plain(SEALED)) == WORDS


@given(st.binary(max_size=MOST))
def test_its_browser_opens_it(words: bytes) -> None:
    browser = Browser()
    sealed = seal(words, bytes_of(browser.key), bytes_of(browser.secret))
    assert len(sealed) <= 4096
    assert browser.opens(sealed) == words


def test_no_other_browser_does_and_no_two_are_alike() -> None:
    browser = Browser()
    one, other = (seal(b"#1042", bytes_of(browser.key), bytes_of(browser.secret)) for _ in range(2))
    assert one[:16] != other[:16] and one[16:] != other[16:]
    with pytest.raises(InvalidTag):
        Browser().opens(one)


def test_what_is_too_long_is_not_sealed() -> None:
    browser = Browser()
    with pytest.raises(ValueError):
        seal(b"x" * (MOST + 1), bytes_of(browser.key), bytes_of(browser.secret))


def test_the_key_stays_the_same_and_names_no_path() -> None:
    said = json.loads(plain(proof("https://push.example.net/send/abc").split("t=")[1].split(".")[1]))
    assert said["aud"] == "https://push.example.net"
    assert proof("https://push.example.net/x").endswith(f"k={public_key()}")
    assert len(plain(public_key())) == 65


GOOD = Browser(private(RECEIVER), plain(SECRET))  # the same in each process that runs a part of these tests


@pytest.mark.parametrize(
    ("endpoint", "key", "secret"),
    [
        ("http://push.example.net/x", GOOD.key, GOOD.secret),
        ("https://push.example.net:8443/x", GOOD.key, GOOD.secret),
        ("https://somebody@push.example.net/x", GOOD.key, GOOD.secret),
        ("https://push.example.net/x y", GOOD.key, GOOD.secret),
        ("https://push.example.net:no/x", GOOD.key, GOOD.secret),
        ("https:///x", GOOD.key, GOOD.secret),
        ("https://push.example.net/" + "x" * 1000, GOOD.key, GOOD.secret),
        ("https://push.example.net/x", GOOD.key[:-4], GOOD.secret),
        ("https://push.example.net/x", "ключ", GOOD.secret),
        ("https://push.example.net/x", "", GOOD.secret),
        ("https://push.example.net/x", GOOD.key, GOOD.key),
        ("", "", ""),
    ],
)
def test_what_is_no_subscription(endpoint: str, key: str, secret: str) -> None:
    with pytest.raises(ValueError):
        subscriptions.understood(endpoint, key, secret)


def test_what_is_one() -> None:
    told = subscriptions.understood("https://push.example.net/wpush/v2/abc", GOOD.key, GOOD.secret)
    assert (told.key, told.secret) == (GOOD.key, GOOD.secret)
