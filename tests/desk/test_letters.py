"""The first letter of a request, which an agent writes: in the composer of an answer, from a mailbox of choice."""

from __future__ import annotations

import re
from email import message_from_bytes
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desk.seats import Seat
from tests.desk.test_files import content_of
from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.care.erasure import preview
from vikno.channels.email.compose import compose
from vikno.core import files
from vikno.dialogs.actions import open_dialog
from vikno.dialogs.models import Attachment, Channel, ChannelAddress, Delivery, Message, MessageText
from vikno.people.erasure import STEPS
from vikno.replies.models import BegunFile, BegunLetter
from vikno.staff.models import Agent
from vikno.tickets.actions.asking_fields import add_field
from vikno.tickets.models import Draft, FieldValue, Ticket

pytestmark = pytest.mark.django_db
KEY = "page-one"
HERE = f"/letters/{KEY}"
FORM: dict[str, Any] = {
    "kind": "reply", "format": "html", "to": "Нова Клієнтка <new@customer.example>", "cc": "", "bcc": "",
    "subject": "Ваше замовлення", "body": "<p>Доброго <strong>дня</strong></p>",
}  # fmt: skip


def a_file(name: str = "план.txt", content: bytes = b"one") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def billing_mailbox(world: World) -> ChannelAddress:
    channel = Channel.objects.create(kind="email", name="Рахунки", brand=world.brand, team=world.support)
    return ChannelAddress.objects.create(channel=channel, address="bills@kashtan.example", team=world.support)


def test_it_begins_a_request_from_the_mailbox_that_was_chosen_with_copies_and_files(world: World) -> None:
    other = billing_mailbox(world)
    more = {"cc": "boss@customer.example", "bcc": "archive@kashtan.example", "from": other.id, "files": [a_file()]}
    answer = Seat(world.iryna).post(HERE, FORM | more)
    ticket, message = Ticket.objects.get(), Message.objects.get()
    assert answer["Location"] == f"/tickets/{ticket.number}"
    assert (ticket.subject, ticket.agent, ticket.channel) == ("Ваше замовлення", world.iryna, other.channel)
    assert ticket.requester.name == "Нова Клієнтка" and message.dialog.address == other
    assert "<strong>дня</strong>" in MessageText.objects.get().html
    assert {row.identity.value: row.role for row in Delivery.objects.all()} == {
        "new@customer.example": "to", "boss@customer.example": "cc", "archive@kashtan.example": "bcc",
    }  # fmt: skip
    assert Attachment.objects.get().name == "план.txt"


def test_the_customer_answers_to_that_mailbox_and_comes_to_the_same_request(world: World) -> None:
    other = billing_mailbox(world)
    Seat(world.iryna).post(HERE, FORM | {"from": other.id})
    sent = message_from_bytes(compose(Delivery.objects.get()).content)
    assert "bills@kashtan.example" in sent["From"]
    back = letter(
        "Дякую, чекаю. А коли?", subject="Re: Ваше замовлення", sender="new@customer.example",
        to="bills@kashtan.example", In_Reply_To=sent["Message-ID"],
    )  # fmt: skip
    entry = arrive(other.channel, back)
    assert (entry.fate, entry.ticket) == ("reply", Ticket.objects.get())


def test_a_draft_is_kept_with_all_its_fields_and_found_again_by_its_author_alone(world: World) -> None:
    seat = Seat(world.iryna)
    assert seat.post(f"{HERE}/draft", FORM | {"tags": "весна", "turn": "p.2"}).status_code == 204
    assert seat.post(f"{HERE}/draft", FORM | {"body": "<p>Добр", "turn": "p.1"}).status_code == 204  # overtaken
    page = seat.page(HERE)
    assert "Доброго дня</textarea>" in page and 'value="весна"' in page and "new@customer.example" in page
    fresh = seat.get("/letters/new", follow=True)
    assert fresh.redirect_chain and f'href="{HERE}"' in fresh.content.decode()
    assert "Доброго" not in Seat(world.taras).page(HERE) and HERE not in Seat(world.taras).page("/letters/other")
    assert not Ticket.objects.exists() and not Draft.objects.exists()


