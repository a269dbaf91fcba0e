"""Reading a real mailbox: nothing is lost, nothing comes twice, and what goes wrong is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from structlog.testing import capture_logs

from tests.letters import letter
from tests.servers.dovecot import Dovecot
from tests.taking import handle_all
from tests.world import World
from vikno.channels.email import checking, connecting, mailbox, mailbox_health, servers
from vikno.channels.email.mailbox import Session
from vikno.channels.email.mailboxes import Mailboxes, Taken
from vikno.channels.email.mailboxes import Reader as MailboxReader
from vikno.channels.email.models import Mailbox
from vikno.core import clock, files
from vikno.core.models import DutyRun
from vikno.core.secrets import Secret
from vikno.dialogs.models import Channel
from vikno.intake import ledger
from vikno.intake.models import Inbound

pytestmark = pytest.mark.django_db(transaction=True)
BOX = "box@kashtan.example"


@pytest.fixture
def channel(world: World, dovecot: Dovecot) -> Channel:
    dovecot.add_user(BOX)
    return set_up(world.mail, dovecot)


def set_up(channel: Channel, dovecot: Dovecot, password: str = "right password", **more: object) -> Channel:
    imap = {"host": dovecot.host, "port": dovecot.imap_port, "security": "none", "user": BOX} | more
    channel.settings = {"imap": imap}
    servers.keep_passwords(channel, imap=Secret(password))
    channel.save()
    return channel


@pytest.fixture
def reading() -> Iterator[Callable[[Channel], Session]]:
    """Opens a session; all are closed after the test."""
    clients = []

    def opened(channel: Channel) -> Session:
        server = servers.server(channel, "imap")
        assert server is not None
        client = connecting.connect(server)
        clients.append(client)
        return Session(channel, client, lambda: False)

    yield opened
    for client in clients:
        connecting.close(client)


@pytest.fixture
def engine(world: World) -> Iterator[Mailboxes]:
    """The readers of all mailboxes, as the engine runs them."""
    made = Mailboxes()
    yield made
    made.stop()


def until(condition: Callable[[], bool], engine: Mailboxes | None = None, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        if engine:
            engine.step()
        time.sleep(0.05)


def health(channel: Channel) -> dict[str, object]:
    return dict(Channel.objects.get(id=channel.id).health.get("in", {}))


@pytest.mark.parametrize("host", ["mail.kashtan.invalid", "mail..kashtan.example"])
def test_a_host_that_does_not_exist_is_named_in_one_line(world: World, engine: Mailboxes, host: str) -> None:
    imap = {"host": host, "port": 143, "security": "none", "user": BOX}
    world.mail.settings = {"imap": imap}
    servers.keep_passwords(world.mail, imap=Secret("right password"))
    world.mail.save()
    with capture_logs() as said:
        until(lambda: health(world.mail).get("code") == "unknown_host", engine)
    lines = [line for line in said if line["event"] == "a mailbox cannot be read"]
    assert lines and all(line["code"] == "unknown_host" and not line["exc_info"] for line in lines)


def test_letters_are_read_by_uid_also_when_somebody_opened_them(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]
) -> None:
    raws = [letter(subject=str(number)) for number in range(3)]
    for raw in raws:
        dovecot.deliver(BOX, raw)
    other = dovecot.client(BOX)
    other.select("INBOX")
    other.uid("STORE", "1:*", "+FLAGS", "(\\Seen)")
    other.logout()
    assert reading(channel).read_new() == 3
    entries = list(Inbound.objects.order_by("id"))
    assert [ledger.raw_bytes(entry).replace(b"\r\n", b"\n") for entry in entries] == raws
    assert reading(channel).read_new() == 0


def test_reading_leaves_no_mark_unless_wanted(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]
) -> None:
    dovecot.deliver(BOX, letter())
    reading(channel).read_new()
    assert dovecot.letters(BOX)[0][0] == set()


@pytest.mark.parametrize("after", ["seen", "move", "delete"])
def test_letters_are_marked_as_the_owner_wants(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session], after: str
) -> None:
    set_up(channel, dovecot, after=after, move_to="Прочитані")
    raw = letter()
    dovecot.deliver(BOX, raw)
    session = reading(channel)
    session.read_new()
    assert Inbound.objects.count() == 1
    if after == "seen":
        assert dovecot.letters(BOX)[0][0] == {"\\Seen"}
        return
    assert dovecot.letters(BOX) == []
    if after == "move":
        session.client.select_folder("Прочитані")
        assert len(session.client.search()) == 1


def test_nothing_is_marked_before_it_is_stored(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(channel, dovecot, after="delete")
    dovecot.deliver(BOX, letter("x\n" * 60_000))

    def full(self: object, key: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    session = reading(channel)
    with monkeypatch.context() as planted:
        planted.setattr(files.LocalStore, "write", full)
        with pytest.raises(ledger.NotStored):
            session.read_new()
    assert len(dovecot.letters(BOX)) == 1
    assert Mailbox.objects.get().last_uid == 0
    assert reading(channel).read_new() == 1
    assert dovecot.letters(BOX) == []


def test_who_dies_before_noting_the_place_reads_again_and_keeps_one(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]
) -> None:
    for _ in range(3):
        dovecot.deliver(BOX, letter())
    reading(channel).read_new()
    Mailbox.objects.update(last_uid=1)  # as if it had died after the commit of the letters
    reading(channel).read_new()
    assert Inbound.objects.count() == 3


def test_a_mailbox_that_was_numbered_anew_is_looked_through(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]
) -> None:
    from vikno.tickets.models import Ticket

    dovecot.deliver(BOX, letter())
    reading(channel).read_new()
    before = Mailbox.objects.get().uidvalidity
    time.sleep(1.1)  # UIDVALIDITY is made of seconds
    dovecot.forget_uids(BOX)
    dovecot.deliver(BOX, letter())
    reading(channel).read_new()
    assert Mailbox.objects.get().uidvalidity != before
    handle_all()
    assert sorted(Inbound.objects.values_list("fate", flat=True)) == ["duplicate", "ticket", "ticket"]
    assert Ticket.objects.count() == 2


def test_the_daily_reconciliation_finds_what_is_missing_and_says_so(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]
) -> None:
    for _ in range(4):
        dovecot.deliver(BOX, letter())
    session = reading(channel)
    session.read_new()
    Inbound.objects.order_by("id")[1].delete()
    assert session.reconcile() == {"in_mailbox": 4, "missing": 1, "taken": 1}
    assert Inbound.objects.count() == 4
    assert DutyRun.objects.get(name=f"mailbox {channel.id}").result["missing"] == 1
    assert session.reconcile()["missing"] == 0


def test_a_letter_that_is_too_big_leaves_a_stub(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_BYTES", 100_000)
    dovecot.deliver(BOX, letter("x\n" * 100_000))
    dovecot.deliver(BOX, letter())
    assert reading(channel).read_new() == 2
    stub, whole = Inbound.objects.order_by("id")
    assert stub.size > 200_000
    assert len(ledger.raw_bytes(stub)) <= mailbox.STUB
    assert len(ledger.raw_bytes(whole)) == whole.size


@pytest.mark.parametrize("after", ["seen", "move", "delete"])
def test_a_letter_that_is_too_big_stays_as_it_lies(
    channel: Channel,
    dovecot: Dovecot,
    reading: Callable[[Channel], Session],
    monkeypatch: pytest.MonkeyPatch,
    after: str,
) -> None:
    monkeypatch.setattr(mailbox, "MOST_BYTES", 100_000)
    set_up(channel, dovecot, after=after, move_to="Read")
    dovecot.deliver(BOX, letter("x\n" * 100_000, subject="Huge"))
    dovecot.deliver(BOX, letter("y" * 80_000, subject="Large"))  # whole, in a file
    dovecot.deliver(BOX, letter(subject="Small"))
    session = reading(channel)
    assert session.read_new() == 3
    session.reconcile()
    left = dovecot.letters(BOX)
    assert [flags for flags, raw in left if b"Huge" in raw] == [set()]
    assert len(left) == (3 if after == "seen" else 1)


@pytest.mark.only_on("postgresql")
def test_the_database_may_sort_texts_by_any_language(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_collation WHERE collname = 'en-x-icu'")
        if cursor.fetchone() is None:
            pytest.skip("this server was built without ICU")
    dovecot.deliver(BOX, letter())
    session = reading(channel)
    session.read_new()
    change = "ALTER TABLE intake_inbound ALTER source_key TYPE varchar(200) COLLATE "
    with connection.cursor() as cursor:
        cursor.execute(change + '"en-x-icu"')
    try:
        assert session.reconcile() == {"in_mailbox": 1, "missing": 0, "taken": 0}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(change + '"default"')


def test_one_letter_that_cannot_be_fetched_does_not_stop_the_next(
    channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    from imapclient.exceptions import IMAPClientError

    for _ in range(3):
        dovecot.deliver(BOX, letter())
    session = reading(channel)
    fetch = session.client.fetch

    def broken(uids: list[int], items: list[str]) -> object:
        if uids == [2] and "BODY.PEEK[]" in items:
            raise IMAPClientError("the server cannot read this letter")
        return fetch(uids, items)

    monkeypatch.setattr(session.client, "fetch", broken)
    assert session.read_new() == 2
    monkeypatch.undo()
    assert session.reconcile()["taken"] == 1


def test_old_letters_are_left_alone(channel: Channel, dovecot: Dovecot, reading: Callable[[Channel], Session]) -> None:
    client = dovecot.client(BOX)
    client.append("INBOX", "", '"01-Jan-2020 10:00:00 +0000"', letter())
    client.logout()
    dovecot.deliver(BOX, letter())
    session = reading(channel)
    assert session.read_new() == 1
    assert session.reconcile()["missing"] == 0


def test_a_new_letter_is_here_within_moments_by_idle(channel: Channel, dovecot: Dovecot, engine: Mailboxes) -> None:
    engine.step()
    until(lambda: health(channel).get("ok") is True)
    time.sleep(0.5)
    dovecot.deliver(BOX, letter())
    until(lambda: Inbound.objects.exists(), patience=15)  # else it would be looked for much later
    assert health(channel)["ok"] is True


def test_it_connects_again_when_the_server_comes_back(channel: Channel, dovecot: Dovecot, engine: Mailboxes) -> None:
    engine.step()
    until(lambda: health(channel).get("ok") is True)
    dovecot.stop()
    until(lambda: health(channel).get("code") in ("connection_lost", "unreachable"))
    dovecot.deliver(BOX, letter())
    dovecot.start()
    until(lambda: Inbound.objects.exists())
    until(lambda: health(channel).get("ok") is True)


def test_a_refused_password_is_said_and_a_new_one_is_used_at_once(
    channel: Channel, dovecot: Dovecot, engine: Mailboxes
) -> None:
    set_up(channel, dovecot, password="wrong")
    dovecot.deliver(BOX, letter())
    engine.step()
    until(lambda: health(channel).get("code") == "password_refused")
    channel = Channel.objects.get(id=channel.id)
    assert "password" in mailbox_health.line(channel)
    assert mailbox_health.since(channel) is not None
    assert "wrong" not in str(channel.health)
    set_up(channel, dovecot)
    until(lambda: Inbound.objects.exists(), engine)
    until(lambda: health(channel).get("ok") is True, engine)


def test_one_engine_reads_a_mailbox_at_a_time(channel: Channel, dovecot: Dovecot) -> None:
    Mailbox.objects.create(
        channel=channel, folder="INBOX", lease_owner="another engine", lease_until=clock.now() + mailbox.RECONCILE
    )
    with pytest.raises(Taken):
        MailboxReader(channel.id)._lease("INBOX")
    Mailbox.objects.update(lease_until=clock.now())
    MailboxReader(channel.id)._lease("INBOX")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"password": "wrong"}, "refuses the user name or password"),
        ({"port": 1}, "does not answer"),
        ({"host": "nowhere.invalid"}, "no server of this name"),
        ({"folder": "Nowhere"}, "no such folder"),
        ({"security": "tls"}, "encryption"),
    ],
)
def test_checking_says_plainly_what_is_wrong(
    channel: Channel, dovecot: Dovecot, change: dict[str, object], words: str
) -> None:
    set_up(channel, dovecot, **change)  # type: ignore[arg-type]
    found = checking.check(channel)
    assert words in found
    assert bool(found) == bool(words)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    channel: Channel, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(channel, dovecot, security="starttls")
    assert "certificate" in checking.check(channel)
    set_up(channel, dovecot, security="tls", port=dovecot.imaps_port)
    assert "certificate" in checking.check(channel)
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    assert checking.check(channel) == ""
