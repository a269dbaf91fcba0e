"""Views that name a word which was merged: they follow it to the other, and back when the merge is undone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_views import numbers, view
from tests.world import World
from vikno.desk import badges
from vikno.journal.models import Event
from vikno.tickets import directory
from vikno.tickets.actions import fields
from vikno.tickets.actions.sorting_words import add_priority, add_status, add_tag, add_type, merge
from vikno.tickets.actions.words import archive, delete, restore
from vikno.tickets.models import SavedView, Tag, Ticket, TicketTag


@pytest.fixture(autouse=True)
def no_badges_of_other_tests() -> None:
    badges._kept.clear()


def words_of(world: World, code: str) -> list[Any]:
    by = world.act(world.olena)
    if code == "status":
        return [add_status(name, "open", by=by) for name in ("Alpha", "Beta", "Gamma")]
    if code == "type":
        return [add_type(name, by=by) for name in ("Alpha", "Beta", "Gamma")]
    if code == "priority":
        return [add_priority(name, above=True, by=by) for name in ("Alpha", "Beta", "Gamma")]
    return [add_tag(name, 60, by=by) for name in ("Alpha", "Beta", "Gamma")]


def sentence(page: str) -> str:
    found = re.search(r'<p class="list__about small muted">(.*?)<', page)
    return found[1].strip() if found else ""


def give(world: World, ticket: Ticket, code: str, word: Any) -> None:
    if code == "tag":
        TicketTag.objects.filter(ticket=ticket).delete()
        fields.tag(ticket, [word], by=world.act(world.iryna))
    else:
        Ticket.objects.filter(id=ticket.id).update(**{code: word} | ({"stage": "open"} if code == "status" else {}))


@pytest.mark.parametrize("code", ["status", "type", "priority", "tag"])
def test_a_view_follows_what_was_merged_and_comes_back(world: World, code: str) -> None:
    alpha, beta, gamma = words_of(world, code)
    late, there, other = (world.ticket() for _ in range(3))
    for ticket, word in ((late, alpha), (there, beta), (other, gamma)):
        give(world, ticket, code, word)
    one, seat = view(world, {"field": code, "op": "in", "value": [alpha.id]}), Seat(world.iryna)
    here = f"/inbox/view:{one.id}"
    assert numbers(seat.page(here)) == {late.number}
    merge(alpha, beta, by=world.act(world.olena))
    page = seat.page(here)
    assert numbers(page) == {late.number, there.number}  # what has the old one follows by a job
    assert sentence(page).endswith(": Beta; of what is not closed.")
    merge(beta, gamma, by=world.act(world.olena))
    page = seat.page(here)
    assert {other.number, late.number} <= numbers(page) and ": Gamma;" in sentence(page)
    form = seat.page(f"/views/{one.id}")
    assert ('value="Gamma"' if code == "tag" else f'value="{gamma.id}" checked') in form
    assert f'value="{alpha.id}" checked' not in form and f'value="{beta.id}" checked' not in form
    assert SavedView.objects.get(id=one.id).condition["all"][0]["value"] == [alpha.id]
    for verb in range(2):
        merged = [event for event in Event.objects.order_by("-id") if event.delta.get("merged", [1])[0] is None]
        Seat(world.olena).sends(f"/undo/{merged[verb].act}")
    directory.forget()
    page = seat.page(here)
    assert late.number in numbers(page) and there.number not in numbers(page) and ": Alpha;" in sentence(page)


def test_all_of_several_tags_means_each_of_what_they_are_now(world: World) -> None:
    alpha, beta, gamma = words_of(world, "tag")
    both, half, old = (world.ticket() for _ in range(3))
    fields.tag(both, [beta, gamma], by=world.act(world.iryna))
    fields.tag(half, [gamma], by=world.act(world.iryna))
    fields.tag(old, [alpha, gamma], by=world.act(world.iryna))
    merge(alpha, beta, by=world.act(world.olena))
    one = view(world, {"field": "tag", "op": "with_all", "value": [alpha.id, gamma.id]})
    assert numbers(Seat(world.iryna).page(f"/inbox/view:{one.id}")) == {both.number, old.number}


def test_what_is_out_of_use_for_itself_is_followed_nowhere(world: World) -> None:
    by = world.act(world.olena)
    alpha, beta, _gamma = words_of(world, "tag")
    ticket, there = world.ticket(), world.ticket()
    fields.tag(ticket, [alpha], by=world.act(world.iryna))
    fields.tag(there, [beta], by=world.act(world.iryna))
    one, seat = view(world, {"field": "tag", "op": "in", "value": [alpha.id]}), Seat(world.iryna)
    merge(alpha, beta, by=by)
    restore(Tag.objects.get(id=alpha.id), by=by)
    assert numbers(seat.page(f"/inbox/view:{one.id}")) == {ticket.number}
    archive(Tag.objects.get(id=alpha.id), by=by)
    page = seat.page(f"/inbox/view:{one.id}")
    assert numbers(page) == {ticket.number} and ": Alpha;" in sentence(page)


def test_what_was_merged_and_then_deleted_is_followed_too(world: World) -> None:
    by = world.act(world.olena)
    alpha, beta, _gamma = words_of(world, "tag")
    there = world.ticket()
    fields.tag(there, [beta], by=world.act(world.iryna))
    one = view(world, {"field": "tag", "op": "in", "value": [alpha.id]})
    merge(alpha, beta, by=by)
    delete(Tag.objects.get(id=alpha.id), by=by)
    assert numbers(Seat(world.iryna).page(f"/inbox/view:{one.id}")) == {there.number}
