"""The rules of the model about people, each by name."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from tests.together import of_kind, together
from vikno.accounts.actions import create_login
from vikno.people import actions, erasure, queries
from vikno.people.models import Contract, Identity, Person

pytestmark = pytest.mark.django_db


def sign_up(identity: Identity, act) -> None:
    user = create_login(identity.value, "correct horse battery")
    actions.give_login(identity.person, user, by=act)
    actions.verify_identity(identity, "sign_in", by=act)


def opens(address: str) -> bool:
    return EmailAddress.objects.filter(email=address, verified=True).exists()


def test_verified_names_its_way(met, act, events) -> None:
    identity = met("maria@shop.example")
    actions.verify_identity(identity, "agent", by=act)
    assert identity.verified_by == "agent"
    assert identity.verified_at is not None
    (event,) = events("identity.verified")
    assert event.delta["verified_by"] == [None, "agent"]
    with pytest.raises(ValueError, match="rumour"):
        actions.verify_identity(identity, "rumour", by=act)
    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.filter(id=identity.id).update(verified_by="")


def test_a_stronger_proof_takes_the_place_of_a_weaker_one_and_not_the_other_way_round(met, act) -> None:
    identity = met("maria@shop.example")
    for how in ("agent", "link", "agent", "platform"):
        actions.verify_identity(identity, how, by=act)
    assert Identity.objects.get(id=identity.id).verified_by == "link"


def test_addresses_for_signing_in_follow_proved_identities_one_way(met, act) -> None:
    maria = met("maria@shop.example")
    sign_up(maria, act)
    second = actions.add_identity(maria.person, "email", "maria@home.example", by=act)
    assert not opens("maria@home.example")
    actions.verify_identity(second, "link", by=act)
    assert opens("maria@home.example")
    # The other way nothing goes: an address that allauth alone knows is nobody's identity.
    EmailAddress.objects.create(user=maria.person.user, email="loose@home.example", verified=True)
    assert queries.by_value("email", "loose@home.example") is None


def test_an_agents_word_verifies_an_address_but_opens_no_login(met, act) -> None:
    owner = met("olena@shop.example")
    sign_up(owner, act)
    planted = actions.add_identity(owner.person, "email", "attacker@evil.example", by=act)
    actions.verify_identity(planted, "agent", by=act)
    assert planted.verified_by == "agent"
    assert not opens("attacker@evil.example")


def test_membership_by_domain_counts_for_sight_only_with_a_verified_identity(met, act) -> None:
    shop = actions.create_organisation("Крамниця", by=act)
    actions.add_domain(shop, "shop.example", by=act)
    identity = met("maria@shop.example")
    assert identity.person.organisation_id == shop.id
    assert queries.organisations_seen(identity.person_id) == set()
    home = actions.add_identity(identity.person, "email", "maria@home.example", by=act)
    actions.verify_identity(home, "link", by=act)
    assert queries.organisations_seen(identity.person_id) == set()
    actions.verify_identity(identity, "link", by=act)
    assert queries.organisations_seen(identity.person_id) == {shop.id}


def test_membership_that_an_agent_set_counts_for_sight_with_any_verified_identity(met, act) -> None:
    shop = actions.create_organisation("Крамниця", by=act)
    identity = met("maria@home.example")
    actions.set_organisation(identity.person, shop, by=act)
    assert queries.organisations_seen(identity.person_id) == set()
    actions.verify_identity(identity, "link", by=act)
    assert queries.organisations_seen(identity.person_id) == {shop.id}


def test_joining_sets_a_pointer_and_unjoining_is_one_column(met, act, events) -> None:
    maria, home = met("maria@shop.example"), met("maria@home.example")
    actions.join(home.person, maria.person, by=act)
    assert queries.one_human(maria.person_id) == queries.one_human(home.person_id) == {maria.person_id, home.person_id}
    assert queries.root_of(home.person_id) == maria.person_id
    assert Identity.objects.get(id=home.id).person_id == home.person_id
    actions.unjoin(Person.objects.get(id=home.person_id), by=act)
    assert queries.one_human(maria.person_id) == {maria.person_id}
    assert events("person.joined")[0].delta == {"joined_to": [None, maria.person_id]}
    assert events("person.unjoined")[0].delta == {"joined_to": [maria.person_id, None]}


def test_chains_of_joins_are_one_human_and_never_a_ring(met, act) -> None:
    a, b, c, d = (met(f"{letter}@shop.example").person for letter in "abcd")
    actions.join(a, b, by=act)
    actions.join(c, d, by=act)
    actions.join(a, c, by=act)  # shows b, the root of a, with d, the root of c
    everybody = {person.id for person in (a, b, c, d)}
    assert queries.one_human(a.id) == everybody
    assert queries.root_of(a.id) == d.id
    actions.join(d, a, by=act)  # they are one already
    assert queries.root_of(a.id) == d.id
    actions.unjoin(Person.objects.get(id=b.id), by=act)
    assert queries.one_human(a.id) == {a.id, b.id}
    assert queries.one_human(d.id) == {c.id, d.id}


def test_joining_widens_nobodys_sight(met, act) -> None:
    maria, petro = met("maria@shop.example"), met("petro@shop.example")
    sign_up(maria, act)
    actions.verify_identity(petro, "link", by=act)
    actions.join(petro.person, maria.person, by=act)
    assert queries.identities_seen(maria.person_id) == {maria.id}


def test_a_login_sees_only_what_its_own_verified_identities_asked(met, act) -> None:
    maria = met("maria@shop.example")
    sign_up(maria, act)
    actions.add_identity(maria.person, "email", "unproved@shop.example", by=act)
    assert queries.identities_seen(maria.person_id) == {maria.id}


def test_two_persons_with_logins_are_joined_only_by_the_one_who_signs_in_to_both(met, act) -> None:
    maria, petro = met("maria@shop.example"), met("petro@shop.example")
    sign_up(maria, act)
    sign_up(petro, act)
    users = [maria.person.user_id, petro.person.user_id]
    for proved in ([], users[:1], users[1:]):
        with pytest.raises(actions.NotJoinable):
            actions.join(petro.person, maria.person, by=act, signed_in=proved)
    actions.join(petro.person, maria.person, by=act, signed_in=users)
    assert queries.root_of(petro.person_id) == maria.person_id


def test_a_login_far_down_the_chain_counts_too(met, act) -> None:
    maria, petro, quiet = met("maria@shop.example"), met("petro@shop.example"), met("quiet@shop.example")
    sign_up(maria, act)
    sign_up(petro, act)
    actions.join(petro.person, quiet.person, by=act)
    with pytest.raises(actions.NotJoinable):
        actions.join(quiet.person, maria.person, by=act)


@pytest.mark.django_db(transaction=True)
def test_two_joins_at_once_make_no_ring(met, act) -> None:
    for number in range(5):
        a, b = met(f"a{number}@shop.example").person, met(f"b{number}@shop.example").person
        of_kind(together(lambda: actions.join(a, b, by=act), lambda: actions.join(b, a, by=act)), type(None))  # noqa: B023
        pointers = set(Person.objects.filter(id__in=[a.id, b.id]).values_list("joined_to_id", flat=True))
        assert None in pointers
        assert len(pointers) == 2
        assert queries.one_human(a.id) == {a.id, b.id}


def test_a_person_has_one_login(met, act) -> None:
    maria = met("maria@shop.example")
    sign_up(maria, act)
    with pytest.raises(actions.persons.Refused):
        actions.give_login(maria.person, create_login("other@shop.example"), by=act)


def test_a_confirmed_address_becomes_an_identity_and_joins_who_wrote_from_it(met, act) -> None:
    from vikno.accounts import addresses

    maria, earlier = met("maria@shop.example"), met("maria@home.example")
    sign_up(maria, act)
    addresses.confirmed(maria.person.user_id, "Maria@home.example")
    addresses.confirmed(maria.person.user_id, "brandnew@home.example")
    assert queries.root_of(earlier.person_id) == maria.person_id
    assert Identity.objects.get(id=earlier.id).verified_by == "link"
    assert queries.by_value("email", "brandnew@home.example").person_id == maria.person_id


def test_erasing_blanks_names_values_and_shown_and_keeps_the_rows(met, act) -> None:
    maria = met("maria@shop.example", "Марія Коваль")
    actions.verify_identity(maria, "link", by=act)
    Contract.objects.create(number="К-17", person=maria.person)
    step = erasure.STEPS["people"]
    assert step.preview(maria.person_id) == {"names": 1, "identities": 1, "contracts": 1, "fields": 0}
    for _ in range(2):
        step.run(maria.person_id)
    person, identity, contract = Person.objects.get(), Identity.objects.get(), Contract.objects.get()
    assert (person.name, person.sort_key, identity.shown, identity.verified_by) == ("", "", "", "")
    assert "maria" not in identity.value
    assert "К-17" not in contract.number
    assert person.erased_at
    assert identity.erased_at
    assert step.preview(maria.person_id) == {"names": 0, "identities": 0, "contracts": 0, "fields": 0}
    assert met("maria@shop.example").person_id != maria.person_id  # writes again: somebody new
