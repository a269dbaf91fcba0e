"""What is read out of a letter, well-formed or not."""

import base64
from datetime import UTC, datetime
from email.header import Header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vikno.channels.email.letter import Address, parse

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

PLAIN = (
    b"From: =?utf-8?b?0J7Qu9C10L3QsA==?= <olena@example.com>\r\n"
    b"To: Help <help@firm.example>, second@firm.example\r\n"
    b"Cc: =?utf-8?Q?Petrenko=2C_Ivan?= <ivan@example.com>\r\n"
    b"Subject: =?utf-8?b?0J3QtSDQtNGA0YPQutGD0ZQ=?=\r\n"
    b"Message-ID: <one@example.com>\r\n"
    b"In-Reply-To: <zero@firm.example>\r\n"
    b"References: <start@firm.example>\r\n <zero@firm.example>\r\n"
    b"Date: Sat, 21 Nov 2026 10:00:00 +0200\r\n"
    b"Delivered-To: help+t.1@firm.example\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xbd\xd1\x82\xd0\xb5\xd1\x80\r\n"
)


def letter(body: bytes, head: bytes = b"") -> bytes:
    return b"From: a@example.com\nMessage-ID: <m@example.com>\n" + head + b"\n" + body


def multipart(kind: str, *parts: bytes, boundary: str = "=_b") -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    mark = b"--" + boundary.encode()
    return head + b"".join(mark + b"\n" + part + b"\n" for part in parts) + mark + b"--\n"


def whole(part: bytes) -> bytes:
    return b"From: a@example.com\nMessage-ID: <m@example.com>\n" + part


def test_ordinary_letter():
    read = parse(PLAIN)
    assert read.from_ == Address("Олена", "olena@example.com")
    assert read.to == (Address("Help", "help@firm.example"), Address("", "second@firm.example"))
    assert read.cc == (Address("Petrenko, Ivan", "ivan@example.com"),)
    assert read.subject == "Не друкує"
    assert read.message_id == "<one@example.com>"
    assert read.in_reply_to == ("<zero@firm.example>",)
    assert read.references == ("<start@firm.example>", "<zero@firm.example>")
    assert read.date == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert read.delivered_to == ("help+t.1@firm.example",)
    assert (read.text, read.html, read.attachments, read.problems) == ("Принтер", "", (), ())


def test_empty_bytes_are_a_letter_too():
    read = parse(b"")
    assert (read.from_, read.message_id, read.subject, read.text) == (None, None, "", "")
    assert set(read.problems) == {"no_from", "no_message_id"}


def test_alternative_gives_both_forms():
    read = parse(
        whole(
            multipart(
                "alternative",
                b"Content-Type: text/plain\n\nplain words\n",
                b"Content-Type: text/html\n\n<p>marked <b>words</b></p>\n",
            )
        )
    )
    assert read.text == "plain words"
    assert read.html == "<p>marked <b>words</b></p>"


def test_html_alone_is_made_into_text():
    read = parse(letter(b"<p>Hello</p><p>there</p>", b"Content-Type: text/html; charset=utf-8\n"))
    assert read.text == "Hello\n\nthere"


def test_blank_plain_part_does_not_hide_the_html():
    read = parse(
        whole(
            multipart("alternative", b"Content-Type: text/plain\n\n \n", b"Content-Type: text/html\n\n<p>words</p>\n")
        )
    )
    assert read.text == "words"


def test_pieces_around_an_attachment_are_all_shown():
    read = parse(
        whole(
            multipart(
                "mixed",
                b"Content-Type: text/plain\n\nbefore\n",
                b'Content-Type: image/png; name="a.png"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n',
                b"Content-Type: text/plain\n\nafter\n",
            )
        )
    )
    assert read.text == "before\n\nafter"
    assert [(one.name, one.type, one.content) for one in read.attachments] == [
        ("a.png", "image/png", b"\x89PNG\r\n\x1a\n")
    ]


