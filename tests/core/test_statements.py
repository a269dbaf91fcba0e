"""Statements that go together: said in order, seen by whoever asks, undone as a whole. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from vikno.core import rows, statements
from vikno.people.models import Identity, Person


class Gone(Exception):
    """What somebody expected is not there."""


def person(name: str) -> Person:
    return Person(name=name, sort_key=name)


def address(one: Person, value: str = "a@b.example") -> Identity:
    return Identity(person=one, kind="email", value=value, shown=value)


def names() -> list[str]:
    return list(Person.objects.order_by("id").values_list("name", flat=True))


@contextmanager
def ways() -> Iterator[list[str]]:
    """The statements that somebody waits for."""
    found: list[str] = []

    def watched(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not isinstance(context["cursor"].cursor, statements.Later):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watched):
        yield found


@pytest.mark.django_db
def test_what_was_said_is_there_when_somebody_asks() -> None:
    with transaction.atomic(), statements.together(5):
        one = rows.add(person("Олена"))
        rows.put(address(one))
        rows.change_one(Person, {"id": one.pk}, {"name": "Ольга"})
        assert Identity.objects.get().person.name == "Ольга"
        rows.put(address(one, "c@d.example"))
        assert rows.run("SELECT value FROM people_identity ORDER BY id") == [("a@b.example",), ("c@d.example",)]
        rows.put(address(one, "e@f.example"))
    assert Identity.objects.count() == 3


@pytest.mark.rather_on("postgresql")
@pytest.mark.django_db
def test_on_postgresql_nobody_waits_for_what_is_only_said(on_postgresql: bool) -> None:
    with transaction.atomic(), ways() as waited, statements.together(5):
        for number in range(4):
            one = rows.add(person(str(number)))
            rows.put(address(one, f"{number}@b.example"))
    assert names() == ["0", "1", "2", "3"]
    asked = [one for one in waited if "pg_get_serial_sequence" not in one]
    assert len(asked) == (1 if on_postgresql else 8)  # the ids; what is said last goes at the end


@pytest.mark.django_db
def test_ids_are_new_ones_and_two_rows_are_bound_as_before() -> None:
    before = rows.add(person("before"))
    with transaction.atomic(), statements.together(2):
        inside = [rows.add(person(str(number))) for number in range(5)]
        first, second = person("both"), Identity(kind="email", value="a@b.example", shown="a@b.example")
        rows.add_both(first, second, "person")
    after = rows.add(person("after"))
    ids = [one.pk for one in (before, *inside, first, after)]
    assert ids == sorted(set(ids))
    assert Identity.objects.get(id=second.pk).person_id == first.pk
    assert names() == ["before", "0", "1", "2", "3", "4", "both", "after"]


@pytest.mark.django_db
def test_what_tells_which_came_first_has_its_id_in_turn() -> None:
    with transaction.atomic(), statements.together(5):
        rows.add(person("first"))
        between = Person.objects.create(name="another's", sort_key="another's")
        both, bound = person("both"), Identity(kind="email", value="a@b.example", shown="a@b.example")
        rows.add_both(both, bound, "person", in_turn=True)
        last = rows.add(person("last"), in_turn=True)
    assert between.pk < both.pk < last.pk


@pytest.mark.django_db(transaction=True)
class TestErrors:
    def test_an_error_of_what_was_said_undoes_all_and_is_django_s_own(self) -> None:
        one = rows.add(person("Олена"))
        with pytest.raises(IntegrityError), transaction.atomic(), statements.together(2):
            rows.add(person("not kept"))
            rows.put(address(one))
            rows.put(address(one))
        assert (names(), Identity.objects.count()) == (["Олена"], 0)

    def test_it_comes_at_the_latest_with_the_next_answer(self) -> None:
        one = rows.add(person("Олена"))
        with pytest.raises(IntegrityError), transaction.atomic(), statements.together(2):
            rows.put(address(one))
            rows.put(address(one))
            rows.run("SELECT 1")
            raise AssertionError("it was asked after an error")

    def test_what_was_made_in_a_savepoint_is_undone_alone(self) -> None:
        one = rows.add(person("Олена"))
        with transaction.atomic(), statements.together(2):
            rows.put(address(one))
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.add(person("not kept"))
                rows.put(address(one))
            rows.put(address(one, "c@d.example"))
        assert names() == ["Олена"]
        assert sorted(Identity.objects.values_list("value", flat=True)) == ["a@b.example", "c@d.example"]

    def test_whoever_expected_a_row_hears_that_there_is_none(self) -> None:
        one = rows.add(person("Олена"))
        with pytest.raises(Gone), transaction.atomic(), statements.together(2):
            rows.change_one(Person, {"id": one.pk}, {"name": "Ольга"}, otherwise=Gone())
            rows.change_one(Person, {"id": one.pk + 1}, {"name": "nobody"}, otherwise=Gone())
        assert names() == ["Олена"]

    def test_the_next_one_works_after_any_error(self) -> None:
        one = rows.add(person("Олена"))
        for _ in range(2):
            with pytest.raises(IntegrityError), transaction.atomic(), statements.together(2):
                rows.put(address(one))
                rows.put(address(one))
        with pytest.raises(Gone), transaction.atomic(), statements.together(2):
            rows.put(address(one))
            raise Gone
        with transaction.atomic(), statements.together(2):
            rows.put(address(one))
        assert Identity.objects.count() == 1


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db
def test_postgresql_plans_what_is_run_often_once_for_a_connection() -> None:
    for _ in range(2):
        rows.run("SELECT 7 AS often")
    kept = rows.run("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 7 AS often'")
    assert kept == [(1,)]
