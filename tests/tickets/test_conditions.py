"""Conditions: what is read, what it means against a plain reading of the same rows, how it is said."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import World
from vikno.core import clock
from vikno.core.selectors.fields import FIELDS, Context, Kind, Op
from vikno.core.selectors.grammar import Broken, Condition, Group, read, written
from vikno.core.selectors.sql import Over, compiled
from vikno.core.selectors.words import described
from vikno.people.models import Organisation, Person
from vikno.tickets.actions import fields
from vikno.tickets.models import Category, Status, Tag, Ticket, TicketTag, TicketType

SLOW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
NEVER = 2**40  # an id that no row has
COLUMNS = {
    "created": "created_at", "asked": "asked_at", "changed": "updated_at", "last_in": "last_in_at",
    "answered": "answered_at", "waiting_since": "waiting_since", "due": "due_at", "closed": "closed_at",
}  # fmt: skip


@pytest.fixture
def office(world: World) -> World:
    """Twelve tickets that differ in all that can be asked of them."""
    now, by = clock.now(), world.act(world.iryna)
    tags = [fields.tag_named(name) for name in ("vip", "каса", "refund")]
    parts = Category.objects.create(name="Принтер", parent=Category.objects.get(name="Каси"))
    other = Category.objects.create(name="Інше")
    kind = TicketType.objects.get()
    world.maria.person.organisation = Organisation.objects.get(name="Крамниця")
    world.maria.person.save()
    instants = [None, now - timedelta(days=5), now - timedelta(hours=3), now + timedelta(hours=20)]
    stages = list(world.statuses.values())
    for place in range(12):
        ticket = world.ticket((world.maria, world.petro, world.supplier)[place % 3])
        status = stages[place % 4]
        Ticket.objects.filter(id=ticket.id).update(
            status=status, stage=status.stage, closed_at=now if status.stage == "closed" else None,
            team=(world.support, world.billing, world.hr)[place % 3],
            agent=(None, world.iryna, world.taras)[(place // 2) % 3],
            priority=list(world.priorities.values())[place % 4], type=kind if place % 2 else None,
            category=(None, Category.objects.get(name="Каси"), parts, other)[(place // 3) % 4],
            channel=world.chat if place % 5 == 0 else world.mail, language=("uk", "", "en")[place % 3],
            due_at=instants[place % 4], asked_at=instants[place // 4], last_in_at=instants[(place + 1) % 3],
            answered_at=instants[(place + 2) % 3], waiting_since=instants[place // 5], restricted=place % 6 == 0,
            first_reply_at=instants[place % 2], opened_at=instants[(place // 4) % 2],
            snoozed_until=instants[3] if place % 7 == 0 else None, created_at=now - timedelta(hours=place * 30),
        )  # fmt: skip
        fields.tag(ticket, [one for n, one in enumerate(tags) if place >> n & 1], by=by)
    return world


def context(world: World, now: datetime | None = None) -> Context:
    viewer = world.viewer(world.iryna)
    return Context(now or clock.now(), viewer.agent_id, viewer.teams)


def matching(group: Group, asked: Context, over: Over | None = None) -> set[int]:
    over = over or Over()
    sql, params = compiled(group, asked, over)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {over.ticket}.id FROM {over.ticket} WHERE {sql}", params)
        return {row[0] for row in cursor.fetchall()}


# ---- a plain reading of the same rows --------------------------------------------------------------------------------


def holds(part: Group | Condition, ticket: Ticket, asked: Context) -> bool:
    if isinstance(part, Group):
        answers = [holds(one, ticket, asked) for one in part.parts]
        found = all(answers) if part.every else any(answers)
    else:
        found = holds_alone(part, ticket, asked)
    return found != part.negated


def holds_alone(one: Condition, ticket: Ticket, asked: Context) -> bool:
    if one.field in COLUMNS:
        return in_time(one, getattr(ticket, COLUMNS[one.field]), asked.now)
    if one.field == "tag":
        worn = set(TicketTag.objects.filter(ticket=ticket).values_list("tag_id", flat=True))
        return {
            Op.IN: bool(worn & set(one.value)), Op.WITH_ALL: worn >= set(one.value), Op.UNSET: not worn,
        }[one.op]  # fmt: skip
    if FIELDS[one.field].kind == Kind.FLAG:
        return {
            "overdue": ticket.due_at is not None and ticket.due_at < asked.now and ticket.closed_at is None,
            "waits_for_us": ticket.waiting_since is not None and ticket.closed_at is None,
            "waits_for_customer": ticket.stage == "waiting", "unanswered": ticket.first_reply_at is None,
            "unopened": ticket.opened_at is None, "snoozed": ticket.snoozed_until is not None,
            "restricted": ticket.restricted,
        }[one.field]  # fmt: skip
    value = {
        "stage": ticket.stage, "language": ticket.language, "organisation": ticket.requester.organisation_id,
    }.get(one.field) or getattr(ticket, f"{one.field}_id", None)  # fmt: skip
    if one.field == "language":
        value = ticket.language
    if one.op == Op.UNSET:
        return value is None
    wanted: set[Any] = set(one.value)
    if "me" in wanted:
        wanted |= {asked.me}
    if "mine" in wanted:
        wanted |= asked.teams
    if one.field == "category":
        for _depth in range(3):
            wanted |= {row.id for row in Category.objects.all() if row.parent_id in wanted}
    return value is not None and value in wanted


def in_time(one: Condition, at: datetime | None, now: datetime) -> bool:
    if one.op == Op.UNSET or at is None:
        return one.op == Op.UNSET and at is None
    number, unit = one.value
    length = timedelta(**{str(unit): int(number)})
    return {
        Op.OLDER: at < now - length, Op.NEWER: now - length <= at <= now, Op.AHEAD: now <= at < now + length,
        Op.BEYOND: at >= now + length,
    }[one.op]  # fmt: skip


# ---- conditions of all kinds -----------------------------------------------------------------------------------------


def values_of(code: str) -> list[Any]:
    field = FIELDS[code]
    rows = {
        "status": Status, "category": Category, "tag": Tag, "type": TicketType, "organisation": Organisation,
        "requester": Person,
    }  # fmt: skip
    found: list[Any] = [*(field.codes() if field.codes else ()), *(field.specials or ())]
    if code in rows:
        found += rows[code]._default_manager.values_list("id", flat=True)
    elif field.known:
        found += Ticket.objects.exclude(**{f"{code}_id": None}).values_list(f"{code}_id", flat=True).distinct()
    return list(dict.fromkeys(found))


def conditions() -> st.SearchStrategy[Condition]:
    def of(code: str) -> st.SearchStrategy[Condition]:
        field = FIELDS[code]
        listed = st.lists(st.sampled_from(values_of(code) or [0]), min_size=1, max_size=3, unique=True).map(tuple)
        spans = st.tuples(st.integers(1, 200), st.sampled_from(["hours", "days"]))
        worth: dict[Op, st.SearchStrategy[Any]] = {
            op: listed if op in (Op.IN, Op.WITH_ALL) else st.just(()) if op in (Op.UNSET, Op.YES) else spans
            for op in field.ops
        }
        return st.sampled_from(field.ops).flatmap(
            lambda op: st.builds(Condition, st.just(code), st.just(op), worth[op], st.booleans())
        )

    return st.sampled_from(list(FIELDS)).flatmap(of)


def groups() -> st.SearchStrategy[Group]:
    def several(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
        return st.lists(one, min_size=1, max_size=3).map(tuple)

    inner = st.builds(Group, st.booleans(), several(conditions()), st.booleans())
    return st.builds(Group, st.booleans(), several(st.one_of(conditions(), inner)))


def test_any_condition_means_what_a_plain_reading_says_and_is_read_as_it_was_written(office: World) -> None:
    tickets = list(Ticket.objects.select_related("requester"))

    @SLOW
    @given(group=groups())
    def run(group: Group) -> None:
        asked = context(office)
        assert matching(group, asked) == {one.id for one in tickets if holds(group, one, asked)}
        assert read(json.loads(json.dumps(written(group)))) == group
        for language in ("en", "uk", "ru"):
            with translation.override(language):
                assert described(group)

    run()


def test_each_field_is_asked_in_each_way_alone_and_turned_round(office: World) -> None:
    asked, tickets = context(office), list(Ticket.objects.select_related("requester"))
    tried = 0
    for code, field in FIELDS.items():
        for op in field.ops:
            values: list[tuple[Any, ...]] = [()]
            if op in (Op.IN, Op.WITH_ALL):
                values = [(one,) for one in values_of(code)]
            elif op not in (Op.UNSET, Op.YES):
                values = [(4, "hours"), (2, "days")]
            for value in values:
                one = Condition(code, op, value)
                found = matching(Group(True, (one,)), asked)
                assert found == {ticket.id for ticket in tickets if holds(one, ticket, asked)}, (code, op, value)
                opposite = matching(Group(True, (Condition(code, op, value, True),)), asked)
                assert opposite == {ticket.id for ticket in tickets} - found, (code, op, value)
                tried += 1
    assert tried > 80


def test_the_same_condition_is_asked_of_past_states_in_another_relation(office: World) -> None:
    """What a back-test does: the rows of then in a temporary relation with the columns of a ticket."""
    ticket = Ticket.objects.filter(stage="new").first()
    assert ticket is not None
    group = read({"all": [{"field": "stage", "op": "in", "value": ["closed"]}, {"field": "tag", "op": "unset"}]})
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE then_tickets AS SELECT * FROM tickets_ticket WHERE id = {ticket.id}")
        cursor.execute("CREATE TEMPORARY TABLE then_tags AS SELECT * FROM tickets_tickettag WHERE ticket_id = 0")
        cursor.execute("UPDATE then_tickets SET stage = 'closed'")
        try:
            over = Over("then_tickets", {"tags": "then_tags"})
            assert matching(group, context(office), over) == {ticket.id}
            assert ticket.id not in matching(group, context(office))
        finally:
            cursor.execute("DROP TABLE then_tickets")
            cursor.execute("DROP TABLE then_tags")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["status", "in", "me", "tag"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "field", "op", "value"]) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def test_what_is_no_condition_is_refused_in_words_and_nothing_else(office: World) -> None:
    @SLOW
    @given(data=JUNK)
    def run(data: object) -> None:
        try:
            group = read(data)
        except Broken as broken:
            problems = broken.problems
        else:
            problems = ("it was understood",) if written(group) == data else ()
        assert problems and all(problems)

    run()


def alone(**one: Any) -> dict[str, Any]:
    return {"all": [one]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"all": []}, "no condition in it"),
        ({"all": [{"any": []}]}, "no condition in it"),
        ({}, "not written in a form"),
        ({"all": [{"any": [{"all": [{"field": "overdue", "op": "yes"}]}]}]}, "not written in a form"),
        ({"all": [{"field": "overdue", "op": "yes"}], "not": True}, "not written in a form"),
        ({"all": [{"field": "overdue", "op": "yes"}], "any": []}, "not written in a form"),
        (alone(field="overdue", op="yes", sql="1=1"), "not written in a form"),
        (alone(field="overdue", op="yes", **{"not": False}), "not written in a form"),
        (alone(field="mood", op="in", value=[1]), "no field “mood”"),
        (alone(field="status", op="older", value=[1, "days"]), "“Status” cannot be asked by “older”"),
        (alone(field="status", op="unset"), "“Status” cannot be asked by “unset”"),
        (alone(field="status", op="in", value=[]), "a value that it cannot have"),
        (alone(field="status", op="in", value=["new"]), "a value that it cannot have"),
        (alone(field="status", op="in", value=[True]), "a value that it cannot have"),
        (alone(field="status", op="in", value=[10**30]), "a value that it cannot have"),
        (alone(field="stage", op="in", value=["asleep"]), "a value that it cannot have"),
        (alone(field="created", op="older", value=[0, "days"]), "a value that it cannot have"),
        (alone(field="created", op="older", value=[1, "weeks"]), "a value that it cannot have"),
        (alone(field="overdue", op="yes", value=[1]), "a value that it cannot have"),
        (alone(field="tag", op="in", value=[NEVER]), "“Tag” is asked for something that is not there any more"),
        (alone(field="category", op="in", value=[NEVER]), "“Category” is asked for something that is not there"),
        ({"all": [{"field": "overdue", "op": "yes"}] * 31}, "more than 30 conditions"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said(world: World, data: object, said: str) -> None:
    with translation.override("en"), pytest.raises(Broken) as broken:
        read(data)
    assert said in str(broken.value)


def test_a_row_that_is_gone_breaks_the_condition_also_where_it_is_turned_round(world: World) -> None:
    tag = fields.tag_named("gone")
    data = {"all": [{"field": "tag", "op": "in", "value": [tag.id], "not": True}]}
    assert read(data)
    tag.delete()
    with pytest.raises(Broken):
        read(data)


def test_me_means_nothing_where_nobody_asks(world: World) -> None:
    for field, value in (("agent", "me"), ("team", "mine")):
        with translation.override("en"), pytest.raises(Broken, match="where nobody asks"):
            compiled(read(alone(field=field, op="in", value=[value])), Context(clock.now()))


def test_persons_who_were_joined_are_asked_for_as_one(world: World) -> None:
    by_maria, by_petro = world.ticket(world.maria), world.ticket(world.petro)
    Person.objects.filter(id=world.petro.person_id).update(joined_to=world.maria.person_id)
    for person in (world.maria.person_id, world.petro.person_id):
        group = read(alone(field="requester", op="in", value=[person]))
        assert matching(group, context(world)) == {by_maria.id, by_petro.id}


def test_a_condition_is_said_in_a_sentence(world: World) -> None:
    new, opened = world.statuses["new"].id, world.statuses["open"].id
    tag = fields.tag_named("vip")
    group = read({
        "all": [
            {"field": "status", "op": "in", "value": [new, opened]},
            {"field": "overdue", "op": "yes", "not": True},
            {"any": [
                {"field": "tag", "op": "in", "value": [tag.id]},
                {"field": "created", "op": "older", "value": [3, "days"]},
            ]},
        ]
    })  # fmt: skip
    with translation.override("en"):
        assert described(group) == (
            "Status: Новий or У роботі, not overdue, and (tag: vip or opened: more than 3 days ago)"
        )
        hidden = described(group, lambda _field, _ids: {})
        assert "vip" not in hidden and "Новий" not in hidden and "hidden from you" in hidden
    with translation.override("uk"):
        assert "3 дні" in described(group)
    with translation.override("ru"):
        assert "3 дня" in described(group)
