"""What an agent looked for lately: for them alone."""

from __future__ import annotations

from django.db import transaction

from vikno.core import clock
from vikno.core.text import one_line
from vikno.search.models import Recent

MOST = 10


def remember(agent_id: int, text: str) -> None:
    """Put a search first among the agent's own; the oldest go."""
    text = one_line(text, 200)
    if not text:
        return
    with transaction.atomic():
        Recent.objects.update_or_create(agent_id=agent_id, text=text, defaults={"at": clock.now()})
        kept = Recent.objects.filter(agent_id=agent_id).order_by("-at", "-id").values_list("id", flat=True)[:MOST]
        Recent.objects.filter(agent_id=agent_id).exclude(id__in=list(kept)).delete()


def forget(agent_id: int) -> None:
    """Take all of an agent's searches away."""
    Recent.objects.filter(agent_id=agent_id).delete()


def of(agent_id: int) -> list[str]:
    """The agent's searches, last one first."""
    rows = Recent.objects.filter(agent_id=agent_id).order_by("-at", "-id")
    return list(rows.values_list("text", flat=True)[:MOST])
