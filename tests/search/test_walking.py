"""What the marks of the index may narrow: rights and fields, however far the newest entries are walked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.searching import found, index_follows
from tests.world import World
from vikno.core import clock
from vikno.search import bounded, entries, people, shelf, walking
from vikno.search import matching as matching_module
from vikno.search.find import Answer, find, matching
from vikno.search.models import Build
from vikno.staff.access import Viewer
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Link, Ticket


def test_who_sees_only_their_own_in_a_team_finds_what_becomes_theirs(world: World) -> None:
    """Iryna is a guest of billing: she reads there what she is responsible for, follows or was mentioned in."""
    taken, followed, mentioned, strange, absorbed = (
        world.ticket(subject=f"Справа {n}", text="папуга") for n in range(5)
    )
    for ticket in (taken, followed, mentioned, strange, absorbed):
        assigning.hand_over(ticket, world.billing, by=world.act(world.taras))
    index_follows()
    assert found(world, "папуга") == []
    assigning.assign(taken, world.iryna, by=world.act(world.bohdan))
    assigning.follow(followed, world.iryna.id, by=world.act(world.bohdan))
    noting.add_note(mentioned, world.bohdan, "Ірино?", by=world.act(world.bohdan), mentions=[world.iryna])
    merge(absorbed, taken, by=world.act(world.bohdan))
    index_follows()
    assert set(found(world, "папуга")) == {taken.number, followed.number, mentioned.number}
    assert {one.ticket for one in matching(world.viewer(world.iryna), "папуга").matches} >= {absorbed.id}
    assigning.unfollow(followed, world.iryna.id, by=world.act(world.bohdan))
    assert set(found(world, "папуга")) == {taken.number, mentioned.number}  # at once
    index_follows()
    assert set(found(world, "папуга")) == {taken.number, mentioned.number}


def test_a_customer_finds_only_what_they_asked_for(world: World) -> None:
    mine, other = world.ticket(text="папуга"), world.ticket(world.petro, text="папуга")
    index_follows()
    assert [hit.match.shown for hit in find(world.customer(world.maria), "папуга").hits] == [mine.id]
    assert [hit.match.shown for hit in find(world.customer(world.petro), "папуга").hits] == [other.id]


def test_what_the_owner_opened_anyway_is_found(world: World) -> None:
    ticket, closed = world.ticket(text="папуга"), world.ticket(text="папуга")
    for one in (ticket, closed):
        assigning.hand_over(one, world.hr, by=world.act(world.taras))
    index_follows()
    viewer = replace(world.viewer(world.iryna), anyway=frozenset({ticket.id}))
    assert [hit.match.shown for hit in find(viewer, "папуга").hits] == [ticket.id]


def test_fields_follow_what_changes(world: World) -> None:
    ticket, other = world.ticket(text="папуга"), world.ticket(text="папуга")
    index_follows()
    for text in ("папуга status:new", "status:new", "-status:closed папуга", "agent:nobody", "папуга agent:nobody"):
        assert set(found(world, text)) == {ticket.number, other.number}, text
    assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
    state.close(ticket, by=world.act(world.iryna))
    fields.tag(ticket, [fields.tag_named("терміново")], by=world.act(world.iryna))
    assigning.follow(other, world.iryna.id, by=world.act(world.iryna))  # that is not being responsible
    index_follows()
    for text in (
        "папуга status:closed", "status:closed", "папуга agent:me", "agent:me", "-status:new папуга",
        "папуга tag:терміново", "tag:терміново", f"папуга number:{ticket.number}", f"number:{ticket.number}",
    ):  # fmt: skip
        assert found(world, text) == [ticket.number], text
    for text in ("папуга -agent:me", "папуга -tag:терміново", "-status:closed папуга", "-agent:me"):
        assert found(world, text) == [other.number], text
    state.reopen(ticket, by=world.act(world.iryna))
    index_follows()
    assert found(world, "папуга status:closed", exactly=True) == []
    assert found(world, 'папуга status:"у роботі"') == [ticket.number]
    assert set(found(world, "папуга status:open")) == {ticket.number, other.number}


def test_what_was_merged_does_not_answer_for_a_field_alone(world: World) -> None:
    one, other = world.ticket(text="горобець"), world.ticket(text="ластівка")
    state.close(other, by=world.act(world.iryna))
    merge(other, one, by=world.act(world.iryna))
    index_follows()
    assert found(world, "status:closed") == []


@pytest.mark.parametrize("probe", [1, 2, 5, 400])
def test_however_far_is_walked_the_same_is_found(world: World, monkeypatch: pytest.MonkeyPatch, probe: int) -> None:
    """A common word and a rare one, words that never meet, what others may not see."""
    monkeypatch.setattr(walking, "PROBE", probe)
    made = [world.ticket(text="папуга" if n % 4 else "папуга снігур").number for n in range(12)]
    other = [world.ticket(text="горобець").number for _ in range(3)]
    theirs = Ticket.objects.get(number=made[4])
    assigning.hand_over(theirs, world.billing, by=world.act(world.taras))
    assigning.assign(theirs, world.bohdan, by=world.act(world.bohdan))
    for number, back in zip(made, (4000, 3000, 1500, 700, 300, 200, 100, 60, 20, 8, 3, 0), strict=True):
        Link.objects.filter(ticket__number=number).update(arrived_at=clock.now() - timedelta(days=back))
        Ticket.objects.filter(number=number).update(created_at=clock.now() - timedelta(days=back))
    index_follows()
    hers = [number for number in made if number != theirs.number]
    assert newest_first(world, "папуга") == hers[::-1]
    assert newest_first(world, "снігур") == [made[8], made[0]]
    assert newest_first(world, "горобець") == other[::-1]
    assert newest_first(world, "горобець папуга") == []
    assert newest_first(world, "папуга status:new") == hers[::-1]
    assert newest_first(world, "папуга -снігур", world.bohdan) == made[::-1][:3] + made[5:8][::-1] + made[1:4][::-1]
    assert newest_first(world, "папуга agent:me", world.bohdan) == [theirs.number]
    token = replace(world.viewer(world.bohdan), only_teams=frozenset({world.billing.id}))
    assert newest_first(world, "папуга", token) == [theirs.number]
    assert newest_first(world, "папуга", world.customer(world.maria)) == made[::-1]
    assert newest_first(world, "папуга", world.customer(world.petro)) == []


def test_a_walk_that_takes_long_is_cut_and_gone_on_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that are each common and hardly ever meet: no answer waits for a walk through all that has one of them."""
    for name, value in (("PROBE", 2), ("FURTHER", 1), ("ENOUGH", -1.0), ("WIDER", 1)):
        monkeypatch.setattr(walking, name, value)
    made = [world.ticket(text=text) for text in ("папуга горобець", "папуга", "горобець") * 3]
    for ticket, back in zip(made, (4000, 3000, 2400, 1500, 900, 300, 60, 20, 8), strict=True):
        Link.objects.filter(ticket=ticket).update(arrived_at=clock.now() - timedelta(days=back))
        Ticket.objects.filter(id=ticket.id).update(created_at=clock.now() - timedelta(days=back))
    index_follows()
    viewer = world.viewer(world.iryna)
    seen, asked = gone_through(viewer, "папуга горобець")
    assert seen == [made[6].id, made[3].id, made[0].id] and asked > 1
    assert gone_through(viewer, "папуга -горобець")[0] == [made[7].id, made[4].id, made[1].id]
    assert newest_first(world, "горобець папуга") == [made[n].number for n in (6, 3, 0)]  # the API waits for the end
    end = list(answers(viewer, "папуга горобчик"))[-1]
    assert not (end.unfinished or end.hits)
    begun = [one for one in answers(viewer, "папуга горо") if one.hits]
    assert begun and begun[0].begun and begun[0].query.sought[-1].terms


