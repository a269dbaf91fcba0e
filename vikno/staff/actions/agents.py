"""Verbs on agents: who works here, as what, in which teams; leaving and coming back."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.accounts import actions as accounts
from vikno.accounts import security
from vikno.journal.acts import Act, Kind
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import actions as people
from vikno.people.actions.persons import Refused
from vikno.people.models import Identity
from vikno.staff import leaving
from vikno.staff.actions import signing
from vikno.staff.models import Agent, Membership, Team


class LastOwner(Refused):
    """There must be an active owner, always."""


@transaction.atomic
def employ(
    email: str,
    *,
    name: str = "",
    role: str = Agent.Role.AGENT,
    teams: Mapping[int, bool] | None = None,
    password: str | None = None,
    language: str = "",
    proof: str = Identity.Proof.AGENT,
    by: Act,
) -> Agent:
    """A new agent with all that belongs to one: login, person, identity, memberships ({team id: leads it}).

    Whoever wrote to us before from this address stays the same person. `proof` says how we know that the address is
    theirs. Raises values.WrongValue, accounts.actions.AddressTaken, and Refused if the person has a login already.
    """
    identity = people.identify(Identity.Kind.EMAIL, email, name=name, language=language, by=by)
    person = identity.person
    if person.user_id is not None:
        raise Refused(_("This person has a login already."))
    if name and person.name != name:
        people.rename(person, name, by=by)
    user = accounts.create_login(identity.value, password, language=language, by=user_of(by))
    people.give_login(person, user, by=by)
    people.verify_identity(identity, proof, by=by)
    agent = Agent.objects.create(person=person, role=Agent.Role(role), signature=signing.first_signature())
    record(by, Verb.AGENT_JOINED, person=person.id, delta={"agent": [None, agent.id], "role": [None, str(agent.role)]})
    if teams:
        set_teams(agent, teams, by=by)
    return agent


@transaction.atomic
def change_role(agent: Agent, role: str, *, by: Act) -> None:
    """Another role. Raises LastOwner for the last active owner, also when two are demoted at once."""
    owners = _lock_owners()
    row = Agent.objects.select_for_update(no_key=True).select_related("person").get(id=agent.id)
    wanted = Agent.Role(role)
    if row.role == wanted:
        return
    if owners == {row.id}:
        raise LastOwner(_("This is the last active owner. Make somebody else an owner first."))
    before = row.role
    row.role = agent.role = wanted
    row.save(update_fields=["role"])
    delta = {"agent": [row.id, row.id], "role": [str(before), str(wanted)]}
    record(by, Verb.AGENT_CHANGED, person=row.person_id, delta=delta)
    security.log(
        security.Kind.ROLE_CHANGED, user=row.person.user_id, by=user_of(by), before=str(before), after=str(wanted)
    )


@transaction.atomic
def set_teams(agent: Agent, teams: Mapping[int, bool], *, by: Act) -> None:
    """Exactly these teams, {team id: whether the agent leads it}. Raises Team.DoesNotExist."""
    Agent.objects.select_for_update(no_key=True).get(id=agent.id)
    missing = set(teams) - set(Team.objects.filter(id__in=teams).values_list("id", flat=True))
    if missing:
        raise Team.DoesNotExist(f"no teams {sorted(missing)}")
    before = dict(Membership.objects.filter(agent=agent).values_list("team_id", "lead"))
    if before == dict(teams):
        return
    Membership.objects.filter(agent=agent).exclude(team_id__in=teams).delete()
    for team, lead in teams.items():
        Membership.objects.update_or_create(agent=agent, team_id=team, defaults={"lead": lead})
    _record_teams(agent, before, dict(teams), by)


@transaction.atomic
def join_team(agent: Agent, team: Team, *, lead: bool = False, by: Act) -> None:
    """Become a member; who is one already stays what they are."""
    Agent.objects.select_for_update(no_key=True).get(id=agent.id)
    before = _teams(agent)
    if team.id not in before:
        set_teams(agent, {**before, team.id: lead}, by=by)


@transaction.atomic
def leave_team(agent: Agent, team: Team, *, by: Act) -> None:
    """Be a member no longer. Tickets that the agent holds there stay theirs until somebody takes them."""
    Agent.objects.select_for_update(no_key=True).get(id=agent.id)
    set_teams(agent, {one: lead for one, lead in _teams(agent).items() if one != team.id}, by=by)


@transaction.atomic
def set_lead(agent: Agent, team: Team, lead: bool, *, by: Act) -> None:
    """Lead the team, or no longer. Raises Refused for whoever is no member."""
    Agent.objects.select_for_update(no_key=True).get(id=agent.id)
    before = _teams(agent)
    if team.id not in before:
        raise Refused(_("Only a member can lead the team."))
    set_teams(agent, {**before, team.id: lead}, by=by)


@transaction.atomic
def deactivate(agent: Agent, *, by: Act) -> None:
    """The agent left: sessions, streams, tokens and drafts end at once, open tickets go back to their teams, all under
    this one act. Raises LastOwner for the last active owner, also when two are deactivated at once."""
    owners = _lock_owners()
    row = Agent.objects.select_for_update(of=("self",), no_key=True).select_related("person__user").get(id=agent.id)
    if not row.active:
        return
    if owners == {row.id}:
        raise LastOwner(_("This is the last active owner. Make somebody else an owner first."))
    row.active, row.left_in_act = False, by.id
    row.save(update_fields=["active", "left_in_act"])
    agent.active, agent.left_in_act = False, by.id
    if row.person.user is not None:
        accounts.switch_off(row.person.user, by=user_of(by))
    delta = {"agent": [row.id, row.id], "active": [True, False]}
    record(by, Verb.AGENT_DEACTIVATED, person=row.person_id, delta=delta)
    for step in list(leaving.STEPS.values()):
        step.give_back(row.id, by)


@transaction.atomic
def reactivate(agent: Agent, *, by: Act) -> None:
    """Undo deactivating: the login opens, tokens work, and the tickets that nobody touched since come back."""
    row = Agent.objects.select_for_update(of=("self",), no_key=True).select_related("person__user").get(id=agent.id)
    if row.active:
        return
    left_in = row.left_in_act
    row.active, row.left_in_act = True, None
    row.save(update_fields=["active", "left_in_act"])
    agent.active, agent.left_in_act = True, None
    if row.person.user is not None:
        accounts.switch_on(row.person.user, by=user_of(by))
    delta = {"agent": [row.id, row.id], "active": [False, True]}
    record(by, Verb.AGENT_REACTIVATED, person=row.person_id, delta=delta)
    if left_in is not None:
        for step in reversed(list(leaving.STEPS.values())):
            step.take_back(row.id, left_in, by)


@transaction.atomic
def set_own(agent: Agent, *, zone: str, signature: Mapping[str, str], by: Act) -> None:
    """What agents set for themselves: their time zone ("": the company's) and their signature, {language: text}. The
    event says that the signature changed, not its words."""
    row = Agent.objects.select_for_update(no_key=True).get(id=agent.id)
    texts = {language: text.strip() for language, text in signature.items() if text.strip()}
    delta: dict[str, list[object]] = {"agent": [row.id, row.id]}
    if row.zone != zone:
        delta["zone"] = [row.zone, zone]
    if row.signature != texts:
        delta["signed"] = [bool(row.signature), bool(texts)]
    if len(delta) == 1:
        return
    row.zone = agent.zone = zone
    row.signature = agent.signature = texts
    row.save(update_fields=["zone", "signature"])
    record(by, Verb.AGENT_CHANGED, person=row.person_id, delta=delta)


def user_of(by: Act) -> int | None:
    """The id of the user behind an act of an agent, for the security log."""
    if by.actor.kind != Kind.AGENT or by.actor.id is None:
        return None
    return Agent.objects.filter(id=by.actor.id).values_list("person__user_id", flat=True).first()


def _lock_owners() -> set[int]:
    """The active owners, locked in one order. Whoever waits here for another request sees what that one left of
    them."""
    owners = Agent.objects.select_for_update(no_key=True).filter(role=Agent.Role.OWNER, active=True).order_by("id")
    return {owner.id for owner in owners}


def _teams(agent: Agent) -> dict[int, bool]:
    return dict(Membership.objects.filter(agent=agent).values_list("team_id", "lead"))


def _record_teams(agent: Agent, before: dict[int, bool], after: dict[int, bool], by: Act) -> None:
    delta = {
        "agent": [agent.id, agent.id],
        "teams": [sorted(before), sorted(after)],
        "leads": [sorted(team for team in before if before[team]), sorted(team for team in after if after[team])],
    }
    record(by, Verb.AGENT_CHANGED, person=agent.person_id, delta=delta)
