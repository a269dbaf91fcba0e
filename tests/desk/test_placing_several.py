"""Several messages of a time line at once: a new request of them, another one, another one too."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_placing import homes
from tests.searching import index_follows
from tests.world import World
from vikno.dialogs.models import Message
from vikno.tickets.actions import fields, merging
from vikno.tickets.models import Category, Relation, Ticket

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "dialog#asking"}


def undo_of(page: str) -> str:
    found = re.search(r'action="(/undo/\d+)"', page)
    assert found is not None, "there is nothing to undo by"
    return found[1]


def put(seat: Seat, said: list[Message], **form: Any) -> Any:
    return seat.post("/messages/place", {"message": [one.id for one in said], **form}, follow=True)


@pytest.fixture
def talk(world: World) -> list[Message]:
    """Four messages of a chat: about the till, and from the second on about an invoice."""
    dialog = world.chat_dialog(world.maria)
    said = [
        world.say(dialog, words).message for words in ("Каса не друкує", "А ще рахунок за травень", "Там не та сума")
    ]
    answer = world.answer(Ticket.objects.get(id__in=homes(said[0])), dialog=dialog, text="Рахунок дивимось")
    assert len({pk for one in said for pk in homes(one)}) == 1
    return [*said, answer]


def home(said: list[Message]) -> Ticket:
    return Ticket.objects.get(id__in=homes(said[0]))


class TestANewRequest:
    def test_it_takes_its_subject_from_the_words_and_is_undone_as_one(self, world: World, talk: list[Message]) -> None:
        seat, source = Seat(world.iryna), home(talk)
        asked = seat.page(f"/messages/place?message={talk[2].id}&message={talk[1].id}&source={source.number}&where=own")
        assert 'value="А ще рахунок за травень"' in asked and "Where do these 2 messages belong?" in asked
        page = put(seat, talk[1:], where="own", source=source.number, subject="Рахунок").content.decode()
        child = Ticket.objects.get(subject="Рахунок")
        assert "3 messages are a new request now." in page and f"#{child.number}" in page
        assert [homes(one) for one in talk] == [{source.id}, {child.id}, {child.id}, {child.id}]
        assert (child.team, child.agent, child.requester) == (source.team, None, world.maria.person)
        assert Relation.objects.filter(ticket=child, of=source, kind="child", ended_act=None).exists()
        seat.sends(undo_of(page))
        child.refresh_from_db()
        assert {pk for one in talk for pk in homes(one)} == {source.id} and child.deleted_at is not None

    def test_undone_after_a_later_message_came(self, world: World, talk: list[Message]) -> None:
        seat, source = Seat(world.iryna), home(talk)
        undo = undo_of(put(seat, talk[1:3], where="own", source=source.number).content.decode())
        later = world.say(talk[0].dialog, "І ще одне").message
        assert "Undone." in seat.sends(undo).content.decode()
        assert homes(talk[1]) == {source.id}
        assert f'id="message-{later.id}"' in seat.page(
            f"/tickets/{Ticket.objects.get(id__in=homes(later)).number}"
        )  # where it addressed

    def test_they_may_stay_too(self, world: World, talk: list[Message]) -> None:
        source = home(talk)
        put(Seat(world.iryna), talk[1:3], where="own", source=source.number, stay="1")
        assert source.id in homes(talk[1]) and len(homes(talk[1])) == 2

    def test_of_our_own_words_alone_none_is_made(self, world: World, talk: list[Message]) -> None:
        before = Ticket.objects.count()
        answer = put(Seat(world.iryna), talk[3:], where="own")
        assert answer.status_code == 422 and "What we sent stays with a request" in answer.content.decode()
        assert Ticket.objects.count() == before

    def test_messages_of_merged_requests_are_one_new_request(self, world: World) -> None:
        first, second = world.letter(world.maria), world.letter(world.petro)
        assert first.ticket is not None and second.ticket is not None
        merging.merge(second.ticket, first.ticket, by=world.act(world.iryna))
        page = put(Seat(world.iryna), [first.message, second.message], where="own", source=first.ticket.number)
        assert "2 messages are a new request now." in page.content.decode()
        (made,) = homes(first.message)
        assert homes(second.message) == {made} and made not in (first.ticket.id, second.ticket.id)


class TestAnother:
    def test_they_move_by_a_number_or_a_choice_and_come_back(self, world: World, talk: list[Message]) -> None:
        other, source, seat = world.ticket(world.petro, subject="Сканер"), home(talk), Seat(world.iryna)
        page = put(seat, talk[1:3], where="ticket", source=source.number, number=f"#{other.number}").content.decode()
        assert f"2 messages belong to #{other.number} now." in page
        assert homes(talk[1]) == homes(talk[2]) == {other.id}
        seat.sends(undo_of(page))
        assert homes(talk[1]) == homes(talk[2]) == {source.id}
        put(seat, talk[1:3], where="also", source=source.number, ticket=other.number)
        assert homes(talk[1]) == homes(talk[2]) == {source.id, other.id}

    def test_words_offer_what_is_found_and_move_nothing(self, world: World, talk: list[Message]) -> None:
        other, seat = world.ticket(world.petro, subject="Зламався сканер"), Seat(world.iryna)
        index_follows()
        refused = put(seat, talk[1:3], where="ticket", number="сканер")
        assert refused.status_code == 422 and f'name="ticket" value="{other.number}"' in refused.content.decode()
        assert other.id not in homes(talk[1])
        rows = seat.page(
            f"/messages/place?message={talk[1].id}&number=сканер", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="ul#picks"
        )
        assert f'value="{other.number}"' in rows and "asking-title" not in rows

    def test_all_or_none(self, world: World, talk: list[Message]) -> None:
        other, source = world.ticket(world.petro), home(talk)
        put(Seat(world.iryna), talk[2:3], where="ticket", number=other.number)
        refused = put(Seat(world.iryna), talk[1:3], where="ticket", source=source.number, number=other.number)
        assert refused.status_code == 422 and homes(talk[1]) == {source.id}

    def test_a_restricted_requests_messages_ask_first(self, world: World, talk: list[Message]) -> None:
        other, source, seat = world.ticket(world.petro), home(talk), Seat(world.taras)
        fields.restrict(source, True, by=world.act(world.taras))
        asked = put(seat, talk[1:3], where="also", number=other.number)
        assert asked.status_code == 422 and 'name="confirmed"' in asked.content.decode()
        put(seat, talk[1:3], where="also", number=other.number, confirmed="1")
        assert homes(talk[1]) == {source.id, other.id}

    def test_a_locked_matter_lends_nothing(self, world: World, talk: list[Message]) -> None:
        other, source = world.ticket(world.petro), home(talk)
        matter = Category.objects.create(name="Рахунки", account_matter=True)
        fields.set_category(source, matter, by=world.act(world.iryna))
        for where in ("ticket", "also"):
            refused = put(Seat(world.iryna), talk[1:3], where=where, number=other.number)
            assert refused.status_code == 422 and "is a matter of an account" in refused.content.decode()
        assert homes(talk[1]) == {source.id}


def test_a_script_gets_the_dialog_and_is_led_on(world: World, talk: list[Message]) -> None:
    seat, source = Seat(world.iryna), home(talk)
    dialog = seat.page(f"/messages/place?message={talk[1].id}&where=own", **HTMX)
    assert "<html" not in dialog and 'id="asking-title"' in dialog
    form = {"message": [talk[1].id], "where": "own", "subject": "Окремо"}
    led = seat.post("/messages/place", form, **HTMX, HTTP_HX_CURRENT_URL="http://127.0.0.1:8000/inbox/mine")
    assert led["HX-Redirect"] == f"/tickets/{Ticket.objects.get(subject='Окремо').number}?list=mine"
    assert homes(talk[0]) == {source.id}


@pytest.mark.parametrize("query", ["", "?where=own", "?where=ticket&number=x"])
def test_nothing_chosen_is_said(world: World, query: str) -> None:
    Seat(world.iryna).page(f"/messages/place{query}")
    refused = Seat(world.iryna).post("/messages/place", {"where": "own"})
    assert refused.status_code == 422 and "Choose at least one message first." in refused.content.decode()


@pytest.mark.parametrize("wanted", ["x", "0", "9" * 30, "²"])
def test_what_is_not_there_is_not_found(world: World, wanted: str) -> None:
    assert Seat(world.iryna).get(f"/messages/place?message={wanted}").status_code == 404


def test_observers_select_nothing_and_hidden_ones_stay_hidden(world: World, talk: list[Message]) -> None:
    source = home(talk)
    assert 'form="chosen"' not in Seat(world.sofia).page(f"/tickets/{source.number}")
    assert 'form="chosen"' in Seat(world.iryna).page(f"/tickets/{source.number}")
    assert Seat(world.sofia).get(f"/messages/place?message={talk[0].id}").status_code == 403
    secret = world.letter(world.petro)
    assert secret.ticket is not None
    fields.restrict(secret.ticket, True, by=world.act(world.taras))
    both = [talk[1], secret.message]
    assert put(Seat(world.iryna), both, where="own").status_code == 404
    assert homes(talk[1]) == {source.id}
