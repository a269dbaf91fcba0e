"""The badges of lists whose conditions no index holds: saved views, channels. They are counted by a request of their
own, one after the other within a time, and kept for a moment in each process; what is not ready says "…"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import structlog
from django.db import DataError, OperationalError

from vikno.core import away
from vikno.core.patience import TookTooLong
from vikno.desk import lists
from vikno.desk.lists import ALIVE, Place
from vikno.staff.access import Viewer

log = structlog.get_logger(__name__)

AT_ONCE = 0.25  # seconds that one request counts
EACH = 0.15  # seconds that one badge may take
FRESH = 1.0  # seconds for which a count is not made again, however often it is asked for
PATIENT = 60.0  # seconds for which one that took too long is left alone
MOST_TOGETHER = 100  # lists that are parts of one statement
MOST_KEPT = 5_000
NOT_READY = "…"
BROKEN = "!"  # the database cannot answer it
TOGETHER = ""  # under this key stands until when a viewer's are not asked together

_kept: dict[tuple[Viewer, str], tuple[str, str, float]] = {}  # the condition's mark, the text, until when it is fresh


def known(viewer: Viewer, key: str) -> str:
    """What the badge of this list said last, in this process."""
    kept = _kept.get((viewer, key))
    return kept[1] if kept else NOT_READY


def count(viewer: Viewer, of: Sequence[Place], *, anew: bool = False) -> tuple[dict[str, str], bool]:
    """What badges say, and whether all of them say how it is now. Those that were answered in time before, and those
    that were never asked, are asked together; if that takes too long, and with those that took too long before, one
    after the other, those that were counted longest ago first. One that was counted a moment ago is left for a next
    time, unless all are wanted `anew`."""
    until = monotonic() + AT_ONCE
    done, wanted = True, []
    for one in sorted(of, key=lambda place: _kept.get((viewer, place.key), ("", "", 0.0))[2]):
        kept = _kept.get((viewer, one.key))
        if kept and kept[0] == one.mark and kept[2] > monotonic() and not anew:
            done = done and kept[1] == NOT_READY  # what has changed since that moment is to be asked for
        else:
            wanted.append(one)
    if len(wanted) > 1:
        wanted = _count_together(viewer, wanted)
    for one in wanted:
        left = until - monotonic()
        if left <= 0:
            done = False
            continue
        try:
            text, fresh = _text(lists.counted(viewer, _open_ones(one), lists.MOST_COUNTED, min(left, EACH))), FRESH
        except TookTooLong:
            text, fresh = NOT_READY, PATIENT if left >= EACH else 0.0
            done = done and left >= EACH
        except (DataError, OperationalError) as error:
            _unless_away(error, one)
            text, fresh = BROKEN, PATIENT
        _keep(viewer, one, text, fresh)
    return {one.key: known(viewer, one.key) for one in of}, done


def _count_together(viewer: Viewer, wanted: Sequence[Place]) -> list[Place]:
    """Count by one statement what promises to be counted in time; answers what is left."""
    quick = [one for one in wanted if _last_said(viewer, one) not in (NOT_READY, BROKEN)][:MOST_TOGETHER]
    failed = _kept.get((viewer, TOGETHER))
    if not quick or (failed and failed[2] > monotonic()):
        return list(wanted)
    try:
        found = lists.counted_together(viewer, [_open_ones(one) for one in quick], lists.MOST_COUNTED, EACH)
    except (TookTooLong, DataError, OperationalError) as error:  # one of them is too much, or all of them together
        if not isinstance(error, TookTooLong):
            _unless_away(error)
        _kept[viewer, TOGETHER] = "", "", monotonic() + PATIENT
        return list(wanted)
    for one, number in zip(quick, found, strict=True):
        _keep(viewer, one, _text(number), FRESH)
    there = {one.key for one in quick}
    return [one for one in wanted if one.key not in there]


def _unless_away(error: Exception, one: Place | None = None) -> None:
    """Raise again what is not about these lists; else the log says what it was."""
    if away.is_away(error):
        raise error
    log.warning("badges were not counted", list=one.key if one else "several", exc_info=True)


def _last_said(viewer: Viewer, one: Place) -> str:
    """What the badge of a list with this condition said last; "" if it never was counted."""
    mark, text, _until = _kept.get((viewer, one.key), (one.mark, "", 0.0))
    return text if mark == one.mark else ""


def _text(number: int) -> str:
    return lists.capped(number, lists.MOST_COUNTED)


def _keep(viewer: Viewer, one: Place, text: str, fresh: float) -> None:
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[viewer, one.key] = one.mark, text, monotonic() + fresh


def _open_ones(of: Place) -> Place:
    """A badge counts what is not closed, also of a list that shows closed ones too."""
    if not of.closed_too:
        return of
    return replace(of, where=f"{of.where} AND {ALIVE}", counted_in="tickets_alive_all")
