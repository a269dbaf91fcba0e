"""The outbox: what goes out, one line for each recipient, and a person's word on what is doubtful."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import clock
from vikno.desk import pages, shell
from vikno.dialogs.models import Delivery, Message
from vikno.journal.models import Event
from vikno.tickets.actions import assigning, linking
from vikno.tickets.actions.answering import Recipients
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.taking_part import tied

BADGE = re.compile(r'href="([^"]*)"[^>]*data-place="outbox"(?:(?!</a>).)*nav__count">(\d+\+?)<', re.S)


def sent(world: World, state: str = "queued", **more: Any) -> Delivery:
    """An answer to a ticket of its own, its delivery in this state."""
    message = world.answer(world.ticket(subject=more.pop("subject", "Каса")))
    Delivery.objects.filter(message=message).update(state=state, **more)
    return Delivery.objects.get(message=message)


def test_each_state_has_its_place(world: World) -> None:
    for state in ("queued", "doubtful", "refused", "bounced", "sent", "cancelled"):
        sent(world, state, subject=f"now-{state}")
    seat = Seat(world.taras)
    every = {"queued", "doubtful", "refused", "bounced", "sent", "cancelled"}
    found = {
        tab: set(re.findall(r"now-(queued|doubtful|refused|bounced|sent|cancelled)", seat.page(f"/outbox?state={tab}")))
        for tab in ("all", "waiting", "doubtful", "failed", "sent", "cancelled", "explode")
    }
    assert found == {
        "all": every, "waiting": {"queued"}, "doubtful": {"doubtful"}, "failed": {"refused", "bounced"},
        "sent": {"sent"}, "cancelled": {"cancelled"}, "explode": every,
    }  # fmt: skip


def test_it_opens_on_all_that_was_sent_or_on_what_waits_for_a_word(world: World) -> None:
    seat = Seat(world.taras)
    assert "Nothing has left yet" in seat.page("/outbox")
    sent(world, "sent", subject="now-sent")
    sent(world, "queued", subject="now-queued")
    page = seat.page("/outbox")
    assert "now-sent" in page and "now-queued" in page
    assert "Nothing needs you here" in seat.page("/outbox?state=doubtful")
    sent(world, "bounced", subject="now-bounced")
    page = seat.page("/outbox")
    assert "now-bounced" in page and "now-sent" not in page
    assert 'href="/outbox?state=all"' in page and "now-sent" in seat.page("/outbox?state=all")
    sent(world, "doubtful", subject="now-doubtful")
    page = seat.page("/outbox")
    assert "now-doubtful" in page and "now-bounced" not in page


def test_what_was_sent_by_itself_and_failed_does_not_open_the_page(world: World) -> None:
    by_itself = sent(world, "bounced", subject="now-bounced")
    Message.objects.filter(id=by_itself.message_id).update(author="system", agent=None)
    sent(world, "sent", subject="now-sent")
    assert "now-sent" in Seat(world.taras).page("/outbox")


def test_a_doubtful_one_is_sent_again_or_left(world: World) -> None:
    seat = Seat(world.taras)
    again, leave = sent(world, "doubtful", attempts=1), sent(world, "doubtful", attempts=1)
    page = seat.page("/outbox?state=doubtful")
    assert f'action="/outbox/{again.id}/repeat"' in page
    assert f'action="/outbox/{leave.id}/arrived"' in page
    assert "It is sent again." in seat.sends(f"/outbox/{again.id}/repeat").content.decode()
    assert "It counts as sent now." in seat.sends(f"/outbox/{leave.id}/arrived").content.decode()
    again.refresh_from_db()
    leave.refresh_from_db()
    assert (again.state, leave.state) == ("queued", "sent")
    assert leave.sent_at is not None


def test_the_navigation_counts_what_did_not_arrive_and_leads_to_it(world: World) -> None:
    seat = Seat(world.taras)
    sent(world, "queued")
    assert not BADGE.search(seat.page("/channels"))
    refused = sent(world, "refused")
    assert BADGE.findall(seat.page("/channels")) == [("/outbox?state=failed", "1")]
    sent(world, "doubtful")
    assert BADGE.findall(seat.page("/channels")) == [("/outbox?state=doubtful", "2")]
    seat.post(f"/outbox/{refused.id}/give-up")
    assert BADGE.findall(seat.page("/channels")) == [("/outbox?state=doubtful", "1")]


def test_the_badge_counts_what_its_reader_may_see_and_a_colleague_wrote(world: World) -> None:
    """It can be brought to nothing by who sees it, and what was sent by itself is nobody's care."""
    hidden = sent(world, "doubtful")
    assigning.hand_over(hidden.message.links.get().ticket, world.hr, by=world.act(world.taras))
    by_itself = sent(world, "bounced")
    Message.objects.filter(id=by_itself.message_id).update(author="system", agent=None)
    seat = Seat(world.taras)
    assert not BADGE.search(seat.page("/channels"))
    sent(world, "refused")
    assert BADGE.findall(seat.page("/channels")) == [("/outbox?state=failed", "1")]


