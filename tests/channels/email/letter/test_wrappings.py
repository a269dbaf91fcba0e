"""Letters inside something else: winmail.dat, S/MIME, PGP."""

# ruff: noqa: E501 (letters stand here as programs write them)

from __future__ import annotations

import base64
import struct
import time
from datetime import UTC, datetime, timedelta

import compressed_rtf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.email.letter.tnef import BINARY, LONG, OBJECT, STRING8, UNICODE, attribute, file, properties, tnef
from vikno.channels.email.letter import parse
from vikno.channels.email.letter.rtf import read_rtf
from vikno.channels.email.letter.tnef import Allowance, read_tnef

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

HTML = "<p>Привіт, <b>Олено</b>!</p>"


def with_tnef(data: bytes, text: str = "") -> bytes:
    plain = f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n" if text else ""
    return (
        "From: a@example.com\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        f'{plain}--b\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(data).decode()}\r\n--b--\r\n"
    ).encode()


def test_files_of_winmail_dat_have_their_own_names():
    data = tnef(
        file("ДОГОВ~1.DOC".encode("cp1251"), b"contract", (UNICODE, 0x3707, "Договір №5 їжак.doc")),
        file("Рахунок.xls".encode("cp1251"), b"invoice"),
        file(b"x.bin", b"8 bit", (STRING8, 0x3707, "Акт.pdf".encode("cp1251") + b"\0")),
    )
    read = parse(with_tnef(data, "Дивіться файли."))
    assert read.text == "Дивіться файли."
    assert [(one.name, one.content) for one in read.attachments] == [
        ("Договір №5 їжак.doc", b"contract"),
        ("Рахунок.xls", b"invoice"),
        ("Акт.pdf", b"8 bit"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [(BINARY, 0x1013, HTML.encode()), (LONG, 0x3FDE, 65001)],
        [(BINARY, 0x1013, HTML.encode("koi8-u")), (LONG, 0x3FDE, 21866)],
        [
            (
                BINARY,
                0x1009,
                compressed_rtf.compress(
                    rb"{\rtf1\ansi\ansicpg1251\fromhtml1{\*\htmltag64 <p>}\htmlrtf \par\htmlrtf0 "
                    + b"".join(b"\\'%02x" % byte for byte in "Привіт, ".encode("cp1251"))
                    + rb"{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 \u1054?\u1083?\u1077?\u1085?\u1086?\htmlrtf }\htmlrtf0"
                    rb"{\*\htmltag92 </b>}!{\*\htmltag72 </p>}}"
                ),
            )
        ],
    ],
    ids=["html", "html in koi8-u", "rtf around html"],
)
def test_the_formatted_body_of_winmail_dat_is_shown(rows):
    read = parse(with_tnef(tnef(attribute(1, 0x69003, properties(*rows)))))
    assert read.html == HTML
    assert read.text == "Привіт, Олено!"
    assert not read.attachments


def test_plain_rich_text_of_winmail_dat_is_text():
    packed = compressed_rtf.compress(
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0\'e8\'e2\'b3\'f2\par 5\tab x}"
    )
    read = parse(with_tnef(tnef(attribute(1, 0x69003, properties((BINARY, 0x1009, packed))))))
    assert read.text == "Привіт\n5\tx"


def test_a_letter_enclosed_in_winmail_dat_is_a_letter():
    inner = tnef(
        attribute(1, 0x69003, properties((UNICODE, 0x37, "Скарга"), (UNICODE, 0x1000, "Мені нахамили."))),
        file(b"a.txt", b"proof"),
    )
    data = tnef(file(b"x", b"", (OBJECT, 0x3701, bytes(16) + inner)))
    (enclosed,) = parse(with_tnef(data, "див.")).attachments
    assert (enclosed.name, enclosed.type) == ("Скарга.eml", "message/rfc822")
    read = parse(enclosed.content)
    assert (read.subject, read.text) == ("Скарга", "Мені нахамили.")
    assert [(one.name, one.content) for one in read.attachments] == [("a.txt", b"proof")]


def test_a_damaged_winmail_dat_gives_what_it_can_and_stays_a_file():
    data = tnef(file(b"a.txt", b"proof"), file(b"b.txt", b"more"))[:-20]
    read = parse(with_tnef(data, "див."))
    assert "broken_tnef" in read.problems
    assert ("a.txt", b"proof") in [(one.name, one.content) for one in read.attachments]
    assert data in [one.content for one in read.attachments]


def test_what_is_no_winmail_dat_stays_a_file():
    read = parse(with_tnef(b"no such thing", "див."))
    assert [(one.name, one.content) for one in read.attachments] == [("winmail.dat", b"no such thing")]


