"""What one ticket has in it, or what is wrong with it, stops the index of no other."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection

from tests.searching import index_follows
from tests.world import World
from vikno.care.checks.work import search_index
from vikno.core import clock
from vikno.search import filling, rebuild, shelf
from vikno.search.find import find
from vikno.search.models import Due
from vikno.search.state import current
from vikno.tickets.models import Link, Ticket


def found(world: World, text: str) -> list[int]:
    return sorted(hit.match.shown for hit in find(world.viewer(world.iryna), text, exactly=True).hits)


def entries_of(ticket: Ticket) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, part FROM search_entry_{current().active} WHERE owner = {ticket.id} ORDER BY part")
        return list(cursor.fetchall())


def stand_in_the_way(ticket: Ticket, name: str) -> None:
    """As a damaged index: somebody else's entry has the key of this ticket's."""
    at = int(Link.objects.get(ticket=ticket).arrived_at.timestamp())
    shelf.put(name, [shelf.Entry(shelf.key_of(at, 0, ticket.id), 999_999, 0, 1, "=:1", "=t0", {})])


def test_messages_of_one_second_fill_any_number_of_parts(world: World) -> None:
    ticket = world.ticket(subject="Каса", text="Лелека")
    for number in range(125):
        world.answer(ticket, text="Чапля" if number == 124 else f"Відповідь {number}")
    at = Link.objects.filter(ticket=ticket).earliest("id").arrived_at
    Link.objects.filter(ticket=ticket).update(arrived_at=at)
    index_follows()
    keys = [key for key, _part in entries_of(ticket)]
    assert len(set(keys)) == 5 and {key & shelf.TICKET_MASK for key in keys} == {ticket.id}
    assert found(world, "лелека") == found(world, "чапля") == [ticket.id]
    rebuild.start()
    while rebuild.step():
        pass
    assert found(world, "лелека") == found(world, "чапля") == [ticket.id]
    assert not Due.objects.exists()


def _giant(world: World) -> Ticket:
    """More different terms than a row of PostgreSQL may hold: marks such as of orders, which are quick to analyse."""
    made = random.Random(1)
    ticket = world.ticket(subject="Каса", text="Лелека")
    for _ in range(12):
        marks = (
            "".join(made.choices("абвгдежзиклмнопрстуф", k=10)) + "".join(made.choices("0123456789", k=10))
            for _ in range(1850)
        )
        world.answer(ticket, text=" ".join(marks))
    world.answer(ticket, text="Чапля на даху")
    return ticket


def test_more_words_than_an_entry_may_hold_go_on_in_a_further_one(world: World) -> None:
    ticket = _giant(world)
    other = world.ticket(text="Лелека")
    index_follows()
    assert len(entries_of(ticket)) > 2
    assert found(world, "лелека") == [ticket.id, other.id]
    assert found(world, "чапля") == found(world, '"чапля на даху" каса') == [ticket.id]
    before = entries_of(ticket)
    filling.ask([ticket.id])
    filling.catch_up()
    assert entries_of(ticket) == before and not Due.objects.exists()  # what is the same stays
    Link.objects.filter(ticket=ticket).exclude(id=Link.objects.filter(ticket=ticket).earliest("id").id).delete()
    filling.ask([ticket.id])
    filling.catch_up()
    assert len(entries_of(ticket)) == 1 and found(world, "чапля") == []


def test_one_that_cannot_be_put_is_postponed_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.ticket(text="Лелека"), world.ticket(text="Лелека")
    stand_in_the_way(bad, current().active)
    index_follows()
    assert found(world, "лелека") == [good.id]
    row = Due.objects.get()
    assert (row.ticket_id, row.attempts) == (bad.id, 1) and row.error in ("IntegrityError", "UniqueViolation")
    said = list(search_index())
    assert len(said) == 1 and "1 tickets or people could not be put" in said[0].what and row.error in said[0].what
    assert filling.put_next() == 0  # it waits
    waits = []
    for _ in range(3):
        began = clock.now()
        Due.objects.update(not_before=began - timedelta(seconds=1))
        assert filling.put_next() == 1
        waits.append(Due.objects.get().not_before - began)
    assert waits == sorted(waits) and waits[-1] > waits[0] + timedelta(minutes=5)
    assert filling.try_again(row.id) and not filling.try_again(row.id + 1)
    shelf.remove(current().active, [999_999])
    filling.catch_up()
    assert found(world, "лелека") == [bad.id, good.id]
    assert not Due.objects.exists() and list(search_index()) == []


def test_a_new_index_is_complete_but_for_the_one_that_cannot_be_put(world: World) -> None:
    bad, good = world.ticket(text="Лелека"), world.ticket(text="Лелека")
    index_follows()
    rebuild.start()
    stand_in_the_way(bad, current().building)
    while rebuild.step():
        pass
    assert current().building == "" and found(world, "лелека") == [good.id]
    assert list(Due.objects.values_list("ticket_id", "attempts")) == [(bad.id, 1)]