def test_files_lie_with_the_draft_and_go_with_the_letter(world: World) -> None:
    seat = Seat(world.iryna)
    shown = seat.post(f"{HERE}/draft", FORM | {"files": [a_file(), a_file("друга.txt")]}, HTTP_HX_REQUEST="true")
    kept = re.findall(r'name="kept" value="(\d+)"', shown.content.decode())
    there = BegunFile.objects.get(id=kept[0])
    assert content_of(seat.get(f"/files/letter/{there.id}")) == b"one"
    assert Seat(world.taras).get(f"/files/letter/{there.id}").status_code == 404
    seat.post(f"{HERE}/draft", FORM | {"remove_file": kept[1]}, HTTP_HX_REQUEST="true")
    seat.post(HERE, FORM | {"kept": kept[0]})
    row = Attachment.objects.get()
    assert (row.name, row.file and files.read(row.file)) == ("план.txt", b"one")
    assert not BegunFile.objects.exists()
    assert HERE not in seat.page("/letters/other")  # it is sent


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"to": ""}, "Nobody stands in"),
        ({"to": "нікуди"}, "is not an e-mail address"),
        ({"subject": " \n"}, "needs a subject"),
        ({"body": ""}, "nothing to send yet"),
        ({"due": "9999-12-31"}, "too far away"),
        ({"team": "9" * 30}, "no longer there"),
        ({"cc": "sales@supplier.example"}, "is not a customer"),
    ],
)
@pytest.mark.parametrize("script", [False, True])
def test_what_is_refused_stays_word_for_word_with_its_files(
    world: World, more: dict[str, str], words: str, script: bool
) -> None:
    open_dialog(world.mail, world.supplier, by=world.act(world.iryna), side="third")
    seat = Seat(world.iryna)
    form = FORM | {"cc": "boss@customer.example", "tags": "весна"} | more
    sent = form | {} if form["body"] == "" else form | {"files": [a_file()]}
    extra: dict[str, Any] = {"HTTP_HX_REQUEST": "true"} if script else {}
    answer = seat.post(HERE, sent, **extra)
    page = answer.content.decode()
    assert answer.status_code == (200 if script else 422)
    assert words in page and form["cc"] in page and 'value="весна"' in page
    assert ("план.txt" in page) == bool(form["body"])
    assert not Message.objects.exists() and not Ticket.objects.exists()


def test_taking_it_back_brings_the_letter_with_its_files_and_puts_the_request_away(world: World) -> None:
    seat = Seat(world.iryna)
    answer = seat.post(HERE, FORM | {"bcc": "archive@kashtan.example", "files": [a_file()]}, follow=True)
    undo = re.search(r'action="(/undo/\d+)"', answer.content.decode())
    assert undo is not None
    back = seat.post(undo[1], follow=True)
    page = back.content.decode()
    assert back.redirect_chain[-1][0] == HERE
    assert "дня</textarea>" in page and "archive@kashtan.example" in page and "план.txt" in page
    assert Ticket.objects.get().deleted_at is not None and not Draft.objects.exists()
    assert {row.state for row in Delivery.objects.all()} == {"cancelled"}
    kept = re.findall(r'name="kept" value="(\d+)"', page)
    seat.post(HERE, FORM | {"kept": kept})
    assert Ticket.objects.filter(deleted_at=None).count() == 1


def test_the_button_on_the_message_takes_it_back_as_well(world: World) -> None:
    seat = Seat(world.iryna)
    seat.post(HERE, FORM)
    back = seat.post(f"/messages/{Message.objects.get().id}/unsend", follow=True)
    assert back.redirect_chain[-1][0] == HERE and Ticket.objects.get().deleted_at is not None


def test_two_clicks_send_one_letter(world: World) -> None:
    seat = Seat(world.iryna)
    for _again in range(2):
        answer = seat.post(HERE, FORM | {"once": "n1"})
    assert Message.objects.count() == 1
    assert answer["Location"] == f"/tickets/{Ticket.objects.get().number}"
    assert seat.get(HERE)["Location"] == answer["Location"]


def test_two_pages_of_one_letter_send_it_once(world: World) -> None:
    seat = Seat(world.iryna)
    pages = [re.search(r'name="once" value="([^"]+)"', seat.page(HERE)) for _page in range(2)]
    assert pages[0] and pages[1] and pages[0][1] != pages[1][1]
    for page in pages:
        assert page is not None
        answer = seat.post(HERE, FORM | {"once": page[1]}, follow=True)
    assert Ticket.objects.count() == Message.objects.count() == Delivery.objects.count() == 1
    assert answer.redirect_chain[-1][0] == f"/tickets/{Ticket.objects.get().number}"
    assert "It was sent already" in answer.content.decode()


