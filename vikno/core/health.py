"""How this installation fares, as a table of checks that rooms put their own into (`apps.ready`):

    health.register("mailbox_age", oldest_mailbox, ready=False)

A check is cheap (some milliseconds), answers in words that name the trouble and what to do, and a figure for /metrics.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

KEPT = 2.0  # seconds for which results are used again: probes and scrapers may ask as often as they like


@dataclass(frozen=True, slots=True)
class Result:
    """`words` are for the operator, in English like the log; `value` is the figure, in the unit the name tells."""

    ok: bool
    words: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """`ready`: while it fails, this process should get no requests (/readyz answers 503)."""

    name: str
    run: Callable[[], Result]
    ready: bool = False


CHECKS: dict[str, Check] = {}
_guard = threading.Lock()
_kept: tuple[float, dict[str, Result]] = (float("-inf"), {})


def register(name: str, run: Callable[[], Result], ready: bool = False) -> None:
    """Add a check; its name is in the style of Prometheus, with the unit last (`oldest_job_seconds`)."""
    CHECKS[name] = Check(name, run, ready)


def run_one(check: Check) -> Result:
    """One check's result; a check that fails to run is a finding, not an error."""
    try:
        return check.run()
    except Exception as error:
        log.warning("a health check could not be made", check=check.name, exc_info=True)
        return Result(False, f"could not be checked: {type(error).__name__}: {error}"[:300])


def results() -> dict[str, Result]:
    """All results by name, at most `KEPT` seconds old. After a failing database the others are not asked in vain."""
    global _kept
    with _guard:
        if time.monotonic() - _kept[0] < KEPT:
            return _kept[1]
        found: dict[str, Result] = {}
        for check in list(CHECKS.values()):
            if "database" in found and not found["database"].ok:
                found[check.name] = Result(False, "the database does not answer")
            else:
                found[check.name] = run_one(check)
        _kept = (time.monotonic(), found)
        return found


def is_ready(found: dict[str, Result]) -> bool:
    return all(found[check.name].ok for check in CHECKS.values() if check.ready and check.name in found)
