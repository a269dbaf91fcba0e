"""Forwarding a request to a third party: what goes along, who never gets any of it, and what comes back."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.channels.email.compose import compose
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Attachment, Delivery, Dialog, Message, MessageText, Participant
from vikno.people.models import Identity
from vikno.tickets.actions import noting
from vikno.tickets.actions.answering import Answer, Recipients, default_dialog, default_recipients, reply
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.hiding import hide
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.splitting import split
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
KEY = "/letters/forward-one"
EXPERT = "expert@supplier.example"


def form_of(ticket: Ticket, **more: Any) -> dict[str, Any]:
    return {
        "kind": "reply", "format": "html", "ticket": ticket.number, "to": EXPERT, "subject": f"Fwd: {ticket.subject}",
        "body": "<p>Гляньте, будь ласка</p>", "which": "all", "message": "",
    } | more  # fmt: skip


def forwarded(world: World, ticket: Ticket, agent: Any = None, **more: Any) -> Message:
    page = f"/letters/forward-{Message.objects.count()}"  # each letter is written on a page of its own
    answer = Seat(agent or world.iryna).post(page, form_of(ticket, **more))
    assert answer.status_code == 302, answer.content.decode()
    return Message.objects.select_related("dialog").latest("id")


def leaves(message: Message, to: str = EXPERT) -> str:
    """All that goes over the wire to one recipient."""
    raw = compose(Delivery.objects.get(message=message, identity__value=to)).content
    parts = [one for one in message_from_bytes(raw, policy=policy.default).walk() if not one.is_multipart()]
    return raw.decode() + "".join(f"{part.get_filename()} {part.get_content()}" for part in parts)


def comes_back(world: World, message: Message, text: str = "Міняйте блок живлення", **more: Any) -> Any:
    sent = message_from_bytes(compose(Delivery.objects.filter(message=message).order_by("id")[0]).content)
    given = {"sender": EXPERT, "subject": f"Re: {sent['Subject']}", "In_Reply_To": sent["Message-ID"]} | more
    return arrive(world.mail, letter(text, **given))


def test_one_message_goes_in_a_dialog_of_its_own_with_the_files_that_were_chosen(world: World) -> None:
    taken = world.letter(
        world.maria, text="Каса не вмикається",
        files=(NewFile("фото.jpg", "image/jpeg", b"photo"), NewFile("паспорт.txt", "text/plain", b"private")),
    )  # fmt: skip
    assert taken.ticket is not None and taken.message is not None
    world.letter(world.maria, text="А ще мій пін чотири", answers=taken.message)
    page = Seat(world.iryna).get(f"/tickets/{taken.ticket.number}/forward?message={taken.message.id}", follow=True)
    shown = page.content.decode()
    assert "Каса не вмикається" in shown and "чотири" not in shown and "фото.jpg" in shown
    photo = Attachment.objects.get(name="фото.jpg")
    sent = forwarded(world, taken.ticket, message=taken.message.id, which="one", carry=[photo.id])
    wire = leaves(sent)
    assert (sent.dialog.side, sent.dialog.identity.value) == ("third", EXPERT)
    assert "Каса не вмикається" in wire and "Гляньте" in wire and "фото.jpg" in wire
    for kept in ("чотири", "паспорт.txt", "private", world.maria.value):
        assert kept not in wire
    assert "Fwd: Не працює каса" in str(message_from_bytes(wire.encode(), policy=policy.default)["Subject"])


def test_the_whole_conversation_has_no_word_that_is_not_the_customers_to_hear(world: World) -> None:
    ticket = world.ticket(text="Каса не вмикається")
    first = Message.objects.get()
    world.answer(ticket, text="Перевірте кабель")
    noting.add_note(ticket, world.iryna, "quillnote", by=world.act(world.iryna))
    gone = world.letter(world.maria, text="quillhidden", answers=first)
    assert gone.message is not None
    hide(gone.message, by=world.act(world.iryna))
    other = world.letter(world.maria, text="quillother", answers=first)
    assert other.message is not None
    split(ticket, [other.message], by=world.act(world.iryna))
    asked = forwarded(world, ticket)
    comes_back(world, asked, "quilladvice")
    sent = forwarded(world, ticket, to="second@supplier.example")
    wire = leaves(sent, "second@supplier.example")
    assert "Каса не вмикається" in wire and "Перевірте кабель" in wire
    assert "quill" not in wire and EXPERT not in wire


def test_what_was_merged_in_goes_along_only_as_far_as_its_author_may_read_it(world: World) -> None:
    ticket, hidden = world.ticket(text="Відкрите"), world.ticket(world.petro, text="quillmerged")
    merge(hidden, ticket, by=world.act(world.taras))
    restrict(hidden, True, by=world.act(world.taras))
    assert "quillmerged" not in leaves(forwarded(world, ticket))
    with_rights = forwarded(world, ticket, world.taras, to="second@supplier.example")
    assert "quillmerged" in leaves(with_rights, "second@supplier.example")


def test_who_may_not_see_a_request_forwards_nothing_of_it(world: World) -> None:
    ticket = world.ticket(text="quillsecret")
    restrict(ticket, True, by=world.act(world.taras))
    open_one = world.ticket(world.petro, text="Інше")
    message, seat = Message.objects.get(links__ticket=ticket), Seat(world.bohdan)
    assert seat.get(f"/tickets/{ticket.number}/forward").status_code == 404
    assert seat.post(KEY, form_of(ticket)).status_code == 404
    assert seat.post(f"{KEY}/draft", form_of(ticket)).status_code == 404
    assert seat.post(f"{KEY}/below", form_of(ticket)).status_code == 404
    refused = Seat(world.iryna).post(KEY, form_of(open_one, message=message.id, which="one"))
    assert refused.status_code == 422 and "quillsecret" not in refused.content.decode()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("role", ["to", "cc", "bcc"])
def test_a_customer_of_the_request_is_no_third_party(world: World, role: str) -> None:
    ticket = world.ticket(text="Каса")
    more = {role: world.maria.value} if role == "to" else {role: f"Марія <{world.maria.value}>"}
    refused = Seat(world.iryna).post(KEY, form_of(ticket, **more))
    assert refused.status_code == 422 and "as a customer" in refused.content.decode()
    assert "Гляньте" in refused.content.decode() and not Dialog.objects.filter(side="third").exists()


def test_files_of_other_requests_do_not_go(world: World) -> None:
    secret = world.letter(world.petro, files=(NewFile("таємне.txt", "text/plain", b"x"),))
    ticket = world.ticket(text="Каса")
    row = Attachment.objects.get()
    assert secret.message is not None and row.message_id == secret.message.id
    refused = Seat(world.iryna).post(KEY, form_of(ticket, carry=[row.id]))
    assert refused.status_code == 422 and "таємне" not in refused.content.decode()
    assert not Delivery.objects.exists()


def test_what_comes_back_is_shown_like_a_note_and_moves_no_clock(world: World) -> None:
    ticket = world.ticket(text="Каса")
    sent = forwarded(world, ticket)
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None and ticket.first_reply_at is None  # the customer waits all the same
    before = ticket.waiting_since
    entry = comes_back(world, sent)
    assert (entry.fate, entry.ticket) == ("reply", ticket)
    ticket.refresh_from_db()
    assert ticket.waiting_since == before and ticket.last_dialog is not None
    assert ticket.last_dialog.side == "customer"
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert len(re.findall(r'class="message message--third"', page)) == 2
    assert "Міняйте блок живлення" in page and "the customer does not see this" in page


def test_it_joins_its_request_also_when_that_is_closed_and_leaves_it_so(world: World) -> None:
    ticket = world.ticket(text="Каса")
    sent = forwarded(world, ticket)
    Seat(world.iryna).post(f"/tickets/{ticket.number}/change", {"close": "1"})
    entry = comes_back(world, sent)
    ticket.refresh_from_db()
    assert entry.ticket == ticket and ticket.stage == "closed" and Ticket.objects.count() == 1


def test_a_token_in_the_address_brings_it_back_from_another_program(world: World) -> None:
    ticket = world.ticket(text="Каса")
    sent = forwarded(world, ticket)
    back = message_from_bytes(compose(Delivery.objects.get(message=sent)).content)["Reply-To"]
    assert "+" in back
    back = " ".join(back.split())
    entry = arrive(world.mail, letter("Зробимо", sender=EXPERT, to=back, subject="Нова тема"))
    assert entry.ticket == ticket


def test_the_customer_hears_nothing_of_it_in_the_next_answer(world: World) -> None:
    ticket = world.ticket(text="Каса не вмикається")
    sent = forwarded(world, ticket, cc="boss@supplier.example")
    comes_back(world, sent, "quilladvice", Cc=f"boss@supplier.example, {world.maria.value}")
    ticket.refresh_from_db()
    dialog = default_dialog(ticket)
    assert dialog is not None and dialog.side == "customer"
    usual = default_recipients(dialog, [ticket.id])
    assert [one.value for one in (*usual.to, *usual.cc)] == [world.maria.value]
    message = reply(ticket, world.iryna, Answer(Words("Міняємо блок")), by=world.act(world.iryna))
    wire = leaves(message, world.maria.value)
    assert "quill" not in wire and "supplier.example" not in wire and "Гляньте" not in wire
    theirs = Seat(world.iryna).get(f"/tickets/{ticket.number}/quotation?dialog={sent.dialog_id}").content.decode()
    assert "quill" not in theirs


def test_a_customer_whom_the_third_party_put_in_copy_gets_nothing_of_that_dialog(world: World) -> None:
    ticket = world.ticket(text="Каса")
    sent = forwarded(world, ticket)
    comes_back(world, sent, "Порада", Cc=world.maria.value)
    third = Dialog.objects.get(side="third")
    assert not Participant.objects.filter(dialog=third, identity=world.maria).exists()
    usual = default_recipients(third, [ticket.id])
    assert [one.value for one in (*usual.to, *usual.cc)] == [EXPERT]
    with pytest.raises(Invalid):
        named = Recipients(to=[third.identity], cc=[world.maria])
        reply(ticket, world.iryna, Answer(Words("quill"), dialog=third, recipients=named), by=world.act(world.iryna))
    assert not Delivery.objects.filter(identity=world.maria).exists()
    advice = Message.objects.get(dialog=third, author="customer")
    everybody = letter("Що це?", In_Reply_To=advice.foreign_id, subject="Re: Fwd")  # as she got it from them
    assert arrive(world.mail, everybody).fate == "suspected"


def test_a_third_party_whom_the_customer_puts_in_copy_gets_no_answer_to_the_customer(world: World) -> None:
    ticket = world.ticket(text="Каса")
    sent = forwarded(world, ticket)
    expert = sent.dialog.identity
    first = Message.objects.get(author="customer")
    world.letter(world.maria, text="І копія експерту", answers=first, participants=((expert, "cc"),))
    message = world.answer(ticket)
    assert {row.identity_id for row in Delivery.objects.filter(message=message)} == {world.maria.id}


def test_taking_it_back_brings_the_letter_back_and_no_draft_of_an_answer(world: World) -> None:
    ticket = world.ticket(text="Каса")
    photo = world.letter(
        world.maria, text="Фото", answers=Message.objects.get(), files=(NewFile("фото.txt", "text/plain", b"photo"),)
    )
    assert photo.message is not None
    row, seat = Attachment.objects.get(), Seat(world.iryna)
    own = SimpleUploadedFile("лист.txt", b"own", "text/plain")
    answer = seat.post(KEY, form_of(ticket, carry=[row.id], files=[own]), follow=True)
    undo = re.search(r'action="(/undo/\d+)"', answer.content.decode())
    assert undo is not None
    back = seat.post(undo[1], follow=True)
    page = back.content.decode()
    assert back.redirect_chain[-1][0] == KEY and "Гляньте, будь ласка</textarea>" in page and "лист.txt" in page
    assert re.search(rf'name="carry" value="{row.id}" checked', page) and page.count("лист.txt") < 3
    ticket.refresh_from_db()
    assert ticket.deleted_at is None and "Гляньте" not in seat.page(f"/tickets/{ticket.number}").split("<textarea")[1]
    assert ticket.preview == "Фото"


def test_two_pages_of_one_letter_forward_it_once(world: World) -> None:
    ticket, seat = world.ticket(text="Каса"), Seat(world.iryna)
    for page in ("first page", "second page"):
        seat.post(KEY, form_of(ticket, once=page))
    assert Delivery.objects.count() == 1


def answers_with(world: World, ticket: Ticket, copy: Identity) -> set[int]:
    """Whom an answer to the customer of a request reaches that names somebody in copy."""
    requester = ticket.requester.identities.get()
    message = world.answer(ticket, recipients=Recipients(to=[requester], cc=[copy]))
    return {row.identity_id for row in Delivery.objects.filter(message=message)}


def test_who_was_written_to_in_a_letter_that_was_taken_back_is_no_third_party(world: World) -> None:
    ticket, other = world.ticket(text="Каса"), world.ticket(world.petro, text="Друк")
    sent = forwarded(world, ticket)
    expert = sent.dialog.identity
    with pytest.raises(Invalid):
        answers_with(world, ticket, expert)
    unsend(sent, by=world.act(world.iryna))
    assert expert.id in answers_with(world, ticket, expert)
    assert expert.id in answers_with(world, other, expert)


def test_whom_nothing_was_sent_to_is_no_third_party(world: World) -> None:
    ticket = world.ticket(text="Каса")
    sent = forwarded(world, ticket, cc="boss@supplier.example")
    boss = Delivery.objects.get(message=sent, role="cc")
    with pytest.raises(Invalid):
        answers_with(world, ticket, boss.identity)
    Delivery.objects.filter(id=boss.id).update(state=Delivery.State.CANCELLED)
    assert boss.identity_id in answers_with(world, ticket, boss.identity)


def test_a_third_party_of_one_request_may_be_in_copy_of_another_as_a_customer(world: World) -> None:
    ticket = world.ticket(text="Каса")
    expert = forwarded(world, ticket).dialog.identity
    asked = world.letter(world.petro, text="Друк", participants=((expert, "cc"),)).ticket
    assert asked is not None
    assert expert.id in answers_with(world, asked, expert)
    with pytest.raises(Invalid):
        answers_with(world, ticket, expert)


def test_a_customer_of_another_request_may_be_in_copy_of_what_a_third_party_is_told(world: World) -> None:
    ticket, other = world.ticket(text="Каса"), world.ticket(world.petro, text="Друк")
    third = forwarded(world, ticket).dialog
    named = Recipients(to=[third.identity], cc=[world.petro])
    sent = world.answer(ticket, dialog=third, recipients=named)
    assert Delivery.objects.filter(message=sent, identity=world.petro).exists()
    with pytest.raises(Invalid):
        world.answer(ticket, dialog=third, recipients=Recipients(to=[third.identity], cc=[world.maria]))
    assert not Delivery.objects.filter(message__links__ticket=other).exists()


def test_markup_of_the_customer_is_not_carried_over(world: World) -> None:
    ticket = world.letter(world.maria, text="Слова", html='<img src="https://spy.example/x.png">Слова').ticket
    assert ticket is not None
    sent = forwarded(world, ticket)
    assert "spy.example" not in leaves(sent)
    assert "Слова" in MessageText.objects.get(message=sent).quoted


def test_a_draft_is_kept_with_its_request(world: World) -> None:
    ticket, seat = world.ticket(text="Каса"), Seat(world.iryna)
    assert seat.post(f"{KEY}/draft", form_of(ticket, turn="a.1")).status_code == 204
    page = seat.page(KEY)
    assert "Гляньте, будь ласка</textarea>" in page and f'name="ticket" value="{ticket.number}"' in page
    begun = seat.get(f"/tickets/{ticket.number}/forward", follow=True).content.decode()
    assert f'href="{KEY}"' in begun and f'href="{KEY}"' not in seat.get("/letters/new", follow=True).content.decode()


def test_a_forward_begins_with_what_the_customer_wrote_last_and_nothing_else(world: World) -> None:
    ticket = world.ticket(text="Перший лист.")
    world.answer(ticket, text="Ціна лише для вас.")
    last = world.letter(world.maria, answers=Message.objects.latest("id"), text="Останній лист.").message
    answer = Seat(world.iryna).get(f"/tickets/{ticket.number}/forward", follow=True)
    assert f"message={last.id}&which=one" in answer.redirect_chain[-1][0]
    page = answer.content.decode()
    assert 'value="all"' in page
    assert "Ціна лише для вас." not in page and "Останній лист." in page
