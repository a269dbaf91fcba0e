"""At which address Vikno answers now: whoever answers pages writes it down in the data folder, for commands that tell
somebody an address. A locked file is a note of one that runs: the lock ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

import structlog

from vikno.terminal import N_

log = structlog.get_logger(__name__)

FOLDER = "serving"  # within the data folder: a file for each that answers pages, called by its process
_kept: list[int] = []  # a lock lasts as long as its file is open


def note(data: Path, address: str) -> None:
    """Write down that this process, and those it forked or forks, answer at an address, and take away the notes of
    those that ended. Whoever cannot be written down (a full disk) answers all the same."""
    path = data / FOLDER / str(os.getpid())
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        for old in path.parent.iterdir():
            if _free(old):
                old.unlink(missing_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        _kept.append(handle)
        fcntl.flock(handle, fcntl.LOCK_EX)  # at most who looks at it holds it, for a moment
        os.write(handle, address.encode())
    except OSError as error:
        log.warning(N_("where it answers could not be written down"), why=str(error))


def forget(data: Path) -> None:
    """This process answers no more."""
    while _kept:
        os.close(_kept.pop())
    with contextlib.suppress(OSError):
        (data / FOLDER / str(os.getpid())).unlink()


def address(data: Path) -> str:
    """The address of whoever runs on this data folder, of several the one that began last; "" if nobody does."""
    try:
        known = sorted((data / FOLDER).iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        return next((told for path in known if not _free(path) and (told := path.read_text())), "")
    except OSError:  # nobody ever did; or one has just ended
        return ""


def _free(path: Path) -> bool:
    """Whether the process that wrote this note has ended. Looking takes nothing away from it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
