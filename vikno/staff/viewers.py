"""From somebody who signed in, or a token, to the viewer. The face decides, not the human."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from vikno.accounts.models import ApiToken, User
from vikno.people.models import Person
from vikno.staff.access import Face, NotAllowed, Viewer, viewer_for_agent
from vikno.staff.models import Agent


def viewer_for(user: User) -> Viewer:
    """The agent that this login is at the desk. Raises NotAllowed for whoever is no active agent."""
    return viewer_for_agent(_agent_of(user), Face.DESK)


def viewer_for_customer(user: User) -> Viewer:
    """The customer that this login is in the portal, whatever their role at the desk. Joined persons add nothing: a
    login sees only what its own identities asked. Raises NotAllowed without a person."""
    person = Person.objects.filter(user=user, erased_at=None).values_list("id", flat=True).first()
    if person is None or not user.is_active:
        raise NotAllowed(_("There is no customer behind this login."))
    return Viewer(Face.PORTAL, person_id=person, user_id=user.pk, persons=frozenset({person}))


def viewer_for_token(token: ApiToken) -> Viewer:
    """What a program with this token may see and do: what its owner may, narrowed by its scope and teams. One that only
    hands in what came from outside sees nothing. Raises NotAllowed when its owner is no agent any more, or may open no
    tickets and hands some in."""
    whole, teams = viewer_for_agent(_agent_of(token.user), Face.API), frozenset(token.teams)
    if token.scope == ApiToken.Scope.INBOUND:
        if not whole.may_write:
            raise NotAllowed(_("Your role does not include this. Ask an owner or the lead of the team."))
        return Viewer(Face.API, user_id=whole.user_id, only_teams=teams, writes=False)
    return replace(whole, only_teams=teams, writes=token.scope == ApiToken.Scope.WRITE)


def _agent_of(user: User) -> Agent:
    agent = Agent.objects.select_related("person").filter(person__user=user).first()
    if agent is None or not user.is_active:
        raise NotAllowed(_("This login is not one of an agent. Ask an owner for an invitation."))
    return agent
