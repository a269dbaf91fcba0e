"""A connection to a mailbox may end anywhere, in the middle of any command: nothing is lost, nothing comes twice."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from tests.letters import letter
from tests.servers.cutter import Cutter, some_of
from tests.servers.dovecot import Dovecot
from tests.world import World
from vikno.channels.email import connecting, mailbox, mailbox_health, pop3, sent_copies, servers
from vikno.channels.email.mailbox import Session
from vikno.channels.email.mailboxes import Mailboxes
from vikno.channels.email.models import Mailbox
from vikno.core.secrets import Secret
from vikno.dialogs.models import Channel
from vikno.intake import ledger
from vikno.intake.models import Inbound

pytestmark = pytest.mark.django_db(transaction=True)
PLACES, MORE = 6, 16  # at which a whole conversation is cut, spread over its bytes, and where there is time


@pytest.fixture
def wire(dovecot: Dovecot) -> Iterator[Callable[[int], Cutter]]:
    made: list[Cutter] = []

    def to(port: int) -> Cutter:
        made.append(Cutter(port))
        return made[-1]

    yield to
    for one in made:
        one.close()


def set_up(channel: Channel, user: str, port: int, **more: object) -> Channel:
    channel.settings = {"imap": {"host": "127.0.0.1", "port": port, "security": "none", "user": user} | more}
    servers.keep_passwords(channel, imap=Secret("right password"))
    channel.save()
    return channel


def read_imap(channel: Channel) -> None:
    server = servers.server(channel, "imap")
    assert server is not None
    client = connecting.connect(server)
    try:
        Session(channel, client, lambda: False).read_new()
    finally:
        connecting.close(client)


def read_pop3(channel: Channel) -> None:
    server = servers.server(channel, "imap")
    assert server is not None
    client = pop3.connect(server)
    try:
        pop3.Session(channel, client, lambda: False).read()
    finally:
        pop3.close(client)


def attempt(read: Callable[[Channel], None], channel: Channel) -> None:
    """Read, and bear an end of the connection; anything else is a fault. In the midst of greeting each other by TLS it
    looks as if the server did not speak it."""
    found = ""
    try:
        read(channel)
    except Exception as error:
        found = mailbox_health.code_of(error)
    by_tls = (channel.settings.get("imap") or {}).get("security") in (servers.STARTTLS, servers.TLS)
    assert found in ("", "connection_lost", "unreachable") or (by_tls and found == "encryption")


def until(condition: Callable[[], bool], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def digests(raws: list[bytes]) -> list[str]:
    return sorted(hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest() for raw in raws)


def here() -> list[str]:
    return digests([ledger.raw_bytes(entry) for entry in Inbound.objects.all()])


@pytest.mark.parametrize("way", ["to_server", "to_client"])
@pytest.mark.parametrize("after", ["move", "delete"])
def test_imap_cut_anywhere(world: World, dovecot: Dovecot, wire, way: str, after: str, thorough: bool) -> None:
    raws = [letter("рядок\r\n" * 40 * number) for number in range(1, 4)]
    read, whole = read_imap, 0
    places = MORE if thorough else PLACES
    for round_ in range(places + 1):
        user = f"{way}.{after}.{round_}@kashtan.example"
        dovecot.add_user(user)
        for raw in raws:
            dovecot.deliver(user, raw)
        cutter = wire(dovecot.imap_port)
        channel = set_up(world.mail, user, cutter.port, after=after, move_to="Done")
        Inbound.objects.all().delete()
        Mailbox.objects.all().delete()
        if round_ == 0:  # how much passes when all is well
            read(channel)
            whole = getattr(cutter, way)
        else:
            setattr(cutter, f"{way}_left", max(1, whole * round_ // places - 1))
            attempt(read, channel)
            setattr(cutter, f"{way}_left", None)
            read(channel)
        assert here() == digests(raws), round_
        if after == "delete":
            assert dovecot.letters(user) == []
        else:
            moved = [raw for _, raw in dovecot.letters(user, "Done")]
            assert digests(moved) == digests(raws), round_
        cutter.close()


@pytest.mark.parametrize("way", ["to_server", "to_client"])
@pytest.mark.parametrize("after", ["keep", "delete"])
def test_pop3_cut_anywhere(world: World, dovecot: Dovecot, wire, way: str, after: str, thorough: bool) -> None:
    raws = [letter("рядок\r\n" * 40 * number) for number in range(1, 4)]
    read, whole = read_pop3, 0
    places = MORE if thorough else PLACES
    for round_ in range(places + 1):
        user = f"pop.{way}.{after}.{round_}@kashtan.example"
        dovecot.add_user(user)
        for raw in raws:
            dovecot.deliver(user, raw)
        cutter = wire(dovecot.pop3_port)
        channel = set_up(world.mail, user, cutter.port, protocol="pop3", after=after)
        Inbound.objects.all().delete()
        Mailbox.objects.all().delete()
        if round_ == 0:
            read(channel)
            whole = getattr(cutter, way)
        else:
            setattr(cutter, f"{way}_left", max(1, whole * round_ // places - 1))
            attempt(read, channel)
            setattr(cutter, f"{way}_left", None)
            read(channel)
        assert here() == digests(raws), round_
        assert len(dovecot.letters(user)) == (0 if after == "delete" else 3)
        cutter.close()


def read_and_idle(channel: Channel) -> None:
    """Read by IMAP, and wait for more, but not long."""
    server = servers.server(channel, "imap")
    assert server is not None
    client = connecting.connect(server)
    try:
        session = Session(channel, client, lambda: False)
        session.read_new()
        session.wait(lambda: None, longest=0)
    finally:
        connecting.close(client)


@pytest.mark.parametrize(
    ("protocol", "security", "after", "commands"),
    [
        ("imap", "none", "move", {b"LOGIN", b"SELECT", b"SEARCH", b"FETCH", b"CREATE", b"MOVE", b"IDLE", b"DONE"}),
        ("imap", "none", "seen", {b"LOGIN", b"SELECT", b"SEARCH", b"FETCH", b"STORE", b"IDLE"}),
        ("imap", "starttls", "delete", {b"STARTTLS"}),
        ("imap", "tls", "keep", set()),
        ("pop3", "none", "delete", {b"USER", b"PASS", b"UIDL", b"LIST", b"RETR", b"DELE", b"QUIT"}),
        ("pop3", "starttls", "keep", {b"STLS"}),
    ],
)
def test_cut_in_every_command(
    world: World, dovecot: Dovecot, wire, monkeypatch: pytest.MonkeyPatch, thorough: bool,
    protocol: str, security: str, after: str, commands: set[bytes],
) -> None:  # fmt: skip
    """In the middle of what we say and before its last byte; before what the server answers, and in the middle."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    read = read_and_idle if protocol == "imap" else read_pop3
    port = getattr(dovecot, f"{protocol}{'s' if security == 'tls' else ''}_port")
    raws = [letter("рядок\r\n" * 40 * number) for number in range(1, 3)]

    def conversation(number: int) -> tuple[str, Cutter, Channel]:
        user = f"cut.{number}@kashtan.example"
        dovecot.add_user(user)
        for raw in raws:
            dovecot.deliver(user, raw)
        cutter = wire(port)
        Inbound.objects.all().delete()
        Mailbox.objects.all().delete()
        use = {"protocol": protocol, "security": security, "after": after, "move_to": "Done"}
        return user, cutter, set_up(world.mail, user, cutter.port, **use)

    def check(user: str, place: object) -> None:
        assert here() == digests(raws), place
        left = dovecot.letters(user)
        assert len(left) == (0 if after in ("move", "delete") else 2), place
        if after == "seen":
            assert ["\\Seen" in flags for flags, _raw in left] == [True, True], place
        if after == "move":
            assert digests([raw for _flags, raw in dovecot.letters(user, "Done")]) == digests(raws), place

    user, whole, channel = conversation(0)
    read(channel)
    check(user, "when all is well")
    assert {word for turn in whole.turns for word in turn.said.upper().split()} >= commands
    for number, place in enumerate(some_of(whole.places(), thorough), 1):
        user, cutter, channel = conversation(number)
        cutter.cut_at = place
        attempt(read, channel)
        cutter.cut_at = None
        read(channel)
        check(user, place)
        cutter.close()


