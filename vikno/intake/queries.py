"""Named reads of the ledger, for its page and for programs."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Count, QuerySet

from vikno.intake import finding
from vikno.intake.access import inbound_for, with_own
from vikno.intake.models import Fate, Inbound
from vikno.staff.access import Viewer

MOST_CLAIMS = 100
MOST_SEARCHED = 20_000  # entries that are looked through for words


def held_of_senders(viewer: Viewer, senders: Collection[str]) -> dict[str, int]:
    """How many letters of each of these senders are held now, as far as the viewer may see them."""
    rows = inbound_for(viewer).filter(fate=Fate.HELD, sender__in=senders)
    return dict(rows.order_by().values("sender").annotate(times=Count("id")).values_list("sender", "times"))


def entries(viewer: Viewer, *, fate: str = "", words: str = "") -> QuerySet[Inbound]:
    """What the viewer may see of the ledger, without raw bytes. `fate` is one of Fate, "waiting" for what has none yet,
    or "" for all; `words` are looked for among the newest ones, see vikno.intake.finding."""
    return _narrowed(inbound_for(viewer), fate, words)


def entries_with_own(
    viewer: Viewer, *, fate: str = "", words: str = ""
) -> tuple[QuerySet[Inbound], QuerySet[Inbound] | None]:
    """The same with what this agent wrote as a customer; and the latter alone, of which a page says what became of it
    and nothing else, None if there is none."""
    rows, own = with_own(viewer)
    return _narrowed(rows, fate, words), own


def _narrowed(rows: QuerySet[Inbound], fate: str, words: str) -> QuerySet[Inbound]:
    if fate:
        known = fate == "waiting" or fate in Fate.values
        rows = rows.filter(fate="" if fate == "waiting" else fate) if known else rows.none()
    if words:
        newest = Inbound.objects.order_by("-id").values_list("id", flat=True).first() or 0
        rows = finding.naming(rows, words).filter(id__gt=newest - MOST_SEARCHED)
    return rows


def any_of(*fates: str) -> list[bool]:
    """Of each of these fates, whether there is any entry, for whomever: the one cheap question that pages ask before
    they count what a viewer may see."""
    found = ", ".join(["EXISTS (SELECT 1 FROM intake_inbound WHERE fate = %s)"] * len(fates))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {found}", fates)
        return [bool(one) for one in cursor.fetchone()]


def claiming(viewer: Viewer, tickets: Collection[int]) -> list[tuple[int, str]]:
    """The suspected letters that claim one of these tickets, the newest first, as far as the viewer may see them: of
    each its id and its sender."""
    rows = entries(viewer, fate=Fate.SUSPECTED).filter(ticket__in=tickets)
    return list(rows.order_by("-id").values_list("id", "sender")[:MOST_CLAIMS])
