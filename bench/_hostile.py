"""Letters made to be dear to read. Each is a function, so that only one of them is in memory at a time."""

# ruff: noqa: E501 (a letter a line)

from __future__ import annotations

import base64
from collections.abc import Callable

HEAD = b"From: a@hostile.example\r\nSubject: x\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
MEGABYTE = 1024 * 1024


def _attached(kind: bytes, content: bytes) -> bytes:
    coded = base64.encodebytes(content)
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n--b\r\n"
        b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + coded + b"--b--\r\n"
    )


def _tnef(attribute: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00\x01\x03\x90\x06\x00" + len(attribute).to_bytes(4, "little") + attribute + b"\0\0"


def _rich(content: bytes) -> bytes:
    """winmail.dat whose one property is rich text, not compressed ("MELA"), that says `content`."""
    head = (len(content) + 12).to_bytes(4, "little") + len(content).to_bytes(4, "little") + b"MELA" + bytes(4)
    packed = head + content
    value = b"\x01\x00\x00\x00\x02\x01\x09\x10\x01\x00\x00\x00" + len(packed).to_bytes(4, "little") + packed
    return _attached(b"application/ms-tnef", _tnef(value))


def _calendar(lines: bytes) -> bytes:
    return (
        HEAD + b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
        b"DTSTART:20261005T100000Z\r\nSUMMARY:words\r\n" + lines + b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )  # fmt: skip


def _nested(depth: int, width: int) -> bytes:
    """Multiparts in multiparts, each level with several parts of the same boundary."""
    body = b"words"
    for _ in range(depth):
        body = b"Content-Type: multipart/mixed; boundary=b\n\n" + (b"--b\n" + body + b"\n") * width + b"--b--\n"
    return HEAD + body


LETTERS: dict[str, Callable[[], bytes]] = {
    "a file of 46 MB": lambda: _attached(b"application/octet-stream; name=x", bytes(46 * MEGABYTE)),
    "64 MB of text in one line": lambda: TEXT + b"words " * (64 * MEGABYTE // 6),
    "64 MB of empty lines": lambda: TEXT + b"\n" * (64 * MEGABYTE),
    "64 MB of Cyrillic in an unnamed code page": lambda: HEAD + b"\r\n" + "Слова ".encode("koi8-r") * (10 * MEGABYTE),
    "60 MB of quoted-printable signs": lambda: (
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=41" * (20 * MEGABYTE)
    ),
    "a header of 64 MB": lambda: HEAD + b"X-Long: " + b"x" * (64 * MEGABYTE) + b"\r\n\r\nwords",
    "20,000 addresses": lambda: HEAD + b"To: " + b",\r\n ".join(b"p%d@x.example" % n for n in range(20_000)) + b"\r\n\r\nw",
    "20,000 encoded words": lambda: b"From: a@x.example\r\nSubject: " + b"=?utf-8?b?0LA=?= " * 20_000 + b"\r\n\r\nwords",
    "parts nested 10,000 deep": lambda: (
        HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(10_000))
        + b"\nwords"
    ),
    "1,000,000 parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\n\nw\n" * 1_000_000,
    "markup: 200,000 open elements": lambda: HTML + b"<div>" * 200_000 + b"words",
    "markup: 100,000 open quotes": lambda: HTML + b'<blockquote type="cite">w' * 100_000,
    "markup: 5 MB of tables": lambda: HTML + b"<table><tr><td>w" * (5 * MEGABYTE // 16),
    "markup: 1 MB of unfinished tags": lambda: HTML + b"<a href='" * (MEGABYTE // 9),
    "markup: 1 MB of styles": lambda: HTML + b'<p style="' + b"color:red;" * (MEGABYTE // 10) + b'">w</p>',
    "markup: 20,000 pictures": lambda: HTML + b'<img src="http://x.example/p" alt="w">' * 20_000,
    "markup: 19,000 quoted paragraphs": lambda: HTML + b"<p>w</p><blockquote>On 5 May 2026 a@x.example wrote:</blockquote>" * 6_300,
    "text: 20,000 introductions": lambda: TEXT + b"On Mon, 5 Oct 2026 at 10:00 Ann <a@x.example> wrote:\n" * 20_000,
    "text: 20,000 heads of letters": lambda: TEXT + b"From: a@x.example\nwords\nwords\nwords\n" * 5_000,
    "text: 20,000 leave-takings": lambda: TEXT + b"Best regards\n" * 19_999,
    "text: 2 MB of quote marks": lambda: TEXT + b">" * (2 * MEGABYTE),
    "winmail.dat: a billion properties": lambda: _attached(
        b"application/ms-tnef", _tnef(b"\xff\xff\xff\x7f" + b"\x03\x00\xde\x3f\xe3\x04\x00\x00" * 500_000)
    ),
    "winmail.dat: 30 MB of rich text": lambda: _attached(
        b"application/ms-tnef",
        _tnef(
            b"\x01\x00\x00\x00\x02\x01\x09\x10\x01\x00\x00\x00" + (30 * MEGABYTE).to_bytes(4, "little")
            + bytes(30 * MEGABYTE)
        ),
    ),
    "S/MIME: 40 MB that are none": lambda: _attached(b"application/pkcs7-mime", b"\x30\x80" * (20 * MEGABYTE)),
    "markup: 100,000 nested marks of a line": lambda: HTML + b"<b><i>" * 50_000 + b"words",
    "markup: 2 MB of unfinished comments": lambda: HTML + b"<!--" * (MEGABYTE // 2) + b"words",
    "markup: 2 MB of unfinished entities": lambda: HTML + b"&#" * MEGABYTE + b"words",
    "markup: 3 MB of entities": lambda: HTML + b"&lt;div&gt;" * (3 * MEGABYTE // 11),
    "markup: 5 MB of open rules of style": lambda: HTML + b"<style>" + b"a{b:c(" * (5 * MEGABYTE // 6) + b"</style>words",
    "markup: 200,000 names of classes": lambda: HTML + b'<p class="' + b"gmail_quote " * 200_000 + b'">words</p>',
    "markup: 1 MB of one attribute's spaces": lambda: HTML + b'<div style="border' + b" " * MEGABYTE + b'-top:x">words',
    "markup: 100,000 attributes": lambda: HTML + b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">words",
    "multiparts 12 deep, each with three": lambda: _nested(12, 3),
    "100,000 headers": lambda: HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nwords",
    "a subject of 20 MB in short lines": lambda: b"From: a@x.example\r\nSubject: x" + b"\r\n y" * (5 * MEGABYTE) + b"\r\n\r\nw",
    "5,000 encoded words, each in another charset": lambda: (
        b"From: a@x.example\r\nSubject: " + b" ".join(b"=?x-%d?q?=D0=B0?=" % n for n in range(5_000)) + b"\r\n\r\nwords"
    ),
    "1 MB of one encoded word": lambda: b"From: a@x.example\r\nSubject: =?utf-8?b?" + b"0LA" * 350_000 + b"?=\r\n\r\nwords",
    "50,000 addresses in each of five headers": lambda: HEAD + b"".join(
        name + b": " + b", ".join(b'"P, %d" <p%d@x.example>' % (n, n) for n in range(50_000)) + b"\r\n"
        for name in (b"To", b"Cc", b"Reply-To", b"Sender", b"Delivered-To")
    ) + b"\r\nwords",
    "1 MB of open brackets for a sender": lambda: b"From: " + b"(" * MEGABYTE + b"a@x.example\r\n\r\nwords",
    "1 MB of quotes for a sender": lambda: b"From: " + b'"\\' * (MEGABYTE // 2) + b" <a@x.example>\r\n\r\nwords",
    "an id of 1 MB and 10,000 references": lambda: (
        HEAD + b"Message-ID: <" + b"x" * MEGABYTE + b"@x.example>\r\nReferences: "
        + b"\r\n ".join(b"<%d@x.example>" % n for n in range(10_000)) + b"\r\n\r\nwords"
    ),
    "1 MB of pieces of a file's name": lambda: (
        HEAD + b"Content-Type: image/png" + b"".join(b";\r\n name*%d*=%%41" % n for n in range(50_000)) + b"\r\n\r\nx"
    ),
    "a boundary of 1 MB": lambda: (
        HEAD + b'Content-Type: multipart/mixed; boundary="' + b"b" * MEGABYTE + b'"\r\n\r\n--' + b"b" * MEGABYTE + b"\r\n\r\nwords"
    ),
    "10,000 stations on the way": lambda: (
        b"Received: from x (HELO y [10.0.0.1]) by z; Mon, 5 Oct 2026 10:00:00 +0000\r\n" * 10_000 + HEAD + b"\r\nwords"
    ),
    "40 MB of base64 that is none": lambda: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"\xd0?! =Zz" * (5 * MEGABYTE),
    "40 MB of base64 that is broken in each line": lambda: (
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD=REVG\r\n" * (4 * MEGABYTE)
    ),
    "40 MB of soft line ends": lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * (13 * MEGABYTE),
    "40 MB of uuencode that never ends": lambda: TEXT + b"begin 644 x\n" + b"M" * 61 + (b"\n" + b"M" * 61) * (MEGABYTE // 2),
    "100,000 beginnings of uuencode": lambda: TEXT + b"begin 644 x\nM\n" * 100_000,
    "winmail.dat: lengths beyond its end": lambda: _attached(
        b"application/ms-tnef",
        b"\x78\x9f\x3e\x22\x01\x00" + b"\x01\x03\x90\x06\x00\xff\xff\xff\xff" * (2 * MEGABYTE),
    ),
    "winmail.dat: 5 MB of open groups": lambda: _rich(b"{\\rtf1\\fromhtml1 " + b"{" * (5 * MEGABYTE)),
    "winmail.dat: 5 MB of binary that is none": lambda: _rich(b"{\\rtf1 " + b"\\bin999999999 " * (5 * MEGABYTE // 15)),
    "winmail.dat: 5 MB of signs": lambda: _rich(b"{\\rtf1\\ansicpg1251 " + b"\\'e0\\u1072?" * (5 * MEGABYTE // 11)),
    "S/MIME: lengths beyond its end": lambda: _attached(
        b"application/pkcs7-mime", b"\x30\x84\xff\xff\xff\xff" * (4 * MEGABYTE)
    ),
    "S/MIME: a million that lie in each other": lambda: _attached(
        b"application/pkcs7-mime", b"\x30\x83\xff\xff\xff" * MEGABYTE
    ),
    "an invitation with a million rules": lambda: _calendar(b"RRULE:FREQ=SECONDLY\r\n" * 1_000_000),
    "an invitation with 200,000 guests": lambda: _calendar(b"ATTENDEE;CN=x:mailto:a@x.example\r\n" * 200_000),
    "an invitation of 10 MB in one line": lambda: _calendar(b"DESCRIPTION:" + b"\\n" * (5 * MEGABYTE) + b"\r\n"),
    "one letter with two million marks above it": lambda: TEXT + b"a" + "\u0301".encode() * (2 * MEGABYTE),
    "2 million marks of direction": lambda: TEXT + "\u202e\u2066".encode() * MEGABYTE,
    "40 MB of zeros": lambda: TEXT + bytes(40 * MEGABYTE),
    "20 MB of halves of signs": lambda: HEAD + b"Content-Type: text/plain; charset=utf-16-le\r\n\r\n" + b"\x00\xd8" * (10 * MEGABYTE),
    "20 MB of bare Chinese": lambda: HEAD + b"\r\n" + "关于订单的问题".encode("gb18030") * (20 * MEGABYTE // 14),
    "text: 2 MB of marks with spaces": lambda: TEXT + b"> " * MEGABYTE,
    "text: 20,000 names after a greeting": lambda: TEXT + b"Hello, " + b"A" * 500 + b"\n> w\n" * 6_000,
}  # fmt: skip
