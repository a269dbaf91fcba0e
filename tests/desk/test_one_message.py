"""Answering a single message: what stands below, what it threads to, who gets it; and answering a third party."""

from __future__ import annotations

import re
from email import message_from_bytes

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.channels.email.compose import compose
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Delivery, Dialog, Message, MessageText
from vikno.tickets.actions.answering import Recipients
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.forwarding import Forward, forward
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Draft, Ticket

pytestmark = pytest.mark.django_db


def two_questions(world: World) -> tuple[Ticket, Message, Message]:
    first = world.letter(world.maria, text="Перше питання", participants=((world.petro, "cc"),))
    second = world.letter(world.maria, text="Друге питання", answers=first.message)
    assert first.ticket and first.message and second.message and first.ticket == second.ticket
    return first.ticket, first.message, second.message


def send(seat: Seat, ticket: Ticket, message: Message, **more: str) -> Message:
    page = seat.page(f"/tickets/{ticket.number}?answers={message.id}")
    assert f'name="answers" value="{message.id}"' in page
    fields = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("to", "cc", "dialog")}
    shown = {name: found[1] for name, found in fields.items() if found}
    form = {"kind": "reply", "format": "text", "body": "Відповідь", "answers": str(message.id)} | shown | more
    answer = seat.post(f"/tickets/{ticket.number}/answer", form)
    assert answer.status_code == 302, answer.content.decode()
    return Message.objects.select_related("dialog").latest("id")


def test_it_quotes_that_one_and_threads_to_it(world: World) -> None:
    ticket, first, _second = two_questions(world)
    sent = send(Seat(world.iryna), ticket, first)
    words = MessageText.objects.get(message=sent)
    assert "> Перше питання" in words.quoted and "Друге" not in words.quoted
    assert sent.answers == first
    wire = message_from_bytes(compose(Delivery.objects.filter(message=sent).order_by("id")[0]).content)
    assert wire["In-Reply-To"] == first.foreign_id and wire["References"].split()[-1] == first.foreign_id


def test_it_goes_to_those_whom_that_message_concerns(world: World) -> None:
    ticket, first, second = two_questions(world)
    to_all = send(Seat(world.iryna), ticket, first)
    assert {row.identity_id for row in to_all.deliveries.all()} == {world.maria.id, world.petro.id}
    alone = send(Seat(world.iryna), ticket, second, anyway="1")  # petro was left out of it
    assert {row.identity_id for row in alone.deliveries.all()} == {world.maria.id}
    assert "Друге питання" in MessageText.objects.get(message=alone).quoted


def test_what_is_quoted_is_shown_beforehand(world: World) -> None:
    ticket, first, _second = two_questions(world)
    seat = Seat(world.iryna)
    asked = f"/tickets/{ticket.number}/quotation?dialog={first.dialog_id}&answers={first.id}"
    told = seat.post(asked, {"quote": "last"}).content.decode()
    assert "Перше питання" in told and "Друге" not in told and "this message" in told


def test_what_is_begun_is_found_again_with_the_message_that_it_answers(world: World) -> None:
    ticket, first, _second = two_questions(world)
    seat = Seat(world.iryna)
    form = {"kind": "reply", "format": "text", "body": "Почато", "answers": str(first.id), "dialog": first.dialog_id}
    seat.post(f"/tickets/{ticket.number}/draft", form)
    page = seat.page(f"/tickets/{ticket.number}")
    assert f'name="answers" value="{first.id}"' in page and "Почато</textarea>" in page
    plain = seat.page(f"/tickets/{ticket.number}?answers=")
    assert 'name="answers"' not in plain and "Почато</textarea>" in plain
    alone = seat.get(f"/tickets/{ticket.number}?answers={first.id}", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="composer")
    assert "<form" in alone.content.decode() and 'id="timeline"' not in alone.content.decode()


def test_taken_back_it_answers_the_same_message(world: World) -> None:
    ticket, first, _second = two_questions(world)
    seat = Seat(world.iryna)
    sent = send(seat, ticket, first)
    seat.post(f"/messages/{sent.id}/unsend")
    assert Draft.objects.get().recipients["answers"] == first.id
    assert f'name="answers" value="{first.id}"' in seat.page(f"/tickets/{ticket.number}")


