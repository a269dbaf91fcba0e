"""Where a request came from is remembered with what it brought: of the caller itself, or of whom a letter names."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.letters import letter
from tests.taking import handle_all
from tests.world import World
from vikno.accounts.actions import create_token
from vikno.accounts.models import ApiToken
from vikno.dialogs.models import Message
from vikno.intake.models import Inbound
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
SHOP = "203.0.113.9"  # where the program sits that asks
WRITER = "198.51.100.7"


def client(world: World, scope: str) -> Client:
    _token, secret = create_token(world.iryna.person.user, "test", scope=scope)
    return Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {secret}", REMOTE_ADDR=SHOP)


def hand_in(world: World, raw: bytes) -> Inbound:
    door = client(world, ApiToken.Scope.INBOUND)
    assert door.post("/api/v1/inbound", raw, content_type="message/rfc822").status_code == 202
    handle_all()
    return Inbound.objects.get()


def test_a_ticket_by_the_api_keeps_it_and_so_does_its_message(world: World) -> None:
    new = {"requester": {"email": "olha@c.example"}, "subject": "Світло", "text": "Не світить"}
    asked = client(world, ApiToken.Scope.WRITE)
    made = asked.post("/api/v1/tickets", json.dumps(new), content_type="application/json")
    assert made.status_code == 201 and made.json()["ip"] == SHOP
    assert Ticket.objects.get().ip == SHOP and Message.objects.get().ip == SHOP


def test_a_letter_that_says_nothing_of_its_way_has_that_of_who_handed_it_in(world: World) -> None:
    entry = hand_in(world, letter())
    assert entry.peer_ip == SHOP and entry.message and entry.message.ip == SHOP
    assert entry.ticket and entry.ticket.ip == SHOP


def test_a_letter_that_was_received_by_the_companys_server_has_that_of_its_writer(world: World) -> None:
    way = f"from c.example (c.example [{WRITER}]) by mx.kashtan.example; Tue, 17 Nov 2026 10:00:00 +0200"
    entry = hand_in(world, letter(Received=way))
    assert entry.peer_ip == SHOP and entry.message and entry.message.ip == WRITER
