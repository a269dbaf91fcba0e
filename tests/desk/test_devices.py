"""The page of notices, as far as devices go: switching on, taking away, what the owner decides, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.desk.seats import Seat
from tests.servers.push_service import Browser
from tests.world import World
from vikno.notices.kinds import Kind
from vikno.notices.models import Choices, Device, Rules
from vikno.staff.models import Agent

pytestmark = pytest.mark.django_db
Queries = Callable[..., AbstractContextManager[Any]]
PAGE = "/settings/notices"


def seat_of(agent: Agent) -> Seat:
    """Signed in as by the form: what one is signed in with is listed."""
    seat = Seat(agent)
    listed = {
        "user": agent.person.user, "ip": "127.0.0.1", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    }  # fmt: skip
    UserSession.objects.update_or_create(session_key=seat.session.session_key, defaults=listed)
    return seat


def switch_on(seat: Seat, name: str = "abc", **other: str) -> Any:
    browser = Browser()
    told = {"endpoint": f"https://push.example.net/{name}", "key": browser.key, "secret": browser.secret}
    return seat.post(f"{PAGE}/devices", told | other)


def test_a_device_is_switched_on_listed_and_taken_away(world: World) -> None:
    seat = seat_of(world.iryna)
    assert "data-device=" not in seat.page(PAGE)
    assert switch_on(seat).status_code == 204
    page = seat.page(PAGE)
    assert "Firefox on Linux" in page and "Notices are shown on this device from now on." in page
    device = Device.objects.get()
    assert f"{PAGE}/devices/{device.id}/end" in page
    assert seat.post(f"{PAGE}/devices/{device.id}/end").status_code == 302
    assert not Device.objects.exists()
    assert "data-device=" not in seat.page(PAGE)


def test_what_is_no_subscription_is_refused(world: World) -> None:
    seat = seat_of(world.iryna)
    assert switch_on(seat, endpoint="http://127.0.0.1:8000/").status_code == 422
    assert switch_on(seat, key="").status_code == 422
    assert not Device.objects.exists()


def test_kinds_are_chosen_for_devices_once_there_is_one(world: World) -> None:
    seat = seat_of(world.iryna)
    assert 'name="push" value="note"' not in seat.page(PAGE)
    seat.sends(PAGE, mail=["note"], page=["note"])
    assert Choices.objects.get().push == {}, "who has none was not asked"
    switch_on(seat)
    assert seat.page(PAGE).count('name="push" value=') == len(Kind)
    seat.sends(PAGE, mail=["note"], page=["note"], push=["reply"], devices="1")
    assert [kind for kind, on in Choices.objects.get().push.items() if on] == ["reply"]


def test_where_the_owner_forbids_it_nothing_is_switched_on(world: World) -> None:
    Seat(world.olena).sends(f"{PAGE}/rules", words="1", letters_an_hour="20")
    assert not Rules.objects.get().push
    seat = seat_of(world.iryna)
    assert switch_on(seat).status_code == 403
    page = seat.page(PAGE)
    assert "An owner has switched this off for everybody." in page and "data-switch-on" not in page
    Seat(world.olena).sends(f"{PAGE}/rules", words="1", letters_an_hour="20", push="1")
    assert switch_on(seat).status_code == 204


def test_nobody_who_is_not_signed_in_switches_anything_on(world: World) -> None:
    stranger = Client(HTTP_HOST="127.0.0.1:8000")
    assert stranger.post(f"{PAGE}/devices", {}).status_code == 302
    assert not Device.objects.exists()


def test_the_worker_reaches_everything_and_asks_nobody(world: World) -> None:
    answer = Client(HTTP_HOST="127.0.0.1:8000").get("/worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert answer["Cache-Control"] == "no-cache"
    script = answer.content.decode()
    assert "fetch" not in script and "import" not in script


def test_more_devices_cost_no_more_queries(world: World, queries: Queries) -> None:
    seat = seat_of(world.iryna)
    switch_on(seat, "one")
    seat.page(PAGE)
    with queries() as few:
        seat.page(PAGE)
        most = len(few)
    for number in range(8):
        switch_on(seat_of(world.iryna), f"more-{number}")
    seat.page(PAGE)
    with queries(at_most=most):
        seat.page(PAGE)
