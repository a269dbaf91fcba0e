"""Who speaks in a letter: forms, lists, forwarded letters, colleagues, and what was sent from the mailbox itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.care.checks.data import ticket_clocks
from vikno.channels.email import aliases, own
from vikno.channels.email.staff_letters import notice_address
from vikno.core import clock
from vikno.dialogs.models import Addressee, ChannelAddress, Delivery, Dialog, Message, Participant
from vikno.intake import actions as intake
from vikno.intake.models import Inbound
from vikno.people.models import Identity
from vikno.tickets.actions import answering, assigning
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Note, Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]
IRYNA = "Iryna Агентка <iryna@kashtan.example>"
PROVED = "Authentication-Results: mx.kashtan.example; dmarc=pass header.from=kashtan.example\r\n"


@pytest.fixture
def take(world: World) -> Take:
    """Brings a letter, raw or by its parts, and answers its entry, handled."""

    def taken(raw: bytes | None = None, *, folder: str = "", **more: Any) -> Inbound:
        return arrive(world.mail, raw or letter(**more), source="imap", folder=folder)

    return taken


@pytest.fixture
def asked(take: Take) -> Ticket:
    entry = take(subject="Каса", message_id="<one@kramnytsia.example>")
    assert entry.ticket is not None
    return entry.ticket


def settings(world: World, **more: Any) -> None:
    world.mail.settings = world.mail.settings | more
    world.mail.save()


FORWARDED = """Гляньте, будь ласка.

---------- Forwarded message ---------
Від: Петро Лис <petro@example.net>
Date: пт, 20 лист. 2026 р. о 10:00
Subject: Не друкує
To: <iryna@kashtan.example>