def test_picture_used_by_the_markup_is_inline():
    read = parse(
        whole(
            multipart(
                "related",
                b'Content-Type: text/html\n\n<p>see <img src="cid:pic@x" alt="logo"></p>\n',
                b"Content-Type: image/png\nContent-ID: <pic@x>\nContent-Transfer-Encoding: base64\n\nAAAA\n",
                b"Content-Type: image/png\nContent-ID: <other@x>\nContent-Transfer-Encoding: base64\n\nAAAA\n",
            )
        )
    )
    assert [(one.cid, one.inline) for one in read.attachments] == [("pic@x", True), ("other@x", False)]
    assert read.text == "see [logo]"


def test_enclosed_letter_is_a_file_with_its_bytes():
    inner = b"Subject: =?koi8-r?B?8NLJ18XU?=\nContent-Type: multipart/mixed; boundary=z\n\n--z\n\nhi\n--z--\n"
    read = parse(
        whole(multipart("mixed", b"Content-Type: text/plain\n\nlook\n", b"Content-Type: message/rfc822\n\n" + inner))
    )
    (file,) = read.attachments
    assert (file.name, file.type) == ("Привет.eml", "message/rfc822")
    assert file.content.rstrip() == inner.rstrip()
    assert read.text == "look"


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/alternative", "multipart/related; boundary=nowhere"])
def test_multipart_that_lies_keeps_its_text(kind):
    read = parse(letter(b"The words of a customer.\n", f"Content-Type: {kind}\n".encode()))
    assert "The words of a customer." in read.text
    assert "broken_multipart" in read.problems


def test_lost_boundary_is_found_again():
    body = b"--real\nContent-Type: text/plain\n\nwords\n--real\nContent-Type: image/png; name=p.png\n\nPNG\n--real--\n"
    read = parse(letter(body, b'Content-Type: multipart/mixed; boundary="other"\n'))
    assert read.text == "words"
    assert [one.name for one in read.attachments] == ["p.png"]


def test_only_text_stands_before_the_parts():
    body = b"All my words are here.\n--b\nContent-Type: image/png; name=p.png\n\nPNG\n--b--\n"
    assert parse(letter(body, b"Content-Type: multipart/mixed; boundary=b\n")).text == "All my words are here."


def test_text_that_only_claims_base64():
    read = parse(letter(b"This, plainly, is not base64!", b"Content-Transfer-Encoding: base64\n"))
    assert read.text == "This, plainly, is not base64!"
    assert "broken_base64" in read.problems


def test_base64_with_a_footer_keeps_both():
    coded = base64.encodebytes(("Довгий лист. " * 20).encode())
    read = parse(
        letter(
            coded + b"\n-- \nThis list is run by nobody.\n",
            b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        )
    )
    assert read.text.startswith("Довгий лист.")
    assert read.text.endswith("This list is run by nobody.")


def test_base64_junk_in_a_file():
    content = bytes(range(256))
    coded = base64.b64encode(content)
    broken = coded[:10] + b"!\x00*" + coded[10:].rstrip(b"=")
    read = parse(
        whole(
            multipart(
                "mixed",
                b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" + broken + b"\n",
            )
        )
    )
    assert read.attachments[0].content == content


def test_uuencoded_file_in_the_text():
    body = b"see below\nbegin 644 note.txt\n#0V%T\n`\nend\nbye\n"
    read = parse(letter(body))
    assert [(one.name, one.content) for one in read.attachments] == [("note.txt", b"Cat")]
    assert read.text == "see below\n\nbye"


def test_begin_in_prose_is_no_file():
    assert parse(letter(b"begin 644 and so on\nno code here\n")).text == "begin 644 and so on\nno code here"


def test_file_name_in_koi8_by_rfc_2231():
    name = "Счёт на оплату.pdf"
    coded = "".join(f"%{byte:02X}" for byte in name.encode("koi8-r"))
    part = (
        f"Content-Type: application/pdf\nContent-Disposition: attachment; filename*0*=koi8-r'ru'{coded[:30]};\n"
        f" filename*1*={coded[30:]}\n\nPDF\n"
    ).encode()
    assert parse(whole(multipart("mixed", part))).attachments[0].name == name


