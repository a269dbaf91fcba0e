"""What a letter may cost. Bounds are asserted by what comes out; the guards of time are generous."""

import time
import tracemalloc

import pytest

from vikno.channels.email.letter import limits, parse, tree
from vikno.channels.email.letter.headers import lenient_base64
from vikno.channels.email.letter.rtf import read_rtf
from vikno.channels.email.letter.tags import MAX_AMPERSANDS, MAX_ATTRIBUTES, plain_tags
from vikno.channels.email.letter.transfer import extract_uuencoded

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each


@pytest.fixture(autouse=True)
def patience():
    start = time.process_time()
    yield
    assert time.process_time() - start < 20


def test_twenty_thousand_addresses():
    row = ",\r\n ".join(f"person{i}@example.com" for i in range(20_000))
    read = parse(f"From: a@example.com\r\nTo: {row}\r\nSubject: after\r\n\r\nThe text.".encode())
    assert len(read.to) == limits.MAX_ADDRESSES
    assert read.text == "The text."
    assert {"too_many_addresses", "header_too_long"} <= set(read.problems)


def test_twenty_thousand_encoded_words():
    words = "\r\n ".join("=?utf-8?b?0LA=?=" for _ in range(20_000))
    read = parse(f"From: a@example.com\r\nSubject: {words}\r\n\r\nThe text.".encode())
    assert len(read.subject) <= limits.MAX_SUBJECT
    assert read.subject.startswith("ааа")
    assert read.text == "The text."
    assert "too_many_encoded_words" in read.problems


def test_a_thousand_nested_parts():
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n' for i in range(1_000))
    read = parse(f"From: a@example.com\n{head}Content-Type: text/plain\n\nThe innermost words.".encode())
    assert "nested_too_deep" in read.problems
    assert "The innermost words." in read.text


def test_a_hundred_thousand_parts(monkeypatch):
    made = []
    original = tree.Part.__init__

    def counting(self, *args, **kwargs):
        made.append(1)
        original(self, *args, **kwargs)

    monkeypatch.setattr(tree.Part, "__init__", counting)
    body = b"--b\n\nwords\n" * 100_000
    read = parse(b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + body)
    assert "too_many_parts" in read.problems
    assert len(made) < limits.MAX_PARTS + 4_000
    assert read.text.startswith("words\n\nwords")


def test_header_of_a_hundred_megabytes():
    raw = b"From: a@example.com\nX-Long: " + b"x" * 100_000_000 + b"\nSubject: far away\n\nThe text."
    tracemalloc.start()
    read = parse(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read.from_ is not None
    assert {"too_many_bytes", "header_too_long"} <= set(read.problems)
    assert peak < 4 * limits.MAX_BYTES


def test_many_headers_in_a_part():
    part = "".join(f"X-{i}: y\n" for i in range(50_000))
    read = parse(
        f"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{part}\nwords\n--b--".encode()
    )
    assert read.text == "words"
    assert "too_many_headers" in read.problems


def test_millions_of_lines(monkeypatch):
    monkeypatch.setattr(limits, "MAX_LINES", 1_000)
    read = parse(b"From: a@example.com\n\n" + b"x\n" * 5_000)
    assert "too_many_lines" in read.problems
    assert 900 < read.text.count("x") <= 1_000


def test_long_text_is_cut():
    read = parse(b"From: a@example.com\n\n" + b"words " * 500_000)
    assert len(read.text) <= limits.MAX_TEXT
    assert "text_too_long" in read.problems


def test_references_keep_the_first_and_the_last():
    row = " ".join(f"<{i}@example.com>" for i in range(1_000))
    found = parse(f"From: a@example.com\nReferences: {row}\n\nx".encode()).references
    assert (len(found), found[0], found[-1]) == (limits.MAX_REFERENCES, "<0@example.com>", "<999@example.com>")


@pytest.mark.parametrize(
    "hostile",
    [
        b"Content-Type: text/plain; " + b'a="' * 20_000,
        b"Content-Type: text/plain; " + b"a;" * 30_000,
        b"To: " + b"(" * 60_000,
        b"To: " + b":" * 60_000,
        b"To: " + b'"' * 60_000,
        b"To: " + b"<" * 60_000,
        b"Subject: " + b"=?" * 30_000,
        b"Subject: " + b"=?a?q?" * 10_000,
        b"Date: " + b"1 " * 30_000,
        b"Received: from " + b"([" * 30_000,
        b"Message-ID: " + b"<" * 60_000,
        b"Content-Disposition: attachment; " + b"; ".join(b"filename*%d*=%%41" % i for i in range(5_000)),
    ],
)
def test_headers_made_to_be_slow(hostile):
    assert parse(b"From: a@example.com\n" + hostile + b"\n\nwords").text == "words"


def test_beyond_the_bound_an_ampersand_is_a_wide_one_and_references_stay():
    few = "a &amp; b &foo; & " * 10
    assert plain_tags(few) == few
    many = plain_tags("&#" * 50_000 + "&lt;words&#1087;")
    assert many.count("&#") <= MAX_AMPERSANDS + 1
    assert many.endswith("&lt;words&#1087;")


def test_a_tag_of_too_many_attributes_has_none():
    few = "<p " + " ".join(f'a{n}="1"' for n in range(MAX_ATTRIBUTES)) + ">words"
    assert plain_tags(few) == few
    assert plain_tags("<p " + " ".join(f"a{n}=1" for n in range(1_000)) + ">words") == "<p>words"


def test_base64_of_countless_pieces():
    assert lenient_base64(b"QUJD=REVG\r\n" * 3) == b"ABCDEF" * 3
    read = lenient_base64(b"QUJD=" * 50_000)
    assert read.startswith(b"ABC" * 10_000)
    assert len(read) == 3 * 50_000


def test_beginnings_of_uuencode_without_end():
    text = "begin 644 x\nM\n" * 20_000
    assert extract_uuencoded(text) == (text, [])


def test_a_rich_text_of_single_signs():
    text = "Знову те саме"
    signs = "".join(f"\\'{byte:02x}" for byte in text.encode("cp1251"))
    assert read_rtf(b"{\\rtf1\\ansi\\ansicpg1251 " + signs.encode() + b"}") == (text, "")
    assert read_rtf(b"{\\rtf1\\ansi\\ansicpg1251 " + b"\\'e0\\u1072?" * 3 + b"}") == ("аа" * 3, "")
