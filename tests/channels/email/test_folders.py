"""Several folders of a mailbox, mailboxes by POP3, and the past of one, by a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.channels.email.conftest import BOX
from tests.letters import letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink
from tests.taking import handle_all
from tests.world import World
from vikno.channels.email import (
    checking,
    connecting,
    mailbox,
    mailbox_health,
    past,
    past_work,
    pop3,
    sent_copies,
    servers,
    smtp_pool,
)
from vikno.channels.email.mailboxes import Mailboxes
from vikno.channels.email.models import Mailbox, OldLetter, Past
from vikno.core import clock, jobs
from vikno.core.models import Job
from vikno.core.secrets import Secret
from vikno.dialogs import sending
from vikno.dialogs.models import Channel, Delivery
from vikno.intake import ledger, pipeline
from vikno.intake.models import Inbound
from vikno.journal.models import Event
from vikno.tickets.actions.answering import Recipients
from vikno.tickets.models import Stage, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def set_up(channel: Channel, dovecot: Dovecot, **more: object) -> Channel:
    pop = more.get("protocol") == "pop3"
    port = dovecot.pop3_port if pop else dovecot.imap_port
    channel.settings = {"imap": {"host": dovecot.host, "port": port, "security": "none", "user": BOX} | more}
    servers.keep_passwords(channel, imap=Secret("right password"))
    channel.save()
    return channel


@pytest.fixture
def engine(world: World) -> Iterator[Mailboxes]:
    made = Mailboxes()
    yield made
    made.stop()


def until(condition: Callable[[], bool], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def append(dovecot: Dovecot, raw: bytes, days_ago: float, folder: str = "INBOX", user: str = BOX) -> None:
    """A letter that has lain there for so many days."""
    at = (clock.now() - timedelta(days=days_ago)).strftime('"%d-%b-%Y %H:%M:%S +0000"')
    client = dovecot.client(user)
    client.append(folder, "", at, raw)
    client.logout()


def look(channel: Channel) -> int:
    server = servers.server(channel, "imap")
    assert server is not None
    return pop3.Session(channel, pop3.connect(server), lambda: False).read()


@contextmanager
def look_by_imap(channel: Channel) -> Iterator[mailbox.Session]:
    server = servers.server(channel, "imap")
    assert server is not None
    client = connecting.connect(server)
    try:
        yield mailbox.Session(channel, client, lambda: False)
    finally:
        connecting.close(client)


def seen(session: mailbox.Session, uid: int) -> bytes:
    found = session.client.fetch([uid], ["BODY.PEEK[HEADER]"])[uid]
    return bytes(found[b"BODY[HEADER]"])


class TestFolders:
    def test_each_folder_is_read_for_what_it_is(self, world: World, box: Dovecot, engine: Mailboxes) -> None:
        channel = set_up(world.mail, box, more_folders=["Sales"], take_junk=True, take_sent=True, after="seen")
        for folder in ("INBOX", "Sales", "Junk", "Sent"):
            box.deliver(BOX, letter(subject=folder), folder)
        engine.step()
        until(lambda: Inbound.objects.count() == 4)
        found = {row.source_key.partition(":")[0]: row.folder for row in Inbound.objects.all()}
        assert found == {"INBOX": "", "Sales": "", "Junk": "junk", "Sent": "sent"}
        until(lambda: box.letters(BOX, "Sales")[0][0] == {"\\Seen"})
        for folder in ("Junk", "Sent"):  # what is not addressed to us is left as it lies
            assert box.letters(BOX, folder)[0][0] == set()
        assert Channel.objects.get(id=channel.id).health.get("in", {}).get("ok")

    def test_a_letter_comes_at_once_while_others_are_looked_into(
        self, world: World, box: Dovecot, engine: Mailboxes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mailbox, "POLL_OTHERS", 1.0)
        set_up(world.mail, box, more_folders=["Sales"])
        engine.step()
        until(lambda: Mailbox.objects.count() == 2)
        box.deliver(BOX, letter(), "Sales")
        until(lambda: Inbound.objects.count() == 1)
        box.deliver(BOX, letter())
        until(lambda: Inbound.objects.count() == 2)

    def test_what_the_provider_calls_junk_is_held(self, world: World, box: Dovecot, engine: Mailboxes) -> None:
        set_up(world.mail, box, take_junk=True)
        box.deliver(BOX, letter(), "Junk")
        engine.step()
        until(lambda: Inbound.objects.exists())
        pipeline.run_due()
        assert Inbound.objects.get().fate == "held" and Inbound.objects.get().reason == "junk"
        assert not Ticket.objects.exists()

    def test_a_folder_that_is_not_there_is_named_and_the_rest_is_read(
        self, world: World, box: Dovecot, engine: Mailboxes
    ) -> None:
        channel = set_up(world.mail, box, more_folders=["Nowhere"])
        assert "“Nowhere”" in checking.check(channel)
        box.deliver(BOX, letter())
        engine.step()
        until(lambda: Inbound.objects.exists())
        until(lambda: Channel.objects.get(id=channel.id).health.get("in", {}).get("missing_folders") == ["Nowhere"])
        channel.refresh_from_db()
        assert "“Nowhere”" in mailbox_health.line(channel)


class TestPop3:
    def test_each_letter_once_and_all_left_on_the_server(self, world: World, box: Dovecot) -> None:
        channel = set_up(world.mail, box, protocol="pop3")
        assert checking.check(channel) == ""
        for number in range(3):
            box.deliver(BOX, letter("x" * 5000 + "\n.\n..\n" * 3, subject=str(number)))
        assert [look(channel), look(channel)] == [3, 0]
        box.deliver(BOX, letter())
        assert look(channel) == 1
        assert len(box.letters(BOX)) == 4
        handle_all()
        assert Ticket.objects.count() == 4
        assert Mailbox.objects.get().checked["in_mailbox"] == 4

    def test_lines_may_be_longer_than_anybody_wants(self, world: World, box: Dovecot) -> None:
        box.deliver(BOX, letter().replace(b"\n\n", b"\nX-Long: " + b"y" * 50_000 + b"\n\n", 1))
        assert look(set_up(world.mail, box, protocol="pop3")) == 1

    def test_letters_go_from_the_server_after_their_days(self, world: World, box: Dovecot) -> None:
        channel = set_up(world.mail, box, protocol="pop3", after="delete", days_on_server=7)
        box.deliver(BOX, letter())
        look(channel)
        look(channel)
        assert len(box.letters(BOX)) == 1
        Inbound.objects.update(received_at=clock.now() - timedelta(days=8))
        look(channel)
        assert box.letters(BOX) == []

    def test_what_is_old_is_left_alone(self, world: World, box: Dovecot) -> None:
        old = b"Received: from a by b; Wed, 01 Jan 2020 10:00:00 +0000\r\n" + letter()
        box.deliver(BOX, old)
        box.deliver(BOX, letter())
        channel = set_up(world.mail, box, protocol="pop3")
        assert [look(channel), look(channel)] == [1, 0]
        assert OldLetter.objects.count() == 1

    def test_a_letter_that_is_too_big_is_never_deleted(
        self, world: World, box: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pop3, "MOST_BYTES", 100_000)
        channel = set_up(world.mail, box, protocol="pop3", after="delete", days_on_server=0)
        box.deliver(BOX, letter("0123456789\n" * 10_000, subject="Huge"))
        box.deliver(BOX, letter("x" * 50 + "\n" + "y" * 80_000, subject="Large"))  # whole, in a file
        box.deliver(BOX, letter(subject="Small"))
        assert [look(channel), look(channel)] == [3, 0]
        [(_flags, left)] = box.letters(BOX)
        assert b"Huge" in left

    def test_a_line_without_end_leaves_a_stub_and_the_rest_comes(
        self, world: World, box: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pop3, "LONGEST_LINE", 100_000)
        channel = set_up(world.mail, box, protocol="pop3", after="delete", days_on_server=0)
        box.deliver(BOX, letter("LINE", subject="Endless").replace(b"LINE", b"z" * 350_000))
        box.deliver(BOX, letter(subject="Behind it"))
        assert [look(channel), look(channel)] == [2, 0]
        stub, behind = Inbound.objects.order_by("id")
        assert stub.size > 350_000 > len(ledger.raw_bytes(stub))
        assert b"Behind it" in ledger.raw_bytes(behind)
        assert [b"Endless" in raw for _flags, raw in box.letters(BOX)] == [True]

    def test_a_server_that_allows_little_at_once_is_passed_in_several_sessions(
        self, world: World, box: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pop3, "AGED", 2)
        old = b"Received: from a by b; Wed, 01 Jan 2020 10:00:00 +0000\r\n"
        for number in range(6):
            box.deliver(BOX, old + letter(subject=str(number)))
        box.deliver(BOX, letter(subject="New"))
        channel = set_up(world.mail, box, protocol="pop3")
        seen = []
        for _ in range(4):
            server = servers.server(channel, "imap")
            assert server is not None
            client = pop3.connect(server)
            asked: list[int] = []
            top = client.top

            def limited(which: int, howmuch: int, asked: list[int] = asked, top: Any = top) -> object:
                asked.append(which)
                if len(asked) > 3:
                    raise EOFError("so much and no more")
                return top(which, howmuch)

            monkeypatch.setattr(client, "top", limited)
            try:
                seen.append(pop3.Session(channel, client, lambda: False).read())
            except EOFError:
                pop3.close(client)
        assert seen == [1, 0]
        assert OldLetter.objects.count() == 6

    def test_a_refused_password_is_said(self, world: World, box: Dovecot) -> None:
        channel = set_up(world.mail, box, protocol="pop3")
        servers.keep_passwords(channel, imap=Secret("wrong"))
        assert "refuses the user name or password" in checking.check(channel)

    def test_the_engine_reads_it(self, world: World, box: Dovecot, engine: Mailboxes) -> None:
        channel = set_up(world.mail, box, protocol="pop3")
        box.deliver(BOX, letter())
        engine.step()
        until(lambda: Inbound.objects.exists())
        until(lambda: Channel.objects.get(id=channel.id).health.get("in", {}).get("last_in"))


class TestThePast:
    def work(self, patience: float = 60) -> None:
        deadline = time.monotonic() + patience
        while Job.objects.filter(kind=past.JOB).exists():
            assert time.monotonic() < deadline
            Job.objects.update(run_at=clock.now())
            jobs.run_due()

    def test_it_comes_in_closed_and_quiet_and_once(self, world: World, box: Dovecot) -> None:
        channel = set_up(world.mail, box, first_days=0, after="delete")
        for days in (400, 200, 30):
            append(box, letter(subject=str(days)), days)
        asked = past.ask(channel, clock.now() - timedelta(days=300), by=world.act(world.olena))
        self.work()
        asked.refresh_from_db()
        assert (asked.state, asked.total, asked.done, asked.taken) == ("done", 2, 2, 2)
        handle_all()
        found = Ticket.objects.order_by("created_at")
        assert [one.subject for one in found] == ["200", "30"]
        assert {one.stage for one in found} == {Stage.CLOSED}
        assert all(one.waiting_since is None and one.created_at < clock.now() - timedelta(days=29) for one in found)
        assert Event.objects.filter(verb="message.received").first().actor_kind == "import"
        assert len(box.letters(BOX)) == 3  # nothing of the past is marked or deleted
        past.ask(channel, clock.now() - timedelta(days=500), by=world.act(world.olena))
        self.work()
        assert Inbound.objects.count() == 3

    def test_it_goes_on_where_it_stood(self, world: World, box: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(past_work, "BATCH", 2)
        monkeypatch.setattr(past_work, "MOST_WAITING", 2)
        channel = set_up(world.mail, box, first_days=0)
        for number in range(5):
            append(box, letter(subject=str(number)), 10)
        asked = past.ask(channel, clock.now() - timedelta(days=20), by=world.act(world.olena))
        jobs.run_due()
        asked.refresh_from_db()
        assert (asked.done, asked.total, asked.state) == (2, 5, "running")  # the pipeline is not flooded
        box.stop()
        handle_all()
        Job.objects.update(run_at=clock.now())
        jobs.run_due()
        asked.refresh_from_db()
        assert asked.trouble == "unreachable"
        box.start()
        for _ in range(5):
            handle_all()
            Job.objects.update(run_at=clock.now())
            jobs.run_due()
        asked.refresh_from_db()
        assert (asked.state, asked.done, asked.trouble, Inbound.objects.count()) == ("done", 5, "", 5)

    def test_what_comes_now_is_left_to_the_reader(self, world: World, box: Dovecot) -> None:
        channel = set_up(world.mail, box, first_days=0)
        past.ask(channel, clock.now() - timedelta(days=300), by=world.act(world.olena))
        append(box, letter(subject="Just now"), 0)
        append(box, letter(subject="Long ago"), 100)
        self.work()
        assert [b"Long ago" in ledger.raw_bytes(one) for one in Inbound.objects.all()] == [True]
        with look_by_imap(channel) as session:
            session.read_new()
        assert Inbound.objects.count() == 2
        handle_all()
        found = Ticket.objects.get(subject="Just now")
        assert found.stage != Stage.CLOSED and found.waiting_since is not None

    def test_what_could_not_be_fetched_is_of_the_past_also_later(
        self, world: World, box: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        channel = set_up(world.mail, box, first_days=0, after="delete")
        for days in (400, 300):
            append(box, letter(subject=str(days)), days)
        fetch = mailbox.Session._fetch
        with monkeypatch.context() as broken:
            broken.setattr(
                mailbox.Session,
                "_fetch",
                lambda self, uid, head: None if b"300" in seen(self, uid) else fetch(self, uid, head),
            )
            past.ask(channel, clock.now() - timedelta(days=500), by=world.act(world.olena))
            self.work()
        assert Inbound.objects.count() == 1
        with look_by_imap(channel) as session:
            session.read_new()
            session.reconcile()
            session.reconcile()
        handle_all()
        found = Ticket.objects.all()
        assert {one.subject for one in found} == {"400", "300"}
        assert {one.stage for one in found} == {Stage.CLOSED} and {one.waiting_since for one in found} == {None}
        assert len(box.letters(BOX)) == 2  # nothing of the past is deleted

    def test_one_at_a_time_and_it_can_be_stopped(self, world: World, box: Dovecot) -> None:
        channel = set_up(world.mail, box)
        by = world.act(world.olena)
        past.ask(channel, clock.now(), by=by)
        with pytest.raises(past.NotPossible):
            past.ask(channel, clock.now(), by=by)
        past.stop(channel, by=by)
        self.work()
        assert Past.objects.get().state == Past.State.STOPPED
        assert not Inbound.objects.exists()


class TestSentCopies:
    def test_a_copy_lies_in_the_mailbox_once_and_comes_back_as_ours(
        self, world: World, box: Dovecot, smtp_sink: SmtpSink
    ) -> None:
        channel = set_up(world.mail, box)
        channel.settings |= {"copy_to_sent": True}
        channel.settings["smtp"] = {"host": smtp_sink.host, "port": smtp_sink.port, "security": "none", "user": ""}
        channel.save()
        with transaction.atomic():
            both = Recipients(to=[world.maria], cc=[world.petro])
            message = world.answer(world.ticket(), recipients=both)
        Delivery.objects.update(not_before=clock.now())
        sending.run_due()
        assert len(smtp_sink.wait(2)) == 2
        assert Job.objects.filter(kind=sent_copies.JOB).count() == 1
        payload = Job.objects.get(kind=sent_copies.JOB).payload
        jobs.run_due()
        sent_copies.work(payload)  # as if the engine had died before it wrote that down
        message.refresh_from_db()
        [(flags, copy)] = box.letters(BOX, "Sent")
        assert flags == {"\\Seen"} and message.foreign_id.encode() in copy
        smtp_pool.POOL.close()
        entry = ledger.accept(channel, copy, source="imap")
        pipeline.run_due()
        entry.refresh_from_db()
        assert (entry.fate, entry.reason) == ("duplicate", "own_letter")
