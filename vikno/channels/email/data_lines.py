"""The lines of a letter under way by SMTP, many at a time.

aiosmtpd asks for each line of DATA by itself, and a file of 300 KB has five thousand. `Blocks` stands between it and
the connection while a letter comes in: what it answers to "the next line" is a line that begins with a dot (only these
mean something: the end, or a dot that was doubled; RFC 5321 section 4.5.2), or all lines up to the next such one.
"""

from __future__ import annotations

import asyncio

_CRLF = b"\r\n"
_DOT_LINE = b"\r\n."


class Blocks:
    """What aiosmtpd uses of a StreamReader while it takes a letter. Nothing that lies behind the letter is taken."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._kept = b""  # the beginning of a line whose end was not there yet
        self._at_start = True  # of a line of which nothing is known
        self._dot = False  # a dot was read, at the start of a line

    async def readuntil(self, separator: bytes = _CRLF) -> bytes:
        """A line that begins with a dot, or whole lines none of which does; of what is longer than the reader's limit a
        part. Raises asyncio.LimitOverrunError as StreamReader does."""
        head, self._kept = self._kept, b""
        if self._at_start:
            head = await self._start()
            if self._at_start:
                return head
        if self._dot:
            rest = await self._reader.readuntil(_CRLF)
            self._dot, self._at_start = False, True
            return b"." + rest
        try:
            block = await self._reader.readuntil(_DOT_LINE)
        except asyncio.LimitOverrunError as error:
            return self._whole_lines(head + await self._reader.readexactly(error.consumed))
        self._dot = True
        return head + block[:-1]

    async def _start(self) -> bytes:
        """Read so much of a line that it cannot be one with a dot, which is noted; all of one that is empty."""
        first = await self._reader.readexactly(1)
        self._at_start, self._dot = False, first == b"."
        if first != b"\r":
            return b"" if self._dot else first
        first += await self._reader.readuntil(b"\n")  # "\r\n" may be all of it, with a dot behind
        self._at_start = first.endswith(_CRLF)
        return first

    def _whole_lines(self, part: bytes) -> bytes:
        """Of a large letter without any such line, the lines that are there; the rest is kept."""
        end = part.rfind(_CRLF) + len(_CRLF)
        if end < len(_CRLF):
            return part
        self._kept = part[end:]
        return part[:end]

    async def read(self, count: int) -> bytes:
        """As StreamReader.read: what is too long is taken away so."""
        return await self._reader.read(count)
