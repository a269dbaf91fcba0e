"""Notices on devices: the same decision as letters, carried by a stranger's service that learns nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.notices.conftest import Post, pass_, read, send
from tests.notices.devices import Screens, after, mine, noted, noted_on_two, screens, state, tell
from tests.world import World
from vikno.core import clock
from vikno.core.models import Company
from vikno.notices import actions
from vikno.notices.kinds import PUSH, Kind
from vikno.notices.models import Choices, Device, NoticeDelivery
from vikno.notices.push import way
from vikno.notices.push.proving import public_key
from vikno.notices.ways import WAYS, Way
from vikno.notices.working import end_of_work
from vikno.tasks import actions as tasks
from vikno.tasks.actions import Plan
from vikno.tasks.reminding import remind_due
from vikno.tickets.actions import assigning, fields
from vikno.tickets.actions.fields import restrict

pytestmark = pytest.mark.django_db
__all__ = ["screens"]
OFFICE = {str(day): ["09:00", "18:00"] for day in range(5)}


def test_a_device_is_told_what_happened_and_little_else(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    ticket = mine(world)
    message = ticket.links.get().message
    world.letter(world.maria, text="Секретний пароль 12345", answers=message)
    after()
    [shown] = screens.shown("iryna")
    assert shown["title"] == f"#{ticket.number} Каса мовчить"
    assert shown["body"] == "Відповідь клієнта"
    assert (shown["url"], shown["tag"]) == (f"/tickets/{ticket.number}", f"ticket-{ticket.number}")
    assert "12345" not in str(shown) and "Марія" not in str(shown)
    assert state() == ("sent", "")
    assert Device.objects.get().told_at is not None


def test_its_service_learns_for_how_long_it_is_kept_and_not_of_what(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    ticket = mine(world)
    noted(world, ticket)
    after()
    noted(world, ticket)
    after()
    one, other = screens.got("iryna")
    assert (one.headers["TTL"], one.headers["Urgency"]) == (str(12 * 3600), "normal")
    assert one.headers["Content-Encoding"] == "aes128gcm"
    assert one.headers["Topic"] == other.headers["Topic"] and len(one.headers["Topic"]) == 32
    assert str(ticket.number) not in one.headers["Topic"]
    said, key = one.proof()
    assert key == public_key()
    assert said["aud"] == screens.service.url
    assert 0 < said["exp"] - clock.now().timestamp() <= 24 * 3600


def test_who_has_no_device_is_told_by_mail_alone(world: World, screens: Screens, post: Post) -> None:
    noted(world, mine(world))
    after()
    assert set(NoticeDelivery.objects.values_list("way", flat=True)) == {"mail"}


def test_of_a_restricted_request_no_subject_is_shown(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    ticket = mine(world)
    restrict(ticket, True, by=world.act(world.taras))
    noted(world, ticket)
    after()
    [shown] = screens.shown("iryna")
    assert str(ticket.number) in shown["title"] and "мовчить" not in str(shown)


def test_a_request_without_words_is_called_so(world: World, screens: Screens, post: Post) -> None:
    screens.switch_on(world.iryna, "iryna")
    ticket = world.ticket(subject="", text="")
    assigning.assign(ticket, world.iryna, by=world.act(world.taras))
    after()
    send()
    [shown], [letter] = screens.shown("iryna"), post.to("iryna")
    assert (shown["title"], letter.subject) == (f"#{ticket.number} (лист без слів)",) * 2


def test_nor_where_letters_carry_no_words_of_customers(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    actions.decide(words=False, letters_an_hour=20, by=world.act(world.olena))
    noted(world, mine(world))
    after()
    assert "мовчить" not in str(screens.shown("iryna"))


def test_what_is_out_of_sight_by_then_is_not_told(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    ticket = mine(world)
    noted(world, ticket)
    read()
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    after()
    assert screens.service.got == []
    assert state() == ("dropped", "no_sight")


def test_what_is_read_at_the_desk_is_not_told_and_closes_elsewhere(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    first, second = mine(world), mine(world, "Принтер")
    noted(world, first)
    after()
    actions.read(world.iryna, tickets=[first.id])
    noted(world, second)
    after()
    assert [one["read"] for one in screens.shown("iryna")] == [[], [f"ticket-{first.number}"]]
    noted(world, first)
    read()
    actions.read(world.iryna, tickets=[first.id])
    after()
    assert len(screens.got("iryna")) == 2


def test_what_is_newer_of_a_request_stays_on_the_screen(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    first, second = mine(world), mine(world, "Принтер")
    noted(world, first)
    after()
    actions.read(world.iryna, tickets=[first.id])
    noted(world, first)
    after()
    noted(world, second)
    after()
    assert [one["read"] for one in screens.shown("iryna")] == [[], [], []]


def test_a_kind_can_be_switched_off_for_devices_alone(world: World, screens: Screens, post: Post) -> None:
    screens.switch_on(world.iryna, "iryna")
    on = dict.fromkeys(Kind.values, True)
    actions.choose(world.iryna, on, push=on | {"advice": False}, by=world.act(world.iryna))
    noted(world, mine(world))
    after()
    assert screens.service.got == []
    assert list(NoticeDelivery.objects.values_list("way", flat=True)) == ["mail"]


def test_an_owner_may_forbid_it_for_everybody(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    noted(world, mine(world))
    read()
    actions.decide(words=True, letters_an_hour=20, push=False, by=world.act(world.olena))
    after()
    assert screens.service.got == []
    assert state() == ("dropped", "off")


def test_a_demo_tells_no_device(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    Company.objects.update(demo=True)
    noted(world, mine(world))
    after()
    assert screens.service.got == []
    assert "This demo sends nothing outside." in screens.seats["iryna"].page("/settings/notices")


def test_letters_that_come_back_keep_nothing_from_devices(world: World, screens: Screens) -> None:
    screens.switch_on(world.iryna, "iryna")
    actions.mark_failed(world.iryna.id, "550 no such user")
    noted(world, mine(world))
    after()
    assert len(screens.got("iryna")) == 1


class TestItsTime:
    def test_outside_of_working_hours_nothing_is_shown(self, world: World, screens: Screens) -> None:
        with time_machine.travel(datetime(2026, 11, 23, 19, tzinfo=UTC), tick=False) as moment:
            screens.switch_on(world.iryna, "iryna")
            ticket = mine(world)
            actions.set_times(world.iryna, OFFICE, None, by=world.act(world.iryna))
            noted(world, ticket)
            read()
            moment.shift(timedelta(minutes=10))
            tell()
            assert screens.service.got == []
            moment.move_to(datetime(2026, 11, 24, 7, 0, 1, tzinfo=UTC))
            tell()
            [got] = screens.got("iryna")
            assert int(got.headers["TTL"]) == 9 * 3600 - 1  # and not later than work ends

    def test_what_is_urgent_is_shown_at_once_and_says_so(self, world: World, screens: Screens) -> None:
        with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False) as moment:
            screens.switch_on(world.iryna, "iryna")
            ticket = mine(world)
            actions.set_times(world.iryna, OFFICE, None, by=world.act(world.iryna))
            fields.set_priority(ticket, world.priorities["urgent"], by=world.act(world.taras))
            noted(world, ticket)
            read()
            moment.shift(timedelta(minutes=10))
            tell()
            [got] = screens.got("iryna")
            assert got.headers["Urgency"] == "high"

    def test_who_wants_one_letter_a_day_is_shown_one_thing_a_day(self, world: World, screens: Screens) -> None:
        with time_machine.travel(datetime(2026, 11, 23, 8, tzinfo=UTC), tick=False) as moment:
            screens.switch_on(world.iryna, "iryna")
            one, other = mine(world), mine(world, "Принтер")
            actions.set_times(world.iryna, {}, 16, by=world.act(world.iryna))
            noted(world, one)
            noted(world, other)
            read()
            moment.shift(timedelta(minutes=10))
            tell()
            assert screens.service.got == []
            moment.move_to(datetime(2026, 11, 23, 14, 0, 1, tzinfo=UTC))
            tell()
            [shown] = screens.shown("iryna")
            assert (shown["url"], shown["tag"]) == ("/notices", "news")
            assert "мовчить" not in str(shown)

    def test_beyond_so_many_an_hour_they_wait(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        actions.decide(words=True, letters_an_hour=1, by=world.act(world.olena))
        first, second = mine(world), mine(world, "Принтер")
        noted(world, first)
        after()
        noted(world, second)
        after()
        assert len(screens.got("iryna")) == 1
        pass_(61)
        tell()
        assert len(screens.got("iryna")) == 2

    def test_a_reminder_comes_with_its_words(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        later = clock.now() + timedelta(hours=1)
        plan = Plan("Подзвонити Марії", later, remind_at=later - timedelta(hours=2))
        tasks.add(world.iryna, plan, by=world.act(world.iryna))
        remind_due()
        after()
        [shown] = screens.shown("iryna")
        assert (shown["title"], shown["url"]) == ("Подзвонити Марії", "/todo")

    @pytest.mark.parametrize(
        ("hours", "now", "end"),
        [
            ({}, "2026-11-23T08:00", None),
            (OFFICE, "2026-11-23T06:59", None),
            (OFFICE, "2026-11-23T07:00", "2026-11-23T16:00"),
            ({"0": ["22:00", "06:00"]}, "2026-11-24T03:00", "2026-11-24T04:00"),
            ({"0": ["09:00", "00:00"], "1": ["00:00", "10:00"]}, "2026-11-23T12:00", "2026-11-24T08:00"),
        ],
    )
    def test_when_work_ends(self, hours: dict[str, list[str]], now: str, end: str | None) -> None:
        at, ends = (datetime.fromisoformat(one).replace(tzinfo=UTC) if one else None for one in (now, end))
        assert at is not None
        assert end_of_work(hours, "Europe/Kyiv", at) == ends


class TestWhatBecomesOfIt:
    def test_a_device_that_is_gone_is_forgotten(self, world: World, screens: Screens) -> None:
        noted_on_two(world, screens, 410)
        assert len(screens.shown("iryna")) == 1
        assert [one.endpoint.rpartition("/")[2] for one in Device.objects.all()] == ["iryna"]
        assert state() == ("sent", "")

    def test_that_none_is_left_is_said(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        screens.answers("iryna", 404)
        noted(world, mine(world))
        after()
        assert state() == ("refused", "devices_gone")
        assert not Device.objects.exists()
        assert Choices.objects.filter(failed_at__isnull=False).count() == 0, "letters go on"

    def test_what_a_service_cannot_take_now_is_tried_again_for_that_device(
        self, world: World, screens: Screens
    ) -> None:
        screens.switch_on(world.iryna, "iryna")
        phone = screens.switch_on(world.iryna, "iryna-phone")
        screens.answers("iryna-phone", 429, Retry_After="120")
        noted(world, mine(world))
        before = clock.now()
        after()
        row = NoticeDelivery.objects.get(way=PUSH)
        assert (row.state, row.devices) == ("waiting", [phone.id])
        assert timedelta(seconds=119) < row.due_at - before < timedelta(minutes=10)
        screens.answers("iryna-phone", 201)
        pass_(15)
        tell()
        assert (len(screens.got("iryna")), len(screens.got("iryna-phone"))) == (1, 2)
        assert state()[0] == "sent"

    def test_one_that_is_refused_says_why_and_is_not_tried_again(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        screens.answers("iryna", 403)
        noted(world, mine(world))
        after()
        assert state() == ("refused", "403 <b>not so</b>")
        assert Device.objects.get().failed_words == "403 <b>not so</b>"
        assert "403 &lt;b&gt;not so&lt;/b&gt;" in screens.seats["iryna"].page("/settings/notices")
        tell()
        assert len(screens.got("iryna")) == 1

    def test_nothing_is_followed_elsewhere(self, world: World, screens: Screens) -> None:
        screens.switch_on(world.iryna, "iryna")
        screens.answers("iryna", 307, Location=f"{screens.service.url}/elsewhere")
        noted(world, mine(world))
        after()
        assert [one.path for one in screens.service.got] == ["/iryna"]

    def test_an_address_in_our_own_network_is_never_asked(self, world: World, screens: Screens) -> None:
        WAYS[PUSH] = Way(PUSH, way.send)  # as it runs
        screens.switch_on(world.iryna, "iryna")
        Device.objects.update(endpoint=f"https://127.0.0.1:{screens.service.url.rpartition(':')[2]}/iryna")
        noted(world, mine(world))
        after()
        assert screens.service.got == []
        assert state()[0] == "refused"
