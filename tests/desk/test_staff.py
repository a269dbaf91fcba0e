"""Agents, invitations and teams on the pages of the desk: who may do what, and what a refusal keeps."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.desk.seats import Seat
from tests.world import make_agent
from vikno.accounts import letters
from vikno.staff.models import Agent, Invitation, Membership, Team
from vikno.tickets import directory


@pytest.fixture(autouse=True)
def quiet_letters(monkeypatch):
    """Letters of invitations are somebody else's tests."""
    directory.forget()
    monkeypatch.setattr(letters, "SEND", lambda *_letter: None)


@pytest.fixture
def owner(world) -> Seat:
    return Seat(world.olena)


@pytest.fixture
def lead(world) -> Seat:
    return Seat(world.taras)


def fresh(agent: Agent) -> Agent:
    return Agent.objects.get(id=agent.id)


# ---- who comes in at all --------------------------------------------------------------------------------------------


def test_agents_and_observers_have_no_business_here(world):
    for agent in (world.iryna, world.sofia):
        seat = Seat(agent)
        for address in ("/staff", "/teams", f"/staff/{world.bohdan.id}", f"/teams/{world.support.id}"):
            assert seat.get(address).status_code == 403, address
        for address in ("/staff/invite", f"/staff/{world.bohdan.id}/deactivate", f"/teams/{world.hr.id}/archive"):
            assert seat.post(address, {"email": "a@b.example", "role": "agent"}).status_code == 403, address
    assert fresh(world.bohdan).active


def test_strangers_are_asked_to_sign_in(world):
    answer = Client(HTTP_HOST="127.0.0.1:8000").get("/staff")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


def test_the_security_log_is_linked_for_owners_alone(owner, lead):
    assert "/account/security/" in owner.page("/settings/all")
    assert "/account/security/" not in lead.page("/settings/all") + lead.page("/staff")


# ---- inviting -------------------------------------------------------------------------------------------------------


def test_an_invitation_shows_its_link_once_and_waits_in_the_list(world, owner):
    page = owner.post("/staff/invite", {"email": "nova@kashtan.example", "role": "lead", "team": world.hr.id})
    link = re.search(r"/invitation/([^/<]+)/", page.content.decode())
    assert link
    invitation = Invitation.objects.get()
    assert (invitation.role, list(invitation.teams.all())) == ("lead", [world.hr])
    later = owner.page("/staff")
    assert "nova@kashtan.example" in later
    assert link[1] not in later
    owner.sends(f"/staff/invitations/{invitation.id}/withdraw")
    assert "nova@kashtan.example" not in owner.page("/staff")
    assert Client(HTTP_HOST="127.0.0.1:8000").get(f"/invitation/{link[1]}/").status_code == 410


@pytest.mark.parametrize("email", ["no address", "iryna@kashtan.example", ""])
def test_an_address_that_cannot_be_invited_stays_as_it_was_typed(world, owner, email):
    answer = owner.post("/staff/invite", {"email": email, "role": "observer", "team": world.billing.id})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{email}"' in page
    assert '<option value="observer" selected>' in page
    assert f'<option value="{world.billing.id}" selected>' in page
    assert not Invitation.objects.exists()


def test_a_lead_invites_agents_into_the_teams_they_lead_and_nothing_more(world, lead):
    def invite(role, team):
        return lead.post("/staff/invite", {"email": f"{role}@x.example", "role": role, "team": team}).status_code

    assert invite("agent", world.support.id) == 200
    assert invite("owner", world.support.id) == 403
    assert invite("lead", world.support.id) == 403
    assert invite("observer", world.hr.id) == 403
    assert invite("observer", "") == 422
    assert Invitation.objects.get().email == "agent@x.example"


def test_a_lead_withdraws_no_invitation_of_other_teams(world, owner, lead):
    owner.post("/staff/invite", {"email": "nova@kashtan.example", "role": "agent", "team": world.hr.id})
    invitation = Invitation.objects.get()
    assert lead.post(f"/staff/invitations/{invitation.id}/withdraw").status_code == 403
    assert Invitation.objects.get().withdrawn_at is None


# ---- roles and teams of an agent ------------------------------------------------------------------------------------


def test_an_owner_changes_role_and_teams(world, owner):
    owner.sends(f"/staff/{world.bohdan.id}", **{
        "role": "lead", f"team-{world.billing.id}": "lead", f"team-{world.hr.id}": "member",
        f"team-{world.support.id}": "none",
    })  # fmt: skip
    assert fresh(world.bohdan).role == "lead"
    assert dict(Membership.objects.filter(agent=world.bohdan).values_list("team_id", "lead")) == {
        world.billing.id: True, world.hr.id: False,
    }  # fmt: skip


def test_a_lead_decides_on_members_of_their_own_teams_alone(world, lead):
    lead.sends(f"/staff/{world.bohdan.id}", **{
        f"team-{world.support.id}": "lead", f"team-{world.hr.id}": "member", f"team-{world.billing.id}": "none",
    })  # fmt: skip
    assert dict(Membership.objects.filter(agent=world.bohdan).values_list("team_id", "lead")) == {
        world.billing.id: False, world.support.id: False,
    }  # fmt: skip


@pytest.mark.parametrize("choice", ["none", "member"])
def test_a_lead_takes_leading_from_nobody(world, lead, choice):
    Membership.objects.filter(agent=world.iryna, team=world.support).update(lead=True)
    lead.sends(f"/staff/{world.iryna.id}", **{f"team-{world.support.id}": choice})
    assert Membership.objects.get(agent=world.iryna, team=world.support).lead


