"""What stands quoted below an answer: chosen for each answer, seen before it leaves, and never what is none of its
recipient's business."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.world import World, make_customer
from vikno.channels.email.compose import compose
from vikno.channels.email.letter import parse
from vikno.core import clock
from vikno.dialogs.actions import Words, open_dialog
from vikno.dialogs.models import Channel, Delivery, Message, MessageText
from vikno.people import actions as people
from vikno.people.erasure import STEPS
from vikno.people.models import Identity
from vikno.tickets.actions import assigning, noting
from vikno.tickets.actions.answering import Answer, Recipients, reply
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Draft, Ticket
from vikno.tickets.quoting import Quote, how_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world: World) -> Ticket:
    """A question, our answer, another question."""
    ticket = world.ticket(text="Перше питання", subject="Каса")
    answer = world.answer(ticket, text="Наша відповідь", quote=Quote.NONE)
    world.letter(world.maria, text="Друге питання", answers=answer)
    return ticket


def shown(seat: Seat, ticket: Ticket, how: str, **form: str) -> str:
    """The quotation as the composer shows it, told what stands in its form."""
    answer = seat.post(f"/tickets/{ticket.number}/quotation", {"quote": how, **form}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.content.decode())


def sent(world: World, seat: Seat, ticket: Ticket, **fields: str) -> MessageText:
    """Answer by the form; the words as they are kept."""
    before = Message.objects.latest("id").id
    seat.sends(f"/tickets/{ticket.number}/answer", kind="reply", body="Готово", once=str(before), **fields)
    return MessageText.objects.get(message__id__gt=before)


class TestChoosing:
    def test_the_last_message_is_usual_and_the_page_says_so(self, world: World, asked: Ticket) -> None:
        page = Seat(world.iryna).page(f"/tickets/{asked.number}")
        assert re.search(r'name="quote" value="last"[^>]* checked', page)
        words = sent(world, Seat(world.iryna), asked)
        assert ("> Друге питання" in words.quoted, "Перше" in words.quoted) == (True, False)

    @pytest.mark.parametrize(
        ("how", "there", "not_there"),
        [("none", [], ["питання", "відповідь"]), ("last", ["> Друге питання"], ["Перше", "Наша"]),
         ("all", ["> Друге питання", "> Наша відповідь", "> Перше питання"], [])],
    )  # fmt: skip
    def test_what_is_seen_before_is_what_leaves(
        self, world: World, asked: Ticket, how: str, there: list[str], not_there: list[str]
    ) -> None:
        seat = Seat(world.iryna)
        preview = shown(seat, asked, how).replace("&gt;", ">")
        words = sent(world, seat, asked, quote=how)
        letter = compose(Delivery.objects.latest("id"))
        plain = parse(letter.content).text.replace("\r\n", "\n")
        for text in (preview, words.quoted, plain):
            assert [one for one in there if one not in text] == []
            assert [one for one in not_there if one in text] == []
        assert words.quoted in plain
        assert how_of(words.quoted) == how

    def test_the_channel_says_what_is_usual(self, world: World, asked: Ticket) -> None:
        for setting, how in (("all", "all"), (False, "none"), (True, "last")):
            Channel.objects.filter(id=world.mail.id).update(settings={"quote": setting})
            page = Seat(world.iryna).page(f"/tickets/{asked.number}")
            assert re.search(rf'name="quote" value="{how}"[^>]* checked', page)

    def test_a_draft_remembers_it_and_so_does_what_is_taken_back(self, world: World, asked: Ticket) -> None:
        seat = Seat(world.iryna)
        seat.sends(f"/tickets/{asked.number}/draft", kind="reply", body="Почала", quote="all", keep="1")
        assert Draft.objects.get().recipients["quote"] == "all"
        assert re.search(r'value="all"[^>]* checked', seat.page(f"/tickets/{asked.number}"))
        sent(world, seat, asked, quote="none")
        seat.sends(f"/messages/{Message.objects.latest('id').id}/unsend")
        assert re.search(r'value="none"[^>]* checked', seat.page(f"/tickets/{asked.number}"))

    def test_without_a_script_all_that_may_be_chosen_is_on_a_page(self, world: World, asked: Ticket) -> None:
        page = Seat(world.iryna).page(f"/tickets/{asked.number}/quotation")
        assert page.count("Друге питання") == 2
        assert "Наша відповідь" in page

    def test_an_observer_answers_nobody_and_sees_no_quotation(self, world: World, asked: Ticket) -> None:
        seat, address = Seat(world.sofia), f"/tickets/{asked.number}/quotation"
        assert seat.get(address).status_code == seat.post(address, {"quote": "all"}).status_code == 403

    def test_where_a_channel_quotes_nothing_there_is_no_choice(self, world: World) -> None:
        ticket = world.say(world.chat_dialog(world.maria)).ticket
        assert ticket is not None
        assert 'name="quote"' not in Seat(world.iryna).page(f"/tickets/{ticket.number}")


class TestNeverQuoted:
    def test_notes(self, world: World, asked: Ticket) -> None:
        noting.add_note(asked, world.iryna, "ТАЄМНО", by=world.act(world.iryna))
        assert "ТАЄМНО" not in sent(world, Seat(world.iryna), asked, quote="all").quoted

    def test_what_belongs_to_another_request(self, world: World, asked: Ticket) -> None:
        second = Message.objects.get(texts__text="Друге питання")
        split(asked, [second], by=world.act(world.iryna), subject="Інше")
        words = sent(world, Seat(world.iryna), asked, quote="all")
        assert ("Друге" in words.quoted, "Перше" in words.quoted) == (False, True)

    def test_what_was_merged_and_may_not_be_read(self, world: World, asked: Ticket) -> None:
        """A restricted request was absorbed: an agent who may not read it sends nothing of it, and sees nothing."""
        first = Message.objects.get(texts__text="Перше питання")
        other = world.letter(world.maria, text="ТАЄМНЕ питання", answers=first).message
        assert other is not None
        hidden = split(asked, [other], by=world.act(world.taras), subject="Таємне")
        assigning.assign(hidden, world.taras, by=world.act(world.taras))
        restrict(hidden, True, by=world.act(world.taras))
        merge(hidden, asked, by=world.act(world.taras))
        seat = Seat(world.bohdan)
        assert "ТАЄМНЕ" not in shown(seat, asked, "all") + shown(seat, asked, "last")
        assert "ТАЄМНЕ" not in sent(world, seat, asked, quote="all").quoted
        assert "ТАЄМНЕ" in shown(Seat(world.taras), asked, "all")

    def test_what_a_third_party_said(self, world: World) -> None:
        ticket = world.ticket()
        other = open_dialog(world.mail, world.supplier, by=world.act(world.iryna), side="third")
        message = reply(
            ticket, world.iryna, Answer(Words("Скільки?"), dialog=other, quote=Quote.ALL), by=world.act(world.iryna)
        )
        assert message.texts.get().quoted == ""

    def test_what_was_kept_from_one_who_gets_the_answer(self, world: World) -> None:
        """Who is in copy sees what was sent to them; neither what the customer wrote to us alone, nor our answer."""
        boss = (world.petro, "cc")
        ticket = world.ticket(text="Перше питання", participants=(boss,))
        to_both = world.answer(ticket, text="Відповідь обом", quote=Quote.NONE)
        world.letter(world.maria, text="Лише вам: я звільняюся", answers=to_both)
        alone = Recipients(to=[world.maria])
        world.answer(ticket, text="Лише вам: розуміємо", recipients=alone, quote=Quote.NONE)
        seat = Seat(world.iryna)
        assert "Лише вам" not in shown(seat, ticket, "last") + shown(seat, ticket, "all")
        assert "not to everybody who gets it" in shown(seat, ticket, "last")
        words = sent(world, seat, ticket, quote="all")
        assert {one.identity for one in words.message.deliveries.all()} == {world.maria, world.petro}
        assert all(one in words.quoted for one in ("Перше питання", "Відповідь обом"))
        assert "Лише вам" not in words.quoted
        world.letter(world.maria, text="Тепер обом", answers=to_both, participants=(boss,))
        assert "Тепер обом" in shown(seat, ticket, "last")

    def test_it_follows_who_was_typed_and_not_who_usually_gets_it(self, world: World) -> None:
        boss = (world.petro, "cc")
        ticket = world.ticket(text="Перше питання", participants=(boss,))
        first = Message.objects.get(texts__text="Перше питання")
        alone = world.letter(world.maria, text="Лише вам: я звільняюся", answers=first).message
        assert alone is not None
        seat, maria, petro = Seat(world.iryna), "maria@kramnytsia.example", "petro@example.net"
        assert "Лише вам" in shown(seat, ticket, "all", to=maria)
        assert "Лише вам" not in shown(seat, ticket, "all", to=maria, cc=petro)
        assert "Лише вам" in sent(world, seat, ticket, to=maria, quote="all").quoted
        own = split(ticket, [alone], by=world.act(world.iryna))
        assert "Лише вам" in shown(seat, own, "all")  # usually it goes to her alone
        assert "Лише вам" not in shown(seat, own, "all", to=maria, cc=petro)
        for role in ("cc", "bcc"):
            assert "Лише вам" not in sent(world, seat, own, to=maria, quote="all", **{role: petro}).quoted

    def test_an_address_that_is_new_stands_in_place_of_the_usual_ones(self, world: World) -> None:
        """What was kept from somebody who gets this answer no more is quoted, and is seen before."""
        ticket = world.ticket(text="Перше питання", participants=((world.petro, "cc"),))
        first = Message.objects.get(texts__text="Перше питання")
        world.letter(world.maria, text="Лише вам: я звільняюся", answers=first)
        seat, new = Seat(world.iryna), "new@nowhere.example"
        assert "Лише вам" not in shown(seat, ticket, "all")
        assert "Лише вам" not in shown(seat, ticket, "all", to=" ")
        assert "Лише вам" not in shown(seat, ticket, "all", to=new, cc="petro@example.net")
        assert "Лише вам" in shown(seat, ticket, "all", to=new)
        words = sent(world, seat, ticket, to=new, quote="all")
        assert [one.identity.value for one in words.message.deliveries.all()] == [new]
        assert "Лише вам" in words.quoted

    @pytest.mark.parametrize("joined", [False, True])
    def test_who_takes_part_by_another_address_is_no_newcomer(self, world: World, joined: bool) -> None:
        boss = (world.petro, "cc")
        ticket = world.ticket(text="Перше питання", participants=(boss,))
        first = Message.objects.get(texts__text="Перше питання")
        world.letter(world.maria, text="Лише вам: я звільняюся", answers=first)
        home = make_customer("Петро Лис", "petro@home.example")
        if joined:
            people.join(home.person, world.petro.person, by=world.act(world.iryna))
        else:
            Identity.objects.filter(id=home.id).update(person=world.petro.person)
        typed = {"to": "maria@kramnytsia.example", "cc": "petro@home.example"}
        page = shown(Seat(world.iryna), ticket, "all", **typed)
        assert "Перше питання" in page and "Лише вам" not in page

    def test_looking_at_it_makes_nobody_of_what_was_typed(self, world: World, asked: Ticket) -> None:
        before = Identity.objects.count()
        for typed in ("who@nowhere.example", "\0", "a,;<>@", "x" * 9000):
            assert "Друге питання" in shown(Seat(world.iryna), asked, "last", to="maria@kramnytsia.example", cc=typed)
        assert Identity.objects.count() == before

    def test_nothing_is_kept_from_one_human_whose_persons_were_joined(self, world: World) -> None:
        home = make_customer("Марія К.", "maria@home.example")
        people.join(home.person, world.maria.person, by=world.act(world.iryna))
        ticket = world.ticket(text="Перше питання")
        first = Message.objects.get(texts__text="Перше питання")
        world.letter(home, text="Друге питання", answers=first)
        both = ["> Друге питання", "> Перше питання"]
        for wrote in (home, world.maria):
            page = shown(Seat(world.iryna), ticket, "all").replace("&gt;", ">")
            assert [one for one in both if one not in page] == [], wrote
            last = Message.objects.latest("id")
            assert (last.identity, last.dialog) == (wrote, first.dialog)
            world.letter(world.maria, text="Третє питання", answers=first)

    def test_but_who_is_brought_in_later_gets_all_that_the_agent_saw(self, world: World, asked: Ticket) -> None:
        seat = Seat(world.iryna)
        assert "Друге питання" in sent(world, seat, asked, to="maria@kramnytsia.example", cc="new@example.net").quoted
        assert "Перше питання" in shown(seat, asked, "all")

    @pytest.mark.parametrize("gone", ["hidden_at", "erased_at"])
    def test_what_is_no_more(self, world: World, asked: Ticket, gone: str) -> None:
        Message.objects.filter(texts__text="Друге питання").update(**{gone: clock.now()})
        assert "Друге" not in sent(world, Seat(world.iryna), asked, quote="all").quoted

    def test_the_customers_markup_pictures_and_older_quotes(self, world: World) -> None:
        ticket = world.ticket(
            text="Не друкує",
            quoted="\n-- \nМарія, відділ\n> старе",
            html='<p>Не друкує<img src="http://spy.example/x"></p>',
        )
        words = sent(world, Seat(world.iryna), ticket, quote="all")
        assert "> Не друкує" in words.quoted
        assert "spy.example" not in words.quoted
        assert "старе" not in words.quoted and "відділ" not in words.quoted

    def test_what_another_request_of_the_restricted_number_says_by_the_address(
        self, world: World, asked: Ticket
    ) -> None:
        """Naming a request that one may not see in the address of the quotation brings nothing of it."""
        hidden = world.ticket(text="ТАЄМНЕ")
        restrict(hidden, True, by=world.act(world.taras))
        seat = Seat(world.bohdan)
        assert "ТАЄМНЕ" not in shown(seat, asked, "all", also=str(hidden.number))
        assert "ТАЄМНЕ" not in seat.page(f"/tickets/{asked.number}/quotation?also={hidden.number}")


def test_it_is_seen_folded_on_the_time_line_and_goes_when_a_person_is_erased(world: World, asked: Ticket) -> None:
    seat = Seat(world.iryna)
    sent(world, seat, asked, quote="last")
    assert "Друге питання" in seat.page(f"/tickets/{asked.number}")
    STEPS["dialogs"].run(world.maria.person_id)
    assert set(MessageText.objects.values_list("quoted", flat=True)) == {""}