def test_the_badge_leads_to_what_is_doubtful_however_much_did_not_arrive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "MOST_COUNTED", 2)
    for state in ("refused", "bounced", "refused", "doubtful", "bounced"):
        sent(world, state)
    assert BADGE.findall(Seat(world.taras).page("/channels")) == [("/outbox?state=doubtful", "2+")]


def test_who_has_a_letter_that_was_doubtful_takes_part(world: World) -> None:
    ticket = world.ticket()
    message = world.answer(ticket, recipients=Recipients(to=[world.maria], cc=[world.petro]))
    delivery = Delivery.objects.get(message=message, identity=world.petro)
    Delivery.objects.filter(message=message).update(state="doubtful", attempts=1, reason="no_answer")
    page = Seat(world.taras).sends(f"/deliveries/{delivery.id}/arrived").content.decode()
    assert "It counts as sent now." in page
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("sent", "")
    assert world.petro.id in tied(Message.objects.filter(id=message.id))
    assert page.count("taken back") == 0


def test_a_doubtful_answer_asks_for_a_word_where_it_stands(world: World) -> None:
    ticket = world.ticket()
    message = world.answer(ticket)
    Delivery.objects.filter(message=message).update(state="doubtful", attempts=1, reason="no_answer")
    delivery = Delivery.objects.get(message=message)
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    for verb in ("repeat", "arrived"):
        assert f'action="/deliveries/{delivery.id}/{verb}"' in page


def test_what_was_set_aside_still_says_that_it_did_not_arrive(world: World) -> None:
    ticket = world.ticket()
    message = world.answer(ticket)
    Delivery.objects.filter(message=message).update(state="refused", attempts=1, reason="550 5.1.1 no such user")
    delivery, seat = Delivery.objects.get(message=message), Seat(world.taras)
    seat.post(f"/outbox/{delivery.id}/give-up")
    for page in (seat.page(f"/tickets/{ticket.number}"), seat.page("/outbox?state=cancelled")):
        assert "did not arrive" in page and "550 5.1.1 no such user" in page
        assert ">taken back<" not in page
    seat.post(f"/outbox/{delivery.id}/repeat")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("queued", "")


def test_what_is_cancelled_is_sent_again_only_if_it_is_known_not_to_be_there(world: World) -> None:
    """Of a letter that may have gone, and of which a person said so under an older version, nobody knows."""
    stopped, refused, said = sent(world), sent(world, "refused"), sent(world, "doubtful", attempts=1)
    seat = Seat(world.taras)
    for delivery in (stopped, refused):
        seat.post(f"/outbox/{delivery.id}/give-up")
    # as "It arrived" wrote it before
    Delivery.objects.filter(id=said.id).update(state="cancelled", attempts=0)
    page = seat.page("/outbox?state=cancelled")
    offered = [f'action="/outbox/{one.id}/repeat"' in page for one in (stopped, refused, said)]
    assert offered == [True, True, False]
    assert page.count("It was stopped before it left.") == 1
    for one in (stopped, refused, said):
        seat.post(f"/outbox/{one.id}/repeat")
        one.refresh_from_db()
    assert [one.state for one in (stopped, refused, said)] == ["queued", "queued", "cancelled"]


def test_what_was_unsent_is_not_sent_after_all(world: World) -> None:
    message = world.answer(world.ticket())
    unsend(message, by=world.act(world.iryna))
    delivery = Delivery.objects.get(message=message)
    assert f"/outbox/{delivery.id}/repeat" not in Seat(world.taras).page("/outbox?state=cancelled")
    Seat(world.taras).post(f"/outbox/{delivery.id}/repeat")
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


@pytest.mark.parametrize("verb", ["explode", "Repeat", "give_up"])
def test_an_unknown_word_on_a_delivery_does_nothing(world: World, verb: str) -> None:
    delivery = sent(world, "doubtful", attempts=1)
    assert Seat(world.taras).post(f"/outbox/{delivery.id}/{verb}").status_code == 404
    delivery.refresh_from_db()
    assert delivery.state == "doubtful"


def test_what_belongs_to_a_ticket_out_of_sight_is_told_as_no_more_than_a_line(world: World) -> None:
    delivery = sent(world, "refused", subject="Зарплата", reason="smtp:550:Зарплата")
    assigning.hand_over(delivery.message.links.get().ticket, world.hr, by=world.act(world.taras))
    seat = Seat(world.taras)
    page = seat.page("/outbox?state=failed")
    assert "A request that you may not see" in page
    assert "Зарплата" not in page
    assert "maria@" not in page
    assert f"/outbox/{delivery.id}/" not in page
    assert seat.post(f"/outbox/{delivery.id}/repeat").status_code == 404
    assert "Зарплата" in Seat(world.marko).page(f"/tickets/{delivery.message.links.get().ticket.number}")


def test_it_is_for_leads(world: World) -> None:
    delivery = sent(world, "doubtful", attempts=1)
    for agent in (world.iryna, world.sofia):
        assert Seat(agent).get("/outbox").status_code == 403
    assert Seat(world.sofia).post(f"/outbox/{delivery.id}/repeat").status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == "doubtful"


