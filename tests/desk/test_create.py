"""A ticket taken by hand: by phone or in person."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Attachment, Delivery, Message
from vikno.journal.models import Event
from vikno.people.models import Person
from vikno.staff.models import Team
from vikno.tickets.models import Category, Ticket, TicketType
from vikno.tickets.queries import tags_of

FORM: dict[str, Any] = {
    "kind": "phone", "requester": "+380 67 123 45 67", "name": "Дзвінок", "subject": "Не горить світло",
    "text": "У кабінеті 5", "team": "", "assignee": "", "priority": "", "type": "", "category": "", "contract": "",
    "due": "", "tags": "",
}  # fmt: skip


def create(world: World, **form: Any) -> Any:
    return Seat(world.iryna).post("/tickets/new", FORM | form)


def test_a_call_becomes_a_ticket_entered_by_its_agent(world: World) -> None:
    Team.objects.filter(id=world.billing.id).update(zone="America/New_York")
    answer = create(
        world, team=world.billing.id, priority=world.priorities["high"].id, due="2031-05-06", tags="світло, кабінет",
        type=TicketType.objects.get().id, category=Category.objects.get().id, contract="К-77",
        files=[SimpleUploadedFile("схема.txt", b"x")],
    )  # fmt: skip
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/tickets/{ticket.number}"
    assert (ticket.subject, ticket.entered_by, ticket.team) == ("Не горить світло", world.iryna, world.billing)
    assert (ticket.priority_rank, ticket.due_is_day, ticket.channel.kind) == (10, True, "phone")
    assert ticket.due_at == datetime(2031, 5, 7, 3, 59, 59, tzinfo=UTC)  # the end of the day where the team is
    assert (ticket.requester.name, ticket.contract.number) == ("Дзвінок", "К-77")
    assert [name for name, _hue in tags_of([ticket.id])[ticket.id]] == ["кабінет", "світло"]
    assert Attachment.objects.get().name == "схема.txt"
    assert Message.objects.get().entered_by == world.iryna
    assert not Delivery.objects.exists()


def test_a_day_too_far_away_is_told_at_its_field(world: World) -> None:
    page = create(world, due="9999-12-31").content.decode()
    assert re.search(r'name="due"[^>]*aria-invalid="true"', page)


def test_a_due_day_ends_as_days_of_the_chosen_team_do(world: World) -> None:
    Team.objects.filter(id=world.billing.id).update(zone="Asia/Tokyo")
    create(world, team=world.billing.id, due="2031-05-06")
    ticket = Ticket.objects.get()
    assert ticket.due_at == datetime(2031, 5, 6, 14, 59, 59, tzinfo=UTC) and ticket.due_is_day


def test_who_is_known_stays_the_same_person(world: World) -> None:
    create(world, requester="Марія <MARIA@kramnytsia.example>", kind="in_person")
    ticket = Ticket.objects.get()
    assert ticket.requester == world.maria.person
    assert ticket.requester.name == "Марія Коваль"


def test_somebody_with_neither_address_nor_phone_is_taken_by_name(world: World) -> None:
    create(world, requester="Пан Невідомий", kind="in_person")
    assert Ticket.objects.get().requester.name == "Пан Невідомий"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"requester": ""}, "Say who asks"),
        ({"requester": "a@b@c"}, "is not an e-mail address"),
        ({"requester": "a@b.example, c@d.example"}, "One requester"),
        ({"requester": "@"}, "is not an e-mail address"),
        ({"subject": " \n "}, "in a few words"),
        ({"text": ""}, "Write down what was said"),
        ({"due": "завтра"}, "not a date"),
        ({"due": "9999-12-31"}, "too far away"),
        ({"team": "²"}, "no longer there"),
        ({"team": "9" * 40}, "no longer there"),
        ({"priority": "999999"}, "no longer there"),
        ({"assignee": "-1"}, "no longer there"),
    ],
)
def test_what_cannot_be_used_is_named_and_everything_typed_stays(
    world: World, form: dict[str, str], words: str
) -> None:
    people = Person.objects.count()
    answer = create(world, **({"text": "Довгий опис, який шкода втратити"} | form))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    if "text" not in form:
        assert "Довгий опис, який шкода втратити" in page
    assert not Ticket.objects.exists()
    assert Person.objects.count() == people


@pytest.mark.parametrize("name", FORM)
def test_nothing_typed_is_too_odd(world: World, name: str) -> None:
    seat = Seat(world.iryna)
    for value in ("\x00", "²", "a" * 20_000, "<script>alert(1)</script>", "0001-01-01", "9999-12-31", "\u202e"):
        answer = seat.post("/tickets/new", FORM | {name: value})
        assert answer.status_code in (302, 422), value
        assert "<script>alert" not in answer.content.decode()
        if answer.status_code == 302:
            assert "<script>alert" not in seat.page(answer["Location"])


def test_an_observer_enters_nothing(world: World) -> None:
    seat = Seat(world.sofia)
    assert seat.get("/tickets/new").status_code == seat.post("/tickets/new", FORM).status_code == 403
    assert not Ticket.objects.exists()


def test_the_form_alone_makes_nothing(world: World) -> None:
    seat, before = Seat(world.iryna), Event.objects.count()
    assert seat.get("/tickets/new").status_code == seat.head("/tickets/new").status_code == 200
    assert Event.objects.count() == before


def test_a_form_sent_twice_makes_one_ticket_and_shows_it(world: World) -> None:
    seat = Seat(world.iryna)
    once = re.search(r'name="once" value="([^"]{16,})"', seat.page("/tickets/new"))
    assert once is not None
    first = seat.post("/tickets/new", FORM | {"once": once[1], "files": [SimpleUploadedFile("схема.txt", b"x")]})
    again = seat.post("/tickets/new", FORM | {"once": once[1], "files": [SimpleUploadedFile("схема.txt", b"x")]})
    assert Ticket.objects.count() == 1
    assert again["Location"] == first["Location"]
    assert "There is one ticket of it" in seat.page(again["Location"])
    seat.post("/tickets/new", FORM | {"once": once[1], "subject": "Інше"})  # back in the browser, and another request
    assert Ticket.objects.count() == 2


def test_what_was_refused_keeps_its_number_and_may_be_sent(world: World) -> None:
    seat = Seat(world.iryna)
    once = "n" * 22
    page = seat.post("/tickets/new", FORM | {"once": once, "subject": ""}).content.decode()
    assert f'name="once" value="{once}"' in page
    seat.post("/tickets/new", FORM | {"once": once})
    assert Ticket.objects.count() == 1


def test_nobody_is_made_responsible_who_could_not_answer(world: World) -> None:
    by_observer = create(world, assignee=world.sofia.id)
    from_outside = create(world, assignee=world.iryna.id, team=world.hr.id)
    assert (by_observer.status_code, from_outside.status_code) == (422, 422)
    assert "cannot answer tickets" in by_observer.content.decode()
    assert "only its members" in from_outside.content.decode()
    assert not Ticket.objects.exists()
