"""The doctor: looks for what is wrong, says what it affects and how to mend it, and mends what can be mended safely.

Rooms put their own checks into the table:

    doctor.register(Check("missing files", find_missing_files))

Words are for the operator, in the language of the terminal. A check that itself fails is a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog

from vikno.terminal import gettext as _

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
                    _("The check “%(name)s” could not be made: %(kind)s: %(error)s")
                    % {"name": _(check.name), "kind": type(error).__name__, "error": error},
                    _("It is not known whether this is in order."),
                    _("If the database answers, this is a fault of Vikno: please report it with the log."),
                )
            ]
        yield check, found
        if found and check.blocks:
            return


def some(names: Iterable[object], total: int) -> str:
    """A few examples and how many more there are."""
    listed = [str(name) for name in names][:NAMED]
    words = _("%(names)s and %(count)s more") if total > len(listed) else "%(names)s"
    return words % {"names": ", ".join(listed), "count": total - len(listed)}
