"""Signs of life. The caller has made sure that the agent sees the ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vikno.core import clock
from vikno.live.models import Breath
from vikno.staff.models import Agent

KINDS = ("viewing", "typing")
LASTS = 30.0  # seconds, unless it is said again


def breathe(kind: str, ticket_id: int, agent_id: int, dialog_id: int = 0, seconds: float = LASTS) -> None:
    """Say that an agent looks at a ticket or types in it; to be said again before `seconds` are over."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no sign of life; known: {', '.join(KINDS)}")
    Breath.objects.bulk_create(
        [
            Breath(
                kind=kind,
                ticket_id=ticket_id,
                agent_id=agent_id,
                dialog_id=dialog_id,
                until=clock.now() + timedelta(seconds=seconds),
            )
        ],
        update_conflicts=True,
        unique_fields=["ticket_id", "dialog_id", "agent_id", "kind"],
        update_fields=["until"],
    )


def hush(ticket_id: int, agent_id: int, kind: str | None = None) -> None:
    """Take back an agent's signs of life at a ticket: the page was left, the answer was sent."""
    rows = Breath.objects.filter(ticket_id=ticket_id, agent_id=agent_id)
    (rows.filter(kind=kind) if kind else rows).delete()


def at_desk(agent_ids: Iterable[int]) -> None:
    """These agents have the desk open: said when they open it and each minute from then on."""
    ids = sorted(agent_ids)
    for start in range(0, len(ids), 500):
        Agent.objects.filter(id__in=ids[start : start + 500]).update(seen_at=clock.now())


def sweep() -> None:
    """Remove what has gone out."""
    old = Breath.objects.filter(until__lt=clock.now() - timedelta(minutes=1))
    if old.exists():
        old.delete()
