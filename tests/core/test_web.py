"""Asking servers outside: what is never asked, and what never holds us up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.servers.dripper import Dripper
from vikno.core import web

PATIENCE = 0.5


@pytest.fixture
def dripping() -> Iterator[Callable[..., Dripper]]:
    made: list[Dripper] = []

    def start(script: list[bytes | None], pad: bytes) -> Dripper:
        made.append(Dripper(script, pad))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("said", "pad"),
    [(b"HTTP/1.1 200 OK\r\n", b"X-Slow: x\r\n"), (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"{"),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b"{")],
    ids=["in the head", "in a body without a length", "in a body"],
)  # fmt: skip
def test_an_answer_that_drips_is_given_up_as_a_whole(dripping: Callable[..., Dripper], said: bytes, pad: bytes) -> None:
    server = dripping([None, said], pad)
    with pytest.raises(web.Unreachable, match="too slow"):
        web.post_form(f"http://127.0.0.1:{server.port}/token", {"a": "b"}, inner=True, patience=PATIENCE)
    assert server.cut.wait(60)
    assert server.heard[0].startswith(b"POST /token ")


def test_also_while_the_connection_is_being_encrypted(dripping: Callable[..., Dripper]) -> None:
    """A record of TLS that never comes to its end (RFC 8446 section 5.1)."""
    server = dripping([None, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"], b"\x00")
    with pytest.raises(web.Unreachable, match="too slow"):
        web.post_form(f"https://127.0.0.1:{server.port}/token", {}, inner=True, patience=PATIENCE)
    assert server.cut.wait(60)


@pytest.mark.parametrize(
    "address", ["http://example.org/", "https://127.0.0.1/", "https://[::1]/", "ftp://example.org/"]
)
def test_what_is_not_asked(address: str) -> None:
    with pytest.raises(web.Forbidden):
        web.post_form(address, {})


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..b"])
def test_a_name_that_is_none_leads_nowhere(host: str) -> None:
    with pytest.raises(web.Unreachable):
        web.post_form(f"https://{host}/", {})