def test_pages_hold_each_delivery_once_and_cost_the_same(
    world: World, queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [sent(world, subject=f"no{number}.").id for number in range(3)]
    seat = Seat(world.taras)
    seat.page("/outbox")
    with queries(at_most=24) as few:
        seat.page("/outbox")
    made += [sent(world, subject=f"no{number}.").id for number in range(3, 9)]
    with queries(at_most=24) as many:
        page = seat.page("/outbox")
    assert len(few) == len(many)
    assert [int(one) for one in re.findall(r"no(\d)\.", page)] == list(range(8, -1, -1))
    monkeypatch.setattr(pages, "PAGE", 4)
    found, address = [], "/outbox"
    for _ in range(4):
        page = seat.page(address)
        found += re.findall(r"no(\d)\.", page)
        older = re.search(r'href="(\?before=\d+)"', page)
        if older is None:
            break
        address = f"/outbox{older[1]}"
    assert found == [str(number) for number in range(8, -1, -1)]


def test_reading_it_writes_nothing(world: World) -> None:
    sent(world)
    seat, before = Seat(world.taras), Event.objects.count()
    assert seat.get("/outbox").status_code == seat.head("/outbox").status_code == 200
    assert Event.objects.count() == before


@pytest.mark.parametrize("verb", ["repeat", "arrived", "give-up"])
def test_a_word_that_comes_too_late_changes_nothing_and_is_told(world: World, verb: str) -> None:
    delivery = sent(world, "sent", attempts=1)
    page = Seat(world.taras).sends(f"/outbox/{delivery.id}/{verb}").content.decode()
    assert "Nothing was changed: this letter is in another state by now (sent)." in page
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_two_clicks_on_the_same_button_send_it_once(world: World) -> None:
    seat, delivery = Seat(world.taras), sent(world, "doubtful", attempts=1)
    before = Event.objects.count()
    for _ in range(2):
        assert seat.sends(f"/outbox/{delivery.id}/repeat").status_code == 200
    assert Event.objects.count() == before + 1


def test_the_same_from_the_ticket(world: World) -> None:
    seat, delivery = Seat(world.iryna), sent(world, "sent", attempts=1)
    ways: list[dict[str, Any]] = [{}, {"HTTP_HX_REQUEST": "true"}]
    for more in ways:
        page = seat.post(f"/deliveries/{delivery.id}/repeat", follow=True, **more)
        assert page.status_code == 200
        assert "Nothing was changed" in page.content.decode()


def test_one_is_led_back_to_the_page_one_was_on_and_nowhere_else(world: World) -> None:
    seat, delivery = Seat(world.taras), sent(world, "doubtful", attempts=1)
    here = re.search(r'name="back" value="([^"]*)"', seat.page("/outbox?state=doubtful"))
    assert here is not None
    assert seat.post(f"/outbox/{delivery.id}/arrived", {"back": here[1]})["Location"] == "/outbox?state=doubtful"
    for wrong in ("", "https://evil.example/", "//evil.example/", "/\\evil.example", "desk:home", "x", "javascript:1"):
        answer = seat.post(f"/outbox/{delivery.id}/give-up", {"back": wrong}, HTTP_REFERER="https://evil.example/")
        assert answer["Location"] == "/outbox"


def test_of_several_tickets_one_in_sight_is_enough(world: World) -> None:
    for first_hidden in (True, False):
        tickets = [world.ticket(subject="Каса один"), world.ticket(subject="Каса два")]
        message = world.answer(tickets[0])
        linking.link(message, tickets[1], by=world.act(world.iryna))
        assigning.hand_over(tickets[0 if first_hidden else 1], world.hr, by=world.act(world.taras))
    page = Seat(world.taras).page("/outbox")
    assert page.count("maria@kramnytsia.example") == 2
    assert "A request that you may not see" not in page


@pytest.mark.parametrize(
    ("failed_as", "words"),
    [("gone", "There is no such mailbox"), ("full", "The mailbox is full"), ("complaint", "called letters from here")],
)
def test_it_says_what_to_do_about_a_letter_that_did_not_arrive(world: World, failed_as: str, words: str) -> None:
    message = world.answer(world.ticket(world.maria))
    Delivery.objects.filter(message=message).update(state="bounced", reason="550 no")
    world.maria.failed_at, world.maria.failed_as = clock.now(), failed_as
    world.maria.save()
    page = Seat(world.taras).page("/outbox?state=failed")
    assert words in page
    assert "550 no" in page
    delivery = Delivery.objects.get(message=message)
    Seat(world.taras).post(f"/outbox/{delivery.id}/give-up")
    assert words not in Seat(world.taras).page("/outbox?state=failed")


def test_what_waits_can_be_stopped(world: World) -> None:
    delivery = Delivery.objects.get(message=world.answer(world.ticket(world.maria)))
    seat = Seat(world.taras)
    assert f'action="/outbox/{delivery.id}/give-up"' in seat.page("/outbox")
    seat.post(f"/outbox/{delivery.id}/give-up")
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"
