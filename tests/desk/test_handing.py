"""Handing a request to another team with a note: one act."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.journal import readers
from vikno.journal.models import Event
from vikno.notices.models import Notice
from vikno.notices.readers import NOTICING
from vikno.staff.models import Team
from vikno.tickets.actions import drafts
from vikno.tickets.actions.assigning import assign, hand_over
from vikno.tickets.actions.drafts import Begun
from vikno.tickets.models import Draft, Mention, Note, NoteText, Ticket

pytestmark = pytest.mark.django_db


def handed(world: World, ticket: Ticket, by: Any = None, **form: Any) -> Any:
    given = {"team": world.billing.id, "agent": "", "note": "Рахунок сплачено двічі", "version": ticket.version} | form
    return Seat(by or world.iryna).post(f"/tickets/{ticket.number}/hand", given, follow=True)


def test_the_team_has_it_and_the_note_and_is_told(world: World) -> None:
    ticket = world.ticket()
    assign(ticket, world.iryna, by=world.act(world.iryna))
    while readers.run_once(NOTICING):
        pass
    handed(world, ticket, note="Рахунок сплачено двічі, @Bohdan Бухгалтер", version=Ticket.objects.get().version)
    ticket.refresh_from_db()
    assert (ticket.team, ticket.agent) == (world.billing, None)
    assert NoteText.objects.get().text.startswith("Рахунок") and Mention.objects.get().agent == world.bohdan
    assert Event.objects.filter(verb__in=("note.added", "ticket.assigned")).values("act").distinct().count() == 2
    while readers.run_once(NOTICING):
        pass
    assert {(one.agent_id, one.kind) for one in Notice.objects.filter(agent=world.bohdan)} == {
        (world.bohdan.id, "new"), (world.bohdan.id, "mention"),
    }  # fmt: skip


def test_a_colleague_may_be_named_and_one_who_cannot_answer_there_is_refused(world: World) -> None:
    ticket = world.ticket()
    refused = handed(world, ticket, agent=world.sofia.id)
    assert refused.status_code == 422 and "cannot answer" in refused.content.decode()
    assert "Рахунок сплачено двічі" in refused.content.decode() and not Note.objects.exists()
    handed(world, ticket, agent=world.bohdan.id)
    ticket.refresh_from_db()
    assert (ticket.team, ticket.agent, ticket.stage) == (world.billing, world.bohdan, "open")


def test_one_undo_takes_it_back_and_the_note_stays(world: World) -> None:
    Team.objects.filter(id=world.billing.id).update(openness="open")
    ticket = world.ticket()
    assign(ticket, world.taras, by=world.act(world.taras))
    page = handed(world, ticket, world.olena, version=Ticket.objects.get().version).content.decode()
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo is not None
    Seat(world.olena).post(undo[1])
    ticket.refresh_from_db()
    assert (ticket.team, ticket.agent) == (world.support, world.taras) and Note.objects.count() == 1


def test_a_note_alone_cannot_be_undone(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    seat.post(f"/tickets/{ticket.number}/answer", {"kind": "note", "format": "text", "body": "Слово"})
    act = Event.objects.get(verb="note.added").act
    assert "cannot be undone" in seat.post(f"/undo/{act}", follow=True).content.decode()


def test_who_was_slower_is_told_and_loses_no_word(world: World) -> None:
    ticket = world.ticket()
    hand_over(Ticket.objects.get(), world.hr, by=world.act(world.olena))
    Ticket.objects.update(team=world.billing)  # in sight again, and still changed since the page was made
    answer = handed(world, ticket, world.bohdan, team=world.support.id)
    assert answer.status_code == 422 and "meanwhile" in answer.content.decode()
    assert "Рахунок сплачено двічі" in answer.content.decode() and not Note.objects.exists()


def test_to_a_team_out_of_ones_sight_it_leads_home(world: World) -> None:
    answer = handed(world, world.ticket(), team=world.hr.id)
    assert answer.redirect_chain[0][0] == "/" and Ticket.objects.get().team == world.hr
    assert "/undo/" not in answer.content.decode()


@pytest.mark.parametrize("more", [{"team": ""}, {"team": "²"}, {"team": "999999"}, {"agent": "999999"}])
def test_what_is_not_there_is_named(world: World, more: dict[str, str]) -> None:
    answer = handed(world, world.ticket(), **more)
    assert answer.status_code == 422 and "no longer there" in answer.content.decode()


def test_to_the_same_team_it_says_so(world: World) -> None:
    answer = handed(world, world.ticket(), team=world.support.id)
    assert answer.status_code == 422 and "with this team already" in answer.content.decode()


def test_an_observer_hands_nothing(world: World) -> None:
    assert handed(world, world.ticket(), world.sofia).status_code == 403


def test_a_note_that_was_begun_stays_a_draft_when_one_hands_over_with_another(world: World) -> None:
    ticket = world.ticket()
    drafts.keep(world.iryna, ticket, None, Begun("A long note, not yet done", note=True))
    handed(world, ticket, note="Yours")
    assert Draft.objects.get(agent=world.iryna, ticket=ticket).html == "A long note, not yet done"
