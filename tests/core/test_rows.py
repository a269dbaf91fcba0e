"""Statements that are made once: they write and read what Django's own would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from vikno.core import clock, rows
from vikno.core.models import Brand
from vikno.dialogs.models import Channel, ChannelAddress, Dialog
from vikno.journal.models import Event
from vikno.people.models import Contract, Identity, Person
from vikno.staff.models import Team

LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


def person(**more: Any) -> Person:
    return Person(**({"name": "Олена «Оля» Кіт", "sort_key": "%s ? %%", "created_at": LONG_AGO} | more))


def event(**more: Any) -> Event:
    known = {"recorded_at": LONG_AGO, "at": LONG_AGO, "verb": "ticket.created", "actor_kind": "system", "act": 2**62}
    return Event(**(known | more))


def columns(row: models.Model) -> dict[str, Any]:
    """A row as Django reads it, without its id."""
    found = type(row)._default_manager.filter(pk=row.pk).values().get()  # type: ignore[misc]
    return {name: value for name, value in found.items() if name != "id"}


@pytest.mark.django_db
class TestAdd:
    @pytest.mark.parametrize(
        "make",
        [
            person,
            lambda: person(name="", blocked_at=LONG_AGO, organisation_by_domain=True),
            event,
            lambda: event(delta={"status": [None, 4], "stage": ["new", "open"]}, depth=3, actor_id=2**40),
        ],
        ids=["words", "an instant and a switch", "no codes", "codes and numbers"],
    )
    def test_writes_what_saving_writes(self, make: Any) -> None:
        theirs = make()
        theirs.save(force_insert=True)
        ours = rows.add(make())
        assert columns(ours) == columns(theirs)
        assert ours.pk != theirs.pk

    def test_what_was_added_can_be_saved_again(self) -> None:
        one = rows.add(person())
        one.name = "Ivan"
        one.save()
        assert list(Person.objects.values_list("name", flat=True)) == ["Ivan"]

    def test_a_second_of_what_is_unique_is_refused_as_django_refuses_it(self) -> None:
        rows.add(Identity(person=rows.add(person()), kind="email", value="a@b.example", shown="a@b.example"))
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.add(Identity(person=rows.add(person()), kind="email", value="a@b.example", shown="a@b.example"))
        assert (Identity.objects.count(), Person.objects.count()) == (1, 1)


@pytest.mark.django_db
class TestAddBoth:
    def test_writes_what_saving_one_after_the_other_writes(self) -> None:
        first, second = person(blocked_at=LONG_AGO), Identity(kind="email", value="a@b.example", shown="A@b.example")
        first.created_at = second.created_at = LONG_AGO
        rows.add_both(first, second, "person")
        theirs = person(blocked_at=LONG_AGO)
        theirs.save()
        same = Identity(kind="email", value="b@b.example", shown="A@b.example", person=theirs, created_at=LONG_AGO)
        same.save()
        assert columns(first) == columns(theirs)
        assert columns(second) == columns(same) | {"value": "a@b.example", "person_id": first.pk}
        assert (second.person_id, second.person) == (first.pk, first)

    def test_if_the_second_is_refused_the_first_is_not_there(self) -> None:
        rows.add_both(person(), Identity(kind="email", value="a@b.example"), "person")
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.add_both(person(), Identity(kind="email", value="a@b.example"), "person")
        assert (Identity.objects.count(), Person.objects.count()) == (1, 1)


@pytest.mark.django_db
class TestChange:
    def test_sets_the_columns_of_the_rows_meant_and_of_no_other(self) -> None:
        one, other = rows.add(person()), rows.add(person())
        at = clock.now()
        assert rows.change(Person, {"id": one.pk, "name": one.name}, {"blocked_at": at, "language": "uk"}) == 1
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.blocked_at, one.language, one.created_at) == (at, "uk", LONG_AGO)
        assert (other.blocked_at, other.language) == (None, "")

    def test_says_when_no_row_is_left_that_is_as_it_was(self) -> None:
        one = rows.add(person())
        assert rows.change(Person, {"id": one.pk, "name": "somebody else"}, {"language": "uk"}) == 0

    def test_answers_the_rows_as_they_are_afterwards(self) -> None:
        one, other = rows.add(person()), rows.add(person(blocked_at=LONG_AGO))
        (found,) = rows.changed(Person, "name = %s WHERE id IN (%s, %s)", "Ivan", other.pk, 2**40)
        assert (found.pk, found.name) == (other.pk, "Ivan")
        assert found.__dict__ | {"_state": None} == Person.objects.get(pk=other.pk).__dict__ | {"_state": None}
        assert rows.find(Person, "name = %s", "Ivan") == [other] and one.pk != other.pk


@pytest.mark.django_db
class TestFind:
    def test_answers_rows_as_django_reads_them(self) -> None:
        made = event(delta={"n": [1, 2]})
        made.save()
        (found,) = rows.find(Event, "id = %s AND verb = %s", made.pk, "ticket.created")
        assert found.__dict__ | {"_state": None} == Event.objects.get(pk=made.pk).__dict__ | {"_state": None}

    def test_brings_the_row_that_a_foreign_key_points_to(self) -> None:
        rows.add(Contract(number="K-1", person=rows.add(person(blocked_at=LONG_AGO))))
        rows.add(Contract(number="K-2", person=rows.add(person(name="Ivan"))))
        (found,) = rows.find_with(Contract, ["person"], "people_contract.number = %s", "K-1")
        theirs = Contract.objects.select_related("person").get(number="K-1")
        assert columns(found) == columns(theirs)
        assert found.person.__dict__ | {"_state": None} == theirs.person.__dict__ | {"_state": None}

    def test_brings_several_of_them_and_none_where_there_is_none(self) -> None:
        brand, team = Brand.objects.create(name="Kashtan"), Team.objects.create(name="Help", sort_key="help")
        mail = Channel.objects.create(kind="email", name="Mail", brand=brand, team=team)
        other = rows.add(Identity(person=rows.add(person()), kind="email", value="b@b.example", shown="b@b.example"))
        address = ChannelAddress.objects.create(channel=mail, address="help@kashtan.example")
        for at in (None, address):
            made = Dialog.objects.create(channel=mail, identity=other, address=at)
            names = ("channel", "identity", "address")
            (found,) = rows.find_with(Dialog, names, "dialogs_dialog.id = %s", made.pk)
            theirs = Dialog.objects.select_related(*names).get(pk=made.pk)
            assert columns(found) == columns(theirs)
            for name in names:
                ours, named = getattr(found, name), getattr(theirs, name)
                assert (ours and ours.__dict__ | {"_state": None}) == (named and named.__dict__ | {"_state": None})

    def test_a_value_that_is_not_known_equals_nothing(self) -> None:
        rows.add(Contract(number="K-1", person=rows.add(person())))
        assert rows.find(Contract, "person_id = %s OR organisation_id = %s", 2**40, None) == []


@pytest.mark.django_db(transaction=True)
def test_statements_outlive_the_connection_that_they_were_made_on() -> None:
    first = rows.add(person())
    connection.close()
    assert [one.pk for one in rows.find(Person, "id = %s", first.pk)] == [first.pk]
    assert rows.add(person()).pk > first.pk


def test_a_table_whose_fields_set_themselves_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person._meta.get_field("created_at"), "auto_now", True)
    rows._columns.cache_clear()
    with pytest.raises(TypeError, match="sets itself"):
        rows.add(person())