@pytest.mark.parametrize("made_by", [2, entries.VERSION])
@pytest.mark.parametrize("rare", [(), (0, 9)])
def test_however_unevenly_letters_came_no_statement_reads_more_than_it_may(
    world: World, monkeypatch: pytest.MonkeyPatch, made_by: int, rare: tuple[int, ...]
) -> None:
    """Three letters within a year, a flood three years ago, and two still older: the pace of the newest tells nothing
    of the flood. The same with an index of an older version, whose entries may not have all marks."""
    for name, value in (("PROBE", 2), ("WIDER", 8), ("ENOUGH", 60.0)):
        monkeypatch.setattr(walking, name, value)
    monkeypatch.setattr(bounded, "READ", 5)
    monkeypatch.setattr(people, "PROBE", 2)
    monkeypatch.setattr(people, "PROBE_UNMARKED", 2)
    days = [4000, 3000, *(1000 + n / 1000 for n in range(20, 0, -1)), 300, 90, 2]
    made = [world.ticket(text="папуга" if n not in rare else "папуга снігур") for n in range(len(days))]
    for ticket, back in zip(made, days, strict=True):
        Link.objects.filter(ticket=ticket).update(arrived_at=clock.now() - timedelta(days=back))
        Ticket.objects.filter(id=ticket.id).update(created_at=clock.now() - timedelta(days=back))
    index_follows()
    Build.objects.update(made_by=made_by)
    numbers = [ticket.number for ticket in made]
    with statements() as asked:
        assert newest_first(world, "папуга") == numbers[::-1]
        assert newest_first(world, "снігур") == [numbers[n] for n in rare[::-1]]
        assert newest_first(world, "папуга -снігур") == [one for n, one in enumerate(numbers) if n not in rare][::-1]
        assert newest_first(world, "папуга", world.customer(world.petro)) == []
        assert {one.match.shown for one in find(world.viewer(world.iryna), "папуга").hits} == {one.id for one in made}
    assert asked
    if connection.vendor == "postgresql":
        assert max(entries_read(*one) for one in asked) <= bounded.READ + 1


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """The statements, with their params, that ask for entries or the places of words in them."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "found" in sql and not sql.startswith("EXPLAIN"):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked


def entries_read(sql: str, params: Any) -> int:
    """The most entries that one part of this statement reads from their table on PostgreSQL, as if that were large."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (plans,) = cursor.fetchone()
    return max(read_in(plans[0]["Plan"]))


