"""The doctor: looks for what is wrong, says what it affects and how to mend it, and mends what can be mended safely.

Rooms put their own checks into the table:

    doctor.register(Check("missing files", find_missing_files))

Words are for the operator, in English like the log. A check that itself fails is a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

NAMED = 5  # examples named in a finding; the rest is counted


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `safely` mends it without loss and answers what it did; None where a person decides."""

    what: str
    affects: str
    mend: str
    safely: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """`blocks`: while it finds something the checks after it would only stumble over the same."""

    name: str
    look: Callable[[], Iterable[Finding]]
    blocks: bool = False


CHECKS: dict[str, Check] = {}


def register(check: Check) -> None:
    CHECKS[check.name] = check


def register_all() -> None:
    """The doctor's own checks; called in `apps.ready`."""
    from vikno.care.checks import data, machine, work

    for check in (*machine.CHECKS, *work.CHECKS, *data.CHECKS):
        register(check)


def examine() -> Iterator[tuple[Check, list[Finding]]]:
    """Each check with what it found, as soon as it is known."""
    for check in CHECKS.values():
        try:
            found = list(check.look())
        except Exception as error:
            log.warning("a check failed", check=check.name, exc_info=True)
            found = [
                Finding(
                    f"The check “{check.name}” could not be made: {type(error).__name__}: {error}",
                    "It is not known whether this is in order.",
                    "If the database answers, this is a fault of Vikno: please report it with the log.",
                )
            ]
        yield check, found
        if found and check.blocks:
            return


def counted(number: int, one: str, many: str) -> str:
    """ "1 letter", "2 letters"."""
    return f"{number} {one if number == 1 else many}"


def some(names: Iterable[object], total: int) -> str:
    """A few examples and how many more there are."""
    listed = [str(name) for name in names][:NAMED]
    more = f" and {total - len(listed)} more" if total > len(listed) else ""
    return ", ".join(listed) + more
