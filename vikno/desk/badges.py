"""The badges of lists whose conditions no index holds: saved views, channels. They are counted by a request of their
own, one after the other within a time, and kept for a moment in each process; what is not ready says "…"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from vikno.core.patience import TookTooLong
from vikno.desk import lists
from vikno.desk.lists import ALIVE, Place
from vikno.staff.access import Viewer

AT_ONCE = 0.25  # seconds that one request counts
EACH = 0.15  # seconds that one badge may take
FRESH = 1.0  # seconds for which a count is not made again, however often it is asked for
PATIENT = 60.0  # seconds for which one that took too long is left alone
MOST_KEPT = 5_000
NOT_READY = "…"

_kept: dict[tuple[Viewer, str], tuple[str, str, float]] = {}  # the condition's mark, the text, until when it is fresh


def known(viewer: Viewer, key: str) -> str:
    """What the badge of this list said last, in this process."""
    kept = _kept.get((viewer, key))
    return kept[1] if kept else NOT_READY


def count(viewer: Viewer, of: Sequence[Place], *, anew: bool = False) -> tuple[dict[str, str], bool]:
    """What badges say, and whether all of them say how it is now; those that were counted longest ago come first. One
    that was counted a moment ago is left for a next time, unless all are wanted `anew`."""
    until = monotonic() + AT_ONCE
    done = True
    for one in sorted(of, key=lambda place: _kept.get((viewer, place.key), ("", "", 0.0))[2]):
        kept = _kept.get((viewer, one.key))
        if kept and kept[0] == one.mark and kept[2] > monotonic() and not anew:
            done = done and kept[1] == NOT_READY  # what has changed since that moment is to be asked for
            continue
        left = until - monotonic()
        if left <= 0:
            done = False
            continue
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        try:
            text, fresh = (
                lists.capped(lists.counted(viewer, _open_ones(one), lists.MOST_COUNTED, min(left, EACH))),
                FRESH,
            )
        except TookTooLong:
            text, fresh = NOT_READY, PATIENT if left >= EACH else 0.0
            done = done and left >= EACH
        _kept[viewer, one.key] = one.mark, text, monotonic() + fresh
    return {one.key: known(viewer, one.key) for one in of}, done


def _open_ones(of: Place) -> Place:
    """A badge counts what is not closed, also of a list that shows closed ones too."""
    if not of.closed_too:
        return of
    return replace(of, where=f"{of.where} AND {ALIVE}", counted_in="tickets_alive_all")
