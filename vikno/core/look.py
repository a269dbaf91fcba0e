"""How the company shows itself on every page: the hue of what can be pressed, and its logo. Each process keeps it for a
minute; whoever changes it forgets it at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.db import DatabaseError

from vikno.core.models import Brand

SECONDS = 60.0
ORDINARY = 250  # the hue that the style sheets have by themselves


@dataclass(frozen=True, slots=True)
class Look:
    """`hue` of OKLCH in degrees; `logo`: key of a stored PNG, or ""."""

    hue: int = ORDINARY
    logo: str = ""
    read_at: float = field(default_factory=time.monotonic)


_kept: Look | None = None


def look() -> Look:
    """The look of the first brand; the ordinary one where there is none yet, or the database is away."""
    global _kept
    kept = _kept
    if kept is None or time.monotonic() - kept.read_at > SECONDS:
        try:
            found = Brand.objects.order_by("id").values_list("accent_hue", "logo__key").first()
        except DatabaseError:  # the page that says so has to be drawn as well
            return kept or Look()
        kept = _kept = Look(found[0], found[1] or "") if found else Look()
    return kept


def forget() -> None:
    """Read it anew next time."""
    global _kept
    _kept = None
