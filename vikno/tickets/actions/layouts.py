"""Which columns an agent sees in a table of tickets. Breath: nobody else sees it, and no event tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from vikno.staff.models import Agent
from vikno.tickets.models import TableLayout


def choose_columns(agent: Agent, key: str, columns: Sequence[str]) -> None:
    """Keep these columns (codes, in their order) for this list."""
    TableLayout.objects.update_or_create(agent=agent, list=key, defaults={"columns": list(columns)})
