"""The mailbox of a real server that several files of tests read."""

from __future__ import annotations

import pytest

from tests.servers.dovecot import Dovecot

BOX = "folders@kashtan.example"


@pytest.fixture
def box(dovecot: Dovecot) -> Dovecot:
    dovecot.add_user(BOX)
    client = dovecot.client(BOX)
    for folder in ("INBOX", "Sales", "Junk", "Sent"):
        client.create(folder)
        client.select(folder)
        client.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")
        client.expunge()
    client.logout()
    return dovecot