def read_in(node: dict[str, Any]) -> Iterator[int]:
    yield 0
    if node.get("Relation Name", "").startswith("search_entry"):
        yield round(node["Actual Rows"] * node["Actual Loops"])
    for part in node.get("Plans", ()):
        yield from read_in(part)


def answers(viewer: Viewer, text: str) -> Iterator[Answer]:
    """One answer after the other, until all was looked at; what was begun for want of the very word is gone on with."""
    before, nothing, typing = "", True, False
    while True:
        answer = find(viewer, text, before=before, nothing_yet=nothing, typing=typing)
        yield answer
        nothing, typing = nothing and not answer.hits, typing or answer.begun
        if not answer.older:
            return
        assert not before or int(answer.older) < int(before) or answer.begun
        before = answer.older


def gone_through(viewer: Viewer, text: str) -> tuple[list[int], int]:
    """The tickets of all answers, and how many answers that took."""
    given = list(answers(viewer, text))
    return [hit.match.shown for one in given for hit in one.hits], len(given)


def newest_first(world: World, text: str, viewer: Agent | Viewer | None = None) -> list[int]:
    """Numbers of all tickets found, page by page of three."""
    numbers: list[int] = []
    before = ""
    looks = viewer if isinstance(viewer, Viewer) else world.viewer(viewer or world.iryna)
    while True:
        page = matching(looks, text, before=before, limit=3)
        named = dict(Ticket.objects.values_list("id", "number"))
        numbers += [named[one.shown] for one in page.matches]
        before = page.older
        if not before:
            return numbers


def test_fields_alone_are_looked_up_in_the_index_where_there_are_many_tickets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching_module, "WALKED", 3)
    made = [world.ticket() for _ in range(8)]
    for ticket in made[:3]:
        assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
    for ticket in made[3:]:
        fields.rename(ticket, "Інше", by=world.act(world.iryna))
    index_follows()
    assert newest_first(world, "agent:me") == [ticket.number for ticket in made[2::-1]]
    assert newest_first(world, "status:new") == [ticket.number for ticket in made[:2:-1]]


SECONDS = st.integers(min_value=0, max_value=(1 << 32) - 1)


@given(begin=SECONDS, end=SECONDS, within=st.floats(0, 1), team=st.integers(1, 99))
def test_every_entry_of_a_span_of_time_has_one_of_its_marks(begin: int, end: int, within: float, team: int) -> None:
    """PostgreSQL's index is asked for the entries of a span by marks of their age, alone or with their team."""
    begin, end = sorted((begin, end))
    ages, first = shelf.ages(begin, end)
    assert first <= begin
    assert len(ages) <= shelf.MOST_AGES + 1 or end - begin > 8 * 365 * 86_400
    key = shelf.key_of(first + int((end - first) * within), 1, 17)
    held = set(shelf.vector(key, f"=t{team} принтер|принтери").replace("'", "").split())
    assert held >= {"принтер", "принтери", f"=t{team}"}
    assert not held.isdisjoint(ages)
    assert not held.isdisjoint(shelf.of_team(age, team) for age in ages)
    assert held.isdisjoint(shelf.of_team(age, team + 100) for age in ages)
