"""Which request a letter belongs to: by what it names, and by who writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.reply_address import reply_address
from vikno.core import clock
from vikno.dialogs.models import Delivery, Message, Participant
from vikno.intake.models import Inbound
from vikno.people.actions import join
from vikno.people.models import Identity
from vikno.tickets.actions import merging, state
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Relation, Ticket, TicketAlias

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]
SUPPLIER = "Постач <sales@supplier.example>"


@pytest.fixture
def take(world: World) -> Take:
    """Brings a letter and answers its entry, handled."""

    def taken(**more: Any) -> Inbound:
        return arrive(world.mail, letter(**more))

    return taken


@pytest.fixture
def asked(take: Take) -> Ticket:
    """Maria's request."""
    entry = take(subject="Каса", message_id="<one@kramnytsia.example>")
    assert entry.ticket is not None
    return numbered(entry.ticket)


def numbered(ticket: Ticket) -> Ticket:
    """With a number that is no year: a bare one of four digits may be one, and the next number may be any."""
    ticket.number = 70_001
    ticket.save(update_fields=["number"])
    return ticket


@pytest.fixture
def answer(world: World, asked: Ticket) -> Message:
    """It was answered, and the answer has left."""
    message = world.answer(asked)
    Message.objects.filter(id=message.id).update(foreign_id="<answer@kashtan.example>")
    Delivery.objects.filter(message=message).update(state="sent", sent_at=clock.now())
    message.refresh_from_db()
    return message


class TestSiblings:
    def test_two_letters_that_answer_one_we_never_saw_are_of_one_request(self, take: Take) -> None:
        first = take(subject="Re: План", References="<root@kramnytsia.example> <a@kramnytsia.example>")
        second = take(subject="Re: План", References="<root@kramnytsia.example> <b@kramnytsia.example>")
        assert (first.fate, second.fate, second.ticket) == ("ticket", "reply", first.ticket)

    def test_who_wrote_to_one_of_them_as_well_gets_in_as_a_newcomer(self, take: Take) -> None:
        first = take(subject="Re: План", References="<root@kramnytsia.example>")
        colleague = {"sender": "boss@kramnytsia.example", "to": "maria@kramnytsia.example, help@kashtan.example"}
        second = take(subject="Re: План", In_Reply_To="<root@kramnytsia.example>", **colleague)
        assert (second.fate, second.ticket) == ("reply", first.ticket)
        assert Participant.objects.get(identity__value="boss@kramnytsia.example").role == "newcomer"

    def test_all_who_answer_one_circular_ask_for_themselves(self, take: Take) -> None:
        """Hundreds may answer the same letter that went out elsewhere."""
        first = take(subject="Re: Акція", In_Reply_To="<circular@mailing.example>")
        second = take(subject="Re: Акція", In_Reply_To="<circular@mailing.example>", sender="petro@example.net")
        assert (first.fate, second.fate) == ("ticket", "ticket")
        assert first.ticket_id != second.ticket_id

    def test_the_letter_that_was_answered_may_come_after_its_answer(self, take: Take) -> None:
        late = take(subject="Re: План", In_Reply_To="<first@kramnytsia.example>")
        first = take(subject="План", message_id="<first@kramnytsia.example>")
        assert (first.fate, first.ticket) == ("reply", late.ticket)


class TestNumbersOfOthers:
    def test_the_next_letter_of_the_same_helpdesk_joins(self, take: Take) -> None:
        first = take(sender=SUPPLIER, subject="[#ABC-123] Ваш запит отримано")
        second = take(sender=SUPPLIER, subject="Update on [#abc-123]")
        colleague = take(sender="ann@desk.supplier.example", subject="Ticket ABC-123 has been solved [#ABC-123]")
        assert (first.fate, second.fate, colleague.fate) == ("ticket", "reply", "reply")
        assert first.ticket == second.ticket == colleague.ticket

    def test_it_holds_for_nobody_else(self, take: Take) -> None:
        take(sender=SUPPLIER, subject="Ticket#2026112210000017 прийнято")
        assert take(sender="x@elsewhere.example", subject="Ticket#2026112210000017").fate == "ticket"

    def test_nor_for_another_at_a_public_provider(self, take: Take) -> None:
        take(sender="one@gmail.com", subject="[Case 778812] x")
        assert take(sender="two@gmail.com", subject="[Case 778812] x").fate == "ticket"
        assert take(sender="one@gmail.com", subject="[Case 778812] y").fate == "reply"

    def test_numbers_of_orders_and_years_join_nothing(self, take: Take) -> None:
        for subject in ("Замовлення #55213", "[2026] звіт", "Запит 2026", "Рахунок 1044"):
            assert [take(subject=subject).fate, take(subject=subject).fate] == ["ticket", "ticket"]


