"""Notices on devices end with the sign-in, with the person's leaving, and wherever somebody takes them away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from tests.notices.conftest import read
from tests.notices.devices import Screens, after, mine, noted, screens, state
from tests.world import World
from vikno.accounts import rules
from vikno.accounts.models import User
from vikno.core import clock
from vikno.journal.models import Event
from vikno.notices import actions
from vikno.notices.models import Device
from vikno.people import erasure
from vikno.staff.actions import deactivate
from vikno.tickets.actions import assigning

pytestmark = pytest.mark.django_db
__all__ = ["screens"]


class TestItsEnd:
    def test_signing_out_ends_it(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        screens.switch_on(world.iryna, "iryna-phone")
        assert screens.seats["iryna-phone"].post("/account/logout/").status_code == 302
        assert [one.endpoint.rpartition("/")[2] for one in Device.objects.all()] == ["iryna"]
        noted(world, mine(world))
        after()
        assert screens.got("iryna-phone") == [] and len(screens.got("iryna")) == 1

    def test_so_does_ending_the_session_from_elsewhere(self, world: World, screens: Screens) -> None:
        phone = screens.switch_on(world.iryna, "iryna-phone")
        here = screens.switch_on(world.iryna, "iryna")
        screens.seats["iryna"].post(f"/settings/sessions/{phone.session_id}/end")
        assert list(Device.objects.values_list("id", flat=True)) == [here.id]

    def test_a_sign_in_that_ran_out_is_told_nothing(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
        noted(world, mine(world))
        after()
        assert screens.service.got == []
        assert state() == ("refused", "devices_gone")

    def test_nor_one_from_before_another_password(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        user = User.objects.get(person__agent=world.iryna)
        user.set_password("another walk by the river")
        user.save(update_fields=["password"])
        noted(world, mine(world))
        after()
        assert screens.service.got == []

    def test_nor_one_that_must_add_a_second_factor_first(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        session = screens.seats["iryna"].session
        session[rules.FACTOR_FIRST] = True
        session.save()
        noted(world, mine(world))
        after()
        assert screens.service.got == []

    def test_who_is_deactivated_is_told_nothing(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.sofia, "sofia")
        ticket = mine(world)
        assigning.follow(ticket, world.sofia.id, by=world.act(world.sofia))
        noted(world, ticket)
        read()
        deactivate(world.sofia, by=world.act(world.olena))
        assert not Device.objects.exists()
        after()
        assert screens.service.got == []

    def test_erasing_a_person_takes_their_devices(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.sofia, "sofia")
        for step in erasure.STEPS.values():
            if step.name == "notices":
                step.run(world.sofia.person_id)
        assert not Device.objects.exists()


def test_the_journal_knows_how_many_and_not_which(world: World, screens: Screens) -> None:
    device = screens.switch_on(world.iryna, "iryna")
    actions.take_device(world.iryna, device.id, by=world.act(world.iryna))
    told = [one.delta["notice_devices"] for one in Event.objects.filter(verb="agent.changed").order_by("id")]
    assert told == [[0, 1], [1, 0]]


def test_nobody_takes_anothers(world: World, screens: Screens) -> None:
    device = screens.switch_on(world.iryna, "iryna")
    actions.take_device(world.taras, device.id, by=world.act(world.taras))
    assert Device.objects.filter(id=device.id).exists()


def test_the_same_browser_is_one_device_whoever_is_in_it(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "shared")
    screens.switch_on(world.taras, "shared")
    [device] = Device.objects.all()
    assert device.agent == world.taras


def test_of_too_many_the_oldest_gives_way(world: World, screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_DEVICES", 2)
    made = [screens.switch_on(world.iryna, f"iryna-{number}") for number in range(3)]
    assert set(Device.objects.values_list("id", flat=True)) == {one.id for one in made[1:]}


def test_an_address_and_a_key_are_printed_nowhere(world: World, screens: Screens) -> None:
    device = screens.switch_on(world.iryna, "iryna")
    page = screens.seats["iryna"].page("/settings/notices")
    assert device.endpoint not in page
    assert screens.browsers["iryna"].secret not in page + repr(vars(Device.objects.get()))
