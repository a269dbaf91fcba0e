"""A ticket marked as spam is in no list, opens nothing, and comes back whole."""

from __future__ import annotations

import pytest

from tests.world import World
from vikno.desk import lists
from vikno.tickets.actions import state
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def numbers(world: World) -> set[int]:
    """On which tickets any list shows, closed ones included."""
    viewer = world.viewer(world.iryna)
    found: set[int] = set()
    for place in [*lists.places(viewer), *lists.team_places(viewer)]:
        found |= {row[1] for row in lists.page(viewer, place, lists.SORTS["newest"]).rows}
    return found


def test_it_leaves_every_list_and_badge_and_comes_back_as_it_was(world: World) -> None:
    ticket, other = world.ticket(world.petro), world.ticket(world.maria)
    viewer = world.viewer(world.iryna)
    before = Ticket.objects.get(id=ticket.id)
    act = world.act(world.iryna)
    state.mark_spam(ticket, by=act)
    assert numbers(world) == {other.number}
    assert lists.counts(viewer, lists.places(viewer))["open"] == "1"
    undo(act.id, by=world.act(world.iryna))
    assert numbers(world) == {ticket.number, other.number}
    state.mark_spam(ticket, by=world.act(world.iryna))
    state.not_spam(ticket, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert (ticket.stage, ticket.waiting_since, ticket.deleted_at, ticket.spam_at) == (
        before.stage, before.waiting_since, None, None,
    )  # fmt: skip


def test_what_was_in_the_bin_already_stays_as_long_as_it_was(world: World) -> None:
    ticket = world.ticket(world.petro)
    state.delete(ticket, by=world.act(world.iryna))
    ticket.refresh_from_db()
    deleted = ticket.deleted_at
    state.mark_spam(ticket, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert ticket.deleted_at == deleted


def test_an_answer_to_it_does_not_bring_it_back(world: World) -> None:
    first = world.letter(world.petro)
    assert first.ticket is not None
    state.mark_spam(first.ticket, by=world.act(world.iryna))
    again = world.letter(world.petro, answers=first.message)
    assert again.ticket != first.ticket
    first.ticket.refresh_from_db()
    assert first.ticket.spam_at is not None


def test_taken_out_of_the_bin_it_is_no_spam_any_more(world: World) -> None:
    ticket = world.ticket(world.petro)
    state.mark_spam(ticket, by=world.act(world.iryna))
    state.restore(ticket, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert ticket.spam_at is None
