"""Named reads of the ledger for its page."""

from __future__ import annotations

from django.db.models import Q

from vikno.intake.access import inbound_for
from vikno.intake.models import Fate, Inbound
from vikno.staff.access import Viewer

PAGE = 50
MOST_COUNTED = 1000  # a badge counts no further
NEEDS_A_PERSON = (Fate.HELD, Fate.SUSPECTED, Fate.FAILED)


def page(
    viewer: Viewer, *, fate: str = "", search: str = "", before: int | None = None, limit: int = PAGE
) -> list[Inbound]:
    """Entries, newest first, without their raw bytes. `fate` is one of Fate, "waiting" for what has none yet, or
    "person" for what waits for somebody's word; `search` is a sender's address, a Message-ID, or words of the subject.
    `before` is the id where the page before ended."""
    entries = inbound_for(viewer)
    if fate == "waiting":
        entries = entries.exclude(state=Inbound.State.DONE)
    elif fate == "person":
        entries = entries.filter(fate__in=NEEDS_A_PERSON)
    elif fate:
        entries = entries.filter(fate=fate)
    if search.strip():
        entries = entries.filter(_found_by(search.strip()))
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.order_by("-id")[:limit])


def _found_by(search: str) -> Q:
    if search.startswith("<"):
        return Q(foreign_id=search[:255]) & ~Q(foreign_id="")
    if "@" in search:
        return Q(sender=search.lower()[:320]) & ~Q(sender="")
    return Q(subject__icontains=search)


def waiting_for_a_person(viewer: Viewer) -> int:
    """How many entries are held, suspected or failed, counted up to a thousand."""
    entries = inbound_for(viewer).filter(fate__in=NEEDS_A_PERSON)
    return entries.order_by()[:MOST_COUNTED].values("id").count()
