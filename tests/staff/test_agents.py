"""Verbs on agents: working here, leaving, coming back."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from tests.accounts.visitor import Visitor
from tests.together import together
from vikno.accounts import ending
from vikno.accounts.access import token_for
from vikno.accounts.actions import create_token
from vikno.accounts.models import SecurityEvent
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.people import actions as people
from vikno.people.actions.persons import Refused
from vikno.staff import actions, leaving
from vikno.staff.actions import LastOwner
from vikno.staff.models import Agent, Team

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def test_a_login_is_one_to_one_with_a_person_and_an_agent(hire) -> None:
    agent = hire("olena", "owner")
    assert agent.person.user.person == agent.person
    assert agent.person.agent == agent
    identity = agent.person.identities.get()
    assert (identity.value, identity.verified_by) == ("olena@kashtan.example", "sign_in")
    assert EmailAddress.objects.get(user=agent.person.user).verified


def test_who_wrote_to_us_before_stays_the_same_person(hire) -> None:
    earlier = people.identify("email", "olena@kashtan.example", name="Olena as customer")
    agent = hire("olena")
    assert agent.person_id == earlier.person_id
    assert agent.person.name == "Olena"


def test_nobody_is_employed_twice(hire) -> None:
    hire("olena")
    with pytest.raises(Refused):
        hire("olena")


def test_the_role_changes_and_is_written_down(hire, act) -> None:
    hire("olena", "owner")
    taras = hire("taras")
    actions.change_role(taras, "lead", by=act)
    assert Agent.objects.get(id=taras.id).role == "lead"
    event = Event.objects.filter(verb="agent.changed").get()
    assert event.delta["role"] == ["agent", "lead"]
    logged = SecurityEvent.objects.get(kind="role_changed")
    assert (logged.user, logged.detail) == (taras.person.user, {"before": "agent", "after": "lead"})


def test_teams_and_leads(hire, act) -> None:
    support, billing = actions.create_team("Підтримка", by=act), actions.create_team("Бухгалтерія", by=act)
    taras = hire("taras", "lead", teams={support.id: True})
    actions.join_team(taras, billing, by=act)
    actions.set_lead(taras, billing, True, by=act)
    assert dict(taras.memberships.values_list("team_id", "lead")) == {support.id: True, billing.id: True}
    actions.leave_team(taras, support, by=act)
    assert dict(taras.memberships.values_list("team_id", "lead")) == {billing.id: True}
    with pytest.raises(Refused):
        actions.set_lead(taras, support, True, by=act)
    with pytest.raises(Team.DoesNotExist):
        actions.set_teams(taras, {10**9: False}, by=act)


def test_zone_and_signature_are_ones_own_and_no_word_of_them_is_in_the_journal(hire, act) -> None:
    taras = hire("taras")
    for _ in range(2):
        actions.set_own(taras, zone="Europe/Kyiv", signature={"uk": "З повагою, Тарас", "en": "  "}, by=act)
    row = Agent.objects.get(id=taras.id)
    assert (row.zone, row.signature) == ("Europe/Kyiv", {"uk": "З повагою, Тарас"})
    (event,) = Event.objects.filter(verb="agent.changed")
    assert event.delta == {"agent": [taras.id, taras.id], "zone": ["", "Europe/Kyiv"], "signed": [True, True]}


def test_the_last_active_owner_is_neither_deactivated_nor_demoted(hire, act) -> None:
    olena, ivan = hire("olena", "owner"), hire("ivan", "owner")
    actions.deactivate(ivan, by=act)
    for verb in (lambda: actions.deactivate(olena, by=act), lambda: actions.change_role(olena, "agent", by=act)):
        with pytest.raises(LastOwner):
            verb()
    row = Agent.objects.get(id=olena.id)
    assert (row.active, row.role, row.person.user.is_active) == (True, "owner", True)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_deactivate_each_other_at_once_leave_one(hire) -> None:
    for number in range(4):
        Agent.objects.filter(role="owner").update(active=False)
        one, other = hire(f"one{number}", "owner"), hire(f"other{number}", "owner")
        results = together(
            lambda: actions.deactivate(one, by=acts.agent(other.id)),  # noqa: B023
            lambda: actions.change_role(other, "agent", by=acts.agent(one.id)),  # noqa: B023
        )
        assert sorted(type(result).__name__ for result in results) == ["LastOwner", "NoneType"]
        assert Agent.objects.filter(role="owner", active=True).count() == 1


def test_deactivating_ends_sessions_and_tokens_at_once(hire, act, client) -> None:
    hire("olena", "owner")
    taras = hire("taras")
    _token, secret = create_token(taras.person.user, "script")
    client.sign_in("taras@kashtan.example")
    assert client.who == "taras@kashtan.example"
    actions.deactivate(taras, by=act)
    assert client.who == "nobody"
    assert token_for(secret) is None
    again = Visitor()
    again.sign_in("taras@kashtan.example")
    assert again.who == "nobody"


def test_deactivating_runs_what_rooms_registered_under_one_act(hire, monkeypatch) -> None:
    owner = hire("olena", "owner")
    taras = hire("taras")
    told: list[object] = []
    monkeypatch.setattr(ending, "STEPS", {"streams": lambda user: told.append(("streams", user))})
    step = leaving.Step(
        "tickets",
        give_back=lambda agent, by: told.append(("given back", agent, by.id)),
        take_back=lambda agent, left_in, by: told.append(("taken back", agent, left_in, by.id)),
    )
    monkeypatch.setattr(leaving, "STEPS", {"tickets": step})
    left, back = acts.agent(owner.id), acts.agent(owner.id)
    actions.deactivate(taras, by=left)
    actions.deactivate(taras, by=left)  # a second click does nothing
    actions.reactivate(taras, by=back)
    user = taras.person.user_id
    assert told == [("streams", user), ("given back", taras.id, left.id), ("taken back", taras.id, left.id, back.id)]
    events = Event.objects.filter(verb__in=["agent.deactivated", "agent.reactivated"]).order_by("id")
    assert [(event.verb, event.act) for event in events] == [
        ("agent.deactivated", left.id),
        ("agent.reactivated", back.id),
    ]
    logged = SecurityEvent.objects.filter(kind__in=["login_off", "login_on"]).order_by("id")
    assert [(row.kind, row.user_id, row.by_id) for row in logged] == [
        ("login_off", user, owner.person.user_id),
        ("login_on", user, owner.person.user_id),
    ]


def test_a_room_that_cannot_give_back_undoes_the_whole(hire, act, monkeypatch) -> None:
    hire("olena", "owner")
    taras = hire("taras")

    def fail(*_args) -> None:
        raise RuntimeError("tickets are away")

    monkeypatch.setattr(leaving, "STEPS", {"tickets": leaving.Step("tickets", fail, fail)})
    with pytest.raises(RuntimeError):
        actions.deactivate(taras, by=act)
    row = Agent.objects.get(id=taras.id)
    assert row.active
    assert row.person.user.is_active


def test_reactivating_opens_the_login_and_the_tokens_again(hire, act, client) -> None:
    hire("olena", "owner")
    taras = hire("taras")
    _token, secret = create_token(taras.person.user, "script")
    client.sign_in("taras@kashtan.example")
    actions.deactivate(taras, by=act)
    actions.reactivate(taras, by=act)
    assert token_for(secret) is not None
    assert client.who == "nobody"  # the old session stays over
    client.sign_in("taras@kashtan.example")
    assert client.who == "taras@kashtan.example"
