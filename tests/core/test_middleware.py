"""Whom a request addresses and where it really comes from."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from vikno.core.middleware import NEAR, believe_proxies, host_of, is_known, known_host, security_headers

BASE = "https://help.kashtan.example"
PROXIES = ["10.0.0.0/8", "2001:db8::/32"]


@pytest.mark.parametrize(
    "header", ["help.kashtan.example", "help.kashtan.example:443", "HELP.kashtan.example.", "localhost:8000",
               "127.0.0.1", "127.8.9.1:80", "[::1]:8000"],
)  # fmt: skip
def test_our_own_names_are_known(header: str) -> None:
    assert is_known(host_of(header), BASE)


@pytest.mark.parametrize(
    "header", ["", "evil.example", "help.kashtan.example.evil.example", "localhost.evil.example", "192.168.1.5",
               "[::2]", "127.0.0.1.evil.example", "2130706433"],
)  # fmt: skip
def test_other_names_are_not(header: str) -> None:
    assert not is_known(host_of(header), BASE)


@given(st.text())
def test_any_host_header_is_borne(header: str) -> None:
    assert is_known(host_of(header), BASE) in (True, False)


def seen(remote: str, trusted: list[str] = PROXIES, **headers: str) -> dict[str, Any]:
    environ: dict[str, Any] = {"REMOTE_ADDR": remote, "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    believe_proxies(environ, trusted)
    return environ


def test_a_trusted_proxy_tells_who_asks() -> None:
    environ = seen("10.1.1.1", x_forwarded_for="203.0.113.9", x_forwarded_proto="https")
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ[NEAR]) == ("203.0.113.9", "https", False)


def test_a_chain_is_believed_as_far_as_its_links_are_trusted() -> None:
    forged = seen("10.1.1.1", x_forwarded_for="127.0.0.1, 203.0.113.9, 10.2.2.2")
    assert forged["REMOTE_ADDR"] == "203.0.113.9"
    broken = seen("10.1.1.1", x_forwarded_for="127.0.0.1, nonsense, 10.2.2.2")
    assert broken["REMOTE_ADDR"] == "10.2.2.2"


@pytest.mark.parametrize("trusted", [[], PROXIES])
def test_others_are_not_believed(trusted: list[str]) -> None:
    environ = seen(
        "192.0.2.1", trusted, x_forwarded_for="127.0.0.1", x_forwarded_proto="https", x_forwarded_host="evil.example"
    )
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ[NEAR]) == ("192.0.2.1", "http", False)
    assert not [name for name in environ if name.startswith("HTTP_X_FORWARDED")]


def test_only_neighbours_are_near() -> None:
    assert seen("127.0.0.1")[NEAR]
    assert seen("10.1.1.1", x_forwarded_for="10.3.3.3")[NEAR]
    # A proxy on this machine that nobody named: who is behind it is not known, so it counts as far.
    assert not seen("127.0.0.1", [], x_forwarded_for="203.0.113.9")[NEAR]
    assert not seen("203.0.113.9")[NEAR]
    # A proxy that says who asks in a way that we do not read: that is not the proxy itself.
    assert not seen("10.1.1.1", x_forwarded_for="203.0.113.9:4711")[NEAR]
    assert not seen("10.1.1.1", x_forwarded_for="unknown")[NEAR]
    assert seen("10.1.1.1")[NEAR]


@given(st.text(), st.text(), st.text())
def test_any_forwarding_header_is_borne(chain: str, scheme: str, remote: str) -> None:
    environ = seen(remote, x_forwarded_for=chain, x_forwarded_proto=scheme)
    assert environ["wsgi.url_scheme"] in ("http", "https")


def test_a_strange_host_is_refused_in_the_askers_language(rf: RequestFactory) -> None:
    answer = known_host(lambda request: HttpResponse("in"))
    refused = answer(rf.get("/", headers={"host": "evil.example", "accept-language": "en"}))
    assert refused.status_code == 400
    assert "evil.example" in refused.content.decode()  # type: ignore[attr-defined]
    assert answer(rf.get("/", headers={"host": "127.0.0.1:8000"})).status_code == 200
    assert answer(rf.get("/readyz", headers={"host": "10.0.0.7"})).status_code == 200


def test_pages_have_the_strict_policy_and_a_letters_frame_keeps_its_own(rf: RequestFactory) -> None:
    page = security_headers(lambda request: HttpResponse("page"))(rf.get("/"))
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    own = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    frame = security_headers(lambda request: HttpResponse("letter", headers=own))(rf.get("/"))
    assert frame.headers["Content-Security-Policy"] == own["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame.headers
