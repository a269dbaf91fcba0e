"""Whether the sender's domain confirms a letter: worked out for what our own listener got, with names from a table."""

from __future__ import annotations

from collections.abc import Callable

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.channels.email import names as dns
from vikno.channels.email import own
from vikno.dialogs.models import Message

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
            raise dns.Unknown(name)
        return table.get(f"{kind} {name.lower()}", [])

    monkeypatch.setattr(dns, "RESOLVER", look_up)
    monkeypatch.setattr(dns, "SILENCE", dns._Silence())
    return table


@pytest.fixture
def take(world: World, names: dict[str, list[str]]) -> Callable[..., Message]:
    def taken(raw: bytes, peer: str | None = INSIDE, sender: str = f"maria@{FIRM}") -> Message:
        entry = arrive(world.mail, raw, peer_ip=peer, envelope_from=sender)
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
    monkeypatch.setattr(dns, "LONGEST", 0.0)
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

    monkeypatch.setattr(dns, "RESOLVER", never)
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
    names[f"TXT _dmarc.{FIRM}"] = ["v=DMARC1; p=reject"]
    entry = arrive(world.mail, letter(), peer_ip=OUTSIDE, envelope_from=f"maria@{FIRM}")
    assert (entry.fate, entry.reason, entry.message) == ("held", "forged", None)


class Slow:
    """Name servers that answer nothing, and a clock that shows how long they were waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.asked = 1000.0, list[str]()
        monkeypatch.setattr(dns, "NOW", lambda: self.now)
        monkeypatch.setattr(dns, "RESOLVER", self)

    def __call__(self, name: str, kind: str, seconds: float) -> list[str]:
        self.now += seconds
        self.asked.append(name)
        raise dns.Silent(name)


@pytest.fixture
def slow(take: Callable[..., Message], monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


def test_silent_name_servers_keep_a_letter_waiting_for_two_seconds_at_most(
    take: Callable[..., Message], slow: Slow, key: rsa.RSAPrivateKey
) -> None:
    message = take(signed(letter(), key))
    assert message.trust["proof"] == "unknown"
    assert slow.now <= 1000.0 + 2.0


def test_name_servers_that_stay_silent_are_left_alone_for_a_while(take: Callable[..., Message], slow: Slow) -> None:
    for number in range(5):
        take(letter(message_id=f"<{number}@x.example>"))
    before, count = slow.now, len(slow.asked)
    take(letter(message_id="<then@x.example>"))
    assert len(slow.asked) == count + 1  # one short question
    assert slow.now - before <= 0.25
    slow.now += 31
    before = slow.now
    take(letter(message_id="<later@x.example>"))
    assert slow.now - before >= 1.0  # they are given the usual time once more


def test_they_are_asked_everything_again_as_soon_as_they_answer(
    take: Callable[..., Message], slow: Slow, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        take(letter(message_id=f"<{number}@x.example>"))
    monkeypatch.setattr(dns, "RESOLVER", lambda name, kind, seconds: names.get(f"{kind} {name.lower()}", []))
    assert take(letter(message_id="<then@x.example>")).authenticated is True


def test_a_strangers_slow_names_do_not_hide_what_the_domain_in_from_asks(
    world: World, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names[f"TXT _dmarc.{FIRM}"] = ["v=DMARC1; p=reject"]
    now = [1000.0]

    def look_up(name: str, kind: str, seconds: float) -> list[str]:
        if name.endswith("slow.example"):
            now[0] += 2  # all there is
            raise dns.Silent(name)
        return names.get(f"{kind} {name.lower()}", [])

    monkeypatch.setattr(dns, "NOW", lambda: now[0])
    monkeypatch.setattr(dns, "RESOLVER", look_up)
    for number in range(8):
        raw = letter(message_id=f"<{number}@slow.example>")
        entry = arrive(world.mail, raw, peer_ip=OUTSIDE, envelope_from="x@slow.example")
        assert (entry.fate, entry.reason) == ("held", "forged")


class TestMailboxesOfKnownProviders:
    """What a provider wrote on a letter in its mailbox is believed without being named; other ways in are not."""

    GOOGLE = b"Authentication-Results: mx.google.com; dkim=pass header.i=@kramnytsia.example; dmarc=pass\r\n"
    MICROSOFT = (
        b"Authentication-Results: spf=pass (sender IP is 192.0.2.5)\r\n smtp.mailfrom=kramnytsia.example;\r\n dkim=pass"
        b" (signature was verified) header.d=kramnytsia.example;dmarc=pass action=none\r\n"
        b" header.from=kramnytsia.example;compauth=pass reason=100\r\n"
    )
    RECEIVED = b"Received: from a (a [203.0.113.5]) by mx.example.com; Fri, 20 Nov 2026 10:00:00 +0200\r\n"

    @pytest.fixture
    def fetch(self, world: World) -> Callable[..., Message]:
        own.forget()

        def fetched(host: str, raw: bytes, source: str = "imap") -> Message:
            world.mail.settings = {"imap": {"host": host}}
            world.mail.save()
            entry = arrive(world.mail, raw, source=source)
            assert entry.message is not None
            return entry.message

        return fetched

    @pytest.mark.parametrize(
        ("host", "told", "who"),
        [
            ("imap.gmail.com", GOOGLE, "mx.google.com"),
            ("Outlook.Office365.com", MICROSOFT, "Microsoft 365"),
        ],
    )
    def test_their_word_counts(self, fetch: Callable[..., Message], host: str, told: bytes, who: str) -> None:
        message = fetch(host, self.RECEIVED + told + letter())
        assert (message.authenticated, message.trust["checked_by"]) == (True, who)

    def test_their_refusal_counts_as_well(self, fetch: Callable[..., Message]) -> None:
        told = self.MICROSOFT.replace(b"=pass", b"=fail")
        assert fetch("outlook.office365.com", told + letter()).trust["proof"] == "fail"

    def test_of_several_the_topmost_one_is_theirs(self, fetch: Callable[..., Message]) -> None:
        refused = self.MICROSOFT.replace(b"=pass", b"=fail")
        forged = refused + self.RECEIVED + self.MICROSOFT
        assert fetch("outlook.office365.com", forged + letter()).authenticated is False

    @pytest.mark.parametrize(
        ("host", "told", "source"),
        [
            ("imap.gmail.com", MICROSOFT, "imap"),
            ("outlook.office365.com", GOOGLE, "imap"),
            ("imap.kashtan.example", GOOGLE, "imap"),
            ("imap.kashtan.example", MICROSOFT, "imap"),
            ("imap.gmail.com", GOOGLE, "pipe"),
            ("imap.gmail.com", GOOGLE, "http"),
            ("outlook.office365.com", MICROSOFT, "smtp"),
            (
                "outlook.office365.com",
                b'Authentication-Results: "microsoft 365"; dmarc=pass header.from=kramnytsia.example\r\n',
                "imap",
            ),
        ],
    )
    def test_nowhere_else(self, fetch: Callable[..., Message], host: str, told: bytes, source: str) -> None:
        assert fetch(host, told + letter(), source).authenticated is False
