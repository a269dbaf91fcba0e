"""The ways by which notices go out. A channel registers its own in its `apps.ready`; the desk's page needs none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that is told. `link`: the address of its request, where a letter tells of several."""

    head: str
    text: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What one person is told at once, in their language. `thread`: the same for all that is told of one request, ""
    if it is about several; `answers`: the message of that request by which an answer finds it, if there is one.
    `team_id`: whose mailbox it comes from. `mark` is its own and never repeated. `writes`:
    their answer may go to the customer; an observer's is a note in any case."""

    mark: str
    address: str
    name: str
    language: str
    zone: str
    at: datetime
    subject: str
    pieces: tuple[Piece, ...]
    link: str
    switches: str  # address of the page where notices are switched off
    thread: str
    team_id: int | None
    answers: int | None
    may_answer: bool
    writes: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One way. `send` hands over what is told (by mail a Told, to devices a `push.telling.Pushed`) and answers by which
    channel; it raises what dialogs.channels names."""

    name: str
    send: Callable[[Any], int | None]


WAYS: dict[str, Way] = {}


def register(way: Way) -> None:
    """Add a way; called in its channel's `apps.ready`."""
    WAYS[way.name] = way
