"""A full disk: what says so, that the log tells it once a minute, and what somebody at the desk reads."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg import errors

from tests.desk.seats import Seat
from tests.world import World, standing
from vikno.core import disk
from vikno.dialogs.models import Message
from vikno.tickets.models import Note


def caused(cause: Exception, kind: type[Exception] = OperationalError) -> Exception:
    """As Django hands on what its driver raised."""
    error = kind(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        caused(errors.DiskFull("could not extend file")),
        caused(OSError(errno.ENOSPC, "No space left on device"), RuntimeError),
    ],
)
def test_full(error: Exception) -> None:
    assert disk.is_full(error)


@pytest.mark.parametrize(
    "error",
    [None, ValueError("x"), OSError(errno.ENOENT, "no such file"), DatabaseError("x"),
     caused(errors.DeadlockDetected("deadlock detected")), caused(sqlite3.OperationalError("database is locked"))],
)  # fmt: skip
def test_not_full(error: Exception | None) -> None:
    assert not disk.is_full(error)


def test_the_log_tells_it_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_told_at", float("-inf"))
    assert [disk.is_told(at) for at in (100.0, 101.0, 159.0, 161.0)] == [False, True, True, False]


@pytest.fixture
def stands() -> Iterator[World]:
    with standing() as made:
        yield made


@contextmanager
def full() -> Iterator[None]:
    """SQLite may not grow by one page more, which is what it says of a full disk."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # else what other tests left would be written over
        most = int(cursor.execute("PRAGMA max_page_count").fetchone()[0])
        cursor.execute("PRAGMA max_page_count = 1")  # not below what it has
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {most}")


LONG = "слово " * 20_000  # more than a page takes


@pytest.mark.only_on("sqlite")  # the disk of PostgreSQL cannot be filled from here; its error is among those above
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["reply", "note"])
def test_what_could_not_be_kept_is_said_as_what_it_is(stands: World, kind: str) -> None:
    with transaction.atomic():
        ticket = stands.ticket()
    seat = Seat(stands.iryna)
    seat.raise_request_exception = False
    form = {"kind": kind, "format": "text", "body": LONG}
    with full():
        answer: Any = seat.post(f"/tickets/{ticket.number}/answer", form)
    assert answer.status_code == 507
    assert "The disk of the server is full" in answer.content.decode()
    assert not Message.objects.filter(author=Message.Author.AGENT).exists()
    assert not Note.objects.exists()
    assert seat.post(f"/tickets/{ticket.number}/answer", form).status_code == 302, "it goes on by itself"


@pytest.mark.django_db
def test_the_desk_has_a_bar_while_there_is_no_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = Seat(world.iryna)
    assert "The disk of the server is full" not in seat.page("/inbox/open")
    real = os.statvfs(".")
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result((*real[:4], 10, *real[5:])))
    assert "The disk of the server is full" in seat.page("/inbox/open")
