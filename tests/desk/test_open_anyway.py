"""An owner reads a ticket of a closed team: offered by its number, said in its time line, over after an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.desk.seats import Seat
from vikno.core import clock
from vikno.journal import acts
from vikno.journal.models import Event, EventTicket
from vikno.tickets import directory
from vikno.tickets.actions import assigning, fields
from vikno.tickets.models import Ticket


@pytest.fixture(autouse=True)
def fresh_words():
    directory.forget()


@pytest.fixture
def secret(world) -> Ticket:
    """A request of the closed team."""
    world.address.team = world.hr
    world.address.save()
    ticket = world.ticket(subject="Зарплата за листопад")
    assert ticket.team_id == world.hr.id
    return ticket


def opened(ticket: Ticket) -> int:
    events = EventTicket.objects.filter(ticket_id=ticket.id).values_list("event_id", flat=True)
    return Event.objects.filter(id__in=list(events), verb="ticket.opened_anyway").count()


def test_an_owner_is_offered_it_and_everybody_else_is_told_nothing(world, secret):
    owner = Seat(world.olena)
    answer = owner.get(f"/tickets/{secret.number}")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert f'action="/tickets/{secret.number}/open-anyway"' in page
    assert "Зарплата" not in page
    for agent in (world.taras, world.iryna, world.sofia):
        seat = Seat(agent)
        page = seat.get(f"/tickets/{secret.number}").content.decode()
        assert page.replace(str(secret.number), "99999") == seat.get("/tickets/99999").content.decode().replace(
            str(secret.number), "99999"
        )
        assert seat.post(f"/tickets/{secret.number}/open-anyway").status_code == 403
    assert opened(secret) == 0
    assert "open-anyway" not in owner.get("/tickets/99999").content.decode()


def test_opening_is_written_down_and_lasts_an_hour_in_this_session(world, secret):
    owner, elsewhere = Seat(world.olena), Seat(world.olena)
    page = owner.sends(f"/tickets/{secret.number}/open-anyway").content.decode()
    assert "Зарплата" in page
    assert opened(secret) == 1
    owner.page(f"/tickets/{secret.number}")
    assert opened(secret) == 1
    assert elsewhere.get(f"/tickets/{secret.number}").status_code == 404
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        assert owner.get(f"/tickets/{secret.number}").status_code == 404


def test_what_is_restricted_by_itself_stays_closed(world, secret):
    fields.restrict(secret, True, by=acts.agent(world.marko.id))
    owner = Seat(world.olena)
    assert "open-anyway" not in owner.get(f"/tickets/{secret.number}").content.decode()
    assert owner.post(f"/tickets/{secret.number}/open-anyway").status_code == 404
    assert opened(secret) == 0


def test_what_an_owner_asked_for_themselves_stays_a_customers_matter(world, secret):
    Ticket.objects.filter(id=secret.id).update(requester=world.olena.person)
    owner = Seat(world.olena)
    assert "open-anyway" not in owner.get(f"/tickets/{secret.number}").content.decode()
    assert owner.post(f"/tickets/{secret.number}/open-anyway").status_code == 404


def test_an_owner_who_answers_is_not_made_responsible_by_it(world, secret):
    assigning.assign(secret, None, by=acts.agent(world.marko.id))
    owner = Seat(world.olena)
    owner.post(f"/tickets/{secret.number}/open-anyway")
    owner.post(f"/tickets/{secret.number}/answer", {"kind": "reply", "body": "Вітаю", "format": "text"})
    secret.refresh_from_db()
    assert secret.agent is None and secret.answered_at is not None