class TestOurNumber:
    def test_with_an_address_that_takes_part_it_joins(self, take: Take, asked: Ticket) -> None:
        entry = take(subject=f"ще раз про [#{asked.number}]")
        assert (entry.fate, entry.ticket) == ("reply", asked)
        assert entry.message is not None
        assert entry.message.dialog_id == Message.objects.earliest("id").dialog_id
        assert take(subject=f"#{asked.number}").fate == "reply"

    def test_of_a_stranger_it_is_suspected_and_waits(self, take: Take, asked: Ticket) -> None:
        for subject in (f"Re: Каса [#{asked.number}]", f"Ticket#{asked.number}", f"тікет {asked.number}"):
            entry = take(subject=subject, sender="evil@example.com")
            assert (entry.fate, entry.reason, entry.ticket) == ("suspected", "number_of_another", asked)
            assert entry.message_id is None
        assert take(subject=f"Замовлення #{asked.number}", sender="evil@example.com").fate == "ticket"

    def test_also_of_somebody_who_takes_part_in_another_request(self, take: Take, asked: Ticket) -> None:
        take(sender="petro@example.net")
        assert take(sender="petro@example.net", subject=f"[#{asked.number}]").fate == "suspected"

    def test_who_asked_by_phone_may_write_about_it(self, take: Take, world: World) -> None:
        ticket = numbered(world.ticket(world.petro))
        Participant.objects.all().delete()
        entry = take(sender="petro@example.net", subject=f"тікет {ticket.number}")
        assert (entry.fate, entry.ticket) == ("reply", ticket)

    def test_the_number_of_a_former_system_does_the_same(self, take: Take, asked: Ticket) -> None:
        TicketAlias.objects.create(source="otrs", number="2019031210000017", ticket=asked)
        assert take(subject="Re: [Ticket#2019031210000017] Каса").ticket == asked
        assert take(subject="[Ticket#2019031210000017]", sender="evil@example.com").fate == "suspected"

    def test_of_a_merged_request_it_leads_to_the_one_it_is_part_of(
        self, take: Take, asked: Ticket, world: World
    ) -> None:
        other = world.ticket(world.maria, subject="Друга")
        merging.merge(asked, other, by=world.act(world.taras))
        entry = take(subject=f"[#{asked.number}] ще")
        assert (entry.fate, entry.ticket) == ("reply", other)


class TestForwards:
    @pytest.mark.parametrize("prefix", ["Fwd", "FW", "WG", "TR", "Пересл", "ПЕР", "[EXT] Fwd", "VB"])
    def test_what_is_forwarded_begins_anew(self, take: Take, answer: Message, prefix: str) -> None:
        named = f"{prefix}: Каса [#{Ticket.objects.get().number}]"
        assert take(subject=named, In_Reply_To="<answer@kashtan.example>").fate == "ticket"

    @pytest.mark.parametrize("prefix", ["Re", "Відп", "НА", "RE[2]", "AW", "Отв", "Re: Fwd", "Odp"])
    def test_what_is_answered_does_not(self, take: Take, answer: Message, prefix: str) -> None:
        assert take(subject=f"{prefix}: Каса", In_Reply_To="<answer@kashtan.example>").fate == "reply"

    def test_what_is_forwarded_to_a_reply_address_was_meant_for_it(self, take: Take, answer: Message) -> None:
        to = reply_address("help@kashtan.example", answer.id, "maria@kramnytsia.example", reply_keys()[NEWEST], NEWEST)
        assert take(subject="Fwd: чек", to=to).fate == "reply"


