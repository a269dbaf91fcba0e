"""The composer without a script: answers, notes, files; whatever is refused stays where it was typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Attachment, Channel, Delivery, Message, MessageText
from vikno.people.models import Identity
from vikno.tickets.actions import assigning, noting
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Note, NoteText, Ticket


def shown(seat: Seat, ticket: Ticket) -> dict[str, str]:
    """The hidden fields of the composer as the page gives them."""
    page = seat.page(f"/tickets/{ticket.number}")
    form = page[page.index('<form class="composer"') :]
    return {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("newest", "dialog")}  # type: ignore[index]


def send(seat: Seat, ticket: Ticket, /, **form: Any) -> Any:
    given = {"kind": "reply", "format": "text"} | form
    return seat.post(f"/tickets/{ticket.number}/answer", given, follow=True)


def once_of(seat: Seat, ticket: Ticket) -> str:
    """The number of the composer, new at each drawing."""
    found = re.search(r'name="once" value="([^"]{16,})"', seat.page(f"/tickets/{ticket.number}"))
    assert found is not None
    return found[1]


def test_an_answer_goes_to_the_requester_and_can_be_taken_back(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = send(seat, ticket, body="Доброго дня", **shown(seat, ticket)).content.decode()
    assert "Sent." in page
    delivery = Delivery.objects.get()
    assert (delivery.identity, delivery.state) == (world.maria, "queued")
    undo = re.search(r'action="(/messages/\d+/unsend)"', page)
    assert undo is not None
    page = seat.sends(undo[1]).content.decode()
    assert "Nothing has left" in page
    assert "Доброго дня</textarea>" in page
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_undoing_by_the_toast_takes_the_status_back_too(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = send(seat, ticket, body="Доброго дня", then="close", **shown(seat, ticket)).content.decode()
    ticket.refresh_from_db()
    assert (ticket.stage, ticket.agent) == ("closed", world.iryna)
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    seat.sends(undo[1])
    ticket.refresh_from_db()
    assert (ticket.stage, ticket.agent) == ("new", None)
    assert not Delivery.objects.exclude(state="cancelled").exists()


def test_undoing_from_another_ticket_leads_back_to_the_one_that_was_answered(world: World) -> None:
    seat, ticket, other = Seat(world.iryna), world.ticket(), world.ticket()
    page = send(seat, ticket, body="Доброго дня", then="close", **shown(seat, ticket)).content.decode()
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    elsewhere = {"HX-Request": "true", "HX-Current-URL": f"http://127.0.0.1:8000/tickets/{other.number}?list=mine"}
    answer = seat.post(undo[1], headers=elsewhere)
    assert answer["HX-Redirect"] == f"/tickets/{ticket.number}?list=mine"
    page = seat.page(answer["HX-Redirect"])
    assert "Доброго дня</textarea>" in page
    assert "Undone." in page
    assert "answer taken back before it left" in page
    assert page.count("Доброго дня") == 1, "the copy that did not leave is not shown again"


@pytest.mark.parametrize("way", ["undo", "unsend"])
def test_what_was_taken_back_does_not_move_the_ticket_up(world: World, way: str) -> None:
    seat, ticket, newer = Seat(world.iryna), world.ticket(), world.ticket()
    order = [newer.number, ticket.number]
    page = send(seat, ticket, body="Доброго дня", then="close", **shown(seat, ticket)).content.decode()
    undo = re.search(r'action="(/undo/\d+)"' if way == "undo" else r'action="(/messages/\d+/unsend)"', page)
    assert undo is not None
    seat.sends(undo[1])
    found = re.findall(r'data-ticket="(\d+)"', seat.page("/inbox/all"))
    assert [int(one) for one in found] == order


def test_what_has_left_cannot_be_taken_back_and_that_is_said(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    message = world.answer(ticket)
    Delivery.objects.update(state="sent")
    assert "already left" in seat.post(f"/messages/{message.id}/unsend").content.decode()


@pytest.mark.parametrize(
    ("then", "stage"), [("", "open"), ("wait", "waiting"), ("close", "closed"), ("explode", "open")]
)
def test_sending_does_what_its_button_says(world: World, then: str, stage: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    send(seat, ticket, body="Так", then=then)
    ticket.refresh_from_db()
    assert ticket.stage == stage


def test_a_note_goes_nowhere(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    assert "Noted." in send(seat, ticket, kind="note", body="Лише нам").content.decode()
    assert NoteText.objects.get().text == "Лише нам"
    assert not Delivery.objects.exists()
    assert Message.objects.count() == 1


def test_formatted_words_are_cleaned_and_told_as_plain_text_too(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    html = '<p onclick="x()">Це <strong>важливо</strong></p><script>alert(1)</script><img src="https://spy.example/x">'
    send(seat, ticket, format="html", body=html)
    text = MessageText.objects.get(message__author="agent")
    assert "<strong>важливо</strong>" in text.html
    assert "script" not in text.html
    assert "onclick" not in text.html
    assert "Це" in text.text


def test_files_go_along_under_names_that_are_no_paths(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    files = [
        SimpleUploadedFile("звіт.pdf", b"%PDF", "application/pdf"),
        SimpleUploadedFile("x\u202egpj.exe", b"MZ", "image/jpeg"),
    ]
    send(seat, ticket, body="Ось", files=files)
    names = list(Attachment.objects.order_by("position").values_list("name", flat=True))
    assert names[0] == "звіт.pdf"
    assert len(names) == 2
    assert not re.search(r"[/\\\u202e]", "".join(names))


def test_nothing_written_is_not_sent_and_the_page_says_so(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    for form in ({"body": "  \n "}, {}, {"format": "html", "body": "<p></p>"}, {"kind": "note", "body": ""}):
        answer = send(seat, ticket, **form)
        assert answer.status_code == 422
        assert "nothing to send" in answer.content.decode()
    assert not Delivery.objects.exists()
    assert not Note.objects.exists()


def test_a_newer_message_is_shown_before_one_sends_and_the_words_stay(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    fields = shown(seat, ticket)
    world.letter(world.maria, text="Стривайте!", answers=Message.objects.get())
    assert Ticket.objects.count() == 1
    answer = send(seat, ticket, body="Моя довга відповідь", **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Something came while you wrote" in page
    assert "Стривайте!" in page
    assert "Моя довга відповідь</textarea>" in page
    assert not Delivery.objects.exists()
    send(seat, ticket, body="Моя довга відповідь", anyway="1", **fields)
    assert Delivery.objects.count() == 1


def test_a_newer_message_of_a_request_out_of_sight_holds_nobody_up(world: World) -> None:
    """One cannot look at it first; and that it is there is nobody's business."""
    first = world.letter(world.maria)
    assert first.ticket is not None
    second = world.letter(world.maria, text="Про зарплату", answers=first.message)
    hidden = split(first.ticket, [second.message], by=world.act(world.taras))
    restrict(hidden, True, by=world.act(world.taras))
    seat = Seat(world.iryna)
    page = send(seat, first.ticket, body="Відповідь", **shown(seat, first.ticket)).content.decode()
    assert "Sent." in page
    assert "Про зарплату" not in page


