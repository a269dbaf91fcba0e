"""Custom fields in saved views: how each kind is asked, what it means, what it says, who may know, what it costs."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from tests.desk.seats import Seat
from tests.desk.test_views import made, numbers, view
from tests.world import World
from vikno.core import clock
from vikno.core.selectors import leading
from vikno.core.selectors.fields import Context
from vikno.core.selectors.grammar import Broken, read, written
from vikno.core.selectors.sql import compiled, leads
from vikno.core.selectors.words import described
from vikno.desk import lists, saved_lists
from vikno.people.models import Contract, Organisation
from vikno.tickets import own_fields
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.actions.asking_fields import add_field, add_option, set_rules
from vikno.tickets.actions.fields import set_field
from vikno.tickets.actions.words import archive
from vikno.tickets.models import Field, FieldOption, SavedView, Ticket


class Office:
    """Three requests, of which the first two say something in a field of each kind, each something else."""

    def __init__(self, world: World) -> None:
        self.world, by = world, world.act(world.olena)
        self.one, self.two, self.none = (world.ticket() for _ in range(3))
        self.fields = {kind: add_field(f"Own {kind}", kind, key=kind, by=by) for kind in Field.Kind.values}
        tree = self.fields["tree"]
        self.top = add_option(tree, "Printer", by=by)
        self.part = add_option(tree, "Tray", parent=self.top, by=by)
        self.other = add_option(tree, "Screen", by=by)
        self.red, self.blue = (add_option(self.fields["choice"], name, by=by) for name in ("Red", "Blue"))
        Contract.objects.create(number="D-17", person=world.maria.person)
        Contract.objects.create(number="E-18", person=world.maria.person)
        said: dict[str, tuple[Any, Any]] = {
            "text": ("Серійний SN-42", "інше"), "number": ("12.5", "-3"), "date": (date(2026, 5, 1), date(2027, 1, 31)),
            "choice": (self.red.id, self.blue.id), "tree": (self.part.id, self.other.id), "checkbox": ("1", "0"),
            "contract": ("D-17", "E-18"),
        }  # fmt: skip
        for kind, values in said.items():
            for ticket, value in zip((self.one, self.two), values, strict=True):
                set_field(ticket, self.fields[kind], value, by=by)

    def found(self, **condition: Any) -> str:
        """Which of the three a condition holds for: "1", "12", "3" …"""
        sql, params = compiled(read({"all": [condition]}), Context(clock.now()))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM tickets_ticket WHERE {sql}", params)
            there = {row[0] for row in cursor.fetchall()}
        return "".join(str(n) for n, one in enumerate((self.one, self.two, self.none), 1) if one.id in there)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def asked(office: Office) -> list[tuple[str, str, Any, str, str]]:
    """Field, way, value, whom it finds, how it is said."""
    return [
        ("text", "contains", ["sn-42"], "1", "Own text: contains “sn-42”"),
        ("text", "contains", ["сЕРІЙНИЙ"], "1", "Own text: contains “сЕРІЙНИЙ”"),
        ("text", "contains", ["серійний"], "1", "Own text: contains “серійний”"),
        ("text", "contains", ["%"], "", "Own text: contains “%”"),
        ("text", "is", ["Інше"], "2", "Own text: “Інше”"),
        ("text", "is", ["інш"], "", "Own text: “інш”"),
        ("text", "unset", None, "3", "Own text: not set"),
        ("number", "between", ["12.5", "100"], "1", "Own number: from 12.5 to 100"),
        ("number", "between", [None, "12.49"], "2", "Own number: 12.49 at most"),
        ("number", "between", ["-3", None], "12", "Own number: -3 at least"),
        ("number", "unset", None, "3", "Own number: not set"),
        ("date", "between", ["2026-05-01", "2026-12-31"], "1", "Own date: from May 1, 2026 to Dec 31, 2026"),
        ("date", "between", ["2026-05-02", None], "2", "Own date: from May 2, 2026 on"),
        ("date", "between", [None, "2027-01-31"], "12", "Own date: until Jan 31, 2027"),
        ("choice", "in", [office.red.id], "1", "Own choice: Red"),
        ("choice", "in", [office.red.id, office.blue.id], "12", "Own choice: Red or Blue"),
        ("choice", "unset", None, "3", "Own choice: not set"),
        ("tree", "in", [office.top.id], "1", "Own tree: Printer"),
        ("tree", "in", [office.part.id], "1", "Own tree: Printer / Tray"),
        ("tree", "in", [office.other.id], "2", "Own tree: Screen"),
        ("checkbox", "yes", None, "1", "Own checkbox: yes"),
        ("contract", "is", ["d-17"], "1", "Own contract: “d-17”"),
        ("contract", "contains", ["-18"], "2", "Own contract: contains “-18”"),
        ("contract", "unset", None, "3", "Own contract: not set"),
    ]  # fmt: skip


def test_each_kind_is_asked_in_each_way_and_said(office: Office) -> None:
    for key, op, value, whom, said in asked(office):
        condition = {"field": f"field.{key}", "op": op} | ({"value": value} if value else {})
        assert office.found(**condition) == whom, condition
        group = read({"all": [condition]})
        assert described(group) == said and written(group) == {"all": [condition]}
        turned = office.found(**condition, **{"not": True})
        assert sorted(turned + whom) == ["1", "2", "3"], condition
        for language in ("uk", "ru"):
            with translation.override(language):
                assert described(read({"all": [condition | {"not": True}]}))


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "field.text", "op": "contains", "value": []},
        {"field": "field.text", "op": "contains", "value": ["  "]},
        {"field": "field.text", "op": "is", "value": ["a", "b"]}, {"field": "field.text", "op": "is", "value": ["\0"]},
        {"field": "field.text", "op": "is", "value": ["x" * 201]}, {"field": "field.text", "op": "is", "value": [7]},
        {"field": "field.number", "op": "between", "value": [None, None]},
        {"field": "field.number", "op": "between", "value": ["NaN", None]},
        {"field": "field.number", "op": "between", "value": [1, 2]},
        {"field": "field.number", "op": "between", "value": ["1e400", None]},
        {"field": "field.number", "op": "between", "value": ["1e-99999", None]},
        {"field": "field.number", "op": "between", "value": [None, "0.0000001"]},
        {"field": "field.date", "op": "between", "value": ["2026-02-30", None]},
        {"field": "field.date", "op": "between", "value": ["20260201", None]},
        {"field": "field.choice", "op": "in", "value": [2**40]},
        {"field": "field.choice", "op": "in", "value": ["Red"]},
        {"field": "field.nothing", "op": "unset"}, {"field": "field.", "op": "unset"},
        {"field": "field.checkbox", "op": "unset"},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(office: Office, condition: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        read({"all": [condition]})


def test_an_option_of_another_field_is_none_of_this_one(office: Office) -> None:
    with pytest.raises(Broken):
        read({"all": [{"field": "field.choice", "op": "in", "value": [office.top.id]}]})


@pytest.mark.parametrize(
    ("row", "condition"),
    [
        ({"field": "text", "op": "contains", "typed": " SN "}, {"op": "contains", "value": ["SN"]}),
        ({"field": "text", "op": "is!", "typed": "a"}, {"op": "is", "value": ["a"], "not": True}),
        ({"field": "number", "op": "between", "low": "1,5", "high": ""}, {"op": "between", "value": ["1.5", None]}),
        ({"field": "date", "op": "between", "low": "", "high": "2026-01-02"},
         {"op": "between", "value": [None, "2026-01-02"]}),
        ({"field": "checkbox", "op": "yes!"}, {"op": "yes", "not": True}),
        ({"field": "contract", "op": "unset!"}, {"op": "unset", "not": True}),
    ],
)  # fmt: skip
def test_the_form_makes_it_and_shows_it_again(office: Office, row: dict[str, str], condition: dict[str, Any]) -> None:
    seat = Seat(office.world.iryna)
    posted = {f"c-1-{name}": value for name, value in row.items()} | {"c-1-field": f"field.{row['field']}"}
    page = seat.post("/views/new", {"do": "add:", "new-": posted["c-1-field"]}).content.decode()
    assert f'name="c-1-field" value="{posted["c-1-field"]}"' in page
    one = made(seat, **posted)
    assert one.condition == {"all": [{"field": posted["c-1-field"]} | condition]}
    again = seat.page(f"/views/{one.id}")
    for name in ("typed", "low", "high"):
        if name in row and row[name].strip():
            assert f'name="c-1-{name}" value="{row[name].strip().replace(",", ".")}"' in again
    assert f'value="{row["op"]}" selected' in again


def test_options_are_chosen_and_kept(office: Office) -> None:
    seat = Seat(office.world.iryna)
    one = made(seat, **{"c-1-field": "field.tree", "c-1-op": "in", "c-1-value": [office.top.id]})
    assert f'value="{office.top.id}" checked' in seat.page(f"/views/{one.id}")
    assert "Printer / Tray" in seat.page(f"/views/{one.id}")
    listed = seat.page(f"/inbox/view:{one.id}")
    assert numbers(listed) == {office.one.number} and "Own tree: Printer; of what is not closed." in listed


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"field": "text", "op": "contains", "typed": " "}, "Write some words"),
        ({"field": "number", "op": "between", "low": "", "high": ""}, "Give at least one end."),
        ({"field": "number", "op": "between", "low": "x"}, "This is no number."),
        ({"field": "number", "op": "between", "low": "1e-99999"}, "This is no number."),
        ({"field": "date", "op": "between", "low": "31.12.2026"}, "This is no day."),
        ({"field": "choice", "op": "in"}, "Choose at least one."),
    ],
)
def test_what_is_missing_is_said(office: Office, row: dict[str, str], said: str) -> None:
    posted = {f"c-1-{name}": value for name, value in row.items()} | {"c-1-field": f"field.{row['field']}"}
    answer = Seat(office.world.iryna).post("/views/new", {"name": "V", "audience": "private", "do": "save"} | posted)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not SavedView.objects.exists()


def test_a_field_of_a_team_is_known_to_who_reads_its_requests(office: Office) -> None:
    world = office.world
    set_rules(office.fields["text"], {"team": world.hr.id}, by=world.act(world.olena))
    condition = {"field": "field.text", "op": "contains", "value": ["secret"]}
    shared = view(world, condition, agent=world.olena, audience="all")
    seat, insider = Seat(world.iryna), Seat(world.marko)
    assert "Own text" in insider.page("/views/new") and "Own text" not in seat.page("/views/new")
    page = seat.page(f"/inbox/view:{shared.id}") + seat.page("/views") + seat.page(f"/views/new?copy={shared.id}")
    assert "secret" not in page and "Own text" not in page and "(hidden from you)" in page
    posted = {
        "name": "V",
        "audience": "private",
        "do": "save",
        "c-1-field": "field.text",
        "c-1-op": "is",
        "c-1-typed": "a",
    }
    answer = seat.post("/views/new", posted)
    assert answer.status_code == 422 and "Own text" not in answer.content.decode()
    assert "Own text: contains “secret”" in insider.page(f"/inbox/view:{shared.id}")


def test_a_field_out_of_use_is_offered_no_more_and_still_asked(office: Office) -> None:
    one = view(office.world, {"field": "field.number", "op": "between", "value": ["12", None]})
    archive(office.fields["number"], by=office.world.act(office.world.olena))
    seat = Seat(office.world.iryna)
    assert "Own number" not in seat.page("/views/new")
    assert numbers(seat.page(f"/inbox/view:{one.id}")) == {office.one.number}


# ---- what is rare is found by its index ------------------------------------------------------------------------------


def conditions_that_lead(office: Office) -> list[dict[str, Any]]:
    world = office.world
    tag = fields.tag_named("rare")
    fields.tag(office.one, [tag], by=world.act(world.iryna))
    world.maria.person.organisation = Organisation.objects.get(name="Крамниця")
    world.maria.person.save()
    assigning.assign(office.one, world.iryna, by=world.act(world.iryna))
    state.close(office.one, by=world.act(world.iryna))
    return [
        {"field": "requester", "op": "in", "value": [world.maria.person_id]},
        {"field": "organisation", "op": "in", "value": [world.maria.person.organisation_id]},
        {"field": "tag", "op": "in", "value": [tag.id]}, {"field": "tag", "op": "with_all", "value": [tag.id]},
        {"field": "agent", "op": "in", "value": [world.iryna.id]},
        *({"field": f"field.{key}", "op": op} | ({"value": value} if value else {})
          for key, op, value, whom, _said in asked(office) if op != "unset" and whom),
    ]  # fmt: skip


def plan_of(viewer: Any, of: lists.Place) -> str:
    """How the database means to find the page of a list."""
    told: list[str] = []
    with connection.execute_wrapper(
        lambda run, sql, params, many, context: _explained(told, run, sql, params, many, context)
    ):
        lists.page(viewer, of, lists.SORTS["newest"])
    return "\n".join(told)


def _explained(told: list[str], run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.lstrip().startswith("SELECT") and "tickets_ticket" in sql:
        with connection.cursor() as cursor:
            way = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
            cursor.cursor.execute(way + sql, params)
            told += [str(row[-1]) for row in cursor.cursor.fetchall()]
    return run(sql, params, many, context)


def test_what_is_rare_among_closed_ones_too_is_led_to_by_an_index(office: Office) -> None:
    """No ticket is looked at that the index does not name: so it costs the same among a million."""
    viewer = office.world.viewer(office.world.iryna)
    for condition in conditions_that_lead(office):
        group = read({"all": [{"field": "created", "op": "newer", "value": [9, "days"]}, condition]})
        of = saved_lists.place_where(viewer, group, closed_too=True, led=True)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")  # of three rows it would read all
        plan = plan_of(viewer, of)
        if connection.vendor == "sqlite":
            looked = [line for line in plan.splitlines() if "tickets_ticket" in line or " led" in line]
            assert not [line for line in looked if line.startswith("SCAN")], (condition, plan)
            assert any("tickets_ticket USING INTEGER PRIMARY KEY" in line for line in looked), (condition, plan)
        else:
            assert "InitPlan" in plan and "id = ANY (" in plan, (condition, plan)  # of few rows it takes any index
        assert [row[1] for row in lists.page(viewer, of, lists.SORTS["newest"]).rows] == [
            number
            for number in Ticket.objects.order_by("-updated_at", "-id").values_list("number", flat=True)
            if number in by_walking(viewer, group)
        ]


def by_walking(viewer: Any, group: Any) -> set[int]:
    of = saved_lists.place_where(viewer, group, closed_too=True)
    return {row[1] for row in lists.page(viewer, of, lists.SORTS["newest"]).rows}


def test_what_many_have_is_found_by_walking(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the most tickets have is gathered by no index: the newest of them are near the beginning of the list."""
    monkeypatch.setattr(leading, "MOST_LED", 1)
    viewer, person = office.world.viewer(office.world.iryna), office.world.maria.person_id
    common = {"field": "requester", "op": "in", "value": [person]}
    of = saved_lists.place_where(viewer, read({"all": [common]}), closed_too=True, led=True)
    assert of.index == "tickets_all"
    rare = {"field": "field.text", "op": "contains", "value": ["SN"]}
    of = saved_lists.place_where(viewer, read({"all": [common, rare]}), closed_too=True, led=True)
    assert of.index == lists.BY_ID and "tickets_fieldvalue led" in of.where


