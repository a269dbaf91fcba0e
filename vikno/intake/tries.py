"""How often an entry is tried, and what becomes of one that cannot be handled: it waits, or a person sees it."""

from __future__ import annotations

import errno
import traceback
from datetime import timedelta

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import F

from vikno.core import clock, files
from vikno.core.jobs import backoff
from vikno.intake.models import Fate, Inbound
from vikno.intake.reading_process import Died

log = structlog.get_logger(__name__)

MOST_TRIES = 5
# Reason of an entry over which a process ended, or may have: until it is settled the engine never reads it by itself.
APART = "apart"
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


class NoReader(Exception):
    """This entry is not to be read by the engine, and no other process could be had for it."""


def is_apart(entry: Inbound) -> bool:
    """Whether a process ended while this entry was in its hands: should it do so again, that is not to be the engine,
    which would take nothing in and send nothing until it stands again."""
    return entry.reason == APART


def is_passing(error: BaseException) -> bool:
    """Whether an error is the machine's and will pass, so that it is not counted against the letter."""
    return isinstance(error, (OperationalError, InterfaceError)) or (
        isinstance(error, OSError) and error.errno in _DISK
    )


def put_back(entry: Inbound, error: Exception) -> None:
    """Let an entry wait for its next try; after the last it has failed, and a person sees it."""
    mine = Inbound.objects.filter(id=entry.id, fence=entry.fence, state=Inbound.State.WORKING)
    words = "".join(traceback.format_exception_only(error))[-2000:].replace("\x00", "")
    if is_passing(error):
        wait = timedelta(seconds=backoff(1, first=3))
        mine.update(
            state=Inbound.State.WAITING,
            lease_until=None,
            attempts=F("attempts") - 1,
            next_try=clock.now() + wait,
            detail=words,
        )
    elif entry.attempts < MOST_TRIES:
        # Where no process can be started, the machine is short of something: that takes longer than a slip does.
        wait = timedelta(seconds=backoff(entry.attempts, first=60 if isinstance(error, NoReader) else 5, most=600))
        apart = {"reason": APART} if isinstance(error, Died) else {}
        mine.update(state=Inbound.State.WAITING, lease_until=None, next_try=clock.now() + wait, detail=words, **apart)
    else:
        reason = "raw_missing" if isinstance(error, files.MissingFile) else "error"
        if entry.attempts > MOST_TRIES or isinstance(error, Died):
            reason = "died"
        elif isinstance(error, NoReader):
            reason = "no_reader"
        log.error("a letter failed for good and waits for a person", inbound=entry.id, reason=reason)
        mine.update(
            state=Inbound.State.DONE,
            fate=Fate.FAILED,
            reason=reason,
            detail=words,
            lease_until=None,
            handled_at=clock.now(),
        )
