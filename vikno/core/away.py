"""A database that is away: said in the log once, and once more when it answers again, however many ask meanwhile."""

from __future__ import annotations

import threading
import time

import structlog
from django.db import InterfaceError, OperationalError

log = structlog.get_logger(__name__)

# Each thread finds out by itself that its connection is dead: for so many seconds that is still the same outage.
AFTERMATH = 15.0

_guard = threading.Lock()
_since: float | None = None
_back_at = float("-inf")


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the database cannot be reached, not that it refused something. Classes 08 and 57P of
    PostgreSQL's codes, 53300 (too many connections), no code at all where no server answered; of SQLite a file that
    cannot be opened."""
    for _ in range(5):
        if isinstance(error, InterfaceError):
            return True
        if isinstance(error, OperationalError):
            cause = error.__cause__
            name = getattr(cause, "sqlite_errorname", None)
            if name is not None:
                return str(name).startswith("SQLITE_CANTOPEN")
            code = getattr(cause, "sqlstate", "refused")
            return code is None or str(code).startswith(("08", "57P", "53300"))
        if error is None:
            return False
        error = error.__cause__
    return False


def begins(now: float | None = None) -> bool:
    """To be called with each error of this kind; True for the first one of an outage."""
    global _since
    now = time.monotonic() if now is None else now
    with _guard:
        if _since is not None or now - _back_at < AFTERMATH:
            return False
        _since = now
        return True


def answers() -> None:
    """To be called after the database did something for us; costs nothing while all is well."""
    if _since is not None:
        _end()


def _end() -> None:
    global _since, _back_at
    with _guard:
        began, _since, _back_at = _since, None, time.monotonic()
    if began is not None:  # else another thread was faster
        seconds = round(time.monotonic() - began, 1)
        log.warning("the database answers again; what waited goes on", seconds=seconds)
