"""The index follows what happens, is built anew while in use, and forgets who is erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests import searching
from tests.letters import letter
from tests.searching import index_follows
from tests.taking import arrive
from tests.world import World
from vikno.care import erasure, retention
from vikno.care.checks.work import search_index
from vikno.core import clock
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Words
from vikno.intake.actions import let_in
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.journal.readers import read_after
from vikno.people.actions import rename
from vikno.search import entries, filling, rebuild, recent, shelf
from vikno.search.find import find
from vikno.search.language import read
from vikno.search.matching import newest
from vikno.search.models import Build, Due, Recent
from vikno.search.readers import digest
from vikno.search.state import current
from vikno.tickets.actions import fields, hiding, merging, noting, state
from vikno.tickets.actions.answering import Answer, reply
from vikno.tickets.actions.linking import link, unlink
from vikno.tickets.actions.splitting import split
from vikno.tickets.actions.undoing import undo
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.models import Link, Note, Ticket


def found(world: World, text: str) -> list[int]:
    return sorted(hit.match.shown for hit in find(world.viewer(world.iryna), text, exactly=True).hits)


def words() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT word FROM search_word_{current().active}")
        return {row[0] for row in cursor.fetchall()}


def _rename(world: World, ticket: Ticket) -> None:
    fields.rename(ticket, "Перейменовано на лелеку", by=world.act(world.iryna))


def _describe(world: World, ticket: Ticket) -> None:
    fields.describe(ticket, "Про лелеку", by=world.act(world.iryna))


def _note(world: World, ticket: Ticket) -> None:
    noting.add_note(ticket, world.iryna, "Прилетів лелека", by=world.act(world.iryna))


def _edit_note(world: World, ticket: Ticket) -> None:
    _edit = noting.add_note(ticket, world.iryna, "Порожньо", by=world.act(world.iryna))
    index_follows()
    noting.edit_note(Note.objects.get(id=_edit.id), "Лелека", by=world.act(world.iryna))


def _tag(world: World, ticket: Ticket) -> None:
    fields.tag(ticket, [fields.tag_named("лелека")], by=world.act(world.iryna))


def _answer(world: World, ticket: Ticket) -> None:
    world.answer(ticket, text="Бачили лелеку?")


def _edit(world: World, ticket: Ticket) -> None:
    message = ticket.links.get().message
    dialogs.edit_message(message, Words("Тепер лелека"), by=acts.person(world.maria.person_id))


def _person(world: World, _ticket: Ticket) -> None:
    rename(world.maria.person, "Марія Лелека", by=world.act(world.iryna))


CHANGES = [_rename, _describe, _note, _edit_note, _tag, _answer, _edit, _person]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_what_changes_is_found_anew(world: World, change: Callable[[World, Ticket], None]) -> None:
    ticket = world.ticket(subject="Каса", text="Зранку не працює.")
    index_follows()
    assert found(world, "лелека") == []
    change(world, ticket)
    index_follows()
    assert found(world, "лелека") == [ticket.id]
    assert not Due.objects.exists()


def test_what_is_gone_is_found_no_more(world: World) -> None:
    ticket = world.ticket(subject="Лелека", text="Горобець")
    index_follows()
    fields.rename(ticket, "Інше", by=world.act(world.iryna))
    hiding.hide(ticket.links.get().message, by=acts.person(world.maria.person_id))
    index_follows()
    assert found(world, "лелека") == found(world, "горобець") == []


def test_a_message_is_found_where_it_belongs_now(world: World) -> None:
    one, two = world.ticket(text="Лелека"), world.ticket(subject="Інше", text="Інше")
    message = one.links.get().message
    index_follows()
    link(message, two, by=world.act(world.iryna))
    index_follows()
    assert found(world, "лелека") == [one.id, two.id]
    unlink(message, one, by=world.act(world.iryna))
    index_follows()
    assert found(world, "лелека") == [two.id]


def test_a_letter_whose_joining_was_undone_is_gone_from_the_index(world: World) -> None:
    def take(**more: Any) -> Inbound:
        entry = arrive(world.mail, letter(**more))
        return entry

    home = take(text="Лелека", message_id="<one@kramnytsia.example>").ticket
    evil = take(
        text="Чапля", sender="Марія Коваль <maria@other.example>", In_Reply_To="<one@kramnytsia.example>"
    )  # fmt: skip
    assert home is not None and evil.fate == "suspected"
    index_follows()
    assert found(world, "чапля") == []
    by = world.act(world.taras)
    let_in(evil, by)
    index_follows()
    assert found(world, "чапля") == [home.id]
    undo(by.id, by=world.act(world.taras))
    index_follows()
    assert found(world, "чапля") == found(world, "from:maria@other.example") == []
    assert found(world, "лелека") == [home.id]
    by = world.act(world.taras)
    let_in(evil, by, apart=True)
    index_follows()
    assert len(found(world, "чапля")) == 1 and found(world, "чапля") != [home.id]
    undo(by.id, by=world.act(world.taras))
    index_follows()
    assert found(world, "чапля") == [] and nothing_stale()


def nothing_stale() -> bool:
    """Whether what stands in the index is what would be put there now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT owner FROM search_entry_{current().active}")
        owners = [owner for (owner,) in cursor.fetchall()]
    there = shelf.marks(current().active, owners)
    return {one: parts for one, parts in filling.make(owners).wanted.items() if parts} == there