def test_the_signature_is_shown_in_the_language_that_the_letter_is_read_in(world: World) -> None:
    Agent.objects.filter(id=world.iryna.id).update(signature={"uk": "З повагою, {agent}", "en": "Yours, {agent}"})
    seat = Seat(world.iryna)
    assert "З повагою, Iryna Агентка" in seat.page(HERE)
    told = seat.post(f"{HERE}/below", FORM | {"language": "en"}).content.decode()
    assert "Yours, Iryna Агентка" in told
    seat.post(HERE, FORM | {"language": "en"})
    assert b"Yours, Iryna" in compose(Delivery.objects.get()).content


def test_a_mailbox_of_a_team_that_one_may_not_read_is_not_offered(world: World) -> None:
    channel = Channel.objects.create(kind="email", name="Кадри", brand=world.brand, team=world.hr)
    hidden = ChannelAddress.objects.create(channel=channel, address="hr@kashtan.example", team=world.hr)
    seat = Seat(world.iryna)
    assert "hr@kashtan.example" not in seat.page(HERE) and "hr@kashtan.example" in Seat(world.marko).page(HERE)
    seat.post(HERE, FORM | {"from": hidden.id})
    assert Message.objects.get().dialog.address == world.address


def test_for_a_closed_team_it_is_nobodys_if_its_author_is_no_member(world: World) -> None:
    answer = Seat(world.iryna).post(HERE, FORM | {"team": world.hr.id})
    ticket = Ticket.objects.get()
    assert (ticket.team, ticket.agent) == (world.hr, None) and Delivery.objects.count() == 1
    assert answer["Location"] == "/"  # the request itself is not for them


def test_an_observer_writes_none(world: World) -> None:
    seat = Seat(world.sofia)
    for where in (HERE, f"{HERE}/draft", f"{HERE}/below"):
        assert seat.post(where, FORM).status_code == 403
    assert not BegunLetter.objects.exists() and not Message.objects.exists()


def test_without_a_mailbox_the_page_says_so(world: World) -> None:
    Channel.objects.filter(kind="email").update(active=False)
    assert "No mailbox is connected yet" in Seat(world.iryna).page(HERE)


def test_erasing_takes_begun_letters_to_that_person(world: World) -> None:
    seat = Seat(world.iryna)
    seat.post(f"{HERE}/draft", FORM | {"to": f"Марія <{world.maria.value.upper()}>"})
    seat.post("/letters/two/draft", FORM)
    assert preview(world.maria.person_id)["replies"] == {"drafts": 1}
    STEPS["replies"].run(world.maria.person_id)
    assert list(BegunLetter.objects.values_list("key", flat=True)) == ["two"]


@pytest.mark.parametrize("word", ["discard", "keep"])
def test_without_a_script_there_are_buttons(world: World, word: str) -> None:
    seat = Seat(world.iryna)
    seat.post(f"{HERE}/draft", FORM | {"files": [a_file()]})
    page = seat.post(f"{HERE}/draft", FORM | {word: "1"}, follow=True).content.decode()
    assert ("дня</textarea>" in page) == (word == "keep") and ("план.txt" in page) == (word == "keep")


def test_it_asks_for_what_is_required_to_open_a_request(world: World) -> None:
    field = add_field("Серійний номер", "number", by=world.act(world.olena))
    owner = Seat(world.olena)
    owner.post(f"/settings/fields/{field.id}", {"name": field.name, "required": "opening"})
    seat = Seat(world.iryna)
    assert f'name="field.{field.key}"' in seat.page(HERE)
    refused = seat.post(HERE, FORM | {f"field.{field.key}": ""})
    assert refused.status_code == 422 and "Серійний номер" in refused.content.decode()
    assert not Ticket.objects.exists()
    wrong = seat.post(HERE, FORM | {f"field.{field.key}": "двадцять"})
    assert wrong.status_code == 422 and 'value="двадцять"' in wrong.content.decode()
    assert seat.post(HERE, FORM | {f"field.{field.key}": "20"}).status_code == 302
    assert FieldValue.objects.get().ticket == Ticket.objects.get()
