"""What colleagues are told of, and how long each waits for somebody to see it at the desk before it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy


class Kind(models.TextChoices):
    NEW = "new"  # a request in my team that nobody has taken
    REPLY = "reply"  # a customer wrote into a request of mine
    GIVEN = "given"  # a request was given to me
    MENTION = "mention"  # a colleague named me in a note
    ADVICE = "advice"  # who leads the request's team, or an owner, noted something on a request of mine
    NOTE = "note"  # another colleague did
    DUE = "due"  # the deadline of a request of mine is near
    BACK = "back"  # a request of mine that was put aside is back
    TASK = "task"  # a reminder of my own to-do list
    SOLVED = "solved"  # what caused a request of mine was closed
    FAILED = "failed"  # an answer of mine did not arrive


# As pages and devices call them.
NAMES: Mapping[str, Any] = {
    Kind.NEW: gettext_lazy("New request in my team"), Kind.REPLY: gettext_lazy("Reply of a customer"),
    Kind.GIVEN: gettext_lazy("A request was given to me"), Kind.MENTION: gettext_lazy("I was mentioned"),
    Kind.ADVICE: gettext_lazy("Advice of a lead"), Kind.NOTE: gettext_lazy("Note of a colleague"),
    Kind.DUE: gettext_lazy("A deadline is near"), Kind.BACK: gettext_lazy("What was put aside is back"),
    Kind.TASK: gettext_lazy("Reminder of my to-do list"), Kind.SOLVED: gettext_lazy("The cause of a request is solved"),
    Kind.FAILED: gettext_lazy("My answer did not arrive"),
}  # fmt: skip
MAIL, PUSH = "mail", "push"  # the ways out: letters, and what shows itself on devices
WAITS: Mapping[str, timedelta] = {Kind.NEW: timedelta(minutes=5), Kind.TASK: timedelta()}
# Of the others: what comes together goes together, and what is read at the desk stays there.
WAIT = timedelta(minutes=2)
# Members of a team. Beyond that somebody is at the desk anyway, and a letter to each for every request is noise.
CROWD = 20
# What somebody chose for these before there was a switch of its own: what they chose for notes.
ONCE_A_NOTE = frozenset({Kind.MENTION, Kind.ADVICE})
AHEADS = (30, 60, 120, 240, 480, 1440, 2880)  # minutes before a deadline at which one may be told
AHEAD = 120


def decided_on(chosen: Mapping[str, bool] | None, kind: str, otherwise: bool) -> bool:
    """What somebody chose for a kind, by one way or at the desk; `otherwise` if they never did."""
    given = chosen or {}
    inherited = given.get(Kind.NOTE, otherwise) if kind in ONCE_A_NOTE else otherwise
    return bool(given.get(kind, inherited))


def ahead_within(chosen: int | None, least: int, most: int) -> int:
    """How long before a deadline somebody is told (minutes): as they chose, within what the owner allows."""
    return max(least, min(chosen or AHEAD, most))


def by_default(kind: str, *, crowded: bool) -> bool:
    """Whether a kind goes out until its person has chosen. `crowded`: they are in a team of many."""
    return kind != Kind.NEW or not crowded


def wait_of(kind: str) -> timedelta:
    """How long a notice of this kind waits before it may go out."""
    return WAITS.get(kind, WAIT)
