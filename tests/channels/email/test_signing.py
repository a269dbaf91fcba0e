"""Letters signed for their domain: a verifier of its own reads what left, with the DNS as the page told to set it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dkim  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.db import connection
from pydantic import SecretStr

from tests.desk.seats import Seat
from tests.servers.smtp_sink import SmtpSink
from tests.world import World
from vikno.channels.email import signing, smtp_pool
from vikno.channels.email.models import SigningKey
from vikno.dialogs import sending
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Delivery
from vikno.tickets import directory

pytestmark = pytest.mark.django_db
DOMAIN = "kashtan.example"


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink) -> Iterator[SmtpSink]:
    monkeypatch.setattr(settings.ENVIRONMENT, "smtp_url", SecretStr(smtp_sink.url))
    yield smtp_sink
    smtp_pool.POOL.close()


def dns(key: SigningKey, world: World) -> dict[str, list[str]]:
    return {one.name: [one.value] for one in signing.lines(world.mail, key, "help@kashtan.example")}


def make(world: World) -> SigningKey:
    return signing.make_key(DOMAIN, by=world.act(world.olena))


def send(world: World, **more: Any) -> None:
    delivery = world.answer(world.ticket(), **more).deliveries.get()
    Delivery.objects.filter(id=delivery.id).update(not_before=delivery.created_at)
    sending.run_due()


def test_what_leaves_is_signed_once_the_dns_shows_the_key(world: World, relay: SmtpSink) -> None:
    key = make(world)
    send(world)
    assert b"DKIM-Signature" not in relay.letters[0].content
    records = dns(key, world)
    assert set(signing.check(key, lambda name: records.get(name, [])).values()) == {"ok"}
    send(world, text="Добрий день!\n.\n..крапки", files=[NewFile("звіт.txt", "text/plain", content=b"\x00\xff" * 999)])
    content = relay.letters[1].content
    shown = {f"{name}.".encode(): values[0].encode() for name, values in records.items()}
    assert dkim.verify(content, dnsfunc=lambda name, timeout=5: shown.get(name))
    head = content.partition(b"bh=")[0].lower()
    assert all(name in head for name in (b"from", b"reply-to", b"subject", b"message-id", b"d=kashtan.example"))
    changed = content.replace(b"Subject: ", b"Subject: x", 1)
    assert not dkim.verify(changed, dnsfunc=lambda name, timeout=5: shown.get(name))


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({}, {"dkim": "missing", "spf": "missing", "dmarc": "missing"}),
        ({"spf": ["v=spf1 -all", "v=spf1 mx -all"]}, {"dkim": "missing", "spf": "several", "dmarc": "missing"}),
        ({"dkim": ["v=DKIM1; p=another"], "spf": ["v=spf10 no", "v=spf1 mx"]},
         {"dkim": "wrong", "spf": "ok", "dmarc": "missing"}),
    ],
)  # fmt: skip
def test_what_the_dns_says_is_told_apart(world: World, records: dict[str, list[str]], found: dict[str, str]) -> None:
    key = make(world)
    names = {one.name: one.purpose for one in signing.lines(world.mail, key, "a@b")}
    assert signing.check(key, lambda name: records.get(names[name], [])) == found
    assert not SigningKey.objects.get().in_use


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("v=spf1 mx include:_spf.google.com -all", "ok"),
        ("v=spf1 +include:_spf.google.com ~all", "ok"),
        ("v=spf1 redirect=_spf.google.com", "ok"),
        ("v=spf1 include:other.example ~all", "without"),
    ],
)
def test_a_line_that_does_not_name_who_sends_is_not_called_good(world: World, record: str, said: str) -> None:
    key = make(world)
    world.mail.settings = {"smtp": {"host": "smtp.gmail.com"}}
    found = signing.check(key, lambda name: [record] if name == DOMAIN else [], signing.allowed(world.mail))
    assert found["spf"] == said


def test_a_key_record_may_be_broken_into_pieces(world: World) -> None:
    key = make(world)
    name = f"{key.selector}._domainkey.{DOMAIN}"
    value = f"k=rsa;  p={key.public_key[:200]} {key.public_key[200:]} ;"
    assert signing.check(key, lambda asked: [value] if asked == name else [])["dkim"] == "ok"


def test_a_key_that_cannot_be_read_holds_no_letter_up(world: World, relay: SmtpSink) -> None:
    key = make(world)
    SigningKey.objects.filter(id=key.id).update(in_use=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE channel_email_signingkey SET private_key = 'rubbish'")
    send(world)
    assert len(relay.letters) == 1 and b"DKIM-Signature" not in relay.letters[0].content


def test_the_page_makes_a_key_and_asks_the_dns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.forget()
    owner, at = Seat(world.olena), f"/channels/{world.mail.id}/signing"
    assert Seat(world.iryna).get(at).status_code == 403
    owner.sends(at, verb="make")
    key = SigningKey.objects.get()
    page = owner.page(at)
    assert key.public_key in page.replace("&#43;", "+") and "PRIVATE KEY" not in page and "not signed" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM channel_email_signingkey")
        assert "PRIVATE KEY" not in str(cursor.fetchone())
    records = dns(key, world)
    monkeypatch.setattr(signing, "texts_of", lambda name: records.get(name, []))
    assert "Letters are signed." in owner.sends(at, verb="check").content.decode()

    def away(name: str) -> list[str]:
        raise signing.DnsAway(name)

    monkeypatch.setattr(signing, "texts_of", away)
    assert "DNS does not answer" in owner.sends(at, verb="check").content.decode()
    assert SigningKey.objects.get().in_use  # an answer that did not come changes nothing


@pytest.mark.parametrize(
    ("host", "relay", "allowed"),
    [
        ("smtp.gmail.com", "", "include:_spf.google.com"),
        ("SMTP.Office365.com.", "", "include:spf.protection.outlook.com"),
        ("smtppro.zoho.eu", "", "include:zohomail.eu"),
        ("smtp.yandex.com", "", "include:_spf.yandex.net"),
        ("mail.kashtan.example", "", "a:mail.kashtan.example"),
        ("", "smtp+starttls://user:secret@smtp.fastmail.com:587", "include:spf.messagingengine.com"),
        ("", "smtp://relay.kashtan.example", "a:relay.kashtan.example"),
        ("", "smtp://10.0.0.7", "mx"),
        ("localhost", "", "mx"),
        ("", "", "mx"),
    ],
)
def test_who_may_send_for_the_domain_is_who_does(
    world: World, monkeypatch: pytest.MonkeyPatch, host: str, relay: str, allowed: str
) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "smtp_url", SecretStr(relay) if relay else None)
    world.mail.settings = {"smtp": {"host": host}} if host else {}
    key = make(world)
    found = {one.purpose: one.value for one in signing.lines(world.mail, key, "help@kashtan.example")}
    assert found["spf"] == f"v=spf1 {allowed} ~all"
