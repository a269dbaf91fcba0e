"""What made-up people write, by language. `{n}` is an order or inventory number, `{thing}` a product, `{place}` a
place, `{day}` a day, `{name}` a first name. Every sentence stands alone, so that any of them may follow any other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of request: its subject, what the customer says first and later, what an agent answers."""

    domain: str  # it, shop or telecom
    subject: str
    asks: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    first_names: tuple[str, ...]
    surnames: tuple[str, ...]
    things: tuple[str, ...]
    places: tuple[str, ...]
    days: tuple[str, ...]
    greetings: tuple[str, ...]
    farewells: tuple[str, ...]
    details: tuple[str, ...]  # customers add these anywhere
    follow_ups: tuple[str, ...]  # customers write these later
    thanks: tuple[str, ...]
    openers: tuple[str, ...]  # agents begin so
    steps: tuple[str, ...]  # agents add these anywhere
    closers: tuple[str, ...]
    notes: tuple[str, ...]
    tags: tuple[str, ...]
    problems: tuple[Problem, ...]