def test_merging_and_splitting_are_followed_and_so_is_their_undo(world: World) -> None:
    one, two = world.ticket(subject="Перше", text="Лелека"), world.ticket(subject="Друге", text="Чапля")
    second = world.letter(world.maria, answers=one.links.get().message, text="Горобець").message
    index_follows()
    merged, parted = world.act(world.iryna), world.act(world.iryna)
    merging.merge(one, two, by=merged)
    index_follows()
    assert found(world, "лелека") == found(world, "чапля") == [two.id]
    undo(merged.id, by=world.act(world.iryna))
    index_follows()
    assert (found(world, "лелека"), found(world, "чапля")) == ([one.id], [two.id])
    home = Link.objects.get(message=second, ended_act=None).ticket
    new = split(home, [second], by=parted, subject="Третє")
    index_follows()
    assert found(world, "горобець") == found(world, "третє") == [new.id]
    undo(parted.id, by=world.act(world.iryna))
    index_follows()
    assert found(world, "горобець") == [home.id] and nothing_stale()


def test_an_answer_that_was_taken_back_is_found_no_more(world: World) -> None:
    ticket = world.ticket(text="Лелека")
    message = reply(ticket, world.iryna, Answer(Words("Чапля")), by=world.act(world.iryna))
    index_follows()
    assert found(world, "чапля") == [ticket.id]
    unsend(message, by=world.act(world.iryna))
    index_follows()
    assert found(world, "чапля") == [] and nothing_stale()


def test_a_stage_is_found_by_before_the_index_knows_of_it(world: World) -> None:
    ticket = world.ticket(text="Лелека")
    index_follows()
    state.close(ticket, by=world.act(world.iryna))
    assert found(world, "лелека status:closed") == [ticket.id]


def test_what_changed_while_it_was_read_stays_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = world.ticket(text="Лелека")
    filling.ask([ticket.id])
    read = entries.tickets

    def meanwhile(ids: list[int], have: Any = None) -> entries.Made:
        made = read(ids, have)
        filling.ask([ticket.id])  # as another process would
        return made

    monkeypatch.setattr(entries, "tickets", meanwhile)
    assert filling.put_next() == 1
    assert list(Due.objects.values_list("ticket_id", flat=True)) == [ticket.id]
    monkeypatch.undo()
    filling.catch_up()
    assert found(world, "лелека") == [ticket.id]


def test_a_new_index_is_built_beside_the_old_one_while_that_is_in_use(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "AT_ONCE", 2)
    made = [world.ticket(text="Лелека").id for _ in range(5)]
    index_follows()
    before = current().active
    with connection.cursor() as cursor:  # as an index that lost something
        cursor.execute(f"DELETE FROM search_entry_{before} WHERE owner = {made[0]}")
    rebuild.start()
    assert rebuild.step() and rebuild.step()
    assert current().active == before and set(found(world, "лелека")) >= set(made[1:])
    late = world.ticket(text="Лелека").id  # comes while it is being built
    index_follows()
    rebuild.start()  # asked for again: that which is being built goes on
    assert current().position > 0
    while rebuild.step():
        pass
    now = current()
    assert (now.active, now.building) != (before, "") and now.building == "" and now.ended_at is not None
    assert found(world, "лелека") == [*made, late]
    assert not rebuild.needed()
    rebuild.turn()
    viewer = world.viewer(world.iryna)
    assert newest(viewer, before, read("лелека", viewer)).matches  # for a search that began there
    Build.objects.update(ended_at=clock.now() - 2 * rebuild.LEFT)
    rebuild.turn()
    assert newest(viewer, before, read("лелека", viewer)).matches == []
    assert found(world, "лелека") == [*made, late]
    world.answer(Ticket.objects.get(id=made[0]), text="Чапля")
    index_follows()
    assert found(world, "чапля") == [made[0]]


def test_another_analyser_lets_the_index_be_built_anew(world: World) -> None:
    ticket = world.ticket(text="Лелека")
    index_follows()
    assert not rebuild.step()
    Build.objects.update(made_by=0)
    while rebuild.step():
        pass
    assert current().made_by == entries.VERSION
    assert found(world, "лелека") == [ticket.id]


