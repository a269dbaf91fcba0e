"""The address that answers come back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikno.channels.email.reply_address import AddressTooLong, ReplyToken, read_reply_address, reply_address, verify

KEY = b"k" * 32
IDS = st.integers(1, 2**63 - 1)
RECIPIENTS = st.emails()
CASES = st.sampled_from([str.lower, str.upper, str.title])


def made(message_id=1042, recipient="ann@example.com", base="help@firm.example", key=KEY, version=1):
    return reply_address(base, message_id, recipient, key, version)


def test_form():
    local, _, domain = made().partition("@")
    assert domain == "firm.example"
    assert local.startswith("help+t.sy.1")
    assert len(local) == len("help+t.sy.1") + 26


@given(
    IDS,
    RECIPIENTS,
    st.integers(0, 35),
    st.binary(min_size=16, max_size=40),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_what_is_made_is_read_and_proved_in_any_case(message_id, recipient, version, key, case):
    token = read_reply_address(case(reply_address("help@firm.example", message_id, recipient, key, version)))
    assert token is not None
    assert (token.message_id, token.key_version) == (message_id, version)
    assert token.base_address.lower() == "help@firm.example"
    assert verify(token, recipient.upper() if recipient.isascii() else recipient, {version: key})


@given(IDS, IDS)
def test_a_mac_fits_one_message_only(one, other):
    token = read_reply_address(made(message_id=one))
    assert token is not None
    moved = ReplyToken(token.base_address, other, token.key_version, token.mac)
    assert verify(moved, "ann@example.com", {1: KEY}) is (one == other)


def test_a_mac_fits_one_recipient_and_one_key_only():
    token = read_reply_address(made())
    assert token is not None
    assert verify(token, " Ann@Example.com", {1: KEY})
    assert not verify(token, "bob@example.com", {1: KEY})
    assert not verify(token, "ann@example.com", {1: b"x" * 32})
    assert not verify(token, "ann@example.com", {2: KEY})
    assert not verify(token, "ann@example.com", {1: b""})


def test_an_old_key_still_proves_its_letters():
    token = read_reply_address(made(version=1))
    assert token is not None
    assert verify(token, "ann@example.com", {2: b"new" * 12, 1: KEY})


@pytest.mark.parametrize("place", range(26))
def test_every_letter_of_the_mac_counts(place):
    address = made()
    start = len("help+t.sy.1") + place
    # The last letter carries three bits; flip one that is among them.
    other = "a" if address[start] != "a" else "q"
    token = read_reply_address(address[:start] + other + address[start + 1 :])
    assert token is not None
    assert not verify(token, "ann@example.com", {1: KEY})


@pytest.mark.parametrize(
    "address",
    [
        "",
        "help@firm.example",
        "help+t.1@firm.example",
        "help+news@firm.example",
        f"+t.1.1{'a' * 26}@firm.example",
        f"help+t.1.1{'a' * 25}@firm.example",
        f"help+t.1.1{'1' * 26}@firm.example",
        f"help+t.0.1{'a' * 26}@firm.example",
        f"help+t.1.1{'a' * 26}",
        f"{'x' * 64}+t.1.1{'a' * 26}@firm.example",
        f"допомога+t.1.1{'a' * 26}@firm.example",
    ],
)
def test_other_addresses_have_no_token(address):
    assert read_reply_address(address) is None


@given(st.text(max_size=120))
def test_any_text_is_read(text):
    read_reply_address(text)


def test_a_plus_in_the_channels_own_address():
    token = read_reply_address(f"<{made(base='help+shop@firm.example')}>")
    assert token is not None
    assert token.base_address == "help+shop@firm.example"


def test_too_long_for_a_local_part():
    with pytest.raises(AddressTooLong):
        made(base="x" * 40 + "@firm.example")


@pytest.mark.parametrize("wrong", [{"message_id": 0}, {"version": 36}, {"version": -1}, {"key": b""}, {"base": "help"}])
def test_wrong_use_is_refused(wrong):
    with pytest.raises(ValueError, match=r"reply address"):
        made(**wrong)
