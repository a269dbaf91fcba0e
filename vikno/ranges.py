"""Parts of a file: the Range header (RFC 9110, section 14), one range at a time, as browsers ask when they go on with a
download or seek in a recording."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import IO

Headers = list[tuple[bytes, bytes]]
_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The file ends before the range begins."""


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for, or None if the whole file is to be sent (no range, several, or an unreadable one).
    Raises Unsatisfiable."""
    match = _ONE_RANGE.fullmatch(header)
    if not match or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if first == "":  # the last so many bytes
        count = min(int(last), size)
        if count == 0:
            raise Unsatisfiable
        return size - count, size - 1
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def _pieces(file: IO[bytes], count: int, chunk: int) -> Iterator[bytes]:
    while count > 0 and (piece := file.read(min(chunk, count))):
        count -= len(piece)
        yield piece


def cut(
    file: IO[bytes], method: str, asked: dict[bytes, bytes], status: int, headers: Headers, chunk: int
) -> tuple[int, Headers, Iterator[bytes]]:
    """Status, headers and pieces for an answer that is a file: the whole, or the part that was asked for."""
    try:
        start = file.tell()
        size = file.seek(0, os.SEEK_END) - start
        file.seek(start)
    except (AttributeError, OSError, ValueError):  # no file on a disk: send what it gives
        return status, headers, iter(lambda: file.read(chunk), b"")
    if status != 200:
        return status, headers, _pieces(file, size, chunk)
    rest = [(name, value) for name, value in headers if name not in (b"content-length", b"accept-ranges")]
    rest.append((b"accept-ranges", b"bytes"))
    try:
        wanted = None
        if method == "GET" and b"range" in asked and _still_the_same(asked, dict(headers)):
            wanted = asked_range(asked[b"range"].decode("latin-1"), size)
    except Unsatisfiable:
        rest = [(name, value) for name, value in rest if name != b"content-type"]
        return 416, [*rest, (b"content-range", b"bytes */%d" % size), (b"content-length", b"0")], iter(())
    if wanted is None:
        return 200, [*rest, (b"content-length", str(size).encode())], _pieces(file, size, chunk)
    first, last = wanted
    file.seek(start + first)
    rest.append((b"content-range", b"bytes %d-%d/%d" % (first, last, size)))
    rest.append((b"content-length", str(last - first + 1).encode()))
    return 206, rest, _pieces(file, last - first + 1, chunk)


def _still_the_same(asked: dict[bytes, bytes], has: dict[bytes, bytes]) -> bool:
    """If-Range: a part is sent only of the same file; only a strong tag or the exact date prove that."""
    condition = asked.get(b"if-range")
    return condition is None or condition in (has.get(b"etag"), has.get(b"last-modified"))
