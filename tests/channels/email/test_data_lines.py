"""A letter under way by SMTP is the same, whether it is read line by line or many lines at a time."""

from __future__ import annotations

import asyncio

from hypothesis import example, given, settings
from hypothesis import strategies as st

from vikno.channels.email.data_lines import Blocks

PIECES = [
    b"\r\n",
    b"\r",
    b"\n",
    b".",
    b"..",
    b"a",
    b"long line of words",
    b".\r\n",
    b"\r\n.",
    b"\n.\r\n",
    b"\r\r\n",
    b" ",
]
Bodies = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
BEHIND = b"QUIT\r\n.\r\nNOOP\r\n"


def expected(body: bytes) -> list[bytes]:
    """The lines up to the end (RFC 5321 section 4.5.2), dots as they came."""
    lines = []
    while not body.startswith(b".\r\n"):
        line, _, body = body.partition(b"\r\n")
        lines.append(line + b"\r\n")
    return lines


async def taken(raw: bytes, steps: list[int], limit: int) -> tuple[bytes, bytes]:
    """(the letter, what is left for the next command), read as aiosmtpd does from a connection that brings so many
    bytes at a time."""
    reader = asyncio.StreamReader(limit=limit)

    async def bring() -> None:
        at = 0
        for step in [*steps, len(raw)]:
            reader.feed_data(raw[at : at + step])
            at += step
            await asyncio.sleep(0)
        reader.feed_eof()

    bringing = asyncio.create_task(bring())
    blocks, letter, unfinished = Blocks(reader), b"", b""
    while (piece := await blocks.readuntil(b"\r\n")) != b".\r\n" or unfinished:
        unfinished += piece
        if unfinished.endswith(b"\r\n"):
            letter += unfinished[1:] if unfinished.startswith(b".") else unfinished
            unfinished = b""
    await bringing
    return letter, await reader.read()


@settings(max_examples=400, deadline=None)
@given(Bodies, st.lists(st.integers(1, 7), max_size=60))
@example(b"", [])
@example(b"\r\n", [1, 1, 1])
@example(b"..\r\n\r\n", [])
@example(b"a\r\n..\r\n\r\r\n", [])
def test_a_letter_and_what_follows_it_are_read_to_the_byte(body: bytes, steps: list[int]) -> None:
    raw = (body if not body or body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n" + BEHIND
    lines = expected(raw)
    letter = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
    behind = raw[sum(map(len, lines)) + 3 :]
    assert asyncio.run(taken(raw, steps, 2**16)) == (letter, behind)


def test_a_letter_that_is_larger_than_the_buffer_comes_in_parts() -> None:
    body = b"".join(b"line %d\r\n" % number for number in range(3000))
    assert asyncio.run(taken(body + b".\r\n" + BEHIND, [100] * 400, 1024)) == (body, BEHIND)