@pytest.mark.parametrize(
    ("kind", "cid", "shown"),
    [
        ("image/jpeg", "image001.jpg@01D8A0B1.C2", "image001.jpg"),
        ("image/jpg", "5512.1617621278@x.example", "attachment-1.jpg"),
        ("video/quicktime", "", "attachment-1.mov"),
        ("application/others", "../a.jpg@x.example", "attachment-1.bin"),
    ],
)
def test_a_file_without_a_name_is_called_by_its_id_or_its_type(kind: str, cid: str, shown: str):
    part = f"Content-Type: {kind}\nContent-ID: <{cid}>\n\nx\n".encode()
    assert parse(whole(multipart("mixed", part))).attachments[0].name == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\звіт.docx", "звіт.docx"),
        ("inv\u202efdp.exe", "invfdp.exe"),
        ("a\u200bb.php\x00.png", "ab.php .png"),
        ("...", "attachment-1.bin"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("a<b>:c?.txt", "a_b__c_.txt"),
    ],
)
def test_file_names_are_only_names(written, shown):
    name = Header(written, "utf-8", maxlinelen=10_000).encode()
    part = f'Content-Type: application/octet-stream; name="{name}"\n\nx\n'.encode()
    assert parse(whole(multipart("mixed", part))).attachments[0].name == shown


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"=?utf-8?B?0J/RgNC40LI=?= =?utf-8?B?0ZbRgg==?=", "Привіт"),
        (b"=?utf-8?B?0J/RgNC40LLR?=\n =?utf-8?B?ltGC?=", "Привіт"),  # a letter split between two words
        (b"=?windows-1251?Q?=CF=F0=E8=E2=B3=F2_=F1=E2=B3=F2?=", "Привіт світ"),
        (b"=?cp-1251?Q?=CF=F0=E8=E2=B3=F2?=", "Привіт"),
        (b"=?x-unknown?Q?hello?=", "hello"),
        ("Помилка друку".encode("cp1251"), "Помилка друку"),
        ("Ошибка печати".encode("koi8-r"), "Ошибка печати"),
        ("Помилка".encode(), "Помилка"),
        (b"=?utf-8?Q?x=0D=0ABcc=3A_evil@example.com?=", "x Bcc: evil@example.com"),
        (b"=?utf-8?Q?abc=E2=80=AEdef=00?=", "abcdef"),
        (b"=?utf-8?B?0J/RgNC40LI!?=", "Прив"),
        (b"a =?utf-8?Q?b?= c", "a b c"),
        (b"=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
    ],
)
def test_subjects(raw, read):
    assert parse(letter(b"x", b"Subject: " + raw + b"\n")).subject == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ('"Doe, John" <j@example.com>, b@example.com', [("Doe, John", "j@example.com"), ("", "b@example.com")]),
        ("a@example.com; b@example.com", [("", "a@example.com"), ("", "b@example.com")]),
        ("undisclosed-recipients:;", []),
        ("Team: a@example.com, B <b@example.com>;", [("", "a@example.com"), ("B", "b@example.com")]),
        ("j@example.com (John Doe)", [("John Doe", "j@example.com")]),
        ("'a@example.com' <A@Example.COM>", [("a@example.com", "A@example.com")]),
        ("John j@example.com", [("John", "j@example.com")]),
        ('"never closed <a@example.com>, b@example.com', [("never closed", "a@example.com"), ("", "b@example.com")]),
        ("<mailto:a@example.com>", [("", "a@example.com")]),
        ("=?utf-8?Q?Foo=2C_Bar?= <f@example.com>", [("Foo, Bar", "f@example.com")]),
    ],
)
def test_recipients(raw, read):
    found = parse(letter(b"x", f"To: {raw}\n".encode())).to
    assert [(one.name, one.addr) for one in found] == read


def test_no_from_falls_back_to_somebody_to_answer():
    read = parse(b"Reply-To: back@example.com\nReturn-Path: <envelope@example.com>\n\nx")
    assert read.from_ == Address("", "back@example.com")
    assert "no_from" in read.problems


