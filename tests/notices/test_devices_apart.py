"""Each maker has a service of its own: no device waits for that of another, and what arrived on some has arrived."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.notices.conftest import pass_, read
from tests.notices.devices import Screens, after, mine, noted, noted_on_two, screens, state, tell
from tests.servers.push_service import PushService
from tests.world import World
from vikno.dialogs.channels import Retry
from vikno.notices import actions, sending
from vikno.notices.kinds import PUSH, Kind
from vikno.notices.models import Device, NoticeDelivery
from vikno.notices.push import asking, rests, service
from vikno.notices.side_by_side import Devices
from vikno.staff.models import Agent
from vikno.tickets.actions import merging, noting

pytestmark = pytest.mark.django_db
__all__ = ["screens"]
PATIENT = 60.0  # seconds, on a machine that is slow


@pytest.fixture
def other() -> Iterator[PushService]:
    """The service of another maker."""
    made = PushService()
    yield made
    made.close()


class TestServices:
    def test_they_are_asked_side_by_side(self, world: World, screens: Screens, other: PushService) -> None:
        told, waited = threading.Event(), list[bool]()
        screens.switch_on(world.iryna, "iryna")
        screens.switch_on(world.iryna, "iryna-phone", other)
        screens.service.before["/iryna"] = told.set
        other.before["/iryna-phone"] = lambda: waited.append(told.wait(service.PATIENCE / 2))
        noted(world, mine(world))
        after()
        assert waited == [True]
        assert state() == ("sent", "")

    def test_one_that_was_not_reached_is_not_asked_for_the_next_person(
        self, world: World, screens: Screens, other: PushService
    ) -> None:
        agents = {"iryna": world.iryna, "olena": world.olena}
        for name, agent in agents.items():
            screens.switch_on(agent, name)
            screens.switch_on(agent, f"{name}-phone", other)
            other.answers[f"/{name}-phone"] = (0, {})
        for ticket in [mine(world, name, agent) for name, agent in agents.items()]:
            noted(world, ticket)
        after()
        assert len(other.got) == 1
        assert [len(screens.got(name)) for name in agents] == [1, 1]
        left = NoticeDelivery.objects.filter(way=PUSH, state="waiting").values_list("devices", flat=True)
        phones = Device.objects.filter(endpoint__endswith="-phone").values_list("id", flat=True)
        assert sorted(left) == sorted([one] for one in phones)
        other.answers.clear()
        rests.RESTS.answered(other.url)  # its rest is over
        pass_(15)
        tell()
        assert sorted(one.path for one in other.got[1:]) == ["/iryna-phone", "/olena-phone"]
        assert [len(screens.got(name)) for name in agents] == [1, 1], "who was told is not told again"
        assert set(NoticeDelivery.objects.filter(way=PUSH).values_list("state", flat=True)) == {"sent"}

    def test_the_longer_it_cannot_be_reached_the_longer_it_rests(self) -> None:
        resting = rests.Rests()
        assert [resting.failed("a") for _ in range(3)] == [rests.FIRST, 2 * rests.FIRST, 4 * rests.FIRST]
        assert max(resting.failed("a") for _ in range(2000)) == rests.LONGEST
        assert resting.left("a") > 0 and resting.left("b") == 0
        resting.answered("a")
        assert (resting.left("a"), resting.failed("a")) == (0, rests.FIRST)

    def test_nobody_joins_who_waits_for_a_slow_one(
        self, world: World, screens: Screens, other: PushService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rests, "SLOW", 0.0)
        asked, answers = threading.Event(), threading.Event()
        one, two = screens.switch_on(world.iryna, "iryna", other), screens.switch_on(world.olena, "olena", other)

        def slowly() -> None:
            asked.set()
            answers.wait(service.PATIENCE / 2)

        def post(device: Device) -> None:
            service.post(device, b"{}", topic="t", urgent=False, lasts=timedelta(hours=1), inner=True)

        other.before["/iryna"] = slowly
        waits = threading.Thread(target=post, args=[one])
        waits.start()
        assert asked.wait(service.PATIENCE)
        with pytest.raises(Retry):
            post(two)
        answers.set()
        waits.join()
        post(two)
        assert [got.path for got in other.got] == ["/iryna", "/olena"]


class TestHanging:
    """Services that take what is sent and do not answer."""

    def test_several_at_once_hold_up_nobody_else(
        self, world: World, screens: Screens, other: PushService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "PATIENCE", PATIENT)
        third, released = PushService(), threading.Event()
        for agent, name, by in ((world.olena, "olena", other), (world.taras, "taras", third)):
            screens.switch_on(agent, name, by)
            by.before[f"/{name}"] = lambda: released.wait(PATIENT)
        screens.switch_on(world.iryna, "iryna")
        devices = Devices(inner=True)
        told(world, world.olena, world.taras, world.iryna)
        goes_on(devices, lambda: len(other.got) + len(third.got) == 2 and states(world.iryna) == ["sent"])
        assert states(world.olena, world.taras) == ["sending"] * 2, "they are still waited for"
        told(world, world.iryna)
        goes_on(devices, lambda: states(world.iryna) == ["sent"])
        assert len(screens.got("iryna")) == 2 and not released.is_set()
        released.set()
        goes_on(devices, lambda: devices.step() == sending.REST)
        assert [len(one.got) for one in (screens.service, other, third)] == [2, 1, 1]
        third.close()

    def test_of_those_it_is_to_reach_only_the_first_wait_for_it(
        self, world: World, screens: Screens, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "PATIENCE", PATIENT)
        monkeypatch.setattr(asking, "AT_ONCE", 1)
        monkeypatch.setattr(rests, "LOOK_AGAIN", 600.0)
        released, agents = threading.Event(), {"iryna": world.iryna, "olena": world.olena, "taras": world.taras}
        for name, agent in agents.items():
            screens.switch_on(agent, name)
            screens.service.before[f"/{name}"] = lambda: released.wait(PATIENT)
        devices = Devices(inner=True)
        monkeypatch.setattr(rests, "SLOW", PATIENT)
        told(world, *agents.values())
        goes_on(devices, lambda: len(screens.service.got) == 1 and states(*agents.values()) == ["sending"] * 3)
        monkeypatch.setattr(rests, "SLOW", 0.0)  # so long it has not answered by now
        goes_on(devices, lambda: states(*agents.values()) == ["sending", "waiting", "waiting"])
        released.set()
        goes_on(devices, lambda: states(*agents.values()) == ["sent", "waiting", "waiting"])
        assert len(screens.service.got) == 1
        monkeypatch.setattr(rests, "SLOW", PATIENT)
        pass_(15)
        goes_on(devices, lambda: states(*agents.values()) == ["sent"] * 3)
        assert sorted(one.path for one in screens.service.got) == ["/iryna", "/olena", "/taras"]


def told(world: World, *agents: Agent) -> None:
    """Each of them is to be told of a note, now."""
    tickets = [mine(world, "Каса", agent) for agent in agents]
    for ticket in tickets:
        noting.add_note(ticket, world.bohdan, "Подзвоніть їм", by=world.act(world.bohdan))
    read()
    pass_(6)


def goes_on(devices: Devices, until: Callable[[], bool]) -> None:
    """The loop turns until it is so."""
    deadline = time.monotonic() + PATIENT
    while not until():
        assert time.monotonic() < deadline
        devices.step()


def states(*agents: Agent) -> list[str]:
    """How far each of these is told, in no order of theirs."""
    return sorted(NoticeDelivery.objects.filter(way=PUSH, agent__in=agents).values_list("state", flat=True))


class TestSome:
    @pytest.mark.parametrize(
        ("status", "reason", "words"),
        [(410, "devices_gone", "others take no more notices"), (403, "403 <b>not so</b>", "Not to all: 403 &lt;b&gt;")],
    )
    def test_what_some_were_told_has_arrived(
        self, world: World, screens: Screens, status: int, reason: str, words: str
    ) -> None:
        noted_on_two(world, screens, 503)
        assert state()[0] == "waiting"
        screens.answers("iryna-phone", status)
        pass_(15)
        tell()
        assert state() == ("sent", reason)
        page = screens.seats["iryna"].page("/settings/notices")
        assert "went to your devices at" in page and words in page and ">did not arrive" not in page

    def test_so_it_has_when_the_others_are_given_up(self, world: World, screens: Screens) -> None:
        noted_on_two(world, screens, 503)
        pass_(25 * 60)
        tell()
        assert state() == ("sent", "")
        assert len(screens.got("iryna")) == 1


class TestMerged:
    @pytest.mark.parametrize("before", [True, False])
    def test_what_was_shown_of_a_merged_request_closes_once_it_is_read(
        self, world: World, screens: Screens, *, before: bool
    ) -> None:
        screens.switch_on(world.iryna, "iryna")
        on = dict.fromkeys(Kind.values, True)
        actions.choose(world.iryna, on, page={}, push=on, by=world.act(world.iryna))
        first, second, third = (mine(world, subject) for subject in ("Каса", "Принтер", "Сканер"))
        noted(world, first)
        read()
        if before:
            after()
        merging.merge(first, second, by=world.act(world.taras))
        after()
        shown = first if before else second
        assert [one["tag"] for one in screens.shown("iryna")] == [f"ticket-{shown.number}"]
        assert screens.seats["iryna"].post(f"/tickets/{second.number}/seen").status_code == 204
        noted(world, third)
        after()
        assert f"ticket-{shown.number}" in screens.shown("iryna")[-1]["read"]
