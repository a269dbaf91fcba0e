"""Who asks: a bearer token, which sees what its owner may, narrowed by its scope and teams."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from vikno.accounts.access import token_for
from vikno.accounts.models import ApiToken
from vikno.staff.access import NotAllowed, Viewer
from vikno.staff.models import Agent
from vikno.staff.viewers import viewer_for_token
from vikno.tickets.access import NoSuchTicket, ticket_for
from vikno.tickets.models import Ticket


class ApiRequest(HttpRequest):
    viewer: Viewer
    token: ApiToken


class Bearer(HttpBearer):
    """`Authorization: Bearer <token>`. A token that only hands letters in is let through nowhere else."""

    openapi_description = "A token made in one's own settings or by `vikno token EMAIL NAME`."

    def __init__(self, scopes: tuple[str, ...] = (ApiToken.Scope.READ, ApiToken.Scope.WRITE)) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: Any, token: str) -> ApiToken | None:
        found = token_for(token)
        if found is None:
            return None
        if found.scope not in self.scopes:
            raise NotAllowed("This token's scope does not reach here.")
        request.viewer = viewer_for_token(found)
        request.token = found
        return found


def agent_of(request: ApiRequest) -> Agent:
    """The agent in whose name the token acts."""
    return Agent.objects.select_related("person").get(id=request.viewer.agent_id or 0)


def ticket_of(request: ApiRequest, number: int) -> Ticket:
    """The ticket of this number, if the token may see it. Raises NoSuchTicket."""
    if number > 2**62:
        raise NoSuchTicket(number)
    return ticket_for(request.viewer, number)
