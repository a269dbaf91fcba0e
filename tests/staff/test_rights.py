"""Who may do what, and who looks."""

from __future__ import annotations

import pytest

from vikno.accounts import rights as account_rights
from vikno.accounts.actions import create_token
from vikno.people import actions as people
from vikno.staff import actions
from vikno.staff.access import SYSTEM, Face, NotAllowed
from vikno.staff.rights import Right, may, may_give, require
from vikno.staff.viewers import viewer_for, viewer_for_customer, viewer_for_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(act):
    return actions.create_team("Підтримка", by=act)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("observer", {Right.NOTE}),
        ("agent", {Right.NOTE, Right.WORK, Right.PEOPLE, Right.BULK}),
        (
            "lead",
            {
                Right.NOTE,
                Right.WORK,
                Right.PEOPLE,
                Right.BULK,
                Right.TEAM,
                Right.INVITE,
                Right.LEDGER,
                Right.EXPORT,
            },
        ),
        ("owner", set(Right)),
    ],
)
def test_each_role_has_its_rights_and_no_more(hire, team, role: str, rights: set[Right]) -> None:
    viewer = viewer_for(hire("x", role, teams={team.id: True}).person.user)
    assert {right for right in Right if may(viewer, right)} == rights
    for right in Right:
        if right in rights:
            require(viewer, right)
        else:
            with pytest.raises(NotAllowed):
                require(viewer, right)


def test_a_lead_rules_the_teams_they_lead_alone(hire, team, act) -> None:
    other = actions.create_team("Бухгалтерія", by=act)
    lead = viewer_for(hire("taras", "lead", teams={team.id: True, other.id: False}).person.user)
    assert may(lead, Right.TEAM, team.id)
    assert not may(lead, Right.TEAM, other.id)
    owner = viewer_for(hire("olena", "owner").person.user)
    assert may(owner, Right.TEAM, other.id)


def test_nobody_hands_out_more_than_they_have(hire, team) -> None:
    lead = viewer_for(hire("taras", "lead", teams={team.id: True}).person.user)
    owner = viewer_for(hire("olena", "owner").person.user)
    agent = viewer_for(hire("iryna").person.user)
    roles = ("owner", "lead", "agent", "observer")
    assert [may_give(lead, role) for role in roles] == [False, False, True, True]
    assert [may_give(owner, role) for role in roles] == [True] * 4
    assert [may_give(agent, role) for role in roles] == [False] * 4
    assert may_give(SYSTEM, "owner")


def test_the_viewer_is_made_by_the_face_not_by_the_human(hire) -> None:
    user = hire("olena", "owner").person.user
    desk, portal = viewer_for(user), viewer_for_customer(user)
    assert (desk.face, desk.role) == (Face.DESK, "owner")
    assert (portal.face, portal.role, portal.agent_id) == (Face.PORTAL, "", None)
    assert portal.persons == {user.person.id}
    assert not any(may(portal, right) for right in Right)


def test_an_agent_is_the_customer_of_what_any_person_joined_to_them_asked(hire, act) -> None:
    agent = hire("olena", "owner")
    private, older = people.identify("email", "o@home.example").person, people.identify("email", "o@old.example").person
    people.join(older, private, by=act)
    people.join(private, agent.person, by=act)
    assert viewer_for(agent.person.user).persons == {agent.person_id, private.id, older.id}
    assert viewer_for_customer(agent.person.user).persons == {agent.person_id}


def test_who_left_is_no_viewer_on_any_face(hire, act) -> None:
    hire("olena", "owner")
    taras = hire("taras")
    token, _secret = create_token(taras.person.user, "script")
    actions.deactivate(taras, by=act)
    user = type(taras.person.user).objects.get(pk=taras.person.user_id)
    token.user = user
    for look in (lambda: viewer_for(user), lambda: viewer_for_customer(user), lambda: viewer_for_token(token)):
        with pytest.raises(NotAllowed):
            look()


def test_a_token_sees_what_its_owner_sees_narrowed_by_scope_and_teams(hire, team, act) -> None:
    user = hire("olena", "owner", teams={team.id: False}).person.user
    whole, _ = create_token(user, "all")
    reads, _ = create_token(user, "reads", scope="read", teams=[team.id])
    hands_in, _ = create_token(user, "in", scope="inbound")
    viewer = viewer_for_token(whole)
    assert (viewer.face, viewer.role, viewer.may_write) == (Face.API, "owner", True)
    viewer = viewer_for_token(reads)
    assert (viewer.may_write, viewer.may_note, viewer.only_teams) == (False, False, frozenset({team.id}))
    assert not any(may(viewer, right) for right in Right)
    viewer = viewer_for_token(hands_in)
    assert (viewer.agent_id, viewer.role, viewer.readable, viewer.persons) == (None, "", frozenset(), frozenset())
    assert not viewer.may_note


def test_a_viewer_costs_few_queries(hire, team, queries) -> None:
    user = hire("olena", "owner", teams={team.id: True}).person.user
    user = type(user).objects.get(pk=user.pk)
    with queries(at_most=4):
        viewer_for(user)


def test_pages_of_signing_in_ask_the_role_of_today(hire, act) -> None:
    olena, taras = hire("olena", "owner"), hire("taras")
    log, tokens = account_rights.Right.READ_SECURITY_LOG, account_rights.Right.MAKE_TOKENS
    assert account_rights.allowed(log, olena.person.user_id)
    assert not account_rights.allowed(log, taras.person.user_id)
    assert account_rights.allowed(tokens, taras.person.user_id)
    actions.deactivate(taras, by=act)
    assert not account_rights.allowed(tokens, taras.person.user_id)