VALID = tnef(
    attribute(1, 0x69003, properties((UNICODE, 0x37, "Скарга"), (BINARY, 0x1013, HTML.encode()))),
    file(b"a.txt", b"proof", (UNICODE, 0x3707, "a long name.txt")),
)


@given(st.integers(0, len(VALID) - 1), st.binary(min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_damage_anywhere_is_borne(place: int, damage: bytes):
    data = VALID[:place] + damage + VALID[place + len(damage) :]
    parse(with_tnef(data, "див."))
    read_tnef(VALID[:place])


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_borne_as_rich_text_and_as_properties(data: bytes):
    "".join(read_rtf(data)).encode()
    read_tnef(b"\x78\x9f\x3e\x22\x01\x00" + data)
    read_tnef(tnef(attribute(1, 0x69003, data)))


def test_a_stream_that_claims_millions_of_properties_ends():
    many = struct.pack("<I", 2**31) + struct.pack("<HHI", 3, 0x3FDE, 1251) * 9_000
    found = read_tnef(tnef(attribute(1, 0x69003, many)))
    assert found is not None


# ---- S/MIME and PGP -------------------------------------------------------------------------------------------------

INNER = "Content-Type: text/plain; charset=utf-8\r\n\r\nПідписані слова.\r\n".encode()


def signed(*options: pkcs7.PKCS7Options) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Олена")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    made = pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(certificate, key, hashes.SHA256())
    return made.sign(serialization.Encoding.DER, list(options))


def sealed(content: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m") -> bytes:
    head = f"From: a@example.com\r\nSubject: x\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(content)


def test_an_opaque_signature_is_opened():
    read = parse(sealed(signed(pkcs7.PKCS7Options.Binary)))
    assert (read.text, read.seal, read.attachments) == ("Підписані слова.", "signed", ())


def test_a_signature_beside_the_letter_is_named():
    raw = (
        b'From: a@example.com\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n--b\r\n'
        + INNER
        + b"\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(signed(pkcs7.PKCS7Options.DetachedSignature))
        + b"--b--\r\n"
    )
    read = parse(raw)
    assert (read.text, read.seal) == ("Підписані слова.", "signed")
    assert [one.name for one in read.attachments] == ["smime.p7s"]


def test_an_encrypted_letter_is_named_and_its_file_kept():
    from asn1crypto import cms

    info = cms.ContentInfo(
        {
            "content_type": "enveloped_data",
            "content": {
                "version": "v0",
                "recipient_infos": [],
                "encrypted_content_info": {
                    "content_type": "data",
                    "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": bytes(16)},
                    "encrypted_content": b"secret",
                },
            },
        }
    ).dump()
    read = parse(sealed(info, "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"))
    assert read.seal == "encrypted"
    assert [(one.name, one.content) for one in read.attachments] == [("smime.p7m", info)]


@pytest.mark.parametrize(
    ("text", "seal"),
    [
        ("-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----", "encrypted"),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nСлова\n-----BEGIN PGP SIGNATURE-----", "signed"),
        ("Звичайні слова", ""),
    ],
)
def test_pgp_as_text(text: str, seal: str):
    read = parse(f"From: a@example.com\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode())
    assert (read.seal, read.text) == (seal, text)


def test_wrappings_in_wrappings_end():
    letter = INNER
    for _ in range(15):
        letter = sealed(_wrap(letter))
    read = parse(letter)
    assert read.seal == "signed"
    assert [one.name for one in read.attachments] == ["smime.p7m"]


def _wrap(content: bytes) -> bytes:
    from asn1crypto import cms

    return bytes(
        cms.ContentInfo(
            {
                "content_type": "signed_data",
                "content": {
                    "version": "v1",
                    "digest_algorithms": [],
                    "encap_content_info": {"content_type": "data", "content": content},
                    "signer_infos": [],
                },
            }
        ).dump()
    )


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_borne_as_a_wrapping(data: bytes):
    assert parse(sealed(data)).from_ is not None


def test_rich_text_that_comes_byte_by_byte_is_read_in_one_pass():
    start = time.process_time()
    text, _html = read_rtf(b"{\\rtf1 " + rb"\'41" * 1_000_000 + b"}")
    assert len(text) == 1_000_000
    assert time.process_time() - start < 12


def test_all_envelopes_of_a_letter_share_one_allowance_of_rich_text():
    rich = compressed_rtf.compress(rb"{\rtf1 the words}", True)
    one = tnef(attribute(1, 0x69003, properties((BINARY, 0x1009, rich))))
    allowance = Allowance(left=2 * len(rich) + 50)
    said = [found.text for _ in range(6) if (found := read_tnef(one, allowance=allowance))]
    assert said[:2] == ["the words", "the words"]
    assert said[-1] == ""
