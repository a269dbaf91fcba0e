"""The tree is that of the standard library's parser, whatever lines come one behind the other."""

from __future__ import annotations

from email.feedparser import BytesFeedParser
from email.policy import compat32
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from vikno.channels.email.letter.tree import Part, Tally, parse_tree

LINES = [
    b"Content-Type: multipart/mixed; boundary=a", b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: text/plain", b"Subject: one", b" goes on", b"\tgoes on", b"From somebody", b"From: somebody",
    b"From", b"--a", b"--a--", b"--b", b"--b--", b"--a \t", b"--ab", b"-", b"", b" ", b"QUJD" * 18 + b"QUJD",
    b"words", b"words: more", b":", b"\xd0\xb0\xff", b"FROM a", b"=",
]  # fmt: skip
ENDS = [b"\r\n", b"\n", b"\r"]
Lines = st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(ENDS)), max_size=60)


def as_parsed(part: Any) -> Any:
    """All that a parser says of a part."""
    inside = part.get_payload()
    return (
        part.items(), part.get_unixfrom(), part.preamble, part.epilogue, [type(one) for one in part.defects],
        [as_parsed(one) for one in inside] if isinstance(inside, list) else inside,
    )  # fmt: skip


@example([(b"From somebody", b"\n"), (b"words", b"\n")], b"\n", True)
@settings(max_examples=400, deadline=None)
@given(Lines, st.sampled_from(ENDS), st.booleans())
def test_lines_that_are_read_together_are_read_as_one_by_one(
    lines: list[tuple[bytes, bytes]], end: bytes, one_end: bool
) -> None:
    raw = b"".join(line + (end if one_end else own) for line, own in lines)
    tally = Tally()
    plain: Any = BytesFeedParser(lambda: Part(tally), policy=compat32)
    plain.feed(raw)
    assert as_parsed(parse_tree(raw, Tally())) == as_parsed(plain.close())


def test_a_file_of_many_lines_is_read_to_the_byte() -> None:
    """Pieces of 16 KB end in the middle of lines and of line ends."""
    code = b"".join(b"%076d\r\n" % number for number in range(3000))
    raw = b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\n' + code + b"\r\n--a--\r\n"
    (part,) = parse_tree(raw, Tally()).children()
    assert part.raw_payload() == code
