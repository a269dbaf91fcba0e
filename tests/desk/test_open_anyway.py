"""An owner reads a ticket of a closed team: offered by its number, said in its time line, over after an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.desk.seats import Seat
from vikno.accounts.models import SecurityEvent
from vikno.core import clock
from vikno.journal import acts
from vikno.journal.models import Event, EventTicket
from vikno.staff.actions import deactivate, reactivate
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


def test_opening_is_a_word_in_the_security_log(world, secret):
    Seat(world.olena).post(f"/tickets/{secret.number}/open-anyway")
    row = SecurityEvent.objects.get(kind="ticket_opened_anyway")
    assert (row.user, row.detail) == (world.olena.person.user, {"ticket": secret.number})
    assert f"#{secret.number}" in Seat(world.olena).page("/account/security/")


class TestWithoutAReader:
    """A restricted request of an open team whose readers were deactivated."""

    @pytest.fixture
    def left(self, world) -> Ticket:
        ticket = world.ticket(subject="Скарга на керівника")
        fields.restrict(ticket, True, by=world.act(world.iryna))
        for agent in (world.iryna, world.taras):
            deactivate(agent, by=world.act(world.olena))
        return ticket

    def test_an_owner_opens_it_in_sight_of_the_log_and_hands_it_on(self, world, left):
        owner = Seat(world.olena)
        page = owner.get(f"/tickets/{left.number}").content.decode()
        assert f'action="/tickets/{left.number}/open-anyway"' in page and "Скарга" not in page
        assert "Скарга" in owner.sends(f"/tickets/{left.number}/open-anyway").content.decode()
        assert (
            opened(left) == 1 and SecurityEvent.objects.get(kind="ticket_opened_anyway").detail["ticket"] == left.number
        )
        assigning.assign(left, world.bohdan, by=world.act(world.olena))
        assert "open-anyway" not in Seat(world.olena).get(f"/tickets/{left.number}").content.decode()

    def test_nobody_else_is_told_and_a_reader_left_closes_it(self, world, left):
        for agent in (world.bohdan, world.sofia):
            assert "open-anyway" not in Seat(agent).get(f"/tickets/{left.number}").content.decode()
            assert Seat(agent).post(f"/tickets/{left.number}/open-anyway").status_code == 403
        reactivate(world.taras, by=world.act(world.olena))
        assert Seat(world.olena).post(f"/tickets/{left.number}/open-anyway").status_code == 404
        assert opened(left) == 0


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
