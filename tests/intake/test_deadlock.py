"""Two who wait for each other's tickets: PostgreSQL ends one of them, and no letter suffers for it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from tests.letters import letter
from tests.taking import handle_all
from tests.world import standing
from vikno.intake import ledger, pipeline
from vikno.intake.models import Inbound
from vikno.tickets.models import Ticket

# SQLite has one writer at a time: nobody waits for a lock there.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]


def test_a_batch_ended_by_a_deadlock_is_taken_letter_by_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch comes by the later ticket first, somebody else by the earlier one."""
    with standing() as world:
        ids = [f"<{name}@c.example>" for name in ("early", "late")]
        for one in ids:
            ledger.accept(world.mail, letter(one, message_id=one), source="smtp")
        handle_all()
        early, late = Ticket.objects.order_by("id")
        for one in reversed(ids):
            ledger.accept(world.mail, letter("Re", In_Reply_To=one), source="smtp")
        first_taken, other_waits = threading.Event(), threading.Event()
        door = pipeline.DOORS["email"]

        def other() -> None:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL deadlock_timeout = '20s'")  # so that the batch is the one to be ended
                    Ticket.objects.select_for_update().get(id=early.id)
                    first_taken.wait(60)
                    other_waits.set()
                    Ticket.objects.select_for_update().get(id=late.id)
            finally:
                connection.close()

        def take(entry: Inbound, reading: pipeline.Reading, released: bool) -> pipeline.Outcome:
            outcome = door.take(entry, reading, released)
            if not first_taken.is_set():
                first_taken.set()
                other_waits.wait(60)
            return outcome

        monkeypatch.setitem(pipeline.DOORS, "email", pipeline.Door(door.read, door.ahead, take))
        thread = threading.Thread(target=other)
        thread.start()
        pipeline.run_due()
        thread.join(60)
        assert list(Inbound.objects.order_by("id").values_list("fate", flat=True)) == ["ticket"] * 2 + ["reply"] * 2
