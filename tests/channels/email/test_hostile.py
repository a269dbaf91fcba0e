"""Letters made to break what reads them come in like any other: kept as they came, and a request that can be read."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from tests.world import World
from vikno.intake.models import Inbound

pytestmark = pytest.mark.django_db

HEAD = b"From: Maria <maria@kramnytsia.example>\r\nSubject: words\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def attached(kind: bytes, content: bytes) -> bytes:
    return (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b\r\nContent-Type: " + kind
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content) + b"--b--\r\n"
    )  # fmt: skip


LIES = b"\xff\xff\xff\xff" * 999
BASE64 = HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n"
FOLDED = HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
LETTERS = {
    "nested parts": (
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(99))
        + b"\nwords"
    ),
    "many headers": HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\nwords",
    "a long subject": b"From: maria@kramnytsia.example\r\nSubject: words" + b"\r\n x" * 50_000 + b"\r\n\r\nwords",
    "encoded words": HEAD + b"To: " + b"=?x-1?q?=D0=B0?= " * 4_000 + b"\r\n\r\nwords",
    "nested tags": HTML + b"<b><i>" * 20_000 + b"words",
    "attributes": HTML + b"<p " + b" ".join(b"a%d=1" % n for n in range(20_000)) + b">words",
    "ampersands": HTML + b"&#" * 30_000 + b" words",
    "open style": HTML + b"<style>" + b"a{b:c(" * 20_000 + b"</style>words",
    "garbage for base64": BASE64 + b"\xd0?! =Zz\r\n" * 20_000 + b"words",
    "soft line ends": FOLDED + b"=\r\n" * 20_000 + b"words",
    "winmail.dat that lies": attached(b"application/ms-tnef", b"\x78\x9f\x3e\x22\x01\x00\x01\x03\x90\x06\x00" + LIES),
    "S/MIME that lies": attached(b"application/pkcs7-mime", b"\x30\x84" + LIES),
    "an invitation of rules": attached(
        b"text/calendar; method=REQUEST",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261005T100000Z\r\n" + b"RRULE:FREQ=SECONDLY\r\n" * 9_999
        + b"END:VEVENT\r\nEND:VCALENDAR\r\n",
    ),
    "marks above a letter": TEXT + b"words a" + "\u0301".encode() * 50_000,
    "marks of direction": TEXT + "\u202e\u2066".encode() * 20_000 + b" words",
    "zeros": TEXT + b"\x00" * 50_000 + b"words\x00",
    "zeros in headers": b"From: Ma\x00ria <maria@kramnytsia.example>\r\nSubject: wor\x00ds\r\n\r\nwords\x00",
    "halves of signs": HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- words +3AA-",
    "the year 9999": HEAD + b"Date: Fri, 31 Dec 9999 23:59:59 -2359\r\n\r\nwords",
    "the year 0": HEAD + b"Date: Sat, 01 Jan 0000 00:00:00 +9999\r\n\r\nwords",
    "a day that is none": HEAD + b"Date: Mon, 99 Foo 2026 77:88:99 -99999999999\r\n\r\nwords",
    "many addresses": HEAD + b"To: " + b", ".join(b"p%d@x.example" % n for n in range(20_000)) + b"\r\n\r\nwords",
    "a long id": HEAD + b"Message-ID: <" + b"x" * 200_000 + b"@x.example>\r\n\r\nwords",
    "many references": (
        HEAD + b"References: " + b" ".join(b"<%d@x.example>" % n for n in range(9_000)) + b"\r\n\r\nwords"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LETTERS)
def test_a_hostile_letter_is_kept_and_can_be_read(world: World, take: Callable[..., Inbound], name: str) -> None:
    entry = take(LETTERS[name])
    assert (entry.fate, entry.state) == ("ticket", "done")
    assert entry.ticket is not None and entry.message is not None
    assert entry.size == len(LETTERS[name])
    said = entry.message.texts.get(version=entry.message.version)
    if name != "garbage for base64":
        assert "words" in said.text
    assert entry.ticket.subject.isprintable() and entry.ticket.subject
    assert "\x00" not in said.text + said.html
    assert entry.message.said_at <= entry.received_at
