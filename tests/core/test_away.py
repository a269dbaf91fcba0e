"""What counts as a database that is away, and that the log says it once however many find it out."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import psycopg
import pytest
import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from psycopg import errors

from vikno.core import away, logs


def caused(cause: Exception) -> OperationalError:
    """As Django hands on what its driver raised."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        InterfaceError("the connection is closed"),
        caused(psycopg.OperationalError("connection refused")),
        caused(errors.AdminShutdown("terminating connection due to administrator command")),
        caused(errors.CannotConnectNow("the database system is starting up")),
        caused(errors.TooManyConnections("sorry, too many clients already")),
    ],
)
def test_away(error: Exception) -> None:
    assert away.is_away(error)
    wrapped = RuntimeError("not stored")
    wrapped.__cause__ = error
    assert away.is_away(wrapped)


@pytest.mark.parametrize(
    "error",
    [
        None,
        ValueError("x"),
        IntegrityError("duplicate key"),
        ProgrammingError("no such column"),
        OperationalError("database is locked"),
        caused(errors.DeadlockDetected("deadlock detected")),
        caused(errors.LockNotAvailable("lock timeout")),
        caused(errors.DiskFull("No space left on device")),
    ],
)
def test_it_answers_although_it_refuses(error: Exception | None) -> None:
    assert not away.is_away(error)


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logging as the program has it, put back afterwards."""
    root = logging.getLogger()
    before, level, configured = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setattr(away, "_since", None)
    monkeypatch.setattr(away, "_back_at", float("-inf"))
    logs.set_up("info", "test", "json")
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**configured)


def test_one_line_for_all_who_find_out_and_one_when_it_is_back(
    set_up: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("info", "test", "json")  # to the stream that is captured now
    for number in range(20):
        try:
            raise InterfaceError("the connection is closed")
        except InterfaceError:
            structlog.get_logger("vikno.test").exception("a loop failed", number=number)
            logging.getLogger("django.request").exception("Internal Server Error")
    try:
        raise ValueError("a fault of ours")
    except ValueError:
        structlog.get_logger("vikno.test").exception("something else")
    away.answers()
    away.answers()
    lines = capsys.readouterr().err.strip().splitlines()
    assert [logs.AWAY in line for line in lines] == [True, False, False]
    assert "a fault of ours" in lines[1] and "Traceback" in lines[1]
    assert "answers again" in lines[2]
