"""What the other tests rely on: the network is closed, the database is ours, counting counts."""

from __future__ import annotations

import socket

import pytest
from django.conf import settings
from django.db import connection
from pytest_socket import SocketConnectBlockedError


def test_the_network_is_closed_except_for_this_machine() -> None:
    with socket.socket() as stranger, pytest.raises(SocketConnectBlockedError):
        stranger.connect(("192.0.2.1", 25))
    with socket.socket() as listener, socket.socket() as neighbour:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        neighbour.connect(listener.getsockname())


@pytest.mark.django_db
def test_the_database_is_the_kind_that_was_asked_for_and_knows_cyrillic(on_postgresql: bool) -> None:
    assert connection.vendor == ("postgresql" if on_postgresql else "sqlite")
    if on_postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SELECT lower('КИЇВ'), 'Ґанок' ILIKE 'ґАНОК'")
            assert cursor.fetchone() == ("київ", True)


@pytest.mark.django_db
def test_counting_queries_fails_above_the_bound(queries) -> None:
    def ask(times: int) -> None:
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute("SELECT 1")

    with queries(at_most=2) as seen:
        ask(2)
    assert len(seen) == 2
    with pytest.raises(pytest.fail.Exception, match="3 queries, 2 allowed"), queries(at_most=2):
        ask(3)


def test_secrets_and_files_of_the_developer_are_not_touched(data) -> None:
    assert data == settings.DATA
    assert settings.DATA.name.startswith("vikno-tests-")
