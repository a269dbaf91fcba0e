"""A message is put where it belongs; the last link is taken off only with a word what it was; hiding what its author
wants gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_files import status_of
from tests.world import World
from vikno.care import doctor
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Dialog, Message
from vikno.journal.models import Event
from vikno.tickets.actions import fields, linking, merging, placing, state
from vikno.tickets.actions.account import NotProved
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Category, Link, Ticket


def homes(message: Message) -> set[int]:
    return set(Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True))


def put(seat: Seat, message: Message, **form: Any) -> Any:
    return seat.post(f"/messages/{message.id}/place", form, follow=True)


@pytest.fixture
def said(world: World) -> Message:
    """What a customer wrote last, in a request of two messages."""
    first = world.letter(world.maria, text="Каса не друкує.")
    later = world.letter(world.maria, answers=first.message, text="Дякую, все гаразд, до побачення!")
    assert later.ticket == first.ticket
    return later.message


class TestTheLastLink:
    def test_it_is_asked_what_it_was(self, world: World, said: Message) -> None:
        seat, (home,) = Seat(world.iryna), homes(said)
        page = seat.page(f"/messages/{said.id}/place")
        assert 'value="thanks"' in page and 'value="nothing"' in page and 'value="off"' not in page
        refused = put(seat, said, where="off")
        assert refused.status_code == 422 and "Say what it was" in refused.content.decode()
        assert homes(said) == {home}

    @pytest.mark.parametrize(("was", "kind"), [("thanks", "thanks"), ("nothing", "ordinary")])
    def test_with_that_word_it_leaves_no_dialog_open_and_can_be_undone(
        self, world: World, said: Message, was: str, kind: str
    ) -> None:
        Message.objects.filter(id=said.id).update(kind="ordinary")
        seat, before = Seat(world.iryna), homes(said)
        assert "does not belong to this request any more" in put(seat, said, where=was).content.decode()
        said.refresh_from_db()
        dialog = Dialog.objects.get(id=said.dialog_id)
        assert (homes(said), said.kind, dialog.unlinked) == (set(), kind, 0) and said.settled_at is not None
        assert not [check for check, found in doctor.examine() if found]
        undo(Event.objects.filter(verb="message.unlinked").latest("id").act, by=world.act(world.iryna))
        said.refresh_from_db()
        assert (homes(said), said.kind, said.settled_at) == (before, "ordinary", None)

    def test_what_we_sent_is_moved_but_never_left_alone(self, world: World, said: Message) -> None:
        ticket = Ticket.objects.get(id=homes(said).pop())
        answer, other = world.answer(ticket), world.ticket(world.petro)
        seat = Seat(world.iryna)
        page = seat.page(f"/messages/{answer.id}/place")
        assert 'value="thanks"' not in page and 'value="own"' not in page
        for where in ("nothing", "thanks", "own"):
            assert put(seat, answer, where=where).status_code == 422
        put(seat, answer, where="ticket", number=f"#{other.number}")
        assert homes(answer) == {other.id}

    def test_one_of_several_goes_without_a_word(self, world: World, said: Message) -> None:
        other = world.ticket(world.petro)
        linking.link(said, other, by=world.act(world.iryna))
        page = Seat(world.iryna).page(f"/messages/{said.id}/place")
        assert 'value="off"' in page and 'value="nothing"' not in page
        put(Seat(world.iryna), said, where="off", source=str(other.number))
        assert other.id not in homes(said) and len(homes(said)) == 1
        assert Message.objects.get(id=said.id).settled_at is None


class TestAnotherTicket:
    def test_it_moves_and_the_page_leads_there(self, world: World, said: Message) -> None:
        other = world.ticket(world.maria, subject="Рахунок")
        page = put(Seat(world.iryna), said, where="ticket", number=str(other.number)).content.decode()
        assert homes(said) == {other.id} and "Рахунок" in page and "Дякую, все гаразд" in page

    def test_a_ticket_of_its_own_is_opened(self, world: World, said: Message) -> None:
        before = homes(said)
        put(Seat(world.iryna), said, where="own")
        (made,) = homes(said)
        assert made not in before and Ticket.objects.get(id=made).requester == world.maria.person

    @pytest.mark.parametrize("number", ["", "x", "999999", "9" * 30])
    def test_a_number_that_is_none_is_told(self, world: World, said: Message, number: str) -> None:
        before = homes(said)
        answer = put(Seat(world.iryna), said, where="ticket", number=number)
        assert answer.status_code == 422 and "There is no such ticket" in answer.content.decode()
        assert homes(said) == before

    def test_one_that_is_out_of_sight_is_not_there(self, world: World, said: Message) -> None:
        hidden = world.ticket(world.petro)
        fields.restrict(hidden, True, by=world.act(world.taras))
        assert put(Seat(world.iryna), said, where="ticket", number=str(hidden.number)).status_code == 422

    @pytest.mark.parametrize("merged", [False, True])
    def test_one_in_the_bin_takes_nothing_in(self, world: World, said: Message, merged: bool) -> None:
        """Retention blanks what lies there."""
        seat, act = Seat(world.iryna), world.act(world.taras)
        home, other, into = (Ticket.objects.get(id__in=homes(said)), *(world.ticket(world.maria) for _ in "12"))
        if merged:
            merging.merge(other, into, by=act)
        state.delete(into if merged else other, by=act)
        answer = put(seat, said, where="ticket", number=str(other.number))
        assert answer.status_code == 422 and "is in the bin" in answer.content.decode()
        assert homes(said) == {home.id}
        placing.take_off(said, home, by=act, was=placing.Was.NOTHING)
        assert put(seat, said, where="ticket", number=str(other.number)).status_code == 422
        assert homes(said) == set()

    def test_a_restricted_tickets_message_asks_first(self, world: World, said: Message) -> None:
        (home,) = homes(said)
        fields.restrict(Ticket.objects.get(id=home), True, by=world.act(world.taras))
        other, seat = world.ticket(world.petro), Seat(world.taras)
        asked = put(seat, said, where="ticket", number=str(other.number))
        assert asked.status_code == 422 and "restricted ticket" in asked.content.decode() and homes(said) == {home}
        put(seat, said, where="ticket", number=str(other.number), confirmed="1")
        assert homes(said) == {other.id}
        assert Seat(world.bohdan).get(f"/messages/{said.id}/place").status_code == 200

    def test_what_belongs_to_none_is_found_in_the_ledger_and_placed(self, world: World, said: Message) -> None:
        ticket = Ticket.objects.get(id=homes(said).pop())
        placing.take_off(said, ticket, by=world.act(world.iryna), was=placing.Was.NOTHING)
        put(Seat(world.iryna), said, where="ticket", number=str(ticket.number))
        said.refresh_from_db()
        assert homes(said) == {ticket.id} and said.settled_at is None
        placing.take_off(said, ticket, by=world.act(world.iryna), was=placing.Was.NOTHING)
        put(Seat(world.iryna), said, where="own")
        assert len(homes(said)) == 1 and ticket.id not in homes(said)


class TestMeanwhile:
    """What a colleague did since the rows were read is not done over."""

    def test_a_message_that_was_moved_ends_on_one_ticket(self, world: World, said: Message) -> None:
        ticket, by = Ticket.objects.get(id=homes(said).pop()), world.act(world.iryna)
        first, second = world.ticket(world.maria), world.ticket(world.petro)
        placing.to_ticket(said, ticket, first, by=world.act(world.taras))
        with pytest.raises(Invalid, match="any more"):
            placing.to_ticket(said, ticket, second, by=by)
        assert homes(said) == {first.id}

    def test_nor_does_one_that_belonged_to_none(self, world: World, said: Message) -> None:
        ticket, by = Ticket.objects.get(id=homes(said).pop()), world.act(world.iryna)
        before = Ticket.objects.count()
        with pytest.raises(Invalid, match="by now"):
            placing.to_ticket(said, None, world.ticket(world.petro), by=by)
        with pytest.raises(Invalid, match="by now"):
            placing.to_its_own(said, None, by=by)
        assert homes(said) == {ticket.id} and Ticket.objects.count() == before + 1

    def test_a_request_that_became_a_locked_matter_keeps_its_messages(self, world: World, said: Message) -> None:
        stale, by = Ticket.objects.get(id=homes(said).pop()), world.act(world.iryna)
        matter = Category.objects.create(name="Рахунки", account_matter=True)
        fields.set_category(Ticket.objects.get(id=stale.id), matter, by=by)
        assert stale.category_id is None
        other = world.ticket(world.maria)
        with pytest.raises(NotProved):
            placing.to_ticket(said, stale, other, by=by)
        with pytest.raises(NotProved):
            placing.take_off(said, stale, by=by, was=placing.Was.NOTHING)
        assert homes(said) == {stale.id}


def test_observers_and_who_may_not_see_it_place_nothing(world: World, said: Message) -> None:
    assert Seat(world.sofia).get(f"/messages/{said.id}/place").status_code == 403
    fields.restrict(Ticket.objects.get(id=homes(said).pop()), True, by=world.act(world.taras))
    assert put(Seat(world.iryna), said, where="nothing").status_code == 404
    for way in ("hide", "show"):
        assert Seat(world.iryna).post(f"/messages/{said.id}/{way}").status_code == 404
    assert "/place" not in Seat(world.sofia).page(f"/tickets/{world.ticket().number}")


def test_no_message_of_a_locked_account_matter_leaves_it_but_by_a_lead(world: World, said: Message) -> None:
    ticket = Ticket.objects.get(id=homes(said).pop())
    fields.set_category(ticket, Category.objects.create(name="Рахунки", account_matter=True), by=world.act(world.iryna))
    other = world.ticket(world.maria)
    with pytest.raises(NotProved):
        placing.to_ticket(said, ticket, other, by=world.act(world.iryna))
    with pytest.raises(NotProved):
        placing.take_off(said, ticket, by=world.act(world.iryna), was=placing.Was.NOTHING)
    own = placing.to_its_own(said, ticket, by=world.act(world.iryna))
    assert own.category == ticket.category  # it goes on being one
    placing.to_ticket(said, own, other, by=world.act(world.taras))
    assert homes(said) == {other.id}


class TestHiding:
    def test_words_and_files_are_shown_nowhere_and_come_back_by_an_undo(self, world: World, said: Message) -> None:
        ticket = Ticket.objects.get(id=homes(said).pop())
        seat = Seat(world.iryna)
        page = seat.post(f"/messages/{said.id}/hide", follow=True).content.decode()
        assert "Дякую, все гаразд" not in page and "Its author wants this message gone" in page
        ticket.refresh_from_db()
        assert ticket.preview == "" and "Дякую" not in seat.page("/inbox/open")
        assert seat.get(f"/messages/{said.id}/letter").status_code == 404
        undo(Event.objects.get(verb="message.hidden").act, by=world.act(world.iryna))
        ticket.refresh_from_db()
        assert ticket.preview.startswith("Дякую") and "Дякую, все гаразд" in seat.page(f"/tickets/{ticket.number}")

    def test_its_files_are_given_to_nobody_until_it_is_shown_again(self, world: World) -> None:
        inner = b"Subject: x\r\n\r\ny"
        ticket = world.ticket(
            files=(NewFile("звіт.txt", "text/plain", b"1"), NewFile("x.eml", "message/rfc822", inner))
        )
        seat, message = Seat(world.iryna), ticket.links.get().message
        plain, letter = message.attachments.order_by("position").values_list("id", flat=True)
        addresses = [f"/files/{plain}", f"/files/{plain}?small=1", f"/files/{letter}", f"/files/{letter}/letter"]
        for open_to_all in (True, False, True):
            for address in addresses:
                assert status_of(seat.get(address)) == (200 if open_to_all else 404), address
            seat.post(f"/messages/{message.id}/{'hide' if open_to_all else 'show'}")

    def test_the_page_of_a_hidden_one_shows_it_again(self, world: World, said: Message) -> None:
        seat, way = Seat(world.iryna), f"/messages/{said.id}"
        page = seat.page(f"{way}/place")
        assert f'action="{way}/hide"' in page and f'action="{way}/show"' not in page
        seat.post(f"{way}/hide")
        page = seat.page(f"{way}/place")
        assert f'action="{way}/show"' in page and "Show it again" in page and f'action="{way}/hide"' not in page
        seat.post(f"{way}/show")
        assert Message.objects.get(id=said.id).hidden_at is None

    def test_two_who_mean_the_same_have_it_so(self, world: World, said: Message) -> None:
        for way, hidden, verb in (("hide", True, "message.hidden"), ("show", False, "message.shown")):
            for agent in (world.iryna, world.taras):
                answer = Seat(agent).post(f"/messages/{said.id}/{way}", follow=True)
                assert answer.status_code == 200
                assert (Message.objects.get(id=said.id).hidden_at is not None) is hidden
            assert Event.objects.filter(verb=verb).count() == 1

    def test_it_starts_and_reopens_nothing(self, world: World, said: Message) -> None:
        ticket = Ticket.objects.get(id=homes(said).pop())
        before = Ticket.objects.filter(id=ticket.id).values("stage", "status", "waiting_since", "asked_at").get()
        Seat(world.iryna).post(f"/messages/{said.id}/hide")
        assert Ticket.objects.filter(id=ticket.id).values(*before).get() == before

    def test_what_we_sent_is_not_hidden(self, world: World, said: Message) -> None:
        answer = world.answer(Ticket.objects.get(id=homes(said).pop()))
        assert "Hide its text" not in Seat(world.iryna).page(f"/messages/{answer.id}/place")
        Seat(world.iryna).post(f"/messages/{answer.id}/hide")
        assert Message.objects.get(id=answer.id).hidden_at is None


class TestParts:
    """One letter asks for several things: each becomes a request, a part of the one it came to."""

    def test_each_line_is_a_request_and_the_parent_shows_how_many_are_done(self, world: World, said: Message) -> None:
        seat, (home,) = Seat(world.iryna), homes(said)
        parent = Ticket.objects.get(id=home)
        page = put(seat, said, where="parts", parts="Клавіатура\n\n  Пароль \nДоступ до пошти")
        text = page.content.decode()
        parts = list(Ticket.objects.filter(relations__of=parent, relations__kind="child").order_by("id"))
        assert [one.subject for one in parts] == ["Клавіатура", "Пароль", "Доступ до пошти"]
        assert homes(said) == {home, *(one.id for one in parts)}
        assert "3 parts were made." in text and "0 of 3 closed" in text
        state.close(parts[0], by=world.act(world.iryna))
        assert "1 of 3 closed" in seat.page(f"/tickets/{parent.number}")

    def test_one_undo_takes_all_parts_back(self, world: World, said: Message) -> None:
        seat, before = Seat(world.iryna), homes(said)
        put(seat, said, where="parts", parts="Клавіатура\nПароль")
        act = Event.objects.filter(verb="ticket.split").latest("id").act
        undo(act, by=world.act(world.iryna))
        assert homes(said) == before
        assert not [check for check, found in doctor.examine() if found]

    @pytest.mark.parametrize("parts", ["", "Пароль", "\n \n", "\n".join(f"№{n}" for n in range(21))])
    def test_fewer_than_two_or_too_many_are_refused_with_words(self, world: World, said: Message, parts: str) -> None:
        before, count = homes(said), Ticket.objects.count()
        answer = put(Seat(world.iryna), said, where="parts", parts=parts)
        assert answer.status_code == 422 and "at least two" in answer.content.decode()
        assert (homes(said), Ticket.objects.count()) == (before, count)
