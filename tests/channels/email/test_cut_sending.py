"""A connection to the mail server may end anywhere while a letter leaves: each state tells the truth, and no letter
goes twice by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models import F

from tests.servers.cutter import Cutter
from tests.servers.smtp_sink import SmtpSink
from tests.world import World
from vikno.channels.email import smtp_pool
from vikno.dialogs import deliveries, sending
from vikno.dialogs.models import Delivery

pytestmark = pytest.mark.django_db
State = Delivery.State
PLACES = 40  # at which the conversation is cut, spread over its bytes


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(smtp_pool, "PATIENCE", 3.0)
    monkeypatch.setattr(smtp_pool, "FINAL_PATIENCE", 3.0)
    yield
    smtp_pool.POOL.close()


def send(world: World) -> Delivery:
    delivery = world.answer(world.ticket()).deliveries.get()
    Delivery.objects.filter(id=delivery.id).update(not_before=F("created_at"))
    sending.run_due()
    return Delivery.objects.get(id=delivery.id)


def again(world: World, delivery: Delivery) -> Delivery:
    """Whatever waits is tried at once."""
    deliveries.resume(world.mail.id)
    Delivery.objects.filter(id=delivery.id, state=State.QUEUED).update(not_before=F("created_at"))
    sending.run_due()
    return Delivery.objects.get(id=delivery.id)


@pytest.mark.parametrize("way", ["to_server", "to_client"])
def test_smtp_cut_anywhere(world: World, smtp_sink: SmtpSink, way: str) -> None:
    found = set()
    whole = 0
    for round_ in range(PLACES + 1):
        cutter = Cutter(smtp_sink.port)
        world.mail.settings = {"smtp": {"host": cutter.host, "port": cutter.port, "security": "none", "user": ""}}
        world.mail.save()
        smtp_sink.letters.clear()
        if round_ == 0:
            assert send(world).state == State.SENT
            whole = getattr(cutter, way)
        else:
            setattr(cutter, f"{way}_left", max(1, whole * round_ // PLACES - 1))
            delivery = send(world)
            setattr(cutter, f"{way}_left", None)
            found.add(delivery.state)
            assert delivery.state in (State.SENT, State.QUEUED, State.DOUBTFUL), round_
            came = len(smtp_sink.letters)
            assert came == 1 or delivery.state != State.SENT
            assert came == 0 or delivery.state != State.QUEUED, round_  # or it would go twice
            after = again(world, delivery)
            if delivery.state == State.QUEUED:
                assert (after.state, len(smtp_sink.letters)) == (State.SENT, 1), round_
            else:  # a doubtful one waits for a person's word
                assert (after.state, len(smtp_sink.letters)) == (delivery.state, came), round_
        smtp_pool.POOL.close()
        cutter.close()
    assert State.QUEUED in found
    if way == "to_client":
        assert State.DOUBTFUL in found