@pytest.mark.parametrize("to", ["не адреса", "a@b@c", "@", "maria@", "<script>@x.example"])
def test_what_is_no_address_is_named_and_nothing_is_lost(world: World, to: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    answer = send(seat, ticket, body="Слова лишаються", to=to)
    assert answer.status_code == 422
    assert "Слова лишаються</textarea>" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_others_can_be_added_and_a_supplier_does_not_slip_in(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    send(
        seat,
        ticket,
        body="Всім",
        to="maria@kramnytsia.example",
        cc="Бос <boss@kramnytsia.example>; x@y.example",
        bcc="z@y.example",
    )
    roles = {(one.identity.value, one.role) for one in Delivery.objects.select_related("identity")}
    assert roles == {
        ("maria@kramnytsia.example", "to"), ("boss@kramnytsia.example", "cc"), ("x@y.example", "cc"),
        ("z@y.example", "bcc"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["newest", "dialog", "to", "cc"])
def test_odd_values_in_the_form_do_no_harm(world: World, name: str) -> None:
    seat = Seat(world.iryna)
    for value in ("x", "²", "-1", "9" * 40, "", "\x00", "a\x00 <a@b.example>"):
        assert send(seat, world.ticket(), body="Так", **{name: value}).status_code in (200, 422), value


def test_a_dialog_of_somebody_else_is_not_answered_through_this_ticket(world: World) -> None:
    ticket, other = world.ticket(world.maria), world.letter(world.petro)
    send(Seat(world.iryna), ticket, body="Так", dialog=other.message.dialog_id)
    assert Delivery.objects.get().identity == world.maria


@pytest.mark.parametrize("kind", ["reply", "note"])
@pytest.mark.parametrize("form", ["text", "html"])
def test_any_words_are_taken(world: World, kind: str, form: str) -> None:
    seat = Seat(world.iryna)
    for body in ("a\x00b", "🦊" * 1000, "<b>" * 10_000, "\u202e\u2066x"):
        answer = send(seat, world.ticket(), kind=kind, format=form, body=body)
        assert answer.status_code in (200, 422), body[:9]


def test_who_has_no_address_is_noted_and_not_answered(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    Identity.objects.filter(person=ticket.requester).update(failed_at=ticket.created_at)
    Channel.objects.filter(kind="email").update(active=False)
    page = seat.page(f"/tickets/{ticket.number}")
    assert "There is no way to answer" in page
    answer = send(seat, ticket, body="Втрачені слова?")
    assert answer.status_code == 422
    assert "Втрачені слова?</textarea>" in answer.content.decode()


def test_whose_address_is_gone_is_answered_at_another_one(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    Identity.objects.filter(id=world.maria.id).update(failed_at=ticket.created_at, failed_as="gone")
    page = seat.page(f"/tickets/{ticket.number}")
    assert "there is no such mailbox" in page and "Write another address of theirs" in page
    assert 'name="to" value=""' in page
    refused = send(seat, ticket, body="Втрачені слова?", to="", **shown(seat, ticket))
    assert refused.status_code == 422
    assert "Втрачені слова?</textarea>" in refused.content.decode()
    assert not Delivery.objects.exists()
    send(seat, ticket, body="Пишемо сюди", to="maria.koval@kramnytsia.example", **shown(seat, ticket))
    delivery = Delivery.objects.get()
    assert (delivery.identity.value, delivery.message.dialog.identity) == (
        "maria.koval@kramnytsia.example", world.maria,
    )  # fmt: skip
    assert 'name="to" value="maria.koval@kramnytsia.example"' in seat.page(f"/tickets/{ticket.number}")
    send(seat, ticket, body="І сюди ще раз", to="maria@kramnytsia.example", **shown(seat, ticket))
    assert Delivery.objects.filter(identity=world.maria, state="queued").exists()


def test_a_delivery_is_repeated_only_by_who_sees_its_message(world: World) -> None:
    ticket = world.ticket()
    message = world.answer(ticket)
    Delivery.objects.filter(message=message).update(state="doubtful", attempts=1)
    delivery = Delivery.objects.get()
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    assert Seat(world.iryna).post(f"/deliveries/{delivery.id}/repeat").status_code == 404
    assert Seat(world.iryna).post("/deliveries/999999/repeat").status_code == 404
    assert "sent again" in Seat(world.marko).sends(f"/deliveries/{delivery.id}/repeat").content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "queued"


def test_an_answer_quotes_notes_of_nobody(world: World) -> None:
    ticket = world.ticket()
    noting.add_note(ticket, world.taras, "Клієнт важкий", by=world.act(world.taras))
    send(Seat(world.iryna), ticket, body="Так")
    text = MessageText.objects.get(message__author="agent")
    assert "важкий" not in f"{text.text}{text.html}{text.quoted}"


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_the_same_form_sent_twice_is_sent_once(world: World, kind: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    once = once_of(seat, ticket)
    send(seat, ticket, body="Доброго дня", kind=kind, once=once)
    again = send(seat, ticket, body="Доброго дня", kind=kind, once=once, then="close")
    assert "It was sent already." in again.content.decode()
    ticket.refresh_from_db()
    assert ticket.stage != "closed"
    assert (Message.objects.filter(author="agent").count(), Note.objects.count()) == ((1, 0), (0, 1))[kind == "note"]
    part = seat.post(
        f"/tickets/{ticket.number}/answer", {"body": "Доброго дня", "kind": kind, "format": "text", "once": once},
        HTTP_HX_REQUEST="true",
    ).content.decode()  # fmt: skip
    assert "It was sent already." in part
    assert '<form class="composer"' not in part, "what somebody writes meanwhile is left alone"


def test_what_was_refused_may_be_sent_and_so_may_other_words(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    once = once_of(seat, ticket)
    assert send(seat, ticket, body="Так", to="no address", once=once).status_code == 422
    for body in ("Так", "Ні"):  # the second after going back in the browser
        send(seat, ticket, body=body, once=once)
    send(seat, ticket, body="Ні", once=once_of(seat, ticket))  # written again on purpose
    send(Seat(world.taras), ticket, body="Так", once=once)
    said = MessageText.objects.filter(message__author="agent").order_by("id").values_list("text", flat=True)
    assert list(said) == ["Так", "Ні", "Ні", "Так"]


def test_a_refused_letter_leaves_no_address_behind(world: World) -> None:
    seat, ticket, before = Seat(world.iryna), world.ticket(), Identity.objects.count()
    assert send(seat, ticket, body="Так", to="new@x.example, nonsense@@").status_code == 422
    assert not Message.objects.filter(author="agent").exists()
    assert Identity.objects.count() == before


@pytest.mark.parametrize("others", [{}, {"cc": "boss@kramnytsia.example"}, {"bcc": "boss@kramnytsia.example"}])
def test_an_emptied_to_never_stands_for_the_usual_recipients(world: World, others: dict[str, str]) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    answer = send(seat, ticket, body="Не для Марії", to=" ", **others)
    assert answer.status_code == 422
    assert "Nobody stands in" in answer.content.decode()
    assert not Message.objects.filter(author=Message.Author.AGENT).exists()