def _as_version_2_left_it() -> None:
    """Its entries had no marks of their age on PostgreSQL, and those of people no sign."""
    name = current().active
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, owner, part, mark, parts, terms FROM search_entry_{name}")
        people = [row for row in cursor.fetchall() if row[1] < 0]
        shelf.remove(name, [row[1] for row in people])
        plain = [(*row[:-1], row[-1].replace("=p", "")) for row in people]
        shelf.put(name, [shelf.Entry(key, one, part, mark, to, terms, {}) for key, one, part, mark, to, terms in plain])
        if connection.vendor == "postgresql":
            kept = "SELECT lexeme FROM unnest(vector) WHERE lexeme NOT LIKE '=d%'"
            cursor.execute(f"UPDATE search_entry_{name} SET vector = array_to_tsvector(ARRAY({kept}))")
    Build.objects.update(made_by=2)


def test_while_the_index_of_an_older_version_is_in_use_it_is_found_by_words_and_fields(world: World) -> None:
    ticket, other = world.ticket(text="Лелека"), world.ticket(world.petro, text="Чапля")
    index_follows()
    _as_version_2_left_it()
    rebuild.start()
    late = world.ticket(text="Лелека на даху")
    index_follows()
    assert current().building
    for agent in (world.iryna, world.olena, world.bohdan):  # none of them sees the closed team
        assert set(searching.found(world, "лелека", agent)) == {ticket.number, late.number}
        assert set(searching.found(world, "status:new -лелека чапля", agent)) == {other.number}
        assert set(searching.found(world, "status:new", agent)) == {ticket.number, other.number, late.number}
        assert [one.name for one in searching.look(world, "лис", agent).people] == ["Петро Лис"]
    while rebuild.step():
        pass
    assert set(searching.found(world, "лелека")) == {ticket.number, late.number}


def test_a_restored_installation_builds_its_index(world: World) -> None:
    ticket = world.ticket(text="Лелека")
    rebuild.start_from_nothing()
    assert found(world, "лелека") == []
    while rebuild.step():
        pass
    assert found(world, "лелека") == [ticket.id]
    assert [one.name for one in find(world.viewer(world.iryna), "коваль").people] == ["Марія Коваль"]


def test_erasing_a_person_takes_their_words_out_at_once(world: World) -> None:
    rename(world.petro.person, "Петро Зозуленко", by=world.act(world.iryna))
    ticket = world.ticket(world.petro, subject="Чаплина таємниця", text="Лелека")
    other = world.ticket(world.maria, text="Каса Зозуленка")
    recent.remember(world.iryna.id, "зозуленко")
    recent.remember(world.iryna.id, "каса")
    index_follows()
    assert found(world, "лелека") == [ticket.id] and "чаплина" in words()
    erasure.erase(world.petro.person_id, by=world.act(world.olena))
    for _ in range(2):
        assert found(world, "лелека") == found(world, "petro@example.net") == found(world, "чаплина") == []
        assert find(world.viewer(world.iryna), "petro@example.net").people == []
        assert not {"чаплина", "лелека"} & words()
        index_follows()
    assert found(world, "каса") == [other.id]
    assert list(Recent.objects.values_list("text", flat=True)) == ["каса"]


def test_words_of_a_request_long_in_the_bin_go_with_it(world: World) -> None:
    ticket = world.ticket(subject="Чаплина", text="Лелека")
    index_follows()
    state.delete(ticket, by=world.act(world.taras))
    Ticket.objects.update(deleted_at=clock.now() - timedelta(days=31))
    retention.run()
    assert not {"чаплина", "лелека"} & words()
    index_follows()
    assert not {"чаплина", "лелека"} & words()


def test_the_doctor_says_when_the_index_lags(world: World) -> None:
    assert list(search_index()) == []
    filling.ask([world.ticket().id])
    Due.objects.update(since=clock.now() - timedelta(hours=1))
    assert "wait for the search index" in next(iter(search_index())).what


def test_a_key_tells_age_and_ticket() -> None:
    keys = [
        shelf.key_of(seconds, part, ticket)
        for seconds in (0, 5, 4_000_000_000)
        for part in range(4)
        for ticket in (1, 9)
    ]
    assert keys == sorted(keys) and len(set(keys)) == len(keys) and max(keys) < shelf.HIGHEST
    assert {key & shelf.TICKET_MASK for key in keys} == {1, 9}


@pytest.mark.only_on("sqlite")  # the planner of PostgreSQL rightly scans small tables
def test_what_an_event_makes_due_is_found_without_reading_all_links(world: World, queries: Any) -> None:
    ticket = world.ticket()
    rename(world.maria.person, "Марія Коваленко", by=world.act(world.iryna))
    events = [event for event in read_after(0, 1000) if event.message_id or event.person_id]
    assert {event.message_id for event in events} >= {None, ticket.links.get().message_id}
    with queries(at_most=20) as seen:
        digest(events)
    asked = [one["sql"] for one in seen if "tickets_link" in one["sql"]]
    with connection.cursor() as cursor:
        plans = [row[3] for sql in asked for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    assert len(asked) == 2
    assert not [plan for plan in plans if plan.startswith("SCAN tickets_link")]
