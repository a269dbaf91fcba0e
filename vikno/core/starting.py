"""What rooms do once at each start, after the migrations and before the first page: a one-time link, a demo's letters.

starting.register("first run", lambda start: [f"Set Vikno up at {start.base_url}/welcome/…"])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """What is known about this start. `demo`: `--demo` was given."""

    base_url: str
    demo: bool


STEPS: dict[str, Callable[[Start], list[str]]] = {}


def register(name: str, step: Callable[[Start], list[str]]) -> None:
    """Add a step; it answers the lines that the command prints once pages are answered."""
    STEPS[name] = step


def run_all(start: Start) -> list[str]:
    """Do all steps in the order of their registration and gather their lines."""
    return [line for step in list(STEPS.values()) for line in step(start)]
