"""When a ticket is passed on, only the marks of its entries are written: its texts are not read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.letters import letter, with_file
from tests.search.test_following import found, nothing_stale
from tests.searching import index_follows
from tests.taking import arrive
from tests.world import World
from vikno.search import entries, filling
from vikno.search.state import current
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.models import Ticket


def _close(world: World, ticket: Ticket) -> None:
    state.close(ticket, by=world.act(world.iryna))


def _assign(world: World, ticket: Ticket) -> None:
    assigning.assign(ticket, world.iryna, by=world.act(world.taras))


def _hand_over(world: World, ticket: Ticket) -> None:
    assigning.hand_over(ticket, world.billing, by=world.act(world.taras))


def _follow(world: World, ticket: Ticket) -> None:
    assigning.follow(ticket, world.iryna.id, by=world.act(world.iryna))


def _restrict(world: World, ticket: Ticket) -> None:
    fields.restrict(ticket, True, by=world.act(world.taras))


PASSED_ON = [_close, _assign, _hand_over, _follow, _restrict]


@pytest.mark.parametrize("change", PASSED_ON, ids=lambda change: change.__name__.strip("_"))
def test_of_what_is_passed_on_only_the_marks_are_written(
    world: World, change: Callable[[World, Ticket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text is read again, and what stands there is what would be put there anew, of every entry of a long one."""
    monkeypatch.setattr(entries, "TOGETHER", 2)
    monkeypatch.setattr("vikno.search.portions.MOST", 200)
    many = " ".join(f"слово{number}" for number in range(60))
    arrive(world.mail, with_file("чек.pdf", b"%PDF-", text="Лелека", message_id="<one@kramnytsia.example>"))
    for text in ("Друге", many, "Четверте", "П'яте"):
        arrive(world.mail, letter(text, In_Reply_To="<one@kramnytsia.example>"))
    ticket = Ticket.objects.get()
    index_follows()
    before = shelved()
    assert len(before) > 4 and nothing_stale()
    change(world, ticket)
    with CaptureQueriesContext(connection) as asked:
        index_follows()
    assert not [query for query in asked.captured_queries if "dialogs_messagetext" in query["sql"]]
    assert without_keys(shelved()) == made_anew() and keys(shelved()) == keys(before)
    assert shelved() != before
    check_shelf()
    seen = [ticket.id] if change not in (_hand_over, _restrict) else []  # which she may not read any more
    for text in ("лелека", "чек.pdf", "слово59", "лелека has:file"):
        assert found(world, text) == seen
    assert found(world, "лелека status:closed") == ([ticket.id] if change is _close else [])


def shelved() -> list[tuple[Any, ...]]:
    """What stands on the shelf of tickets: owner, part, mark, parts, terms and key."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT owner, part, mark, parts, terms, id FROM search_entry_{current().active} WHERE id > 0")
        return sorted(cursor.fetchall())


def keys(rows: list[tuple[Any, ...]]) -> dict[tuple[int, int], int]:
    return {(row[0], row[1]): row[5] for row in rows}


def without_keys(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row[:5] for row in rows]


def made_anew() -> list[tuple[Any, ...]]:
    made = filling.make(list(Ticket.objects.values_list("id", flat=True))).entries
    return sorted((one.owner, one.part, one.mark, one.parts, one.terms) for one in made)


def check_shelf() -> None:
    """The database finds by the very terms that it holds. Raises what it says if not."""
    name = current().active
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO search_text_{name} (search_text_{name}, rank) VALUES ('integrity-check', 1)")
            return
        cursor.execute(f"SELECT id, terms, vector::text FROM search_entry_{name} WHERE id > 0")
        for _key, terms, vector in cursor.fetchall():
            held = {term for place in terms.split() for term in place.split("|") if term}
            assert held == {term.strip("'") for term in vector.split() if not term.startswith("'=d")}


def test_marks_that_another_engine_wrote_meanwhile_are_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = world.ticket(text="Лелека")
    index_follows()
    _close(world, ticket)
    read = entries.tickets

    def meanwhile(ids: list[int], have: Any = None) -> entries.Made:
        made = read(ids, have)
        monkeypatch.undo()
        fields.rename(ticket, "Чапля", by=world.act(world.iryna))  # and another engine puts it all
        filling.ask([ticket.id])
        filling.catch_up()
        filling.ask([ticket.id])
        return made

    filling.ask([ticket.id])
    monkeypatch.setattr(entries, "tickets", meanwhile)
    filling.catch_up()
    assert found(world, "чапля") == found(world, "лелека status:closed") == [ticket.id]
    assert nothing_stale() and without_keys(shelved()) == made_anew()
    check_shelf()
