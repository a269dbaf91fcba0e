"""Some members of a zip file, whoever made it. Of its list of members no more is kept than is asked for, nothing is
unfolded beyond a bound, and what does not hold together is not there: never an error."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

MOST_MEMBERS = 5_000  # that are looked through
_END, _MEMBER, _LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"  # APPNOTE 4.3.16, 4.3.12, 4.3.7
_END_SIZE, _MEMBER_SIZE, _LOCAL_SIZE = 22, 46, 30
_LONGEST_COMMENT = 65_535
_STORED, _DEFLATED = 0, 8


def members(content: bytes, wanted: Callable[[str], object], most: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each member whose name is wanted, in the order of the list; `most` bytes of all together. One
    that is longer is cut, one that is locked or damaged left out."""
    left = most
    for name, packed, method in _listed(content, wanted):
        if left <= 0:
            return
        unfolded = packed[:left] if method == _STORED else _inflated(packed, left)
        left -= len(unfolded)
        if unfolded:
            yield name, unfolded


def _listed(content: bytes, wanted: Callable[[str], object]) -> Iterator[tuple[str, bytes, int]]:
    end = content.rfind(_END, max(0, len(content) - _END_SIZE - _LONGEST_COMMENT))
    if end < 0 or len(content) < end + _END_SIZE:
        return
    (at,) = struct.unpack_from("<I", content, end + 16)
    for _ in range(MOST_MEMBERS):
        if content[at : at + 4] != _MEMBER or len(content) < at + _MEMBER_SIZE:
            return
        flags, method, packed = struct.unpack_from("<HH8xI", content, at + 8)
        name_size, extra, comment, start = struct.unpack_from("<HHH8xI", content, at + 28)
        name = content[at + _MEMBER_SIZE : at + _MEMBER_SIZE + name_size].decode("utf-8", "replace")
        at += _MEMBER_SIZE + name_size + extra + comment
        locked = flags & 1
        if locked or method not in (_STORED, _DEFLATED) or not wanted(name):
            continue
        if content[start : start + 4] != _LOCAL or len(content) < start + _LOCAL_SIZE:
            continue
        before = sum(struct.unpack_from("<HH", content, start + 26))
        begin = start + _LOCAL_SIZE + before
        yield name, content[begin : begin + packed], method


def _inflated(packed: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    except zlib.error:
        return b""
