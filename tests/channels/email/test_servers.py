"""A mail server as people type it."""

from __future__ import annotations

import pytest

from vikno.channels.email.servers import host_and_port


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("imap.kashtan.example", ("imap.kashtan.example", None)),
        (" imap.kashtan.example:993 ", ("imap.kashtan.example", 993)),
        ("127.0.0.1:2699", ("127.0.0.1", 2699)),
        ("[::1]:143", ("::1", 143)),
        ("::1", ("::1", None)),
        ("imap.kashtan.example:", ("imap.kashtan.example:", None)),
        ("", ("", None)),
    ],
)
def test_a_port_behind_the_host_is_read_apart(typed, found):
    assert host_and_port(typed) == found
