"""What an agent asked for themselves: on it they are a customer, and see what customers see."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from tests.desk.seats import Seat
from tests.letters import letter, with_file
from tests.taking import arrive
from tests.world import World
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Attachment, Delivery
from vikno.intake.models import Inbound
from vikno.people.actions import identify, join
from vikno.people.actions.confirming import address_confirmed
from vikno.people.models import Identity
from vikno.staff.access import as_customer
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions import noting, state
from vikno.tickets.actions.answering import Answer, Recipients, reply
from vikno.tickets.actions.assigning import assign
from vikno.tickets.actions.fields import restrict
from vikno.tickets.models import Ticket

OLENA = "Olena <olena@kashtan.example>"


@pytest.fixture
def asked(world: World) -> Inbound:
    """The owner writes to the helpdesk from her own address."""
    return arrive(world.mail, with_file("план.txt", b"plan", text="Стілець скрипить", subject="Стілець", sender=OLENA))


def ticket_of(entry: Inbound) -> Ticket:
    assert entry.ticket is not None
    return entry.ticket


def test_who_asked_for_nothing_has_no_such_place(world: World) -> None:
    world.ticket()
    assert "/own" not in Seat(world.olena).page("/inbox/open")
    assert "You have asked for nothing yourself" in Seat(world.olena).page("/own")


def test_the_list_says_the_state_in_the_customers_words(world: World, asked: Inbound) -> None:
    ticket = ticket_of(asked)
    waiting = world.statuses["waiting"]
    waiting.customer_word = "Чекаємо на вас"
    waiting.save()
    state.wait(ticket, by=world.act(world.iryna))
    seat = Seat(world.olena)
    assert 'href="/own"' in seat.page("/inbox/open")
    page = seat.page("/own")
    for words in (f"#{ticket.number}", "Стілець", "Чекаємо на вас"):
        assert words in page
    assert "Чекаємо на клієнта" not in page


def test_its_page_shows_what_was_said_to_the_customer_and_no_more(world: World, asked: Inbound) -> None:
    ticket = ticket_of(asked)
    by = world.act(world.iryna)
    assign(ticket, world.iryna, by=by)
    noting.add_note(ticket, world.iryna, "Стара скарга, не поспішати", by=by)
    reply(ticket, world.iryna, Answer(Words("Замінимо завтра")), by=by)
    aside = Answer(Words("Скільки коштує стілець?"), recipients=Recipients(to=[world.supplier]))
    other = reply(ticket, world.iryna, aside, by=by)
    assert not Delivery.objects.filter(message=other, identity__person=world.olena.person).exists()
    page = Seat(world.olena).page(f"/own/{ticket.number}")
    assert "Стілець скрипить" in page
    assert "Замінимо завтра" in page
    assert "by mail" in page
    for hidden in ("Стара скарга", "Скільки коштує", "took", '<form class="composer'):
        assert hidden not in page


def test_the_address_of_the_ticket_leads_there(world: World, asked: Inbound) -> None:
    number = ticket_of(asked).number
    answer = Seat(world.olena).get(f"/tickets/{number}")
    assert (answer.status_code, answer["Location"]) == (302, f"/own/{number}")
    assert Seat(world.iryna).get(f"/tickets/{number}").status_code == 200


def test_nobody_elses_are_shown(world: World, asked: Inbound) -> None:
    number, file = ticket_of(asked).number, Attachment.objects.get()
    others = world.ticket(world.petro)
    for agent in (world.iryna, world.taras, world.sofia):
        seat = Seat(agent)
        assert "Стілець" not in seat.page("/own")
        for address in (f"/own/{number}", f"/own/files/{file.id}", f"/own/letters/{asked.message_id}"):
            assert seat.get(address).status_code == 404
    seat = Seat(world.olena)
    assert seat.get(f"/own/{others.number}").status_code == 404
    given: Any = seat.get(f"/own/files/{file.id}")
    assert b"".join(given.streaming_content) == b"plan"
    assert seat.get(f"/files/{file.id}").status_code == 404


def test_a_letter_with_a_layout_of_its_own_is_in_a_frame_that_opens(world: World) -> None:
    table = "<table><tr><td bgcolor=red>" + "</td><td>".join("abc") + "</td></tr></table><style>p{color:red}</style>"
    entry = arrive(world.mail, letter("x", html=table, subject="Стілець", sender=OLENA))
    seat = Seat(world.olena)
    page = seat.page(f"/own/{ticket_of(entry).number}")
    if f'src="/own/letters/{entry.message_id}"' in page:
        assert "<td" in seat.page(f"/own/letters/{entry.message_id}")
    else:
        assert "abc"[0] in page
    assert seat.get(f"/messages/{entry.message_id}/letter").status_code == 404


def test_a_restricted_one_about_oneself_shows_no_note(world: World, asked: Inbound) -> None:
    ticket = ticket_of(asked)
    by = world.act(world.taras)
    assign(ticket, world.taras, by=by)
    restrict(ticket, True, by=by)
    kept = [NewFile("таємне.txt", "text/plain", b"secret")]
    noting.add_note(ticket, world.taras, "Таємна нотатка", attached=kept, by=by)
    page = Seat(world.olena).page(f"/own/{ticket.number}")
    assert "Стілець скрипить" in page
    assert "Таємна" not in page
    assert "таємне" not in page


def test_persons_joined_by_proof_are_one_human_and_others_open_nothing(world: World) -> None:
    """Who may join persons could else read what a customer of a closed team was told."""
    agent = Agent.objects.select_related("person__user").get(id=world.olena.id)
    home = identify(Identity.Kind.EMAIL, "olena@home.example")
    asked, strange = world.ticket(home), world.ticket(world.maria)
    EmailAddress.objects.create(user=agent.person.user, email="Olena@home.example", verified=True)
    address_confirmed(agent.person.user.id, "olena@home.example")
    join(world.maria.person, agent.person, by=world.act(agent))  # her address is verified, but not by this login
    viewer = world.viewer(agent)
    assert viewer.persons == {agent.person_id, home.person_id, world.maria.person_id}
    assert set(access.own_requests(as_customer(viewer))) == {asked}
    seat = Seat(world.olena)
    assert seat.get(f"/own/{asked.number}").status_code == 200
    for address in (f"/own/{strange.number}", f"/tickets/{strange.number}"):
        assert seat.get(address).status_code == 404


def test_the_ledger_says_what_became_of_it_and_leads_there(world: World, asked: Inbound) -> None:
    ticket = ticket_of(asked)
    page = Seat(world.olena).page("/ledger")
    assert "Стілець" in page
    assert "your own request" in page
    assert f'href="/own/{ticket.number}"' in page
    assert "new ticket" in page
    for hidden in (f"/ledger/{asked.id}/raw", f"/tickets/{ticket.number}", f"/ledger/{asked.id}/"):
        assert hidden not in page
    assert Seat(world.olena).get(f"/ledger/{asked.id}/raw").status_code == 404
    others = Seat(world.taras).page("/ledger")
    assert "your own request" not in others
    assert f"/ledger/{asked.id}/raw" in others


def test_the_ledger_tells_nothing_of_what_others_wrote_into_it(world: World, asked: Inbound) -> None:
    """A colleague's letter about the owner's request is not the owner's to see."""
    number = ticket_of(asked).number
    other = arrive(
        world.mail,
        letter("Про неї", subject=f"Re: Стілець [#{number}]", sender="Petro <petro@example.net>",
               In_Reply_To=asked.foreign_id),
    )  # fmt: skip
    assert other.ticket_id == asked.ticket_id
    assert "petro@example.net" not in Seat(world.olena).page("/ledger")