Каса не друкує чеків.
"""


class TestForwardedByAColleague:
    def test_the_requester_is_who_wrote_it_and_nothing_is_proved(self, take: Take, world: World) -> None:
        settings(world, trusted_servers=["mx.kashtan.example"])
        raw = PROVED.encode() + letter(FORWARDED, sender=IRYNA, subject="Fwd: Не друкує", Cc="taras@kashtan.example")
        entry = take(raw)
        assert entry.ticket is not None
        assert entry.message is not None
        assert entry.fate == "ticket"
        assert entry.ticket.requester == world.petro.person
        assert entry.message.trust == {"forwarded_by": world.iryna.id, "parted": True, "open_end": True}
        assert entry.message.authenticated is False
        world.petro.refresh_from_db()
        assert world.petro.verified_by == ""
        assert "Каса не друкує чеків." in entry.message.texts.get().text
        assert list(Participant.objects.values_list("identity", flat=True)) == [world.petro.id]
        assert [one.identity for one in world.answer(entry.ticket).deliveries.all()] == [world.petro]

    def test_an_attached_letter_counts_as_well(self, take: Take, world: World) -> None:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = IRYNA, "help@kashtan.example", "Подивіться"
        made.set_content("У вкладенні.")
        inner = EmailMessage()
        inner["From"], inner["Subject"] = "Нова Людина <new@firm.example>", "Питання"
        inner.set_content("Чи є знижка?")
        made.add_attachment(inner)
        entry = take(made.as_bytes())
        assert entry.ticket is not None
        assert (entry.sender, entry.ticket.requester.name) == ("new@firm.example", "Нова Людина")

    def test_of_a_customer_who_forwards_it_is_their_own(self, take: Take, world: World) -> None:
        entry = take(text=FORWARDED, subject="Fwd: Не друкує")
        assert entry.ticket is not None
        assert entry.ticket.requester == world.maria.person

    def test_our_own_answer_in_it_is_passed_over(self, take: Take, world: World) -> None:
        ours = "Від: Каштан <help@kashtan.example>\nДата: сьогодні\nТема: Re: Каса\nКому: x@example.net\n\nТак.\n\n"
        entry = take(text=ours + FORWARDED, sender=IRYNA, subject="Fwd: Каса")
        assert entry.sender == world.petro.value


class TestColleagues:
    def test_a_colleague_asks_for_themselves(self, take: Take, world: World) -> None:
        entry = take(sender=IRYNA, subject="Відпустка")
        assert entry.ticket is not None
        assert entry.ticket.requester == world.iryna.person

    def test_also_where_they_name_a_request_they_take_no_part_in(self, take: Take, world: World, asked: Ticket) -> None:
        for named in ({"In_Reply_To": "<one@kramnytsia.example>"}, {"subject": f"[#{asked.number}]"}):
            entry = take(sender=IRYNA, **named)
            assert entry.fate == "ticket"
            assert entry.ticket != asked

    def answer(self, take: Take, world: World, asked: Ticket, *, proved: bool = True, to: str = "") -> Inbound:
        settings(world, trusted_servers=["mx.kashtan.example"])
        said = Message.objects.get(links__ticket=asked)
        address = to or notice_address("help@kashtan.example", said.id, "iryna@kashtan.example")
        raw = letter(
            "Треба дзвонити майстру.\n\nOn Fri, Vikno wrote:\n> Каса", sender=IRYNA, to=address, subject="Re: Каса"
        )
        return take((PROVED.encode() if proved else b"") + raw)

    def test_an_answer_to_their_own_notice_is_an_internal_note(self, take: Take, world: World, asked: Ticket) -> None:
        entry = self.answer(take, world, asked)
        assert (entry.fate, entry.reason, entry.ticket, entry.message) == ("reply", "agent_note", asked, None)
        note = Note.objects.get()
        assert (note.ticket, note.agent, note.texts.get().text) == (asked, world.iryna, "Треба дзвонити майстру.")
        assert not Delivery.objects.exists()

    def test_or_the_public_answer_where_the_channel_says_so(self, take: Take, world: World, asked: Ticket) -> None:
        settings(world, agent_letters="answer")
        entry = self.answer(take, world, asked)
        assert (entry.reason, entry.ticket) == ("agent_answer", asked)
        assert [one.identity for one in Delivery.objects.all()] == [world.maria]
        assert entry.message is not None
        assert entry.message.agent == world.iryna

    def test_without_a_proof_it_is_their_own_request(self, take: Take, world: World, asked: Ticket) -> None:
        entry = self.answer(take, world, asked, proved=False)
        assert entry.fate == "ticket"
        assert not Note.objects.exists()

    def test_the_address_of_a_colleagues_notice_opens_nothing(self, take: Take, world: World, asked: Ticket) -> None:
        said = Message.objects.get(links__ticket=asked)
        other = notice_address("help@kashtan.example", said.id, "taras@kashtan.example")
        entry = self.answer(take, world, asked, to=other)
        assert entry.fate == "ticket"
        assert not Note.objects.exists()

    def test_nor_does_ones_own_for_what_one_may_not_see(self, take: Take, world: World, asked: Ticket) -> None:
        assigning.hand_over(asked, world.hr, by=world.act(world.taras))
        entry = self.answer(take, world, asked)
        assert entry.fate == "ticket"
        assert not Note.objects.exists()


class TestAnsweredFromTheirOwnMailbox:
    """A colleague wrote to the customer from their own mail program, with our address in copy."""

    def wrote(self, take: Take, world: World, *, proved: bool = True, to: str = "maria@kramnytsia.example") -> Inbound:
        settings(world, trusted_servers=["mx.kashtan.example"])
        raw = letter("Вже їдемо.", sender=IRYNA, to=to, Cc="help@kashtan.example", subject="Re: Каса",
                     In_Reply_To="<one@kramnytsia.example>")  # fmt: skip
        return take((PROVED.encode() if proved else b"") + raw)

    def test_it_is_an_answer_that_has_left(self, take: Take, world: World, asked: Ticket) -> None:
        entry = self.wrote(take, world)
        assert (entry.fate, entry.reason, entry.ticket) == ("reply", "colleague_wrote", asked)
        assert entry.message is not None
        assert (entry.message.author, entry.message.agent) == ("agent", world.iryna)
        asked.refresh_from_db()
        assert (asked.waiting_since, Ticket.objects.count()) == (None, 1)
        assert not Delivery.objects.exists()

    def test_without_a_proof_a_person_decides(self, take: Take, world: World, asked: Ticket) -> None:
        entry = self.wrote(take, world, proved=False)
        assert (entry.fate, entry.reason, entry.ticket) == ("suspected", "colleague_unproved", asked)
        assert Message.objects.count() == 1
        act = world.act(world.taras)
        intake.let_in(entry, act)
        entry.refresh_from_db()
        assert (entry.fate, entry.ticket, Ticket.objects.count()) == ("reply", asked, 1)
        assert not Delivery.objects.exists()
        with pytest.raises(Invalid):  # it stopped clocks, as any answer does
            undo(act.id, by=world.act(world.taras))

    def test_or_makes_it_a_request_of_its_own(self, take: Take, world: World, asked: Ticket) -> None:
        entry = self.wrote(take, world, proved=False)
        intake.let_in(entry, world.act(world.taras), apart=True)
        entry.refresh_from_db()
        assert entry.fate == "ticket"
        assert entry.ticket != asked

    def test_what_the_customer_did_not_get_is_not_shown_to_them(self, take: Take, world: World, asked: Ticket) -> None:
        entry = self.wrote(take, world, to="taras@kashtan.example")
        assert entry.fate == "ticket"
        assert entry.ticket != asked

    def test_nor_is_it_written_where_they_may_not_write(self, take: Take, world: World, asked: Ticket) -> None:
        assigning.hand_over(asked, world.hr, by=world.act(world.taras))
        for proved in (True, False):
            entry = self.wrote(take, world, proved=proved)
            assert entry.fate == "ticket"
            assert entry.ticket != asked


class TestForms:
    def test_a_form_with_reply_to_is_an_ordinary_letter_of_its_visitor(self, take: Take) -> None:
        for sender in ("WordPress <wordpress@shop.example>", "noreply@tilda.ws", "no-reply@shop.example"):
            entry = take(sender=sender, Reply_To="Ганна <hanna@visitors.example>")
            assert (entry.fate, entry.kind, entry.sender) == ("ticket", "ordinary", "hanna@visitors.example")

    def test_a_form_that_the_owner_named_may_write_its_visitor_into_the_text(self, take: Take, world: World) -> None:
        settings(world, form_senders=["site@kramnytsia.example", "@forms.example"])
        text = "Ім'я: Ганна Сова\nТелефон: 067\nE-mail: hanna@visitors.example\nПитання: чи є знижка?"
        for sender in ("site@kramnytsia.example", "any@forms.example"):
            entry = take(text=text, sender=sender)
            assert entry.ticket is not None
            assert (entry.sender, entry.ticket.requester.name) == ("hanna@visitors.example", "Ганна Сова")
            assert entry.message is not None
            assert entry.message.authenticated is False

    def test_an_ordinary_text_names_no_visitor(self, take: Take) -> None:
        entry = take(text="E-mail: other@example.net\nце адреса мого колеги")
        assert entry.sender == "maria@kramnytsia.example"

    def test_a_robot_that_is_answered_where_it_writes_from_stays_one(self, take: Take) -> None:
        assert take(sender="noreply@bank.example", Reply_To="noreply@bank.example").kind == "automatic"


def test_a_mailing_list_brings_nobody_along(take: Take) -> None:
    list_ = {"to": "dev@lists.example", "Cc": "help@kashtan.example", "List_Post": "<mailto:dev@lists.example>"}
    entry = take(List_Id="<dev.lists.example>", Reply_To="dev@lists.example", **list_)
    assert (entry.kind, entry.sender) == ("list", "maria@kramnytsia.example")
    assert Participant.objects.get().identity.value == "maria@kramnytsia.example"


class TestSentFolder:
    def test_an_answer_sent_elsewhere_is_the_teams_and_stops_the_clock(
        self, take: Take, world: World, asked: Ticket
    ) -> None:
        assigning.assign(asked, world.taras, by=world.act(world.taras))
        entry = take(
            text="Вже їдемо.", sender="Каштан <help@kashtan.example>", to="maria@kramnytsia.example",
            Cc="boss@kramnytsia.example", subject="Re: Каса", In_Reply_To="<one@kramnytsia.example>", folder="sent",
        )  # fmt: skip
        asked.refresh_from_db()
        assert (entry.fate, entry.reason, entry.ticket) == ("reply", "sent_from_mailbox", asked)
        assert entry.message is not None
        assert (entry.message.author, entry.message.agent) == ("agent", world.taras)
        assert (asked.waiting_since, asked.stage) == (None, "open")
        assert asked.first_reply_at == entry.message.arrived_at
        assert not Delivery.objects.exists()
        assert Addressee.objects.filter(message=entry.message).count() == 2
        reply = take(subject="Re: Каса", In_Reply_To=entry.message.foreign_id)
        assert (reply.fate, reply.ticket) == ("reply", asked)

    def test_it_is_of_whom_its_address_or_name_tells(self, take: Take, world: World, asked: Ticket) -> None:
        named = {"In_Reply_To": "<one@kramnytsia.example>", "to": "maria@kramnytsia.example", "folder": "sent"}
        for sender in (IRYNA, "Iryna Агентка <help@kashtan.example>"):
            entry = take(sender=sender, **named)
            assert entry.message is not None
            assert entry.message.agent == world.iryna

    def test_of_the_past_and_of_nobody_the_doctor_finds_it_right(self, take: Take, world: World) -> None:
        def came(days_ago: int, **more: Any) -> Inbound:
            at = clock.now() - timedelta(days=days_ago)
            folder = more.pop("folder", "")
            return arrive(world.mail, letter(**more), source="imap", folder=folder, imported=True, received_at=at)

        came(30, message_id="<past@kramnytsia.example>")
        again = came(10, subject="Re: Каса", In_Reply_To="<past@kramnytsia.example>")
        ours = {"sender": "Каштан <help@kashtan.example>", "to": "maria@kramnytsia.example", "folder": "sent"}
        entry = came(20, subject="Re: Каса", In_Reply_To="<past@kramnytsia.example>", **ours)
        assert entry.ticket == again.ticket
        assert entry.message is not None
        assert (entry.message.author, entry.message.agent) == ("system", None)
        assert entry.ticket is not None
        entry.ticket.refresh_from_db()
        assert entry.ticket.first_reply_at == entry.message.arrived_at
        assert [found.what for found in ticket_clocks()] == []

    def test_of_nobody_it_stops_the_clock_as_well(self, take: Take, asked: Ticket) -> None:
        entry = take(sender="help@kashtan.example", In_Reply_To="<one@kramnytsia.example>", folder="sent")
        asked.refresh_from_db()
        assert entry.message is not None
        assert (entry.message.author, asked.waiting_since, asked.stage) == ("system", None, "open")

    def test_what_answers_nothing_we_know_is_left_alone(self, take: Take, asked: Ticket) -> None:
        entry = take(sender="help@kashtan.example", to="x@example.net", subject="Пропозиція", folder="sent")
        assert (entry.fate, entry.reason, entry.ticket) == ("duplicate", "sent_elsewhere", None)
        assert Ticket.objects.count() == 1

    def test_a_copy_of_what_was_sent_from_here_is_none(self, take: Take, world: World, asked: Ticket) -> None:
        message = world.answer(asked)
        Message.objects.filter(id=message.id).update(foreign_id="<answer@kashtan.example>")
        Delivery.objects.update(state="sent", sent_at=clock.now())
        entry = take(sender="help@kashtan.example", message_id="<answer@kashtan.example>", folder="sent")
        assert (entry.fate, entry.reason) == ("duplicate", "own_letter")
        # A provider that gives letters an id of its own is known by our reply address.
        back = notice_address("help@kashtan.example", message.id, "maria@kramnytsia.example")
        entry = take(
            sender="help@kashtan.example", In_Reply_To="<one@kramnytsia.example>", Reply_To=back, folder="sent"
        )
        assert (entry.fate, entry.reason) == ("duplicate", "own_letter")
        assert Message.objects.count() == 2


def test_plus_addresses_are_ours_and_customers_are_kept_apart(take: Take) -> None:
    one, two = take(sender="maria+a@x.example", to="help+sales@kashtan.example"), take(sender="maria+b@x.example")
    assert one.ticket is not None
    assert two.ticket is not None
    assert one.ticket.requester_id != two.ticket.requester_id
    assert not Identity.objects.filter(value__startswith="help").exists()


class TestFurtherAddresses:
    """A mailbox that letters to several addresses come into."""

    def test_a_further_address_is_ours_and_answered_from(self, take: Take, world: World) -> None:
        ChannelAddress.objects.create(channel=world.mail, address="sales@kashtan.example")
        own.forget()
        entry = take(to="sales@kashtan.example", Cc="boss@kramnytsia.example", Delivered_To="help@kashtan.example")
        assert entry.ticket is not None
        assert recipients(entry.ticket) == ["boss@kramnytsia.example", "maria@kramnytsia.example"]
        address = Dialog.objects.get().address
        assert address is not None
        assert address.address == "sales@kashtan.example"

    def test_what_our_server_noted_is_not_answered_and_the_owner_is_asked(self, take: Take, world: World) -> None:
        entry = take(to="sales@kashtan.example, boss@kramnytsia.example", Delivered_To="help@kashtan.example",
                     X_Original_To="sales@kashtan.example")  # fmt: skip
        assert entry.ticket is not None
        assert recipients(entry.ticket) == ["boss@kramnytsia.example", "maria@kramnytsia.example"]
        assert aliases.perhaps(world.mail) == ["sales@kashtan.example"]
        ChannelAddress.objects.create(channel=world.mail, address="sales@kashtan.example")
        assert aliases.perhaps(world.mail) == []

    @pytest.mark.parametrize("other", ["boss@kramnytsia.example", "friend@gmail.com"])
    def test_a_note_that_anybody_may_have_written_silences_nobody_elsewhere(
        self, take: Take, world: World, other: str
    ) -> None:
        ChannelAddress.objects.create(channel=world.mail, address="kashtan@gmail.com")
        own.forget()
        entry = take(to=f"help@kashtan.example, {other}", Delivered_To=other)
        assert entry.ticket is not None
        assert recipients(entry.ticket) == sorted([other, "maria@kramnytsia.example"])
        assert aliases.perhaps(world.mail) == []

    def test_who_was_in_copy_before_it_was_known_as_ours_gets_no_answer(self, take: Take, world: World) -> None:
        entry = take(Cc="sales@kashtan.example, boss@kramnytsia.example")
        assert entry.ticket is not None
        assert "sales@kashtan.example" in recipients(entry.ticket)
        ChannelAddress.objects.create(channel=world.mail, address="sales@kashtan.example")
        assert recipients(entry.ticket) == ["boss@kramnytsia.example", "maria@kramnytsia.example"]


def recipients(ticket: Ticket) -> list[str]:
    """To whom an answer goes if nobody says otherwise."""
    found = answering.default_recipients(Dialog.objects.get(), [ticket.id])
    return sorted(one.value for one in (*found.to, *found.cc))
