"""What happens to the work of an agent who leaves, and how it comes back. Rooms register their part.

leaving.register(Step("tickets", give_back=give_back, take_back=take_back))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vikno.journal.acts import Act


@dataclass(frozen=True, slots=True)
class Step:
    """One room's part. `give_back(agent id, by)` hands the work to the team, under the act `by`; `take_back(agent id,
    id of that act, by)` undoes it for what nobody touched since. Both run in the transaction of the verb."""

    name: str
    give_back: Callable[[int, Act], None]
    take_back: Callable[[int, int, Act], None]


STEPS: dict[str, Step] = {}


def register(step: Step) -> None:
    """Add a room's part; called in its `apps.ready`."""
    STEPS[step.name] = step
