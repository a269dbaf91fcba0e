"""Devices that somebody has switched on, and the service that reaches them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from allauth.usersessions.models import UserSession

from tests.desk.seats import Seat
from tests.notices.conftest import Post, pass_, read
from tests.servers.push_service import Browser, Got, PushService
from tests.world import World
from vikno.notices import actions, sending
from vikno.notices.kinds import PUSH
from vikno.notices.models import Device, Notice, NoticeDelivery
from vikno.notices.push import way
from vikno.notices.push.subscriptions import Subscription
from vikno.notices.ways import WAYS, Way
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning, noting
from vikno.tickets.models import Ticket


@dataclass
class Screens:
    """Devices of agents by name ("iryna", "iryna-phone"), each signed in by itself."""

    world: World
    service: PushService
    browsers: dict[str, Browser] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)

    def switch_on(self, agent: Agent, name: str, by: PushService | None = None) -> Device:
        seat = self.seats[name] = Seat(agent)
        seat.page("/settings/notices")
        session, _made = UserSession.objects.get_or_create(
            session_key=seat.session.session_key,
            defaults={"user": agent.person.user, "ip": "127.0.0.1", "user_agent": "Firefox/140 Linux"},
        )
        browser = self.browsers[name] = Browser()
        told = Subscription(f"{(by or self.service).url}/{name}", browser.key, browser.secret)
        return actions.add_device(agent, session, told, by=self.world.act(agent))

    def answers(self, name: str, status: int, **headers: str) -> None:
        self.service.answers[f"/{name}"] = (status, {one.replace("_", "-"): value for one, value in headers.items()})

    def got(self, name: str) -> list[Got]:
        return [one for one in self.service.got if one.path == f"/{name}"]

    def shown(self, name: str) -> list[dict[str, Any]]:
        """What the browser read, in its order."""
        return [json.loads(self.browsers[name].opens(one.sealed)) for one in self.got(name)]


def tell() -> None:
    """All that is due for devices is sent."""
    for _ in range(100):
        if not sending.run_one(PUSH):
            return
    raise AssertionError("the sending finds no end")


def after(minutes: float = 6) -> None:
    """What happened is read, time goes by, and devices are told what is due."""
    read()
    pass_(minutes)
    tell()


@pytest.fixture
def screens(world: World, post: Post) -> Iterator[Screens]:
    """A push service on this very machine, which nothing but a test may ask."""
    service, before = PushService(), WAYS[PUSH]
    WAYS[PUSH] = Way(PUSH, partial(way.send, inner=True))
    yield Screens(world, service)
    WAYS[PUSH] = before
    service.close()


def mine(world: World, subject: str = "Каса мовчить", agent: Agent | None = None) -> Ticket:
    ticket = world.ticket(subject=subject)
    assigning.assign(ticket, agent or world.iryna, by=world.act(agent or world.iryna))
    read()
    Notice.objects.all().delete()
    return ticket


def noted(world: World, ticket: Ticket) -> None:
    noting.add_note(ticket, world.taras, "Подзвоніть їм", by=world.act(world.taras))


def noted_on_two(world: World, screens: Screens, phone: int) -> None:
    """Iryna has a browser and a telephone whose service answers with this status, and has just been told of a note."""
    screens.switch_on(world.iryna, "iryna")
    screens.switch_on(world.iryna, "iryna-phone")
    screens.answers("iryna-phone", phone)
    noted(world, mine(world))
    after()


def state() -> tuple[str, str]:
    row = NoticeDelivery.objects.get(way=PUSH)
    return row.state, row.reason
