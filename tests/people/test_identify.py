"""An address, phone or account leads to exactly one person."""

from __future__ import annotations

import pytest

from tests.together import of_kind, together
from vikno.core import jobs
from vikno.core.models import Company
from vikno.people import actions, queries
from vikno.people.actions.persons import Refused
from vikno.people.models import Identity, Person
from vikno.people.values import WrongValue

pytestmark = pytest.mark.django_db


def test_who_is_met_the_first_time_becomes_a_person(events) -> None:
    identity = actions.identify("email", "Maria@Shop.example", "Maria@Shop.example", "Марія Коваль", "uk")
    assert (identity.value, identity.shown) == ("maria@shop.example", "Maria@Shop.example")
    assert (identity.person.name, identity.person.language) == ("Марія Коваль", "uk")
    assert identity.verified_by == ""
    assert [event.person_id for event in events("person.created")] == [identity.person_id]
    assert [event.delta for event in events("identity.added")] == [{"identity": [None, identity.id]}]


def test_who_is_known_is_found_however_the_address_is_written(met, events) -> None:
    first = met("maria@shop.example", "Марія")
    again = met("MARIA@SHOP.EXAMPLE", "Хтось інший")
    assert again.id == first.id
    assert Person.objects.get().name == "Марія"
    assert len(events("person.created")) == 1


def test_events_hold_ids_and_never_words(met, events) -> None:
    identity = met("maria@shop.example", "Марія Коваль")
    actions.rename(identity.person, "Марія Петренко", by=_act())
    told = str(
        [
            (event.verb, event.delta)
            for verb in ("person.created", "person.changed", "identity.added")
            for event in events(verb)
        ]
    )
    assert "Мар" not in told
    assert "maria" not in told


def _act():
    from vikno.journal import acts

    return acts.system()


def test_a_name_with_direction_marks_and_lines_is_kept_as_one_plain_line(met) -> None:
    assert (
        met("x@shop.example", "Ма\u202eрія\r\nBcc: all@shop.example\x00").person.name == "Марія Bcc: all@shop.example"
    )


def test_an_unknown_language_counts_as_none() -> None:
    assert actions.identify("email", "x@shop.example", language="de").person.language == ""


def test_a_phone_is_identified_with_the_companys_country() -> None:
    Company.objects.create(id=1, name="Каштан", zone="Europe/Kyiv")
    first = actions.identify("phone", "044 123-45-67")
    assert first.value == "+380441234567"
    assert actions.identify("phone", "+380 44 1234567").id == first.id


def test_what_is_no_address_makes_nobody() -> None:
    with pytest.raises(WrongValue):
        actions.identify("email", "nobody")
    assert not Person.objects.exists()


def test_an_address_of_somebody_else_is_refused(met, act) -> None:
    maria, petro = met("maria@shop.example"), met("petro@shop.example")
    with pytest.raises(Refused):
        actions.add_identity(maria.person, "email", "petro@shop.example", by=act)
    assert Identity.objects.get(id=petro.id).person_id == petro.person_id


def test_a_second_address_is_added_once(met, act) -> None:
    maria = met("maria@shop.example")
    one = actions.add_identity(maria.person, "email", "maria@home.example", by=act)
    assert actions.add_identity(maria.person, "email", "Maria@home.example", by=act).id == one.id
    assert met("maria@home.example").person_id == maria.person_id


def test_the_domain_shows_the_organisation(met, act) -> None:
    shop = actions.create_organisation("Крамниця", by=act)
    actions.add_domain(shop, "Shop.Example", by=act)
    person = met("maria@shop.example").person
    assert (person.organisation_id, person.organisation_by_domain) == (shop.id, True)
    assert met("maria@home.example").person.organisation_id is None


def test_a_new_domain_adopts_those_known_already_and_nobody_who_belongs_elsewhere(met, act) -> None:
    early, placed, other = met("a@shop.example"), met("b@shop.example"), met("c@notshop.example")
    shop, bank = actions.create_organisation("Крамниця", by=act), actions.create_organisation("Банк", by=act)
    actions.set_organisation(placed.person, bank, by=act)
    actions.add_domain(shop, "shop.example", by=act)
    assert jobs.run_due() == 1
    found = dict(Person.objects.values_list("id", "organisation_id"))
    assert found == {early.person_id: shop.id, placed.person_id: bank.id, other.person_id: None}


def test_a_domain_belongs_to_one_organisation(act) -> None:
    shop, bank = actions.create_organisation("Крамниця", by=act), actions.create_organisation("Банк", by=act)
    actions.add_domain(shop, "shop.example", by=act)
    with pytest.raises(Refused):
        actions.add_domain(bank, "SHOP.example", by=act)


def test_a_contract_number_is_given_once(met, act) -> None:
    shop = actions.create_organisation("Крамниця", by=act)
    contract = actions.add_contract(" К-17 ", organisation=shop, by=act)
    assert contract.number == "К-17"
    with pytest.raises(Refused):
        actions.add_contract("К-17", person=met("maria@shop.example").person, by=act)
    with pytest.raises(ValueError, match="one holder"):
        actions.add_contract("К-18", by=act)


def test_where_to_write_first(met, act) -> None:
    old = met("old@shop.example")
    proved = actions.add_identity(old.person, "email", "proved@shop.example", by=act)
    wanted = actions.add_identity(old.person, "email", "wanted@shop.example", by=act)
    person = old.person_id
    assert queries.preferred_identity(person).id == old.id
    actions.verify_identity(proved, "link", by=act)
    assert queries.preferred_identity(person).id == proved.id
    actions.prefer_identity(wanted, by=act)
    assert queries.preferred_identity(person).id == wanted.id
    actions.mark_failed(wanted, by=act)
    assert queries.preferred_identity(person).id == proved.id
    actions.mark_working(wanted, by=act)
    assert queries.preferred_identity(person).id == wanted.id


def test_blocking_and_failing_say_so_once_and_can_be_undone(met, act, events) -> None:
    identity = met("spam@shop.example")
    for _ in range(2):
        actions.block_identity(identity, by=act)
        actions.mark_failed(identity, by=act)
    assert identity.blocked_at
    assert identity.failed_at
    actions.unblock_identity(identity, by=act)
    actions.mark_working(identity, by=act)
    row = Identity.objects.get(id=identity.id)
    assert (row.blocked_at, row.failed_at) == (None, None)
    assert len(events("identity.failed")) == 1
    assert [set(event.delta) - {"identity"} for event in events("identity.changed")] == [
        {"blocked"},
        {"blocked"},
        {"failed", "failed_as"},
    ]


@pytest.mark.django_db(transaction=True)
def test_eight_letters_at_once_from_a_stranger_make_one_person() -> None:
    results = together(*[lambda: actions.identify("email", "new@shop.example", name="Новий")] * 8)
    found = of_kind(results, Identity)
    assert len({identity.id for identity in found}) == 1
    assert len(found) == 8
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_address_that_two_agents_add_at_once_is_one_persons(act) -> None:
    one, other = actions.create_person("А", by=act), actions.create_person("Б", by=act)
    results = together(
        lambda: actions.add_identity(one, "email", "x@shop.example", by=act),
        lambda: actions.add_identity(other, "email", "x@shop.example", by=act),
    )
    assert sorted(type(one).__name__ for one in results) == ["Identity", "Refused"]
