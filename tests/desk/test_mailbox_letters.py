"""The page of what lies in a mailbox: how the bringing in of its past is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.channels.email.models import Past
from vikno.core import clock
from vikno.tickets import directory


@pytest.fixture
def owner(world: World) -> Seat:
    directory.forget()
    world.mail.settings = {"imap": {"host": "imap.kashtan.example", "user": "help"}}
    world.mail.save()
    return Seat(world.olena)


def page(owner: Seat, world: World) -> str:
    return owner.page(f"/channels/{world.mail.id}/letters")


def past(world: World, **more: object) -> Past:
    return Past.objects.create(channel=world.mail, since=clock.now() - timedelta(hours=1), **more)


def test_the_day_is_a_day_also_when_it_is_today(world: World, owner: Seat) -> None:
    now = clock.now()
    row = past(world, done=1, total=4)
    Past.objects.filter(id=row.id).update(since=now)
    local = now.astimezone(clock.zone("Europe/Kyiv"))
    assert f"since {local.day} {local:%b}:" in page(owner, world)


def test_what_is_not_counted_yet_has_no_figures(world: World, owner: Seat) -> None:
    past(world)
    text = page(owner, world)
    assert "Counting the letters" in text and "0 of 0" not in text
    assert "<progress max" in text


def test_nothing_to_bring_in_is_told_so(world: World, owner: Seat) -> None:
    past(world, state=Past.State.DONE, finished_at=clock.now())
    text = page(owner, world)
    assert "there is nothing but what was read already" in text and "of 0 letters" not in text


def test_a_paused_channel_says_why_nothing_goes_on(world: World, owner: Seat) -> None:
    past(world, done=3, total=9)
    world.mail.active = False
    world.mail.save()
    assert "Paused. Nothing is lost" in page(owner, world)


def test_a_mailbox_read_by_pop3_offers_nothing_that_it_cannot_do(world: World, owner: Seat) -> None:
    world.mail.settings["imap"]["protocol"] = "pop3"
    world.mail.save()
    text = page(owner, world)
    assert "from a mailbox that is read by IMAP" in text and 'value="begin"' not in text
