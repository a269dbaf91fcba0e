"""What providers allow: so many a minute, so many a day; what waits for that says so and goes by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.dialogs.wires import Wire, due_now, fresh, say
from tests.world import World
from vikno.channels.email.limits import usual_limits
from vikno.core import clock
from vikno.dialogs import claiming, deliveries, sending, throttle
from vikno.dialogs.channels import Unknown
from vikno.dialogs.delivery_words import explain
from vikno.dialogs.models import Channel, Delivery, Dialog, SentHour

State = Delivery.State


def limit(world: World, **settings: int) -> None:
    Channel.objects.filter(id=world.mail.id).update(settings=settings)


class TestADay:
    def test_what_is_beyond_waits_and_says_for_what_and_until_when(
        self, world: World, wire: Wire, dialog: Dialog
    ) -> None:
        limit(world, limit_per_day=2)
        rows = [say(dialog, who)[0] for who in (world.maria, world.petro, world.stranger)]
        sending.run_due()
        sending.run_due()
        assert wire.got == [row.id for row in rows[:2]]
        late = fresh(rows[2])
        assert (late.state, late.reason, late.attempts) == (State.QUEUED, "day_limit: 2", 0)
        assert timedelta(hours=24) <= late.not_before - clock.now() <= timedelta(hours=25)
        assert explain(late) == "Waits for the limit of 2 letters a day."

    def test_it_goes_when_the_first_are_a_day_old(self, world: World, wire: Wire, dialog: Dialog) -> None:
        limit(world, limit_per_day=1)
        rows = [say(dialog, who)[0] for who in (world.maria, world.petro)]
        sending.run_due()
        sending.run_due()
        SentHour.objects.update(hour=clock.now() - timedelta(hours=25, minutes=1))
        due_now(rows[1])
        sending.run_due()
        assert (fresh(rows[1]).state, fresh(rows[1]).reason) == (State.SENT, "")

    def test_the_oldest_hour_leaves_the_day_first(self, world: World) -> None:
        now = clock.now()
        for hours, messages in ((23, 3), (20, 4), (1, 3)):
            SentHour.objects.create(channel=world.mail, hour=now - timedelta(hours=hours), messages=messages)
        left, wait = throttle.left_today({world.mail.id: 8})[world.mail.id]
        assert (left, wait is not None) == (0, True)
        assert wait is not None and timedelta(seconds=wait.seconds) > timedelta(hours=1, minutes=59)
        assert timedelta(seconds=wait.seconds) < timedelta(hours=2, minutes=1)
        assert throttle.left_today({world.mail.id: 11})[world.mail.id] == (1, None)
        assert throttle.left_today({world.mail.id: 0}) == {}

    def test_what_may_have_gone_counts_as_gone(self, world: World, wire: Wire, dialog: Dialog) -> None:
        wire.answers = [Unknown("silence")]
        say(dialog)
        sending.run_due()
        assert SentHour.objects.get(channel=world.mail).messages == 1

    def test_of_many_that_are_due_none_is_asked_one_by_one(
        self, world: World, wire: Wire, dialog: Dialog, queries: Callable[..., AbstractContextManager[Any]]
    ) -> None:
        limit(world, limit_per_day=1)
        throttle.count(world.mail.id)
        for who in (world.maria, world.petro, world.stranger, world.supplier):
            say(dialog, who)
        with queries(at_most=8):
            assert claiming.claim_due(10) == []
        assert set(Delivery.objects.values_list("reason", flat=True)) == {"day_limit: 1"}

    def test_a_higher_limit_lets_it_go_at_once(self, world: World, wire: Wire, dialog: Dialog) -> None:
        limit(world, limit_per_day=1)
        throttle.count(world.mail.id)
        [row] = say(dialog)
        sending.run_due()
        limit(world, limit_per_day=5)
        deliveries.resume(world.mail.id)
        sending.run_due()
        assert fresh(row).state == State.SENT

    def test_another_channel_goes_on(self, world: World, wire: Wire, dialog: Dialog) -> None:
        limit(world, limit_per_day=1)
        throttle.count(world.mail.id)
        say(dialog)
        other = say(world.chat_dialog(world.petro))
        sending.run_due()
        assert fresh(other[0]).state == State.SENT


def test_a_minutes_limit_is_named_too(world: World, wire: Wire, dialog: Dialog) -> None:
    limit(world, limit_per_minute=1)
    rows = [say(dialog, who)[0] for who in (world.maria, world.petro)]
    sending.run_due()
    late = fresh(rows[1])
    assert late.reason == "minute_limit: 1"
    assert explain(late) == "Waits for the limit of 1 letters a minute."
    due_now(late)
    assert fresh(rows[0]).state == State.SENT


@pytest.mark.parametrize(
    ("host", "user", "expected"),
    [("smtp.gmail.com", "shop@gmail.com", {"day": 500}), ("SMTP.Gmail.com.", "help@kashtan.example", {"day": 2000}),
     ("smtp.office365.com", "help@kashtan.example", {"minute": 30, "day": 10_000}),
     ("mail.kashtan.example", "x@gmail.com", {}), ("notgmail.com", "", {}), ("", "", {})],
)  # fmt: skip
def test_what_providers_are_known_to_allow(host: str, user: str, expected: dict[str, int]) -> None:
    assert usual_limits({"smtp": {"host": host, "user": user}}) == expected
    assert usual_limits({}) == {}


def test_what_was_set_comes_before_what_is_known(world: World) -> None:
    settings: dict[str, Any] = {"smtp": {"host": "smtp.office365.com"}}
    known = throttle.limits_of("email", settings)
    assert (known.minute, known.day) == (30, 10_000)
    own = throttle.limits_of("email", settings | {"limit_per_day": 0, "limit_per_minute": 5})
    assert (own.minute, own.day) == (5, 0)


class TestInSight:
    def test_on_the_message_the_page_of_deliveries_and_the_channel(self, world: World) -> None:
        limit(world, limit_per_day=1)
        throttle.count(world.mail.id)
        ticket = world.ticket()
        world.answer(ticket, world.taras)
        Delivery.objects.update(not_before=clock.now())
        sending.run_due()
        row = Delivery.objects.get()
        assert row.reason == "day_limit: 1"
        seat = Seat(world.olena)
        for page in (f"/tickets/{ticket.number}", "/outbox"):
            text = seat.page(page)
            assert "Waits for the limit of 1 letters a day." in text
            assert "goes at" in text
        channels = seat.page("/channels")
        assert "Limit reached" in channels
        assert "1 letters have left within a day" in channels

    def test_the_page_of_a_mailbox_sets_it_and_says_what_the_provider_allows(self, world: World) -> None:
        world.mail.settings = {"smtp": {"host": "smtp.office365.com"}}
        world.mail.save()
        page = Seat(world.olena).page(f"/channels/{world.mail.id}")
        assert 'name="limit_per_day"' in page
        assert "10,000" in page
