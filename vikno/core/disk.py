"""Room on the disk where the data lie, and errors that say that there is none."""

from __future__ import annotations

import errno
import os
import threading
import time

from django.conf import settings
from django.db import DatabaseError

LOW = 500 * 1024 * 1024  # bytes; below them an owner should act
OUT = 50 * 1024 * 1024  # bytes; below them everybody is told
TOLD_EVERY = 60.0  # seconds between two lines of the log, however many find it out

_FULL = (errno.ENOSPC, errno.EDQUOT)
_guard = threading.Lock()
_told_at = float("-inf")


def free() -> int:
    """Bytes that can still be written where the data lie."""
    stat = os.statvfs(settings.DATA)
    return stat.f_bavail * stat.f_frsize


def is_full(error: BaseException | None) -> bool:
    """Whether an error says that nothing more could be written: of the system, of SQLite (SQLITE_FULL) or of PostgreSQL
    (53100, disk_full)."""
    for _ in range(5):
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, DatabaseError):
            cause = error.__cause__
            if getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(cause, "sqlstate", "") == "53100":
                return True
        if error is None:
            return False
        error = error.__cause__ or error.__context__
    return False


def is_told(now: float | None = None) -> bool:
    """To be called with each error of this kind: whether the log has said it a short while ago."""
    global _told_at
    now = time.monotonic() if now is None else now
    with _guard:
        if now - _told_at < TOLD_EVERY:
            return True
        _told_at = now
        return False