def test_one_of_several_leads_only_if_each_does(office: Office) -> None:
    context = Context(clock.now())
    rare, common = {"field": "field.checkbox", "op": "yes"}, {"field": "unopened", "op": "yes"}
    tag = {"field": "tag", "op": "in", "value": [fields.tag_named("x").id]}
    assert leads(read({"any": [rare, tag]}), context) and not leads(read({"any": [rare, common]}), context)
    assert leads(read({"all": [{"any": [rare, tag]}, common]}), context)
    assert not leads(read({"all": [rare | {"not": True}]}), context)
    assert not leads(read({"all": [{"any": [rare, tag], "not": True}]}), context)


def test_fields_are_read_once_however_many_conditions_name_them(office: Office, queries: Any) -> None:
    assert own_fields.own_fields() and FieldOption.objects.exists()
    condition = {"field": "field.text", "op": "contains", "value": ["a"]}
    with queries(at_most=1):
        read({"all": [condition] * 30})


# ---- columns of a table ----------------------------------------------------------------------------------------------


def test_custom_fields_are_columns_shown_and_ordered_by(office: Office) -> None:
    seat = Seat(office.world.iryna)
    seat.post("/inbox/open/columns", {"column": [f"field.{kind}" for kind in Field.Kind.values]})
    page = seat.page("/inbox/open?as=table")
    for words in (
        "Own tree",
        "Серійний SN-42",
        ">12.5<",
        ">-3<",
        "May 1, 2026",
        ">Red<",
        "Printer / Tray",
        ">Yes<",
        "D-17",
    ):
        assert words in page, words
    one, two, none = (ticket.number for ticket in (office.one, office.two, office.none))
    expected = {
        "text": [two, one, none], "number": [two, one, none], "date": [one, two, none], "choice": [one, two, none],
        "tree": [one, two, none], "contract": [one, two, none], "checkbox": [one, none, two],
    }  # fmt: skip
    for key, order in expected.items():
        assert lines(seat.page(f"/inbox/open?as=table&sort=field.{key}")) == order, key
        turned = lines(seat.page(f"/inbox/open?as=table&sort=-field.{key}"))
        assert turned == (order if key == "checkbox" else [order[1], order[0], order[2]]), key


