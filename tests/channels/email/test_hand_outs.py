"""Files that are too big for a letter: fetched from a page whose address stands in the letter."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.channels.email.test_compose import markup, plain, read
from tests.desk.seats import Seat
from tests.world import World
from vikno.channels.email.compose import compose
from vikno.channels.email.models import HandOut
from vikno.core import clock
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Attachment, Delivery
from vikno.tickets import directory
from vikno.tickets.actions.answering import Answer, Recipients, reply

pytestmark = pytest.mark.django_db
BIG = NewFile("звіт <b>.pdf", "application/pdf", content=b"%PDF" * 300_000)


def answered(world: World, **more: object) -> Delivery:
    world.mail.settings = {"link_above_mb": 1}
    world.mail.save()
    return world.answer(world.ticket(), files=[BIG], **more).deliveries.order_by("id")[0]  # type: ignore[arg-type]


def address_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/f/[\w-]{43})\b", text)
    assert found, text
    return found[1]


def outside() -> Client:
    return Client(HTTP_HOST="127.0.0.1:8000", HTTP_ACCEPT_LANGUAGE="en")


def fetched(answer: Any) -> bytes:
    """The whole download; at its end the file is closed."""
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_the_letter_carries_a_page_and_not_the_file(world: World) -> None:
    letter = read(answered(world))
    assert not list(letter.iter_attachments())
    at = address_in(plain(letter))
    assert at in markup(letter) and "звіт &lt;b&gt;.pdf" in markup(letter) and "<b>" not in markup(letter)
    page = outside().get(at)
    text = page.content.decode()
    assert "звіт &lt;b&gt;.pdf" in text and "1.1" in text
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    found = re.search(r'href="(/f/[^"]+/\d+)"', text)
    assert found
    answer = outside().get(found[1])
    assert fetched(answer) == BIG.content
    assert answer["Content-Type"] == "application/octet-stream" and "attachment" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert at.rpartition("/")[2] not in str(list(HandOut.objects.values()))


def test_our_own_copy_carries_nothing_that_is_the_recipients_alone(world: World) -> None:
    delivery = answered(world)
    left = read(delivery)
    copy = message_from_bytes(compose(delivery, copy=True).content, policy=SMTP)
    assert "+t." in left["Reply-To"] and copy["Reply-To"] is None
    assert copy["Message-ID"] == left["Message-ID"]
    for text in (plain(copy), markup(copy)):
        assert "звіт" in text and "/f/" not in text
    assert not list(copy.iter_attachments())
    assert HandOut.objects.count() == 1


def test_what_is_small_goes_with_the_letter(world: World) -> None:
    delivery = world.answer(world.ticket(), files=[BIG]).deliveries.get()
    assert len(list(read(delivery).iter_attachments())) == 1
    assert not HandOut.objects.exists()


def test_an_address_ends_is_taken_back_and_cannot_be_guessed(world: World) -> None:
    directory.forget()
    at = address_in(plain(read(answered(world))))
    file = f"{at}/{HandOut.objects.get().files[0]}"
    assert fetched(outside().get(file)) == BIG.content
    for wrong in (at[:-1], at + "x", "/f/x", f"{at}/{HandOut.objects.get().files[0] + 1}"):
        assert outside().get(wrong).status_code == 404
    HandOut.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    for over in (outside().get(at), outside().get(file)):
        assert over.status_code == 404 and "ask for the files anew" in over.content.decode()
        assert (over["Cache-Control"], over["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    HandOut.objects.update(expires_at=clock.now() + timedelta(days=1))
    owner, page = Seat(world.olena), f"/channels/{world.mail.id}/files"
    assert "maria@kramnytsia.example" in owner.page(page) and Seat(world.iryna).get(page).status_code == 403
    owner.sends(page, revoke=str(HandOut.objects.get().id))
    assert [outside().get(one).status_code for one in (at, file)] == [404, 404]
    assert "maria@kramnytsia.example" not in owner.page(page)


def test_the_answer_says_that_its_files_are_fetched_from_a_page(world: World) -> None:
    directory.forget()
    small = world.answer(world.ticket(), files=[BIG]).deliveries.get()
    read(small)
    big = answered(world)
    seat, words = Seat(world.iryna), "files are fetched from a page until"
    pages = [seat.page(f"/tickets/{one.message.links.get().ticket.number}") for one in (small, big)]
    assert words not in pages[0] and words not in pages[1]  # the second has not left
    read(big)
    assert words in seat.page(f"/tickets/{big.message.links.get().ticket.number}")
    HandOut.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    over = seat.page(f"/tickets/{big.message.links.get().ticket.number}")
    assert words not in over and "files could be fetched from a page until" in over
    HandOut.objects.update(revoked_at=clock.now())
    assert words not in seat.page(f"/tickets/{big.message.links.get().ticket.number}")


def test_a_page_whose_files_were_erased_says_so(world: World) -> None:
    at = address_in(plain(read(answered(world))))
    Attachment.objects.update(file=None)
    answer = outside().get(at)
    assert answer.status_code == 404 and "ask for the files anew" in answer.content.decode()


def test_a_letter_that_was_tried_again_is_one_line_and_taken_back_as_one(world: World) -> None:
    directory.forget()
    delivery = answered(world)
    first, second = (address_in(plain(read(delivery))) for _try in range(2))
    assert first != second and HandOut.objects.count() == 2
    owner, page = Seat(world.olena), f"/channels/{world.mail.id}/files"
    assert owner.page(page).count("maria@kramnytsia.example") == 1
    owner.sends(page, revoke=str(HandOut.objects.latest("id").id))
    assert [outside().get(one).status_code for one in (first, second)] == [404, 404]
    assert "maria@kramnytsia.example" not in owner.page(page)


def test_the_pages_say_of_which_letter_the_files_are(world: World) -> None:
    """An answer has no subject of its own: it leaves under that of what it answers."""
    directory.forget()
    delivery = answered(world)
    letter = read(delivery)
    assert str(letter["Subject"]) == "Re: Не працює каса"
    assert "Re: Не працює каса" in outside().get(address_in(plain(letter))).content.decode()
    assert "Re: Не працює каса" in Seat(world.olena).page(f"/channels/{world.mail.id}/files")


def test_pictures_inside_a_letter_count_as_well(world: World) -> None:
    world.mail.settings = {"link_above_mb": 1}
    world.mail.save()
    picture = NewFile("план.png", "image/png", content=b"\x89PNG" * 200_000, content_id="<plan@x>")
    file = NewFile("звіт.pdf", "application/pdf", content=b"%PDF" * 100_000)
    words = Words("Ось план", '<p>Ось план <img src="cid:plan@x"></p>')
    message = reply(world.ticket(), world.iryna, Answer(words, [picture, file]), by=world.act(world.iryna))
    letter = read(message.deliveries.get())
    assert [part.get_filename() for part in letter.walk() if part.get_filename()] == ["план.png"]
    assert "звіт.pdf" in outside().get(address_in(plain(letter))).content.decode()
    words = Words("Ось план", '<p>Ось план <img src="cid:plan@x"></p>')
    alone = reply(world.ticket(), world.iryna, Answer(words, [picture]), by=world.act(world.iryna))
    assert "/f/" not in plain(read(alone.deliveries.get()))  # there is nothing to fetch


def test_each_recipient_has_an_address_of_their_own(world: World) -> None:
    delivery = answered(world, recipients=Recipients(to=[world.maria], cc=[world.petro]))
    letters = [read(one) for one in Delivery.objects.filter(message=delivery.message_id)]
    assert len({address_in(plain(one)) for one in letters}) == 2


def test_the_page_says_nothing_of_what_is_not_there(world: World) -> None:
    answer = outside().get(reverse("email:hand_out", args=["nothing"]))
    assert answer.status_code == 404 and "ask for the files anew" in answer.content.decode()


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_a_date_that_ends_with_a_point_ends_the_sentence_with_one(world: World, language: str) -> None:
    at = address_in(plain(read(answered(world))))
    text = Client(HTTP_HOST="127.0.0.1:8000", HTTP_ACCEPT_LANGUAGE=language).get(at).content.decode()
    assert ".." not in re.sub(r"<[^>]*>", "", text)