class TestWhoTakesPart:
    def test_a_message_that_was_not_for_them_is_no_way_in(self, take: Take, asked: Ticket, world: World) -> None:
        """Boss was in copy of one request of the dialog; the letters of the other one he names are not his."""
        copied = take(subject="Re: Каса", Cc="boss@kramnytsia.example", In_Reply_To="<one@kramnytsia.example>")
        assert copied.message is not None
        split(asked, [copied.message], by=world.act(world.taras))
        private = world.answer(asked)
        Message.objects.filter(id=private.id).update(foreign_id="<private@kashtan.example>")
        boss = {"sender": "boss@kramnytsia.example", "subject": "Re: Каса"}
        assert take(In_Reply_To="<private@kashtan.example>", **boss).reason == "not_a_participant"
        assert take(In_Reply_To=copied.foreign_id, **boss).fate == "reply"

    def test_whom_an_answer_went_to_may_answer_it(self, take: Take, asked: Ticket, world: World) -> None:
        from vikno.tickets.actions.answering import Recipients

        message = world.answer(asked, recipients=Recipients(to=[world.maria], cc=[world.petro]))
        Message.objects.filter(id=message.id).update(foreign_id="<copied@kashtan.example>")
        entry = take(sender="petro@example.net", subject="Re: Каса", In_Reply_To="<copied@kashtan.example>")
        assert (entry.fate, entry.ticket) == ("reply", asked)

    def test_the_same_human_takes_part_from_each_address(self, take: Take, answer: Message, world: World) -> None:
        Identity.objects.create(
            person=world.maria.person, kind="email", value="maria@home.example", shown="maria@home.example"
        )
        join(world.petro.person, world.maria.person, by=world.act(world.iryna))
        for sender in ("maria@home.example", "petro@example.net"):
            entry = take(sender=sender, subject="Re: Каса", In_Reply_To="<answer@kashtan.example>")
            assert entry.fate == "reply"
            assert entry.message is not None
            assert "newcomer" not in entry.message.trust

    def test_an_address_that_nobody_knows_yet_is_suspected(self, take: Take, answer: Message) -> None:
        entry = take(sender="Марія Коваль <maria@other.example>", In_Reply_To="<answer@kashtan.example>")
        assert (entry.fate, entry.reason) == ("suspected", "not_a_participant")

    def test_who_was_let_in_once_stays_in_as_a_newcomer(self, take: Take, answer: Message, world: World) -> None:
        from vikno.intake import actions

        first = take(sender="maria@other.example", In_Reply_To="<answer@kashtan.example>")
        actions.let_in(first, world.act(world.iryna))
        second = take(sender="maria@other.example", In_Reply_To="<answer@kashtan.example>")
        assert second.fate == "reply"
        assert second.message is not None
        assert second.message.trust["newcomer"] is True


class TestWhereItGoes:
    def test_of_a_merged_request_to_its_home_seen_in_the_survivor(
        self, take: Take, asked: Ticket, answer: Message, world: World
    ) -> None:
        other = world.ticket(world.maria, subject="Друга")
        merging.merge(asked, other, by=world.act(world.taras))
        state.close(other, by=world.act(world.taras))
        entry = take(subject="Re: Каса", In_Reply_To="<answer@kashtan.example>")
        other.refresh_from_db()
        assert (entry.ticket, other.stage) == (other, "new")
        assert entry.message is not None
        assert entry.message.links.get().ticket == asked

    def test_of_a_split_message_to_where_it_is_now(self, take: Take, asked: Ticket, world: World) -> None:
        second = take(subject="Re: Каса", In_Reply_To="<one@kramnytsia.example>")
        assert second.message is not None
        child = split(asked, [second.message], by=world.act(world.taras))
        assert take(In_Reply_To=second.foreign_id).ticket == child
        assert take(In_Reply_To="<one@kramnytsia.example>").ticket == asked

    def test_of_a_closed_request_as_its_team_says(self, take: Take, asked: Ticket, world: World) -> None:
        state.close(asked, by=world.act(world.iryna))
        assert take(In_Reply_To="<one@kramnytsia.example>").ticket == asked
        world.support.reopen_days = 14
        world.support.save()
        state.close(asked, by=world.act(world.iryna))
        Ticket.objects.filter(id=asked.id).update(closed_at=clock.now() - timedelta(days=15))
        for named in ({"In_Reply_To": "<one@kramnytsia.example>"}, {"subject": f"[#{asked.number}]"}):
            entry = take(**named)
            assert entry.fate == "ticket"
            assert Relation.objects.get(ticket=entry.ticket).of == asked
