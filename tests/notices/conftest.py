"""Letters to colleagues, caught before they leave, and time that passes at a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.world import World
from vikno.core import clock
from vikno.journal import readers
from vikno.notices import sending
from vikno.notices.kinds import MAIL
from vikno.notices.models import Notice, NoticeDelivery
from vikno.notices.readers import NOTICING
from vikno.notices.ways import WAYS, Told, Way
from vikno.staff.models import Agent


@dataclass
class Post:
    """What was told, and what the way out does next."""

    told: list[Told] = field(default_factory=list)
    trouble: Exception | None = None

    def take(self, told: Told) -> int | None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append(told)
        return None

    def to(self, name: str) -> list[Told]:
        return [one for one in self.told if one.address == f"{name}@kashtan.example"]


def read() -> None:
    """The reader digests all there is."""
    while readers.run_once(NOTICING):
        pass


def pass_(minutes: float) -> None:
    """So many minutes go by for all notices."""
    back = timedelta(minutes=minutes)
    for one in Notice.objects.all():
        Notice.objects.filter(id=one.id).update(at=one.at - back)
    for row in NoticeDelivery.objects.all():
        sent = row.sent_at - back if row.sent_at else None
        NoticeDelivery.objects.filter(id=row.id).update(due_at=row.due_at - back, sent_at=sent)


def send() -> None:
    """All that is due goes out."""
    for _ in range(100):
        if not sending.run_one():
            return
    raise AssertionError("the sending finds no end")


def after(minutes: float = 6) -> None:
    """What happened is read, time goes by, and what is due goes out."""
    read()
    pass_(minutes)
    send()


@pytest.fixture
def post(world: World) -> Iterator[Post]:
    """The way by mail, and a reader that has read what is history."""
    made, before = Post(), WAYS.get(MAIL)
    WAYS[MAIL] = Way(MAIL, made.take)
    read()
    yield made
    if before is not None:
        WAYS[MAIL] = before


@pytest.fixture
def at_desk() -> Callable[..., None]:
    """An agent has the desk open."""

    def open_(agent: Agent, minutes_ago: float = 0) -> None:
        Agent.objects.filter(id=agent.id).update(seen_at=clock.now() - timedelta(minutes=minutes_ago))

    return open_