def test_two_from_headers_are_named():
    assert "many_from" in parse(b"From: a@example.com\nFrom: b@example.com\n\nx").problems


@pytest.mark.parametrize(
    "raw", ["yesterday", "Mon, 99 Foo 2026", "Sat, 21 Nov 99999 10:00:00 +0000", "1 Jan 1800 00:00:00"]
)
def test_absurd_dates_are_none(raw):
    assert parse(letter(b"x", f"Date: {raw}\n".encode())).date is None


def test_message_id_without_brackets_or_at_all():
    assert parse(b"From: a@example.com\nMessage-ID: bare@example.com\n\nx").message_id == "<bare@example.com>"
    assert parse(b"From: a@example.com\n\nx").message_id is None
    assert parse(b"Message-ID: <" + b"x" * 3000 + b">\n\nx").message_id is None


def test_header_with_a_broken_line_goes_on():
    read = parse(b"From: a@example.com\nthis line is no field\nSubject: still here\nTo: b@example.com\n\nbody")
    assert (read.subject, read.text) == ("still here", "body")


def test_mbox_line_and_blank_lines_before_the_header():
    assert parse(b"\r\n \r\nFrom: a@example.com\r\nSubject: s\r\n\r\nbody").subject == "s"
    assert parse(b"From a@example.com Sat Nov 21\nFrom: a@example.com\nSubject: s\n\nbody").subject == "s"


def test_flowed_text_is_joined():
    read = parse(letter(b"one long \nline\n> quoted \n> too\n-- \nme\n", b"Content-Type: text/plain; format=flowed\n"))
    assert read.text == "one long line\n> quoted too\n-- \nme"


def test_received_lines():
    read = parse(
        letter(
            b"x",
            b"Received: from [10.0.0.1] (unknown [203.0.113.9]) by mx.firm.example (Postfix); Sat, 21 Nov 2026\n"
            b"Received: from mail.example.com (HELO [198.51.100.1]) (198.51.100.7) by relay.example.com with SMTP\n"
            b"Received: by 2002:a05:6512::1 with SMTP id abc\n",
        )
    )
    assert [(one.ip, one.by_host) for one in read.received_ip_candidates] == [
        ("203.0.113.9", "mx.firm.example"),
        ("198.51.100.7", "relay.example.com"),
        (None, "2002:a05:6512::1"),
    ]


def assert_storable(read):
    for value in (read.subject, read.text, read.html, *(one.name for one in read.attachments)):
        assert "\x00" not in value
        value.encode("utf-8")
    if read.from_:
        assert "\n" not in read.from_.addr + read.from_.name
    assert "\n" not in read.subject
    assert "\r" not in read.text


@given(st.binary(max_size=3_000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read(raw):
    assert_storable(parse(raw))


SEEDS = (
    PLAIN,
    whole(
        multipart(
            "mixed",
            multipart("alternative", b"Content-Type: text/plain\n\nhi\n", b"Content-Type: text/html\n\n<p>hi</p>\n"),
            b"Content-Type: image/png; name*=koi8-r''%C1.png\nContent-Transfer-Encoding: base64\n\nAAAA\n",
            boundary="outer",
        )
    ),
)


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 30), st.binary(max_size=12)), max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_mutated_letters_are_read(seed, cuts):
    raw = bytearray(seed)
    for place, length, new in cuts:
        place %= len(raw) + 1
        raw[place : place + length] = new
    read = parse(bytes(raw))
    assert_storable(read)
    assert not {"unreadable", "body_unreadable"} & set(read.problems)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=80))
@settings(deadline=None)
def test_what_is_written_in_utf8_is_read(words):
    subject = " ".join(words.split())
    raw = f"From: a@example.com\nSubject: {Header(subject, 'utf-8').encode()}\n\n{words}\n".encode()
    read = parse(raw)
    assert read.subject == subject
    assert "".join(read.text.split()) == "".join(words.split())
