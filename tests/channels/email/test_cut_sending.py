"""A connection to the mail server may end anywhere while a letter leaves: each state tells the truth, and no letter
goes twice by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import F

from tests.servers.cutter import Cutter, some_of
from tests.servers.smtp_sink import SmtpSink
from tests.world import World
from vikno.channels.email import servers, smtp_pool
from vikno.core.secrets import Secret
from vikno.dialogs import deliveries, sending
from vikno.dialogs.models import Delivery

pytestmark = pytest.mark.django_db
State = Delivery.State
PLACES, MORE = 12, 40  # at which the conversation is cut, spread over its bytes, and where there is time


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


def check_what_is_said(world: World, sink: SmtpSink, delivery: Delivery, place: object) -> str:
    """A letter that was being sent when its connection was cut: its state is true, and tells whether to try again.
    Answers that state."""
    state, came = delivery.state, len(sink.letters)
    assert state in (State.SENT, State.QUEUED, State.DOUBTFUL), place
    assert came == 1 or state != State.SENT, place
    assert came == 0 or state != State.QUEUED, place  # or it would go twice
    after = again(world, delivery)
    if state == State.QUEUED:
        assert (after.state, len(sink.letters)) == (State.SENT, 1), place
    else:  # a doubtful one waits for a person's word
        assert (after.state, len(sink.letters)) == (state, came), place
    return state


@pytest.mark.parametrize("way", ["to_server", "to_client"])
def test_smtp_cut_anywhere(world: World, smtp_sink: SmtpSink, way: str, thorough: bool) -> None:
    found = set()

    def cut_after(left: int | None) -> tuple[int, int]:
        """Answers how much passed this way, and how long the last answer was, before anybody said goodbye."""
        cutter = Cutter(smtp_sink.port)
        world.mail.settings = {"smtp": {"host": cutter.host, "port": cutter.port, "security": "none", "user": ""}}
        world.mail.save()
        smtp_sink.letters.clear()
        setattr(cutter, f"{way}_left", left)
        delivery = send(world)
        setattr(cutter, f"{way}_left", None)
        if left is None:
            assert delivery.state == State.SENT
        else:
            found.add(check_what_is_said(world, smtp_sink, delivery, left))
        passed = getattr(cutter, way), cutter.turns[-1].to_client
        smtp_pool.POOL.close()
        cutter.close()
        return passed

    whole, last = cut_after(None)
    places = MORE if thorough else PLACES
    # Where they are few, what we say is mostly cut at its beginning: commands come first, then a long letter.
    bent = 2 if way == "to_server" and not thorough else 1
    lefts = [max(1, int(whole * (place / places) ** bent) - 1) for place in range(1, places + 1)]
    if way == "to_client":
        lefts.append(whole - last + 1)  # the letter is there, and of the last answer came nothing
    for left in lefts:
        cut_after(left)
    assert State.QUEUED in found
    if way == "to_client":
        assert State.DOUBTFUL in found


# aiosmtpd forgets to close its side after a handshake that failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("security", ["none", "starttls"])
def test_smtp_cut_in_every_command(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, security: str, thorough: bool
) -> None:
    sink = SmtpSink(tmp_path, tls=security == "starttls", login=("help", "right password"))
    monkeypatch.setenv("SSL_CERT_FILE", str(sink.certificate))
    found: set[str] = set()
    made: list[Cutter] = []

    def wire() -> Cutter:
        """A new one, so that no thread of the one before counts along."""
        smtp_pool.POOL.close()
        sink.letters.clear()
        made.append(Cutter(sink.port))
        use = {"host": made[-1].host, "port": made[-1].port, "security": security, "user": "help"}
        world.mail.settings = {"smtp": use}
        servers.keep_passwords(world.mail, smtp=Secret("right password"))
        world.mail.save()
        return made[-1]

    try:
        whole = wire()
        assert send(world).state == State.SENT
        commands = {turn.said.upper().split()[0] for turn in whole.turns if turn.said.split()}
        assert commands >= ({b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"DATA"} if security == "none" else {b"STARTTLS"})
        for place in some_of(whole.places(), thorough):
            wire().cut_at = place
            found.add(check_what_is_said(world, sink, send(world), place))
    finally:
        smtp_pool.POOL.close()
        for one in made:
            one.close()
        sink.stop()
    assert State.QUEUED in found