def test_a_copy_of_what_left_is_cut_in_every_command(world: World, dovecot: Dovecot, wire, thorough: bool) -> None:
    """It lies in the folder of sent letters once, wherever the connection ended before."""
    with transaction.atomic():
        delivery = world.answer(world.ticket()).deliveries.get()

    def put(channel: Channel) -> None:
        sent_copies.work({"delivery": delivery.id})

    def conversation(number: int) -> tuple[str, Cutter, Channel]:
        user = f"sent.{number}@kashtan.example"
        dovecot.add_user(user)
        mine = dovecot.client(user)
        mine.create("Sent")
        mine.logout()
        cutter = wire(dovecot.imap_port)
        return user, cutter, set_up(world.mail, user, cutter.port, sent_folder="Sent")

    user, whole, channel = conversation(0)
    put(channel)
    assert {word for turn in whole.turns for word in turn.said.upper().split()} >= {b"APPEND", b"SEARCH"}
    for number, place in enumerate(some_of(whole.places(), thorough), 1):
        user, cutter, channel = conversation(number)
        cutter.cut_at = place
        attempt(put, channel)
        cutter.cut_at = None
        put(channel)
        assert len(dovecot.letters(user, "Sent")) == 1, place
        cutter.close()


def test_a_connection_that_dies_in_silence_is_found_out(
    world: World, dovecot: Dovecot, wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "TIMEOUT", 1.0)
    monkeypatch.setattr(mailbox, "POLL", 1.0)
    user = "silent@kashtan.example"
    dovecot.add_user(user)
    cutter = wire(dovecot.imap_port)
    channel = set_up(world.mail, user, cutter.port)
    made = Mailboxes()
    try:
        made.step()
        until(lambda: Channel.objects.get(id=channel.id).health.get("in", {}).get("ok") is True)
        cutter.dead = True
        dovecot.deliver(user, letter())
        until(lambda: Channel.objects.get(id=channel.id).health["in"]["ok"] is False)
        cutter.dead = False
        until(lambda: Inbound.objects.exists())
    finally:
        made.stop()
