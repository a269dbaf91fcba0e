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
}  # fmt: skip
