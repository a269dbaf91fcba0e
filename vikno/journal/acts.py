"""Who does something, and what belongs together: an act is all that one click, one run or one import did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from vikno.core import ids

DEEPEST = 8


class Kind(StrEnum):
    AGENT = "agent"
    PERSON = "person"
    RULE = "rule"
    SYSTEM = "system"
    IMPORT = "import"


class ChainTooLong(Exception):
    """Events led to events more than eight times over: something answers itself. The chain stops here."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `id` is that of an agent, a person or a rule; the system and imports have none."""

    kind: Kind
    id: int | None = None
    version: int | None = None


SYSTEM = Actor(Kind.SYSTEM)
IMPORT = Actor(Kind.IMPORT)


@dataclass(frozen=True, slots=True)
class Act:
    """One act under way. Every verb takes one as `by` and writes its id into each event, so that undo and "why"
    work."""

    id: int
    actor: Actor
    cause: int | None = None
    depth: int = 0
    at: datetime | None = None  # when it happened elsewhere; None means now

    def led_by(self, cause: int) -> Act:
        """The same act going on because of an event that it caused itself."""
        return replace(self, cause=cause)


def begin(actor: Actor, *, cause: int | None = None, depth: int = 0, at: datetime | None = None) -> Act:
    """A new act. `cause` and `depth` are those of the event that led to it: its id, and its own depth plus one.

    Raises ChainTooLong when more than eight events led to each other.
    """
    if depth > DEEPEST:
        raise ChainTooLong(f"event {cause} ends a chain of {DEEPEST}")
    return Act(ids.act_id(), actor, cause, depth, at)


def agent(agent_id: int) -> Act:
    """A new act of an agent at the desk."""
    return begin(Actor(Kind.AGENT, agent_id))


def person(person_id: int) -> Act:
    """A new act of a customer or another person outside the desk."""
    return begin(Actor(Kind.PERSON, person_id))


def system() -> Act:
    """A new act of Vikno itself."""
    return begin(SYSTEM)
