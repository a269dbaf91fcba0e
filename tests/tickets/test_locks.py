"""The order of locks: a dialog before its tickets, as a letter that comes in takes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from tests.together import together
from tests.world import World, standing
from vikno.dialogs.models import Dialog, Message
from vikno.tickets.actions.linking import link
from vikno.tickets.actions.splitting import split
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def splitting(world: World, ticket: Ticket, message: Message) -> Callable[[], object]:
    return lambda: split(ticket, [message], by=world.act(world.iryna))


def undoing(world: World, ticket: Ticket, message: Message) -> Callable[[], object]:
    act = world.act(world.iryna)
    link(message, world.ticket(), by=act)
    return lambda: undo(act.id, by=world.act(world.iryna))


@pytest.mark.parametrize("verb", [splitting, undoing])
def test_a_verb_that_waits_for_a_dialog_holds_none_of_its_tickets(
    on_postgresql: bool, verb: Callable[[World, Ticket, Message], Callable[[], object]]
) -> None:
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    with standing() as world:
        with transaction.atomic():
            ticket = world.ticket()
            message = ticket.links.get().message
            act, held = verb(world, ticket, message), threading.Event()

        def first() -> None:
            with transaction.atomic():
                Dialog.objects.select_for_update().get(id=message.dialog_id)
                held.set()
                _until_somebody_waits()
                list(Ticket.objects.select_for_update(nowait=True))

        def second() -> None:
            held.wait(10)
            act()

        assert [str(one) for one in together(first, second)] == ["None", "None"]


def _until_somebody_waits() -> None:
    for _try in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
