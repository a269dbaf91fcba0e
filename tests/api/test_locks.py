"""One PATCH of several fields takes its locks in the one order: agents, dialogs, tickets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.together import in_its_order
from tests.world import World, standing
from vikno.accounts.actions import create_token
from vikno.dialogs.models import Dialog
from vikno.staff.models import Agent
from vikno.tickets.models import Category, Ticket

# SQLite has one writer at a time: nobody waits for a lock there.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]


def patching(world: World, ticket: Ticket, **body: Any) -> Callable[[], object]:
    """Sets these fields, the status before all others."""
    _token, secret = create_token(world.taras.person.user, "test", scope="write")
    sent = json.dumps({"status": world.statuses["waiting"].id, **body})

    def patch() -> None:
        answer = Client(HTTP_HOST="127.0.0.1").patch(
            f"/api/v1/tickets/{ticket.number}", sent, content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {secret}",
        )  # fmt: skip
        assert answer.status_code == 200, answer.content

    return patch


@pytest.mark.parametrize("field", ["agent", "category"])
def test_what_comes_before_a_ticket_is_locked_before_it(field: str) -> None:
    with standing() as world:
        with transaction.atomic():
            ticket = world.ticket(world.petro)
            matter = Category.objects.create(name="Обліковий запис", account_matter=True)
            act = patching(world, ticket, **{field: {"agent": world.iryna.id, "category": matter.id}[field]})
        rows = (Agent if field == "agent" else Dialog).objects.select_for_update(no_key=True)
        in_its_order(lambda: list(rows).clear(), act)
        ticket.refresh_from_db()
        assert (ticket.agent == world.iryna) is (field == "agent")
        assert (ticket.category == matter) is (field == "category")
