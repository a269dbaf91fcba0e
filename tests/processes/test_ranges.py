"""Range headers, by arithmetic (RFC 9110, section 14.1.2)."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikno.ranges import Unsatisfiable, asked_range, cut


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_a_part_is_what_slicing_gives(content: bytes, first: int, more: int) -> None:
    header = {b"range": b"bytes=%d-%d" % (first, first + more)}
    status, headers, parts = cut(io.BytesIO(content), "GET", header, 200, [], 7)
    if first >= len(content):
        assert status == 416
        assert dict(headers)[b"content-range"] == b"bytes */%d" % len(content)
        return
    got = b"".join(parts)
    assert (status, got) == (206, content[first : first + more + 1])
    assert int(dict(headers)[b"content-length"]) == len(got)


@given(st.binary(min_size=1, max_size=300), st.integers(1, 400))
def test_the_last_bytes(content: bytes, count: int) -> None:
    _, _, parts = cut(io.BytesIO(content), "GET", {b"range": b"bytes=-%d" % count}, 200, [], 7)
    assert b"".join(parts) == content[-count:]


@given(st.text(), st.integers(0, 10**9))
def test_any_header_is_borne(header: str, size: int) -> None:
    try:
        found = asked_range(header, size)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found[0] <= found[1] < size


@pytest.mark.parametrize("header", ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-5", "bytes=a-b"])
def test_what_cannot_be_read_means_the_whole(header: str) -> None:
    assert asked_range(header, 100) is None
