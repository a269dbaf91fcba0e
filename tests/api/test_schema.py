"""Whatever is sent to the API as its description allows, and what it does not allow: never a fault of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error

from tests.world import World
from vikno.accounts.actions import create_token

EXAMPLES, MORE = 8, 25  # of requests to each operation, and where there is time


@pytest.fixture(autouse=True)
def connection_stays_open() -> Iterator[None]:
    """A test lives in one transaction; the end of a request must not close its connection (as Django's own client
    does)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_request_makes_it_stumble(world: World, thorough: bool, mode: str) -> None:
    from django.core.handlers.wsgi import WSGIHandler

    from vikno.api.urls import api

    ticket = world.ticket()
    world.answer(ticket)
    _token, secret = create_token(world.olena.person.user, "schemathesis")
    config = schemathesis.Config.from_dict(
        {"generation": {"mode": mode, "allow-x00": True, "database": "none"}, "seed": 1}
    )
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"), config=config)
    schema.app = WSGIHandler()
    headers = {"Authorization": f"Bearer {secret}", "Host": "127.0.0.1"}
    asked = 0
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # our own description is valid

        @settings(max_examples=MORE if thorough else EXAMPLES, deadline=None, database=None, derandomize=True,
                  suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers, checks=[not_a_server_error])

        from hypothesis import given

        given(case=operation.as_strategy())(ask)()
    assert asked > 50
