"""Whether the sender's domain confirms a letter: worked out for what our own listener got, with names from a table."""

from __future__ import annotations

from collections.abc import Callable

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.letters import letter
from tests.world import World
from vikno.channels.email import authenticity, own
from vikno.dialogs.models import Message
from vikno.intake import ledger, pipeline

pytestmark = pytest.mark.django_db
INSIDE, OUTSIDE = "203.0.113.5", "198.51.100.7"
FIRM = "kramnytsia.example"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, key: rsa.RSAPrivateKey) -> dict[str, list[str]]:
    """The records there are, by "TYPE name". A name under "?" gets no answer."""
    import base64

    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    table = {
        f"TXT {FIRM}": [f"v=spf1 ip4:{INSIDE} -all"],
        f"TXT s1._domainkey.{FIRM}": [f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"],
        f"TXT _dmarc.{FIRM}": ["v=DMARC1; p=none; sp=quarantine"],
    }

    def look_up(name: str, kind: str, seconds: float) -> list[str]:
        if f"? {name}" in table:
            raise authenticity.Unknown(name)
        return table.get(f"{kind} {name.lower()}", [])

    monkeypatch.setattr(authenticity, "RESOLVER", look_up)
    return table


@pytest.fixture
def take(world: World, names: dict[str, list[str]]) -> Callable[..., Message]:
    own.forget()

    def taken(raw: bytes, peer: str | None = INSIDE, sender: str = f"maria@{FIRM}") -> Message:
        entry = ledger.accept(world.mail, raw, source="smtp", peer_ip=peer, envelope_from=sender)
        while pipeline.run_due():
            pass
        entry.refresh_from_db()
        assert entry.message is not None
        return entry.message

    return taken


def signed(raw: bytes, key: rsa.RSAPrivateKey, domain: str = FIRM, **more: object) -> bytes:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return bytes(dkim.sign(raw, b"s1", domain.encode(), pem, **more)) + raw


def test_the_servers_of_the_domain_confirm_it(take: Callable[..., Message]) -> None:
    message = take(letter())
    assert message.authenticated is True
    assert message.trust == {"spf": "pass", "dkim": "none", "dmarc": "pass", "checked_by": "Vikno", "proof": "pass"}


def test_a_signature_of_the_domain_does_so_from_anywhere(take: Callable[..., Message], key: rsa.RSAPrivateKey) -> None:
    message = take(signed(letter(), key), OUTSIDE, "list@elsewhere.example")
    assert (message.authenticated, message.trust["dkim"], message.trust["dmarc"]) == (True, "pass", "pass")


def test_neither_means_treat_with_care(take: Callable[..., Message]) -> None:
    message = take(letter(), OUTSIDE)
    assert message.authenticated is False
    assert (message.trust["spf"], message.trust["dmarc"], message.trust["policy"], message.trust["proof"]) == (
        "fail", "fail", "none", "fail",
    )  # fmt: skip


def test_another_domains_proof_is_none_for_this_one(take: Callable[..., Message], names: dict[str, list[str]]) -> None:
    names["TXT evil.example"] = ["v=spf1 +all"]
    message = take(letter(), OUTSIDE, "x@evil.example")
    assert (message.trust["spf"], message.trust["dmarc"], message.authenticated) == ("pass", "fail", False)


def test_a_changed_letter_breaks_its_signature(take: Callable[..., Message], key: rsa.RSAPrivateKey) -> None:
    raw = signed(letter(), key)
    message = take(raw.replace(b"Subject:", b"Subject: x"), OUTSIDE)
    assert (message.trust["dkim"], message.authenticated) == ("fail", False)


def test_a_signature_of_a_part_of_the_text_proves_nothing(take: Callable[..., Message], key: rsa.RSAPrivateKey) -> None:
    raw = signed(letter(), key, length=True) + b"\r\nPay here instead.\r\n"
    assert take(raw, OUTSIDE).authenticated is False


def test_a_domain_without_a_policy_is_confirmed_by_its_signature_alone(
    take: Callable[..., Message], names: dict[str, list[str]], key: rsa.RSAPrivateKey
) -> None:
    del names[f"TXT _dmarc.{FIRM}"]
    assert take(letter()).authenticated is False  # SPF speaks of the envelope
    assert take(signed(letter(), key)).authenticated is True


def test_a_subdomain_follows_the_policy_for_subdomains(
    take: Callable[..., Message], names: dict[str, list[str]]
) -> None:
    message = take(letter(sender="a@shop.kramnytsia.example"), OUTSIDE, "")
    assert (message.trust["dmarc"], message.trust["policy"]) == ("fail", "quarantine")
    names[f"TXT _dmarc.{FIRM}"] = ["v=DMARC1; p=none; aspf=s"]
    message = take(letter(sender="a@shop.kramnytsia.example"))
    assert message.trust["dmarc"] == "fail"  # strict: the envelope's domain is not the very same


def test_no_answer_of_the_name_servers_is_no_proof_and_no_accusation(
    take: Callable[..., Message], names: dict[str, list[str]]
) -> None:
    names |= {f"? {FIRM}": [], f"? _dmarc.{FIRM}": []}
    message = take(letter())
    assert (message.trust["spf"], message.trust["dmarc"], message.trust["proof"]) == (
        "temperror", "temperror", "unknown",
    )  # fmt: skip
    assert message.authenticated is False


def test_slow_names_end_at_the_limit(take: Callable[..., Message], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticity, "LONGEST", 0.0)
    assert take(letter()).trust["proof"] == "unknown"


def test_who_came_through_our_relay_is_judged_by_where_they_came_from(take: Callable[..., Message]) -> None:
    line = b"Received: from client (c [%s]) by mx.kashtan.example; Fri, 20 Nov 2026 10:00:00 +0200\r\n"
    assert take(line % INSIDE.encode() + letter(), "127.0.0.1").authenticated is True
    assert take(line % OUTSIDE.encode() + letter(), "127.0.0.1").trust["spf"] == "fail"


def test_nothing_is_asked_of_letters_that_name_no_way(
    take: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(name: str, kind: str, seconds: float) -> list[str]:
        raise AssertionError(name)

    monkeypatch.setattr(authenticity, "RESOLVER", never)
    assert take(letter(), "127.0.0.1").trust == {"proof": "unknown"}


def test_the_word_of_a_server_that_the_owner_trusts_comes_first(take: Callable[..., Message], world: World) -> None:
    world.mail.settings = {"trusted_servers": ["mx.kashtan.example"]}
    world.mail.save()
    told = b"Authentication-Results: mx.kashtan.example; spf=pass; dmarc=fail header.from=kramnytsia.example\r\n"
    message = take(told + letter())
    assert (message.trust["checked_by"], message.trust["proof"]) == ("mx.kashtan.example", "fail")
    forged = b"Authentication-Results: mx.evil.example; dmarc=pass header.from=kramnytsia.example\r\n"
    assert take(forged + letter(), OUTSIDE).authenticated is False


def test_two_authors_are_never_confirmed(take: Callable[..., Message]) -> None:
    assert take(b"From: evil@evil.example\r\n" + letter()).authenticated is False


def test_what_the_domain_itself_asks_to_reject_is_held(world: World, names: dict[str, list[str]]) -> None:
    own.forget()
    names[f"TXT _dmarc.{FIRM}"] = ["v=DMARC1; p=reject"]
    entry = ledger.accept(world.mail, letter(), source="smtp", peer_ip=OUTSIDE, envelope_from=f"maria@{FIRM}")
    while pipeline.run_due():
        pass
    entry.refresh_from_db()
    assert (entry.fate, entry.reason, entry.message) == ("held", "forged", None)