def test_a_lead_changes_no_role_and_no_owner(world, lead):
    assert lead.post(f"/staff/{world.iryna.id}", {"role": "owner"}).status_code == 403
    assert lead.get(f"/staff/{world.olena.id}").status_code == 403
    assert lead.post(f"/staff/{world.iryna.id}/deactivate").status_code == 403
    assert (fresh(world.iryna).role, fresh(world.iryna).active) == ("agent", True)


def test_the_last_owner_is_neither_demoted_nor_removed(world, owner):
    answer = owner.post(f"/staff/{world.olena.id}", {"role": "agent", f"team-{world.hr.id}": "member"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "last active owner" in page
    assert '<option value="agent" selected>' in page
    assert not Membership.objects.filter(agent=world.olena, team=world.hr).exists()
    assert "cannot deactivate yourself" in owner.sends(f"/staff/{world.olena.id}/deactivate").content.decode()
    assert (fresh(world.olena).role, fresh(world.olena).active) == ("owner", True)


def test_a_role_that_does_not_exist_is_refused(world, owner):
    assert owner.post(f"/staff/{world.iryna.id}", {"role": "king"}).status_code == 422
    assert fresh(world.iryna).role == "agent"


# ---- leaving --------------------------------------------------------------------------------------------------------


def test_deactivating_ends_the_session_and_the_toast_takes_it_back(world, owner):
    iryna = Seat(world.iryna)
    iryna.page("/inbox/open")
    page = owner.sends(f"/staff/{world.iryna.id}/deactivate").content.decode()
    back = f"/staff/{world.iryna.id}/reactivate"
    assert f'action="{back}"' in page
    assert iryna.get("/inbox/open").status_code in (302, 403)
    assert not fresh(world.iryna).active
    answer = owner.post(back, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/staff"
    assert fresh(world.iryna).active


def test_another_owner_can_be_deactivated(world, owner):
    other = make_agent("Petro Другий", "owner")
    owner.sends(f"/staff/{other.id}/deactivate")
    assert not fresh(other).active


# ---- teams ----------------------------------------------------------------------------------------------------------


def test_a_new_team_and_a_name_that_is_taken(world, owner):
    owner.sends("/teams", name="Доставка", sight="closed")
    assert Team.objects.get(name="Доставка").openness == "closed"
    answer = owner.post("/teams", {"name": "Доставка", "sight": "own"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a team of this name already" in page
    assert 'value="Доставка"' in page
    assert re.search(r'value="own" checked', page)


def test_an_owner_renames_a_team_and_sets_who_reads_it(world, owner):
    owner.sends(f"/teams/{world.billing.id}", name="Фінанси", sight="closed")
    team = Team.objects.get(id=world.billing.id)
    assert (team.name, team.openness) == ("Фінанси", "closed")
    answer = owner.post(f"/teams/{world.billing.id}", {"name": "Кадри", "sight": "own"})
    assert answer.status_code == 422
    assert 'value="Кадри"' in answer.content.decode()
    assert Team.objects.get(id=world.billing.id).openness == "closed"


def test_a_lead_sets_the_habits_of_their_team(world, lead):
    lead.sends(
        f"/teams/{world.support.id}", name="Підтримка", zone="Europe/Warsaw", reopen_days="14", signature_en="Yours"
    )
    team = Team.objects.get(id=world.support.id)
    assert (team.zone, team.reopen_days, team.signature) == ("Europe/Warsaw", 14, {"en": "Yours"})
    answers = {"name": "Підтримка", "zone": "Mars/Base", "reopen_days": "-1", "signature_en": "Ours"}
    answer = lead.post(f"/teams/{world.support.id}", answers)
    assert answer.status_code == 422
    assert ">Ours</textarea>" in answer.content.decode()
    assert 'value="-1"' in answer.content.decode()
    assert Team.objects.get(id=world.support.id).signature == {"en": "Yours"}


def test_a_lead_renames_their_team_but_opens_nothing(world, lead):
    lead.sends(f"/teams/{world.support.id}", name="Перша лінія")
    assert Team.objects.get(id=world.support.id).name == "Перша лінія"
    assert lead.post(f"/teams/{world.support.id}", {"name": "X", "sight": "closed"}).status_code == 403
    assert lead.post(f"/teams/{world.hr.id}", {"name": "X"}).status_code == 403
    assert lead.post("/teams", {"name": "Нова", "sight": "open"}).status_code == 403
    assert lead.post(f"/teams/{world.hr.id}/archive").status_code == 403
    assert Team.objects.get(id=world.support.id).name == "Перша лінія"


def test_a_team_is_archived_and_restored_but_not_the_default_one(world, owner):
    page = owner.sends(f"/teams/{world.hr.id}/archive").content.decode()
    assert f'action="/teams/{world.hr.id}/restore"' in page
    assert Team.objects.get(id=world.hr.id).archived_at
    owner.sends(f"/teams/{world.hr.id}/restore")
    assert not Team.objects.get(id=world.hr.id).archived_at
    assert "gets what nobody else gets" in owner.sends(f"/teams/{world.support.id}/archive").content.decode()
    assert not Team.objects.get(id=world.support.id).archived_at


# ---- cost -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/staff", "/teams"])
def test_more_agents_cost_no_more_queries(world, owner, queries, address):
    owner.page(address)
    with queries() as seen:
        owner.page(address)
    few = len(seen)
    for number in range(10):
        make_agent(f"Agent{number} Новий", "agent", (world.support, False), (world.billing, number % 2 == 0))
    owner.page(address)
    with queries(at_most=few):
        owner.page(address)
