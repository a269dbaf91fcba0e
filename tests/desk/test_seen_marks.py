"""An act on rows of a list passes over nothing that its customers wrote and the list did not show: these requests are
left out, the others are not, and a look at them is the way to do it all the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from random import Random
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_bulk import HTMX, small_steps  # noqa: F401 - a fixture
from tests.world import World
from vikno.core import clock
from vikno.desk import going_on, left_page, many, seen_marks
from vikno.dialogs.models import Message
from vikno.tickets.actions import fields, linking, merging
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
ACTS = ["close", "spam", "delete", "closed", "waiting", "snooze"]


def form_of(world: World, what: str) -> dict[str, Any]:
    """What the bar sends for an act."""
    if what in world.statuses:
        return {"status": world.statuses[what].id}
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    return {"snooze": tomorrow} if what == "snooze" else {"act": what}


def drawn(seat: Seat, address: str = "/inbox/open") -> dict[int, str]:
    """What each row of a list says of itself."""
    marks = re.findall(r'name="ticket" value="(\d+-\d+)" form="bulk"', seat.page(address))
    return {int(one.partition("-")[0]): one for one in marks}


def writes(world: World, ticket: Ticket, text: str = "І друк теж не йде") -> None:
    world.letter(world.maria, text=text, answers=ticket.links.earliest("id").message)


def away() -> set[int]:
    """The numbers of what was put out of the way."""
    found = Ticket.objects.all()
    gone = [one for one in found if one.closed_at or one.deleted_at or one.snoozed_until or one.stage == "waiting"]
    return {one.number for one in gone}


def click(seat: Seat, marks: Any, **what: Any) -> Any:
    return seat.post("/bulk", {"ticket": list(marks), "list": "open"} | what, **HTMX)


def said(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize("address", ["/inbox/open", "/inbox/open?as=table"])
def test_what_its_customer_wrote_since_the_list_was_drawn_is_left_and_the_rest_is_done(
    world: World, what: str, address: str
) -> None:
    seat, (one, two, three) = Seat(world.iryna), [world.ticket() for _number in range(3)]
    marks = drawn(seat, address)
    writes(world, two)
    answer = click(seat, marks.values(), **form_of(world, what))
    assert f"Done: 2. 1 of 3 was left, as its customer has written meanwhile: #{two.number}." in said(answer)
    assert away() == {one.number, three.number}
    assert answer["X-Left"] == str(two.number) and "X-Refused" not in answer
    look = re.search(r'href="(/bulk/left\?[^"]+)"', answer.content.decode())
    undo = re.search(r"/undo/\d+", said(answer))
    assert look is not None and undo is not None
    seat.sends(undo[0])
    assert not away()

    page = seat.page(unescape(look[1]), **HTMX)
    assert "І друк теж не йде" in page and "anyway</button>" in page
    shown = re.findall(r'name="ticket" value="(\d+-\d+)" checked', page)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert [mark.partition("-")[0] for mark in shown] == [str(two.number)]
    again = seat.post("/bulk", hidden | {"ticket": shown}, **HTMX)
    assert said(again).count("Done: 1.") == 1 and "X-Left" not in again and away() == {two.number}


def test_a_row_by_its_own_button_too(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    found = re.search(r'name="close" value="(\d+-\d+)" form="bulk"', seat.page("/inbox/open"))
    assert found is not None
    writes(world, ticket)
    answer = seat.post("/bulk", {"close": found[1], "list": "open"}, **HTMX)
    assert "Done: 0. 1 of 1 was left" in said(answer) and not away()
    assert answer["X-Refused"] == "1" and "/undo/" not in said(answer), "what was shown ahead is taken back"
    click(seat, [], close=drawn(seat)[ticket.number])
    assert away() == {ticket.number}


def test_all_of_a_list_is_meant_as_it_was_at_the_click(world: World) -> None:
    seat, (one, two) = Seat(world.iryna), [world.ticket() for _number in range(2)]
    frozen = re.search(r'name="all" form="bulk" value="([\d,-]+)"', seat.page("/inbox/open/all", **HTMX))
    assert frozen is not None
    writes(world, two)
    for newer in ([], [drawn(seat)[two.number]]):  # also where the row was drawn anew meanwhile
        assert f"as its customer has written meanwhile: #{two.number}." in said(
            click(seat, newer, act="close", all=frozen[1])
        )
    assert away() == {one.number}
    click(seat, [drawn(seat)[two.number]], act="close")
    assert away() == {one.number, two.number}


def test_without_a_script_one_is_led_to_what_was_left(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(2)]
    marks = drawn(seat)
    for one in tickets:
        writes(world, one)
    page = unescape(seat.sends("/bulk", ticket=list(marks.values()), act="close", list="mine").content.decode())
    assert "2 of 2 were left, as their customers have written meanwhile" in page and "<h1" in page
    assert page.count("І друк теж не йде") == 2 and 'href="/inbox/mine"' in page and "Close anyway" in page


def changed(world: World, ticket: Ticket) -> None:
    fields.tag(ticket, [fields.tag_named("друк")], by=world.act(world.taras))


def answered(world: World, ticket: Ticket) -> None:
    writes(world, ticket)
    world.answer(ticket, world.taras)


def thanked(world: World, ticket: Ticket) -> None:
    writes(world, ticket, "Дякую!")


@pytest.mark.parametrize("meanwhile", [changed, answered, thanked])
def test_what_nobody_would_miss_hinders_nobody(world: World, meanwhile: Callable[[World, Ticket], None]) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    if meanwhile is thanked:
        world.answer(ticket)
    marks = drawn(seat)
    meanwhile(world, ticket)
    assert "Done: 1." in said(click(seat, marks.values(), act="close"))


def test_words_that_a_colleague_brought_count_too_and_what_puts_nothing_away_is_done(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    marks = drawn(seat)
    linking.link(world.letter(world.maria).message, ticket, by=world.act(world.taras))
    for harmless in ({"status": world.statuses["open"].id}, {"act": "take"}, {"tag": "друк"}):
        assert "Done: 1." in said(click(seat, marks.values(), **harmless))
    assert "Done: 0. 1 of 1 was left" in said(click(seat, marks.values(), act="delete")) and not away()


def test_words_to_what_it_absorbed_are_words_to_it(world: World) -> None:
    seat, (one, two) = Seat(world.iryna), [world.ticket() for _number in range(2)]
    merging.merge_all([two], one, by=world.act(world.taras))
    marks = drawn(seat)
    writes(world, two)
    assert "Done: 0. 1 of 1 was left" in said(click(seat, marks.values(), act="close")) and not away()
    assert "І друк теж не йде" in seat.page(f"/bulk/left?act=close&ticket={one.number}", **HTMX)
    assert "І друк теж не йде" in seat.page(f"/bulk/left?act=close&ticket={marks[one.number]}", **HTMX)
    fields.restrict(two, True, by=world.act(world.taras))
    for named in (one.number, marks[one.number]):
        assert "І друк теж не йде" not in seat.page(f"/bulk/left?act=close&ticket={named}", **HTMX)


def test_of_very_many_that_were_left_it_is_said_how_many_are_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "MOST_SHOWN", 1)
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(3)]
    marks = drawn(seat)
    for one in tickets:
        writes(world, one)
    look = re.search(r'href="(/bulk/left\?[^"]+)"', click(seat, marks.values(), act="close").content.decode())
    assert look is not None
    page = seat.page(unescape(look[1]), **HTMX)
    assert page.count('name="ticket"') == 1 and "and 2 more requests" in page
    assert "more request" not in seat.page(f"/bulk/left?act=close&ticket={tickets[0].number}&more=x", **HTMX)


@pytest.mark.usefixtures("small_steps")
def test_it_holds_for_what_is_done_in_steps_and_by_nobody_who_looks(world: World) -> None:
    seat, tickets = Seat(world.iryna), [world.ticket() for _number in range(5)]
    marks = drawn(seat)
    answer = click(seat, marks.values(), act="close")
    writes(world, tickets[4])  # while it goes on
    while found := re.search(r'name="work" value="([^"]+)"', said(answer)):
        assert answer["X-Goes-On"] == found[1] and "X-Left" not in answer
        answer = seat.post("/bulk", {"work": found[1]}, **HTMX)
    page = said(answer)
    assert "X-Goes-On" not in answer and answer["X-Left"] == str(tickets[4].number)
    assert "Done: 4. 1 of 5 was left" in page and "/bulk/left?" in page and tickets[4].number not in away()
    kept = going_on.kept(world.iryna.id)
    assert kept is None or not kept.left


def test_rows_that_have_not_changed_cost_nothing_more_and_changed_ones_little(world: World, queries: Any) -> None:
    seat, tickets, counted = Seat(world.iryna), [world.ticket() for _number in range(25)], []
    marks = drawn(seat)
    click(seat, [tickets.pop().number], act="close")  # what is read once by a process has been read
    for one in tickets[16:]:
        changed(world, one)
    for several in (tickets[:8], tickets[8:16], tickets[16:]):
        named = [one.number if several[0] is tickets[0] else marks[one.number] for one in several]
        with queries() as seen:
            assert f"Done: {len(several)}." in said(click(seat, named, act="close"))
        counted.append(len(seen))
    assert counted[1] - counted[0] <= 5 and counted[2] <= counted[1] + 2


def test_what_is_looked_at_is_what_the_customer_wrote_also_below_an_automatic_letter(
    world: World, queries: Any
) -> None:
    seat, ticket, other = Seat(world.iryna), world.ticket(), world.ticket()
    first = ticket.links.earliest("id").message
    writes(world, ticket)
    world.letter(world.maria, text="Я у відпустці", answers=first, kind=Message.Kind.AUTOMATIC)
    address = f"/bulk/left?act=close&ticket={ticket.number}"
    with queries() as one:
        page = seat.page(address, **HTMX)
    assert "І друк теж не йде" in page and "Я у відпустці" not in page
    with queries(at_most=len(one)):
        seat.page(f"{address}&ticket={other.number}", **HTMX)
    last = ticket.links.filter(message__kind="ordinary").latest("id").message
    Message.objects.filter(id=last.id).update(hidden_at=clock.now())
    assert "І друк теж не йде" not in seat.page(address, **HTMX)


def test_all_that_was_written_since_is_looked_at(world: World, queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seat, (ticket, other) = Seat(world.iryna), [world.ticket(text="Показано") for _number in range(2)]
    marks = drawn(seat)
    for text in ("І друк теж не йде", "І сканер"):
        writes(world, ticket, text)
    ticket.refresh_from_db()
    world.answer(ticket, world.taras)
    for text in ("А факс?", "Терміново"):
        writes(world, ticket, text)
    left = click(seat, [marks[ticket.number]], act="delete").content.decode()
    look = re.search(r'href="(/bulk/left\?[^"]+)"', left)
    assert look is not None
    address = unescape(look[1])
    with queries() as one:
        page = seat.page(address, **HTMX)
    words = re.findall(r'<span class="left__words[^>]*>([^<]*)', page)
    assert words == ["І друк теж не йде", "І сканер", "А факс?", "Терміново"] and "earlier" not in page
    writes(world, other)
    with queries(at_most=len(one)):
        seat.page(f"{address}&ticket={marks[other.number]}", **HTMX)
    monkeypatch.setattr(left_page, "MOST_MESSAGES", 3)
    page = seat.page(address, **HTMX)
    assert "І друк теж не йде" not in page and "1 earlier message<" in page and "Терміново" in page


def test_what_is_looked_at_is_what_one_may_see(world: World) -> None:
    seat, ticket, hidden = Seat(world.iryna), world.ticket(text="Видно"), world.ticket(text="Сховано")
    fields.restrict(hidden, True, by=world.act(world.taras))
    page = seat.page(f"/bulk/left?act=close&list=x&ticket={ticket.number}&ticket={hidden.number}&ticket=x&ticket=")
    assert "Видно" in page and "Сховано" not in page and f'value="{hidden.number}-' not in page
    assert Seat(world.sofia).get("/bulk/left?act=close").status_code == 403
    assert "None of these is there any more." in seat.page("/bulk/left")


def test_a_mark_is_read_with_care() -> None:
    odd = ["7-3", "7-5", "8", "8-2", "9-x", "x-1", "", "-", "10-", "11-2-3", "²-1", f"12-{'9' * 30}"]
    assert seen_marks.read(odd) == {7: 3, 8: 2, 9: None, 10: None, 11: None, 12: None}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_between_no_words_are_passed_over(world: World, seed: int) -> None:
    """Pages are drawn, customers write and are answered, and old pages are acted from, in any order."""
    chance, seat = Random(seed), Seat(world.iryna)
    tickets = [world.ticket() for _number in range(3)]
    pages = [drawn(seat, "/inbox/all")]
    heard: list[dict[int, int]] = [{one.number: 0 for one in tickets}]  # how many words each page showed
    words = {one.number: 0 for one in tickets}  # how many were said
    answered_to = dict(words)
    for _step in range(14):
        one = chance.choice(tickets)
        match chance.randrange(4):
            case 0:
                writes(world, one, f"Ще {chance.random()}")
                words[one.number] += 1
            case 1:
                one.refresh_from_db()
                world.answer(one, world.taras)
                answered_to[one.number] = words[one.number]
            case 2:
                pages.append(drawn(seat, "/inbox/all"))
                heard.append(dict(words))
            case _:
                at, before = chance.randrange(len(pages)), away()
                click(seat, pages[at].values(), **form_of(world, chance.choice(["close", "snooze", "waiting"])))
                for number in away() - before:
                    assert max(heard[at].get(number, 0), answered_to[number]) >= words[number]