def test_a_column_of_a_team_is_for_who_reads_its_requests(office: Office) -> None:
    set_rules(office.fields["text"], {"team": office.world.hr.id}, by=office.world.act(office.world.olena))
    assert "Own text" not in Seat(office.world.iryna).page("/inbox/open?as=table")
    assert "Own text" in Seat(office.world.marko).page("/inbox/open?as=table")


def lines(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr class="ticket-row sheet__row" id="row-(\d+)"', page)]


def test_a_view_is_not_saved_without_what_its_writer_may_not_know_any_more(world: World) -> None:
    """The form was open when the field became another team's: saved without it, the view would find more."""
    office, seat = Office(world), Seat(world.iryna)
    kept = {"all": [
        {"field": "stage", "op": "in", "value": ["new"]}, {"field": "field.text", "op": "contains", "value": ["SN"]},
    ]}  # fmt: skip
    one = view(world, kept["all"][0])
    SavedView.objects.filter(id=one.id).update(condition=kept)
    form = {
        "do": "save", "name": "Mine", "audience": "private", "mode": "all",
        "c-1-field": "stage", "c-1-op": "in", "c-1-value": "new",
        "c-2-field": "field.text", "c-2-op": "contains", "c-2-typed": "SN",
    }  # fmt: skip
    set_rules(office.fields["text"], {"team": world.hr.id}, by=world.act(world.olena))
    for address in (f"/views/{one.id}", "/views/new"):
        answer = seat.post(address, form)
        assert answer.status_code == 422 and "a field of another team" in answer.content.decode()
    assert SavedView.objects.get().condition == kept


def test_a_field_of_another_team_is_not_added_to_a_form(world: World) -> None:
    office, seat = Office(world), Seat(world.iryna)
    form = {"do": "add:", "new-": "field.choice", "name": "x", "audience": "private", "mode": "all"}
    assert "Own choice" in seat.post("/views/new", form).content.decode()
    set_rules(office.fields["choice"], {"team": world.hr.id}, by=world.act(world.olena))
    page = seat.post("/views/new", form).content.decode()
    assert "Own choice" not in page and "Red" not in page and "c-1-field" not in page
