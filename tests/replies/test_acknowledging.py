"""Acknowledgements: once for each request, to humans alone, and nothing in them that a stranger wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.letters import letter
from tests.world import World
from vikno.channels.email.compose import compose
from vikno.dialogs.models import Channel, Delivery, Message
from vikno.intake import actions
from vikno.intake.models import Inbound
from vikno.journal import readers
from vikno.people.actions import block_identity
from vikno.replies import erasure
from vikno.replies.models import Acknowledgement
from vikno.replies.readers import ACKNOWLEDGING
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]


def read() -> None:
    """The reader digests all there is."""
    while readers.run_once(ACKNOWLEDGING):
        pass


@pytest.fixture
def channel(world: World) -> Channel:
    """The mail channel acknowledges from now on; what is older is history."""
    world.mail.settings["acknowledge"] = {"on": True}
    world.mail.save()
    read()
    return world.mail


def sent() -> list[Message]:
    return list(Message.objects.filter(author="system").order_by("id"))


def test_it_says_the_number_to_its_author_alone(channel: Channel, take: Take) -> None:
    entry = take(letter("Не друкує", subject="Каса мовчить", Cc="boss@kramnytsia.example"))
    read()
    assert entry.ticket is not None
    (message,) = sent()
    text = message.texts.get().text
    assert f"#{entry.ticket.number}" in text
    assert [one.identity.value for one in message.deliveries.all()] == ["maria@kramnytsia.example"]
    ticket = Ticket.objects.get()
    assert (ticket.waiting_since, ticket.first_reply_at, ticket.stage) == (entry.received_at, None, "new")


def test_the_letter_carries_the_marks_of_a_machine_and_no_word_of_the_sender(channel: Channel, take: Take) -> None:
    take(letter("BUY-NOW text", subject="BUY-NOW subject", sender="BUY-NOW name <victim@example.com>"))
    read()
    composed = compose(Delivery.objects.get())
    assert b"Auto-Submitted: auto-replied" in composed.content
    assert b"X-Auto-Response-Suppress: All" in composed.content
    assert b"X-Vikno-Loop" in composed.content
    assert composed.automatic
    assert b"BUY-NOW" not in composed.content
    assert "BUY-NOW" not in sent()[0].subject + sent()[0].texts.get().text


def test_it_is_off_until_somebody_switches_it_on(world: World, take: Take) -> None:
    read()
    take(letter())
    read()
    assert sent() == []


def test_one_request_is_acknowledged_once_and_a_reply_not_at_all(channel: Channel, take: Take) -> None:
    take(letter(message_id="<one@x.example>"))
    read()
    take(letter("Ще одне", In_Reply_To="<one@x.example>"))
    read()
    assert len(sent()) == 1
    assert Acknowledgement.objects.count() == 1


QUIET: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "automatic": ({"Auto_Submitted": "auto-generated"}, {}),
    "a list": ({"List_Id": "<news.example>"}, {}),
    "the null sender": ({}, {"envelope_from": ""}),
    "nobody reads there": ({"sender": "no-reply@shop.example"}, {}),
    "another Vikno": ({"X_Vikno_Loop": "1"}, {}),
    "spam": ({"X_Spam_Flag": "YES"}, {}),
    "of ours": ({"sender": "help@kashtan.example"}, {}),
}


@pytest.mark.parametrize(("headers", "envelope"), QUIET.values(), ids=QUIET.keys())
def test_what_no_customer_wrote_is_never_acknowledged(
    channel: Channel, take: Take, headers: dict[str, str], envelope: dict[str, Any]
) -> None:
    take(letter(**headers), **envelope)
    read()
    assert sent() == []


def test_what_had_to_be_let_in_is_not_acknowledged(world: World, channel: Channel, take: Take) -> None:
    actions.let_in(take(letter(X_Spam_Flag="YES")), world.act(world.taras))
    read()
    assert Ticket.objects.count() == 1
    assert sent() == []


def test_the_past_and_the_blocked_are_not_acknowledged(world: World, channel: Channel, take: Take) -> None:
    entry = take(letter())
    Inbound.objects.filter(id=entry.id).update(imported=True)
    world.letter(world.petro)
    block_identity(world.petro, by=world.act(world.taras))
    read()
    assert sent() == []


def test_one_address_gets_no_more_than_the_channel_says(channel: Channel, take: Take) -> None:
    channel.settings["acknowledge"]["address_hour"] = 2
    channel.save()
    for number in range(4):
        take(letter(subject=str(number)))
        read()
    assert len(sent()) == 2
    assert list(Acknowledgement.objects.order_by("id").values_list("fate", flat=True))[2:] == ["address", "address"]
    take(letter(sender="other@kramnytsia.example"))
    read()
    assert len(sent()) == 3


def test_one_domain_gets_no_more_than_the_channel_says(channel: Channel, take: Take) -> None:
    channel.settings["acknowledge"] |= {"domain_hour": 2}
    channel.save()
    for number in range(4):
        take(letter(sender=f"n{number}@firm.example"))
        read()
    assert Acknowledgement.objects.filter(fate="domain").count() == 2
    for number in range(4):
        take(letter(sender=f"n{number}@ukr.net"))
        read()
    assert Acknowledgement.objects.filter(fate="sent").count() == 6


def test_two_machines_that_answer_each_other_are_stopped(channel: Channel, take: Take) -> None:
    """Another helpdesk that marks nothing and answers each acknowledgement with a new letter."""
    channel.settings["acknowledge"]["address_hour"] = 100
    channel.save()
    for number in range(20):
        take(letter(f"We have received your request {number}", sender="desk@other.example"))
        read()
    assert len(sent()) < 10
    assert Acknowledgement.objects.filter(fate="loop").exists()


def test_a_name_is_said_only_to_whom_it_is_proved(world: World, channel: Channel) -> None:
    channel.settings["acknowledge"]["texts"] = {"uk": {"subject": "Номер {number}", "text": "{name}, {nobody}"}}
    channel.save()
    for identity, text in ((world.maria, "Марія Коваль, {nobody}"), (world.petro, ", {nobody}")):
        world.letter(identity, language="uk", foreign_id=f"<{identity.id}@x.example>")
        read()
        assert sent()[-1].texts.get().text == text


class TestTheSettings:
    def test_an_owner_switches_them_on_and_writes_the_words(self, world: World) -> None:
        seat, address = Seat(world.olena), f"/channels/{world.mail.id}/automatic"
        assert "Acknowledge new requests" in seat.page(address)
        fields = {"address_hour": 3, "domain_hour": 60, "flood_letters": 300, "flood_domain_letters": 1000,
                  "flood_minutes": 10, "on": "1", "subject_uk": "Ваш номер {number}", "text_uk": "Дякуємо"}  # fmt: skip
        assert seat.sends(address, **fields).status_code == 200
        kept = Channel.objects.get(id=world.mail.id).settings
        assert kept["acknowledge"]["on"] is True
        assert kept["acknowledge"]["texts"]["uk"] == {"subject": "Ваш номер {number}", "text": "Дякуємо"}
        assert kept["flood_domain_letters"] == 1000

    def test_an_unknown_name_is_refused_in_words(self, world: World) -> None:
        seat, address = Seat(world.olena), f"/channels/{world.mail.id}/automatic"
        answer = seat.sends(address, address_hour=3, domain_hour=60, text_uk="{secret}")
        assert answer.status_code == 422
        assert "Nothing is known by the name {secret}" in answer.content.decode()

    def test_only_an_owner(self, world: World) -> None:
        assert Seat(world.taras).get(f"/channels/{world.mail.id}/automatic").status_code == 403


def test_of_an_erased_person_no_domain_is_left(world: World, channel: Channel, take: Take) -> None:
    take(letter())
    read()
    assert Acknowledgement.objects.get().domain == "kramnytsia.example"
    erasure.blank(world.maria.person_id)
    assert Acknowledgement.objects.get().domain == ""
