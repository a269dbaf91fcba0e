"""A customer proves by a link that it was they who asked about their account (W35)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.channels.email.test_compose import markup, plain, read
from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from tests.world import World, later
from vikno.channels.email.compose import compose
from vikno.channels.email.models import Confirmation
from vikno.dialogs.models import Delivery, Message, MessageText
from vikno.journal.models import Event
from vikno.people.models import OPENS_LOGIN, Identity
from vikno.tickets.actions.account import is_locked
from vikno.tickets.actions.fields import set_category
from vikno.tickets.models import Category, Ticket

pytestmark = pytest.mark.django_db
PETRO = "petro@example.net"


@pytest.fixture
def ticket(world: World) -> Ticket:
    """Somebody we know, but whom nobody has proved, asks for a password; an agent files it under the account."""
    matter = Category.objects.create(name="Обліковий запис", account_matter=True)
    entry = arrive(world.mail, letter(sender=PETRO, subject="Змініть пароль", message_id="<one@x.example>"))
    assert entry.ticket is not None
    Identity.objects.filter(value=PETRO).update(created_at=later(hours=-48))
    set_category(entry.ticket, matter, by=world.act(world.iryna))
    assert is_locked(entry.ticket)
    return Ticket.objects.get(id=entry.ticket.id)


@pytest.fixture
def told(ticket: Ticket) -> Delivery:
    return Delivery.objects.get(message__trust__explains="account")


def address_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/c/[\w-]{27})\b", text)
    assert found, text
    return found[1]


def outside() -> Client:
    return Client(HTTP_HOST="127.0.0.1:8000", HTTP_ACCEPT_LANGUAGE="en")


def test_the_link_stands_in_the_letter_alone(world: World, ticket: Ticket, told: Delivery) -> None:
    sent = read(told)
    at = address_in(plain(sent))
    assert at in markup(sent)
    assert "/c/" not in compose(told, copy=True).content.decode("ascii", "replace")
    assert not MessageText.objects.filter(text__contains="/c/").exists()
    assert at.removeprefix("/c/") not in Seat(world.taras).page(f"/tickets/{ticket.number}")
    assert not Confirmation.objects.filter(digest__contains=at[3:]).exists()


def test_looking_at_it_changes_nothing_and_the_button_proves_it(world: World, ticket: Ticket, told: Delivery) -> None:
    at, browser = address_in(plain(read(told))), outside()
    page = browser.get(at)
    assert "Was it you?" in page.content.decode()
    assert PETRO in page.content.decode()
    assert "Змініть пароль" in page.content.decode(), "what is confirmed is named"
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert is_locked(ticket)
    assert "it is confirmed" in browser.post(at).content.decode()
    assert not is_locked(ticket)
    assert Identity.objects.get(value=PETRO).verified_by == "letter"
    assert "confirmed by a link to this address" in Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert world.answer(ticket, text="Готово").deliveries.exists()


def test_a_second_time_changes_nothing(ticket: Ticket, told: Delivery) -> None:
    at = address_in(plain(read(told)))
    outside().post(at)
    count = Event.objects.count()
    assert "it is confirmed" in outside().post(at).content.decode()
    assert "it is confirmed" in outside().get(at).content.decode()
    assert Event.objects.count() == count


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_over_and_what_never_was_look_the_same(ticket: Ticket, told: Delivery, method: str) -> None:
    at = address_in(plain(read(told)))
    Confirmation.objects.update(expires_at=later(hours=-1))
    over, never = getattr(outside(), method)(at), getattr(outside(), method)("/c/" + "x" * 27)
    assert (over.status_code, never.status_code) == (404, 404)
    assert over.content == never.content or method == "get"  # the token of the form differs
    assert is_locked(ticket)


def test_an_earlier_link_is_good_when_it_is_sent_again(ticket: Ticket, told: Delivery) -> None:
    first = address_in(plain(read(told)))
    assert address_in(plain(read(told))) != first
    outside().post(first)
    assert not is_locked(ticket)


def test_what_somebody_else_said_there_is_not_proved_by_it(world: World, ticket: Ticket, told: Delivery) -> None:
    said = Message.objects.get(dialog=told.message.dialog, author=Message.Author.CUSTOMER)
    Message.objects.filter(id=said.id).update(identity=world.maria)
    outside().post(address_in(plain(read(told))))
    said.refresh_from_db()
    assert not said.authenticated


def test_a_form_from_elsewhere_confirms_nothing(ticket: Ticket, told: Delivery) -> None:
    strict = Client(HTTP_HOST="127.0.0.1:8000", enforce_csrf_checks=True)
    assert strict.post(address_in(plain(read(told)))).status_code == 403
    assert is_locked(ticket)


def test_other_letters_carry_no_such_link(world: World) -> None:
    answer = world.answer(world.ticket(), text="Доброго дня")
    assert "/c/" not in plain(read(answer.deliveries.get()))
    assert not Confirmation.objects.exists()


def test_whoever_is_first_heard_of_by_the_request_itself_is_sent_no_link(ticket: Ticket, told: Delivery) -> None:
    Identity.objects.filter(value=PETRO).update(created_at=ticket.created_at)
    assert "/c/" not in plain(read(Delivery.objects.get(id=told.id)))
    assert not Confirmation.objects.exists()


def test_the_link_opens_no_login(world: World, ticket: Ticket, told: Delivery) -> None:
    outside().post(address_in(plain(read(told))))
    assert Identity.objects.get(value=PETRO).verified_by not in OPENS_LOGIN
