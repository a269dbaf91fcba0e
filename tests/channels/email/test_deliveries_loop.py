"""The loop of the engine: several threads, a slow server among them, and an end in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests.servers.smtp_sink import SmtpSink
from tests.world import World, make_customer
from vikno.channels.email import smtp_pool
from vikno.core import clock
from vikno.core.loops import STOPPING
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Said, Words
from vikno.dialogs.models import Channel, Delivery, Message
from vikno.dialogs.sending import PER_CHANNEL, Sender
from vikno.journal import acts

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def sending() -> Iterator[None]:
    """The loop turns in a thread of its own, as in the engine, and ends in order."""
    sender = Sender()

    def turn() -> None:
        sender.start()
        while not STOPPING.is_set():
            time.sleep(sender.step() or 0)
        connection.close()

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        STOPPING.set()
        thread.join(60)
        sender.close()
        smtp_pool.POOL.close()
        STOPPING.clear()
    assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SmtpSink]:
    (tmp_path / "slow").mkdir()
    made = SmtpSink(tmp_path / "slow")
    made.slow["DATA"] = 60
    yield made
    made.stop()


def queue(world: World, channel: Channel, sink: SmtpSink, count: int) -> None:
    channel.settings = {"smtp": {"host": sink.host, "port": sink.port, "security": "none"}}
    channel.save()
    for number in range(count):
        address = f"{number}.{channel.id}@example.org"
        identity = make_customer("", address)
        dialog = dialogs.open_dialog(channel, identity, by=acts.system(), address=world.address)
        message = dialogs.add_message(dialog, Said(Message.Author.AGENT, agent_id=world.iryna.id), Words("Так"))
        dialogs.queue_deliveries(message, [(identity, "to")], clock.now())


def test_a_slow_server_holds_up_its_own_channel_alone(world: World, slow: SmtpSink, smtp_sink: SmtpSink) -> None:
    other = Channel.objects.create(kind="email", name="Друга", brand=world.brand, team=world.support)
    with transaction.atomic():
        queue(world, world.mail, slow, 12)
        queue(world, other, smtp_sink, 12)
    with sending():
        smtp_sink.wait(12)
        assert slow.letters == []
        until(lambda: slow.commands.count("DATA") == PER_CHANNEL)
        assert Delivery.objects.filter(channel=world.mail, state=Delivery.State.SENDING).count() == PER_CHANNEL
        threading.Timer(1, slow.slow.clear).start()  # they are ended once nothing new is begun


def test_what_is_under_way_is_ended_before_the_engine_ends(world: World, slow: SmtpSink) -> None:
    with transaction.atomic():
        queue(world, world.mail, slow, 8)
    with sending():
        until(lambda: slow.commands.count("DATA") == PER_CHANNEL)
        threading.Timer(1, slow.slow.clear).start()  # by then the end is asked for
    assert len(slow.letters) == PER_CHANNEL
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT, Delivery.State.QUEUED}
