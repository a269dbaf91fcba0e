"""Whose word counts about the sender."""

import pytest

from vikno.channels.email.letter import parse
from vikno.channels.email.letter.auth import authentication, client_ip

OURS = ["mx.firm.example"]
HOP = "Received: from mail.example.com (mail.example.com [203.0.113.9]) by mx.firm.example; Sat, 21 Nov 2026"


def read(*headers: str, sender: str = "From: ann@news.example.com"):
    return parse("\n".join([*headers, sender, "", "x"]).encode())


@pytest.mark.parametrize(
    ("results", "passed"),
    [
        ("dmarc=pass header.from=news.example.com", True),
        ("dmarc=pass (p=reject; dis=none) header.from=news.example.com", True),
        ("dmarc=pass", True),
        ("dmarc=pass header.from=other.example", False),
        ("dmarc=fail header.from=news.example.com; dkim=pass header.d=news.example.com", False),
        ("dkim=pass header.d=news.example.com", True),
        ("dkim=pass header.d=example.com", True),
        ("dkim=pass header.i=@example.com", True),
        ("dkim=pass header.d=com", False),
        ("dkim=pass header.d=evil.example", False),
        ("dkim=fail header.d=news.example.com", False),
        ("dkim=fail header.d=news.example.com; dkim=pass header.d=example.com", True),
        ("spf=pass smtp.mailfrom=news.example.com", False),
        ('dkim=fail reason="x; dmarc=pass" header.d=a.example', False),
        ("dkim=fail (dmarc=pass; dkim=pass header.d=example.com)", False),
        ("none", False),
    ],
)
def test_what_proves_the_sender(results, passed):
    found = authentication(read(f"Authentication-Results: mx.firm.example 1; {results}", HOP), OURS)
    assert found.passed is passed
    assert found.from_domain == "news.example.com"


def test_results_by_method():
    header = (
        "Authentication-Results: MX.Firm.Example.;\n spf=pass smtp.mailfrom=a@example.com;\n"
        " dkim=pass (2048-bit key) header.d=example.com;\n dmarc=pass header.from=news.example.com"
    )
    found = authentication(read(header, HOP), OURS)
    assert (found.spf, found.dkim, found.dmarc) == ("pass", "pass", "pass")


def test_servers_we_do_not_know_say_nothing():
    letter = read("Authentication-Results: mx.evil.example; dmarc=pass header.from=news.example.com", HOP)
    assert authentication(letter, OURS).passed is False
    assert authentication(letter, OURS).dmarc == ""


def test_only_the_topmost_word_of_our_server_counts():
    letter = read(
        "Authentication-Results: mx.firm.example; dmarc=none",
        HOP,
        "Authentication-Results: mx.firm.example; dmarc=pass header.from=news.example.com",
    )
    assert authentication(letter, OURS).passed is False


def test_one_header_for_each_method_above_our_received_line():
    letter = read(
        "Authentication-Results: mx.firm.example; dmarc=pass header.from=news.example.com",
        "Authentication-Results: mx.firm.example; spf=pass",
        HOP,
        "Authentication-Results: mx.firm.example; dkim=pass header.d=forged.example",
    )
    found = authentication(letter, OURS)
    assert (found.dmarc, found.spf, found.dkim) == ("pass", "pass", "")


@pytest.mark.parametrize("sender", ["From: a@news.example.com\nFrom: b@evil.example", "X-From: nobody"])
def test_no_proof_for_two_senders_or_none(sender):
    letter = read("Authentication-Results: mx.firm.example; dmarc=pass", HOP, sender=sender)
    assert authentication(letter, OURS).passed is False


def test_client_address():
    inner = "Received: from gate.firm.example (gate.firm.example [10.0.0.5]) by store.firm.example with LMTP"
    outer = "Received: from x (x [203.0.113.9]) by gate.firm.example with ESMTP"
    forged = "Received: from y (y [198.51.100.1]) by gate.firm.example with ESMTP"
    letter = read(inner, outer, forged)
    assert client_ip(letter, ["store.firm.example", "gate.firm.example", "10.0.0.5"]) == "203.0.113.9"
    assert client_ip(letter, [".firm.example", "10.0.0.5"]) == "203.0.113.9"
    assert client_ip(letter, ["store.firm.example"]) == "10.0.0.5"
    assert client_ip(letter, []) is None
    assert client_ip(read(), OURS) is None


def test_a_client_cannot_pass_for_our_server_by_name():
    letter = read("Received: from gate.firm.example (evil [203.0.113.66]) by mx.firm.example with ESMTP")
    assert client_ip(letter, ["mx.firm.example", "gate.firm.example"]) == "203.0.113.66"
