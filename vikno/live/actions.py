"""Signs of life. The caller has made sure that the agent sees the ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vikno.core import clock
from vikno.live.models import Breath
from vikno.staff.models import Agent

KINDS = ("viewing", "typing")
NOTICES = "notices"  # of no ticket: an agent's own notices have changed
RINGS = 2.0  # seconds
LASTS = 30.0  # seconds, unless it is said again


def breathe(kind: str, ticket_id: int, agent_id: int, dialogs: Iterable[int] = (), seconds: float = LASTS) -> None:
    """Say that an agent looks at a ticket or types in it, and in which of its dialogs, which is told to who works on
    another request of theirs; to be said again before `seconds` are over. The agent reads something in each of them."""
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
            for dialog_id in (0, *dialogs)
        ],
        update_conflicts=True,
        unique_fields=["ticket_id", "dialog_id", "agent_id", "kind"],
        update_fields=["until"],
    )


def hush(ticket_id: int, agent_id: int, kind: str | None = None) -> None:
    """Take back an agent's signs of life at a ticket: the page was left, the answer was sent."""
    rows = Breath.objects.filter(ticket_id=ticket_id, agent_id=agent_id)
    (rows.filter(kind=kind) if kind else rows).delete()


def ring(agent_ids: Iterable[int]) -> None:
    """These agents have something to read, or have read it on one of their devices: all of these look again, now and
    once more when this goes out."""
    until = clock.now() + timedelta(seconds=RINGS)
    Breath.objects.bulk_create(
        [Breath(kind=NOTICES, ticket_id=0, agent_id=one, until=until) for one in sorted(set(agent_ids))],
        update_conflicts=True, unique_fields=["ticket_id", "dialog_id", "agent_id", "kind"], update_fields=["until"],
    )  # fmt: skip


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
