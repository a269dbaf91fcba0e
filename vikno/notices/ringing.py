"""Open desks are to look at their notices again. The room of live streams says how."""

from __future__ import annotations

from collections.abc import Callable, Collection


def _nobody(agents: Collection[int]) -> None:
    """Where no stream is there, nobody hears it."""


RING: Callable[[Collection[int]], None] = _nobody


def ring(agents: Collection[int]) -> None:
    """Say that something came for these agents (ids), or that they have read it."""
    if agents:
        RING(agents)
