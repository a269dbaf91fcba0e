"""Asking the API as an agent's program does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.world import World
from vikno.accounts.actions import create_token
from vikno.staff.models import Agent

Ask = Callable[..., Any]


@pytest.fixture
def ask(world: World) -> Ask:
    """Asks the API as an agent: ask(agent, "GET", "/tickets", body, **headers)."""
    secrets: dict[tuple[int, str], str] = {}

    def asked(agent: Agent, method: str, path: str, body: Any = None, scope: str = "write", **headers: str) -> Any:
        if (agent.id, scope) not in secrets:
            _token, secrets[agent.id, scope] = create_token(agent.person.user, "test", scope=scope)
        sent: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return Client(HTTP_HOST="127.0.0.1").generic(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else b"", content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {secrets[agent.id, scope]}", **sent,
        )  # fmt: skip

    return asked


WHO = {"phone": "+380671234567", "name": "Дзвінок"}
NEW = {"requester": WHO, "subject": "Не працює світло", "text": "У кабінеті 5"}
