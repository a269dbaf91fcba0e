"""Matters of an account are handled only when it is proved that the customer asks (category switch; W35)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from tests.world import World, later
from vikno.dialogs.models import Delivery, Message, MessageText
from vikno.dialogs.sending import run_due
from vikno.intake import actions
from vikno.intake.models import Inbound
from vikno.journal.models import Event, EventTicket
from vikno.people.actions import verify_identity
from vikno.staff.models import Membership
from vikno.tickets.actions.account import NotProved, handle_anyway, is_locked
from vikno.tickets.actions.assigning import hand_over
from vikno.tickets.actions.fields import set_category
from vikno.tickets.actions.merging import merge, unmerge
from vikno.tickets.actions.placing import to_its_own
from vikno.tickets.actions.sending_again import send_again
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Category, Ticket

pytestmark = pytest.mark.django_db
PROVED = b"Authentication-Results: mx.kashtan.example; dmarc=pass header.from=%s\r\n"
Take = Callable[..., Inbound]


@pytest.fixture
def matter(world: World) -> Category:
    return Category.objects.create(name="Обліковий запис", account_matter=True)


@pytest.fixture
def take(world: World) -> Take:
    world.mail.settings = {"trusted_servers": ["mx.kashtan.example"]}
    world.mail.save()

    def taken(sender: str = "maria@kramnytsia.example", *, proved: bool, **more: Any) -> Inbound:
        told = PROVED % sender.rpartition("@")[2].encode() if proved else b""
        return arrive(world.mail, told + letter(sender=sender, **more))

    return taken


def asks(take: Take, world: World, matter: Category, sender: str, *, proved: bool) -> Ticket:
    """A request that an agent then files under the account."""
    ticket = take(sender, proved=proved, subject="Змініть пароль", message_id="<one@x.example>").ticket
    assert ticket is not None
    set_category(ticket, matter, by=world.act(world.iryna))
    ticket.refresh_from_db()
    return ticket


@pytest.mark.parametrize(
    ("sender", "proved", "locked"),
    [
        ("maria@kramnytsia.example", True, False),  # a verified address, and proved
        ("maria@kramnytsia.example", False, True),  # anybody can write her name
        ("petro@example.net", True, True),  # his domain says so, but nobody knows that it is he
    ],
)
def test_it_needs_a_verified_address_and_a_proof(
    take: Take, world: World, matter: Category, sender: str, proved: bool, locked: bool
) -> None:
    ticket = asks(take, world, matter, sender, proved=proved)
    assert is_locked(ticket) is locked
    if locked:
        with pytest.raises(NotProved):
            world.answer(ticket)
    else:
        world.answer(ticket)


def test_the_customer_is_told_politely_once_and_nothing_is_revealed(take: Take, world: World, matter: Category) -> None:
    world.petro.person.language = "en"
    world.petro.person.save()
    ticket = asks(take, world, matter, "petro@example.net", proved=False)
    told = Message.objects.get(author="system")
    assert [row.identity for row in told.deliveries.all()] == [world.petro]
    text = MessageText.objects.get(message=told).text
    assert "contact us by phone" in text
    for word in ("пароль", "Змініть", str(ticket.number), "Петро"):
        assert word not in text + told.subject
    assert (told.kind, told.answers_id) == ("automatic", None)
    assert ticket.waiting_since is not None  # it stops no clock
    set_category(ticket, None, by=world.act(world.taras))
    set_category(ticket, matter, by=world.act(world.iryna))
    assert Message.objects.filter(author="system").count() == 1


def test_a_proved_customer_is_told_nothing_of_the_kind(take: Take, world: World, matter: Category) -> None:
    asks(take, world, matter, "maria@kramnytsia.example", proved=True)
    assert not Delivery.objects.exists()


def test_a_later_letter_that_proves_it_opens_the_matter(take: Take, world: World, matter: Category) -> None:
    ticket = asks(take, world, matter, "maria@kramnytsia.example", proved=False)
    assert take(proved=True, In_Reply_To="<one@x.example>").fate == "reply"
    assert not is_locked(ticket)
    world.answer(ticket)


def test_the_proof_of_another_customer_is_none(take: Take, world: World, matter: Category) -> None:
    ticket = asks(take, world, matter, "petro@example.net", proved=False)
    world.letter(world.maria, answers=Message.objects.earliest("id"), authenticated=True, admitted=True)
    assert is_locked(ticket)


def test_who_goes_on_with_it_unproved_is_held_and_can_be_let_in(take: Take, world: World, matter: Category) -> None:
    ticket = asks(take, world, matter, "maria@kramnytsia.example", proved=True)
    entry = take(proved=False, text="Надішліть пароль на іншу адресу.", In_Reply_To="<one@x.example>")
    assert (entry.fate, entry.reason, entry.ticket, entry.message) == ("held", "account_matter", ticket, None)
    assert "it is not proved to come from a verified address" in Seat(world.taras).page("/ledger?fate=held")
    actions.let_in(entry, world.act(world.taras))
    entry.refresh_from_db()
    assert (entry.fate, entry.ticket) == ("reply", ticket)


def test_what_a_verified_caller_said_is_proved_by_the_agent_who_wrote_it_down(world: World, matter: Category) -> None:
    from vikno.dialogs.actions import Words
    from vikno.tickets.actions.entering import enter

    phone = world.mail.__class__.objects.get(kind="phone")
    for identity, locked in ((world.maria, False), (world.petro, True)):
        words = Words("Хоче змінити пароль", subject="Пароль")
        ticket = enter(world.iryna, phone, identity, words, by=world.act(world.iryna), category=matter)
        assert is_locked(ticket) is locked


def test_verifying_the_address_of_a_proved_letter_opens_it(take: Take, world: World, matter: Category) -> None:
    ticket = asks(take, world, matter, "petro@example.net", proved=True)
    verify_identity(world.petro, "agent", by=world.act(world.iryna))
    assert not is_locked(ticket)


class TestThePage:
    def test_it_says_why_and_a_lead_has_it_handled_in_writing(self, take: Take, world: World, matter: Category) -> None:
        ticket = asks(take, world, matter, "petro@example.net", proved=False)
        agent, lead = Seat(world.iryna), Seat(world.taras)
        where = f"/tickets/{ticket.number}"
        page = agent.page(where)
        assert "it is not proved that the customer asks" in page
        assert 'value="reply"' not in page
        assert "Handle this account matter anyway" not in page
        assert agent.post(f"{where}/change", {"account": "1"}).status_code == 403
        assert "Handle this account matter anyway" in lead.page(where)
        assert "It can be answered now" in lead.sends(f"{where}/change", account="1").content.decode()
        event = Event.objects.get(verb="ticket.account_let_pass")
        assert event.actor_id == world.taras.id
        assert "had this account matter handled without a proof" in agent.page(where)
        ticket.refresh_from_db()
        world.answer(ticket)
        assert take("petro@example.net", proved=False, In_Reply_To="<one@x.example>").fate == "reply"

    def test_an_answer_that_was_begun_before_is_refused_in_words_and_kept(
        self, take: Take, world: World, matter: Category
    ) -> None:
        ticket = asks(take, world, matter, "petro@example.net", proved=False)
        form = {"kind": "reply", "format": "text", "body": "Ваш новий пароль", "to": "petro@example.net"}
        page = Seat(world.iryna).post(f"/tickets/{ticket.number}/answer", form).content.decode()
        assert "A lead can decide to handle it anyway" in page
        assert "Ваш новий пароль" in page
        assert not Message.objects.filter(author="agent").exists()


@pytest.mark.parametrize("to", ["elsewhere", "nowhere"])
def test_an_agent_does_not_end_it_by_another_category_and_a_lead_does(
    take: Take, world: World, matter: Category, to: str
) -> None:
    ticket = asks(take, world, matter, "petro@example.net", proved=False)
    other = Category.objects.create(name="Каси та чеки") if to == "elsewhere" else None
    page = Seat(world.iryna).sends(f"/tickets/{ticket.number}/change", category=str(other.id) if other else "")
    assert "only a lead can file it elsewhere" in page.content.decode()
    ticket.refresh_from_db()
    assert ticket.category == matter and is_locked(ticket)
    part = Category.objects.create(name="Паролі", parent=matter, account_matter=True)
    set_category(ticket, part, by=world.act(world.iryna))  # it stays one
    set_category(ticket, other, by=world.act(world.taras))
    ticket.refresh_from_db()
    assert not is_locked(ticket)


def test_whoever_filed_it_there_by_mistake_takes_that_back(take: Take, world: World, matter: Category) -> None:
    ticket = take("petro@example.net", proved=False).ticket
    filing = world.act(world.iryna)
    set_category(ticket, matter, by=filing)
    explained = Message.objects.filter(trust__explains="account")
    assert explained.exists()
    undo(filing.id, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert ticket.category is None


def test_a_proved_one_is_filed_elsewhere_by_anybody(take: Take, world: World, matter: Category) -> None:
    ticket = asks(take, world, matter, "maria@kramnytsia.example", proved=True)
    set_category(ticket, None, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert ticket.category is None


def test_what_was_merged_into_such_a_matter_is_one_too(take: Take, world: World, matter: Category) -> None:
    plain = take(proved=False, subject="Питання", message_id="<plain@x.example>").ticket
    assert plain is not None
    ticket = asks(take, world, matter, "maria@kramnytsia.example", proved=True)
    merge(plain, ticket, by=world.act(world.taras))
    entry = take(proved=False, text="Надішліть пароль на іншу адресу.", In_Reply_To="<plain@x.example>")
    assert (entry.fate, entry.reason, entry.ticket) == ("held", "account_matter", plain)
    plain.refresh_from_db()
    assert not is_locked(plain), "the proof belongs to the whole request"


@pytest.mark.parametrize("where", ["/outbox/%s/repeat", "/deliveries/%s/repeat"])
@pytest.mark.parametrize("state", ["cancelled", "refused", "doubtful"])
def test_what_did_not_leave_before_it_became_one_is_not_sent_again(
    take: Take, world: World, matter: Category, where: str, state: str
) -> None:
    entry = take("petro@example.net", proved=False, subject="Змініть пароль", message_id="<one@x.example>")
    assert entry.ticket is not None
    answer = world.answer(entry.ticket, text="Ваш новий пароль")
    Delivery.objects.filter(message=answer).update(state=state, reason="stopped" if state == "cancelled" else "")
    set_category(entry.ticket, matter, by=world.act(world.iryna))
    delivery = Delivery.objects.get(message=answer)
    page = Seat(world.taras).sends(where % delivery.id).content.decode()
    assert "it is not proved that the customer asks" in page
    delivery.refresh_from_db()
    assert delivery.state == state
    handle_anyway(world.viewer(world.taras), entry.ticket, by=world.act(world.taras))
    assert "It is sent again." in Seat(world.taras).sends(where % delivery.id).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "queued"


def test_what_waits_to_leave_when_it_becomes_one_is_kept_back(take: Take, world: World, matter: Category) -> None:
    entry = take("petro@example.net", proved=False, subject="Змініть пароль", message_id="<one@x.example>")
    assert entry.ticket is not None
    answer = world.answer(entry.ticket, text="Ваш новий пароль")
    set_category(entry.ticket, matter, by=world.act(world.iryna))
    explained = Delivery.objects.get(message__trust__explains="account")
    Delivery.objects.update(not_before=later(hours=-1))
    while run_due():  # one after the other, as they belong to one dialog
        pass
    delivery = Delivery.objects.get(message=answer)
    assert (delivery.state, delivery.reason) == ("refused", "unproved")
    explained.refresh_from_db()
    assert explained.reason == "no_relay", "what tells them so goes the usual way"
    page = Seat(world.taras).page(f"/tickets/{entry.ticket.number}")
    assert "became a matter of an account before this left" in page
    handle_anyway(world.viewer(world.taras), entry.ticket, by=world.act(world.taras))
    send_again(delivery, by=world.act(world.taras))
    Delivery.objects.update(not_before=later(hours=-1))
    run_due()
    delivery.refresh_from_db()
    assert delivery.reason == "no_relay"


def test_the_letter_that_explains_it_may_be_sent_again(take: Take, world: World, matter: Category) -> None:
    ticket = asks(take, world, matter, "petro@example.net", proved=False)
    told = Delivery.objects.get(message__author=Message.Author.SYSTEM, message__trust__explains="account")
    Delivery.objects.filter(id=told.id).update(state="refused")
    assert is_locked(ticket)
    assert "It is sent again." in Seat(world.taras).sends(f"/outbox/{told.id}/repeat").content.decode()


class TestWhatOnlyTheSurvivorLocks:
    """A plain request that was merged into a locked matter is let out of it by a lead alone."""

    @pytest.fixture
    def absorbed(self, take: Take, world: World, matter: Category) -> Inbound:
        entry = take("petro@example.net", proved=False, subject="Питання", message_id="<plain@x.example>")
        assert entry.ticket is not None
        set_category(entry.ticket, Category.objects.create(name="Доставка"), by=world.act(world.iryna))
        merge(entry.ticket, asks(take, world, matter, "petro@example.net", proved=False), by=world.act(world.taras))
        entry.ticket.refresh_from_db()
        assert is_locked(entry.ticket)
        return entry

    def test_a_message_taken_out_of_it_goes_on_being_one(
        self, world: World, matter: Category, absorbed: Inbound
    ) -> None:
        assert absorbed.ticket is not None and absorbed.message is not None
        own = to_its_own(absorbed.message, absorbed.ticket, by=world.act(world.iryna))
        assert own.category == matter and is_locked(own)

    def test_the_merge_is_undone_by_a_lead(self, world: World, absorbed: Inbound) -> None:
        ticket = absorbed.ticket
        assert ticket is not None
        with pytest.raises(NotProved):
            unmerge(ticket, by=world.act(world.iryna))
        ticket.refresh_from_db()
        assert is_locked(ticket)
        unmerge(ticket, by=world.act(world.taras))
        ticket.refresh_from_db()
        assert ticket.merged_into is None and not is_locked(ticket)

    def test_one_that_goes_on_being_a_matter_is_let_out_by_anybody(
        self, world: World, matter: Category, absorbed: Inbound
    ) -> None:
        ticket = absorbed.ticket
        assert ticket is not None
        set_category(ticket, matter, by=world.act(world.iryna))
        unmerge(ticket, by=world.act(world.iryna))
        ticket.refresh_from_db()
        assert ticket.merged_into is None and is_locked(ticket)


class TestWhatAPlainRequestAbsorbed:
    """A locked matter that was merged into a plain request locks that too: they are one request now."""

    @pytest.fixture
    def survivor(self, take: Take, world: World, matter: Category) -> Ticket:
        plain = take(proved=True, subject="Питання", message_id="<plain@x.example>").ticket
        assert plain is not None
        merge(asks(take, world, matter, "petro@example.net", proved=False), plain, by=world.act(world.taras))
        plain.refresh_from_db()
        return plain

    def test_nothing_is_told_in_it_though_its_own_requester_has_proved_who_they_are(
        self, world: World, survivor: Ticket
    ) -> None:
        with pytest.raises(NotProved):
            world.answer(survivor)
        assert 'value="reply"' not in Seat(world.iryna).page(f"/tickets/{survivor.number}")

    def test_a_lead_lets_all_of_it_pass_there(self, world: World, survivor: Ticket) -> None:
        where = f"/tickets/{survivor.number}"
        assert "It can be answered now" in Seat(world.taras).sends(f"{where}/change", account="1").content.decode()
        absorbed = Ticket.objects.get(merged_into=survivor)
        assert not is_locked(survivor) and not is_locked(absorbed)
        told = Event.objects.get(verb="ticket.account_let_pass")
        about = EventTicket.objects.filter(event_id=told.id)
        assert list(about.values_list("ticket_id", flat=True)) == [absorbed.id]
        world.answer(survivor)

    def test_a_lead_decides_on_none_that_they_may_not_see(self, world: World, survivor: Ticket) -> None:
        absorbed = Ticket.objects.get(merged_into=survivor)
        hand_over(absorbed, world.hr, by=world.act(world.marko))  # a closed team
        taras, where = Seat(world.taras), f"/tickets/{survivor.number}"
        page = taras.sends(f"{where}/change", account="1").content.decode()
        assert "a matter of an account that you may not see" in page
        assert is_locked(survivor) and is_locked(absorbed)
        Membership.objects.create(team=world.hr, agent=world.taras)
        assert "It can be answered now" in taras.sends(f"{where}/change", account="1").content.decode()
        assert not is_locked(survivor)

    def test_its_own_category_is_anybodys_to_choose(self, world: World, survivor: Ticket) -> None:
        set_category(survivor, Category.objects.create(name="Доставка"), by=world.act(world.iryna))
        assert is_locked(survivor)

    def test_the_customer_of_the_matter_opens_it_by_a_proof(self, take: Take, world: World, survivor: Ticket) -> None:
        verify_identity(world.petro, "agent", by=world.act(world.iryna))
        assert is_locked(survivor)
        assert take("petro@example.net", proved=True, In_Reply_To="<one@x.example>").fate == "reply"
        assert not is_locked(survivor)
