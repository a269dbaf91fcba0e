"""From an address to its mail servers: known providers, what a domain says of itself, and whose its letters are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikno.channels.email import names
from vikno.channels.email.server_finding import PATIENCE, find
from vikno.people import values

Table = dict[tuple[str, str], list[str]]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Callable[[Table], list[tuple[str, str]]]:
    """Puts a table in the place of the name servers; answers what they were asked."""

    def put(table: Table) -> list[tuple[str, str]]:
        asked: list[tuple[str, str]] = []

        def resolver(name: str, kind: str, seconds: float) -> list[str]:
            assert 0 < seconds <= PATIENCE
            asked.append((name, kind))
            return table.get((name, kind), [])

        monkeypatch.setattr(names, "RESOLVER", resolver)
        return asked

    return put


@pytest.mark.parametrize(
    ("address", "imap", "smtp", "security", "sign_in"),
    [
        ("Shop@GMail.com", "imap.gmail.com", "smtp.gmail.com", "starttls", "password"),
        ("a@outlook.com", "outlook.office365.com", "smtp.office365.com", "starttls", "microsoft"),
        ("a@hotmail.com", "outlook.office365.com", "smtp.office365.com", "starttls", "microsoft"),
        ("a@ukr.net", "imap.ukr.net", "smtp.ukr.net", "tls", "password"),
        ("a@i.ua", "imap.i.ua", "smtp.i.ua", "tls", "password"),
        ("a@meta.ua", "imap.meta.ua", "smtp.meta.ua", "tls", "password"),
        ("a@bk.ru", "imap.mail.ru", "smtp.mail.ru", "tls", "password"),
        ("a@yandex.ru", "imap.yandex.com", "smtp.yandex.com", "tls", "password"),
        ("a@me.com", "imap.mail.me.com", "smtp.mail.me.com", "starttls", "password"),
        ("a@yahoo.com", "imap.mail.yahoo.com", "smtp.mail.yahoo.com", "tls", "password"),
        ("a@zoho.eu", "imap.zoho.eu", "smtp.zoho.eu", "tls", "password"),
        ("a@fastmail.com", "imap.fastmail.com", "smtp.fastmail.com", "tls", "password"),
    ],
)
def test_a_known_provider_is_known_without_asking_anybody(
    dns, address: str, imap: str, smtp: str, security: str, sign_in: str
) -> None:
    asked = dns({})
    found = find(address)
    assert found is not None
    assert (found.imap_host, found.smtp_host, found.smtp_security, found.sign_in) == (imap, smtp, security, sign_in)
    assert found.hint and found.sure
    assert asked == []


def test_a_domain_says_of_itself_where_its_mail_is(dns) -> None:
    dns({
        ("_imaps._tcp.kashtan.example", "SRV"): ["20 1 993 old.kashtan.example.", "10 5 9993 Mail.Kashtan.Example."],
        ("_submissions._tcp.kashtan.example", "SRV"): ["0 1 0 ."],
        ("_submission._tcp.kashtan.example", "SRV"): ["0 1 587 mail.kashtan.example."],
        ("kashtan.example", "MX"): ["10 aspmx.l.google.com."],
    })  # fmt: skip
    found = find("help@kashtan.example")
    assert found is not None
    assert (found.imap_host, found.imap_port, found.imap_security) == ("mail.kashtan.example", 9993, "tls")
    assert (found.smtp_host, found.smtp_port, found.smtp_security) == ("mail.kashtan.example", 587, "starttls")
    assert found.sure


def test_servers_elsewhere_are_for_a_person_to_judge(dns) -> None:
    dns({("_imaps._tcp.kashtan.example", "SRV"): ["10 5 993 imap.hoster.example."]})
    found = find("help@kashtan.example")
    assert found is not None
    assert (found.imap_host, found.smtp_host, found.sure) == ("imap.hoster.example", "", False)


@pytest.mark.parametrize(
    ("mx", "imap", "sign_in"),
    [
        ("1 ASPMX.L.Google.com.", "imap.gmail.com", "password"),
        ("0 kashtan-example.mail.protection.outlook.com.", "outlook.office365.com", "microsoft"),
        ("10 mx.yandex.net.", "imap.yandex.com", "password"),
        ("10 mx.zoho.eu.", "imappro.zoho.eu", "password"),
        ("10 in1-smtp.messagingengine.com.", "imap.fastmail.com", "password"),
        ("10 mx01.mail.icloud.com.", "imap.mail.me.com", "password"),
    ],
)
def test_a_domain_of_ones_own_at_a_provider(dns, mx: str, imap: str, sign_in: str) -> None:
    dns({("kashtan.example", "MX"): ["20 backup.elsewhere.example.", mx]})
    found = find("help@kashtan.example")
    assert found is not None
    assert (found.imap_host, found.sign_in, found.sure) == (imap, sign_in, True)


def test_a_name_that_only_ends_alike_is_not_that_providers(dns) -> None:
    dns({("kashtan.example", "MX"): ["10 mx.notgoogle.com.", "20 google.com.evil.example."]})
    assert find("help@kashtan.example") is None


def test_silent_name_servers_are_asked_no_longer_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    asked: list[str] = []

    def silent(name: str, _kind: str, seconds: float) -> list[str]:
        asked.append(name)
        clock[0] += seconds
        raise names.Silent(name)

    monkeypatch.setattr(names, "NOW", lambda: clock[0])
    monkeypatch.setattr(names, "RESOLVER", silent)
    assert find("help@kashtan.example") is None
    assert asked
    assert clock[0] <= PATIENCE


@given(st.lists(st.text(max_size=60), max_size=4), st.lists(st.text(max_size=60), max_size=4))
def test_whatever_name_servers_say_is_survived(srv: list[str], mx: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names, "RESOLVER", lambda _name, kind, _seconds: srv if kind == "SRV" else mx)
        found = find("help@kashtan.example")
    assert found is None or found.imap_host


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(values.WrongValue):
        find("help")
