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


def test_after_a_stop_the_day_stands_there_to_go_on_from(world: World, owner: Seat) -> None:
    row = past(world)
    day = row.since.astimezone(clock.zone("Europe/Kyiv")).date().isoformat()
    field = f'name="since" type="date" value="{day}"'
    assert field not in page(owner, world)
    owner.post(f"/channels/{world.mail.id}/letters", {"verb": "stop"})
    assert field in page(owner, world)


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


def test_our_own_answers_are_offered_and_taken_unless_one_says_no(world: World, owner: Seat) -> None:
    offer = '<input type="checkbox" name="answers" value="1" checked>'
    assert offer in page(owner, world)
    owner.post(f"/channels/{world.mail.id}/letters", {"verb": "begin", "since": "2026-01-05"})
    world.mail.refresh_from_db()
    assert "take_sent" not in world.mail.settings["imap"]
    owner.post(f"/channels/{world.mail.id}/letters", {"verb": "stop"})
    assert offer in page(owner, world)
    owner.post(f"/channels/{world.mail.id}/letters", {"verb": "begin", "since": "2026-01-05", "answers": "1"})
    world.mail.refresh_from_db()
    assert world.mail.settings["imap"]["take_sent"] is True
    assert world.mail.settings["imap"]["host"] == "imap.kashtan.example"
    owner.post(f"/channels/{world.mail.id}/letters", {"verb": "stop"})
    assert 'name="answers"' not in page(owner, world)  # they come anyway