@pytest.mark.parametrize("where", ["elsewhere", "restricted", "taken"])
def test_a_message_that_is_not_of_this_request_is_neither_quoted_nor_answered(world: World, where: str) -> None:
    ticket, first, second = two_questions(world)
    hidden = split(ticket, [second], by=world.act(world.taras))
    if where == "restricted":
        restrict(hidden, True, by=world.act(world.taras))
    asked = second.id if where != "taken" else 999_999
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}?answers={asked}")
    assert 'name="answers"' not in page
    told = seat.post(f"/tickets/{ticket.number}/quotation?dialog={first.dialog_id}&answers={asked}", {"quote": "last"})
    assert "Друге" not in told.content.decode()
    form = {"kind": "reply", "format": "text", "body": "Слово", "answers": str(asked)}
    refused = seat.post(f"/tickets/{ticket.number}/answer", form)
    assert refused.status_code == 422 and "Слово</textarea>" in refused.content.decode()
    assert not Delivery.objects.exists()


def forwarded(world: World) -> tuple[Ticket, Message, Message]:
    """A request, a letter about it to a supplier, and what they answered."""
    ticket = world.ticket(text="Каса: пін 0000")
    to = Recipients(to=[world.supplier])
    asked = forward(
        ticket, world.iryna, Forward(Words("Скільки?", subject="Fwd: Каса"), to, world.mail, world.address),
        by=world.act(world.iryna),
    )  # fmt: skip
    back = world.letter(world.supplier, text="Сто гривень", answers=asked)
    assert back.message is not None and back.ticket == ticket
    return ticket, asked, back.message


def test_a_third_party_is_answered_in_their_own_dialog_alone(world: World) -> None:
    ticket, asked, back = forwarded(world)
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}?answers={back.id}")
    assert "the customer does not see this" in page.split('id="composer"')[1]
    sent = send(seat, ticket, back)
    assert sent.dialog == asked.dialog and sent.dialog.side == Dialog.Side.THIRD
    assert {row.identity_id for row in sent.deliveries.all()} == {world.supplier.id}
    quoted = MessageText.objects.get(message=sent).quoted
    assert "> Сто гривень" in quoted and "0000" not in quoted
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None and ticket.first_reply_at is None


def test_words_to_a_third_party_never_stand_in_an_answer_to_the_customer(world: World) -> None:
    ticket, _asked, back = forwarded(world)
    seat = Seat(world.iryna)
    form = {"kind": "reply", "format": "text", "body": "quillwords", "answers": str(back.id), "dialog": back.dialog_id}
    seat.post(f"/tickets/{ticket.number}/draft", form)
    plain = seat.page(f"/tickets/{ticket.number}?answers=").split('id="composer"')[1]
    assert "quillwords" not in plain and world.maria.value in plain
    assert "quillwords" in seat.page(f"/tickets/{ticket.number}").split('id="composer"')[1]


def test_no_button_stands_on_what_cannot_be_answered(world: World) -> None:
    dialog = dialogs.open_dialog(world.mail, world.supplier, by=world.act(world.iryna), side="staff")
    ticket = world.ticket()
    Message.objects.update(dialog=dialog)
    assert (
        "?answers="
        not in Seat(world.iryna).page(f"/tickets/{ticket.number}").split('id="timeline"')[1].split("</ol>")[0]
    )
    assert "?answers=" not in Seat(world.sofia).page(f"/tickets/{world.ticket(world.petro).number}")


def test_one_writes_in_the_language_of_who_is_answered(world: World) -> None:
    ticket = world.ticket(language="ru", files=(NewFile("a.txt", "text/plain", b"x"),))
    english = world.letter(world.maria, text="In English", language="en", answers=Message.objects.get())
    assert english.message is not None
    seat = Seat(world.iryna)
    assert re.search(r'<textarea name="body"[^>]* lang="ru"', seat.page(f"/tickets/{ticket.number}"))
    page = seat.page(f"/tickets/{ticket.number}?answers={english.message.id}")
    assert re.search(r'<textarea name="body"[^>]* lang="en"', page)
    assert re.search(r'<select[^>]* name="language".*?<option value="en" selected>', page, re.S)
    sent = send(seat, ticket, english.message, language="uk")
    assert sent.language == "uk"
