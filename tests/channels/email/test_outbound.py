"""Letters on their way out, by a real SMTP server in every mood."""

from __future__ import annotations

import email
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from pydantic import SecretStr

from tests.installation import free_port
from tests.servers import certificates
from tests.servers.smtp_sink import SmtpSink
from tests.world import World
from vikno.accounts import letters
from vikno.channels.email import checking, outbound, outbox, plain, sending_health, servers, smtp_pool
from vikno.channels.email.letter import parse
from vikno.core import jobs
from vikno.core.models import Company, Job
from vikno.core.secrets import Secret
from vikno.dialogs import deliveries, sending
from vikno.dialogs.actions import NewFile
from vikno.dialogs.delivery_words import Code
from vikno.dialogs.models import Channel, Delivery, Message, SentHour
from vikno.people.models import Identity
from vikno.tickets.actions.answering import Recipients

State = Delivery.State


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, data: Path) -> Iterator[None]:
    monkeypatch.setattr(smtp_pool, "PATIENCE", 2.0)
    monkeypatch.setattr(smtp_pool, "FINAL_PATIENCE", 1.0)
    yield
    smtp_pool.POOL.close()
    for file in (data / "outbox").glob("*"):
        file.unlink()


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink) -> SmtpSink:
    """The relay of the installation."""
    monkeypatch.setattr(settings.ENVIRONMENT, "smtp_url", SecretStr(smtp_sink.url))
    return smtp_sink


def use(channel: Channel, sink: SmtpSink, user: str = "", password: str = "", security: str = "none") -> None:
    """Let a channel send by this server."""
    channel.settings["smtp"] = {"host": sink.host, "port": sink.port, "security": security, "user": user}
    servers.keep_passwords(channel, smtp=Secret(password))
    channel.save()


def answer(world: World, **more: Any) -> Delivery:
    return hasten(world.answer(world.ticket(), **more).deliveries.order_by("id")[0])


def hasten(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(message=delivery.message_id).update(not_before=delivery.created_at)
    return delivery


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(id=delivery.id)


def health(world: World) -> dict[str, Any]:
    return Channel.objects.get(id=world.mail.id).health.get("out", {})


class TestTheWayOut:
    def test_a_letter_goes_by_the_relay(self, world: World, relay: SmtpSink) -> None:
        delivery = answer(world, files=[NewFile("a.txt", "text/plain", content=b".dot\n..dots\n" * 3)])
        sending.run_due()
        [got] = relay.letters
        assert (got.sender, got.recipients) == ("help@kashtan.example", ["maria@kramnytsia.example"])
        assert got.message["Message-ID"] == Message.objects.get(id=delivery.message_id).foreign_id
        assert parse(got.content).attachments[0].content == b".dot\n..dots\n" * 3
        assert fresh(delivery).state == State.SENT and not outbox.path_of(delivery).exists()

    def test_the_channels_own_server_comes_first(self, world: World, relay: SmtpSink, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        own = SmtpSink(tmp_path / "own", login=("help", "geheim"))
        try:
            use(world.mail, own, "help", "geheim")
            answer(world)
            sending.run_due()
            assert [len(relay.letters), len(own.letters)] == [0, 1] and own.letters[0].signed_in_as == "help"
        finally:
            own.stop()

    def test_each_recipient_has_a_letter_and_an_answer_of_their_own(self, world: World, relay: SmtpSink) -> None:
        relay.refused["petro@example.net"] = "550 5.1.1 unknown"
        who = Recipients(to=[world.maria], cc=[world.petro], bcc=[world.stranger])
        delivery = answer(world, recipients=who)
        sending.run_due()
        assert [one.recipients for one in relay.letters] == [["maria@kramnytsia.example"], ["nobody@example.com"]]
        states = delivery.message.deliveries.order_by("id").values_list("state", flat=True)
        assert list(states) == [State.SENT, State.REFUSED, State.SENT]
        assert Identity.objects.get(id=world.petro.id).failed_at is not None
        assert len({one.message["Message-ID"] for one in relay.letters}) == 1

    def test_a_connection_is_used_again(self, world: World, relay: SmtpSink) -> None:
        for _ in range(3):
            answer(world)
            sending.run_due()
        assert len(relay.letters) == 3 and relay.commands.count("EHLO") == 1

    def test_one_that_the_server_closed_meanwhile_is_not_missed(self, world: World, relay: SmtpSink) -> None:
        answer(world)
        sending.run_due()
        relay.stop()
        relay.start()
        delivery = answer(world)
        sending.run_due()
        assert fresh(delivery).state == State.SENT and len(relay.letters) == 2

    # aiosmtpd forgets to close its side after a handshake that failed.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_starttls_is_checked_and_never_left_out(
        self, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, smtp_sink: SmtpSink
    ) -> None:
        (tmp_path / "tls").mkdir()
        sink = SmtpSink(tmp_path / "tls", tls=True, login=("help", "geheim"))
        try:
            use(world.mail, sink, "help", "geheim", "starttls")
            delivery = answer(world)
            sending.run_due()  # nobody vouches for this certificate
            assert health(world)["code"] == "certificate" and sink.letters == []
            monkeypatch.setenv("SSL_CERT_FILE", str(sink.certificate))
            deliveries.resume(world.mail.id)
            sending.run_due()
            assert fresh(delivery).state == State.SENT and sink.letters[0].encrypted
        finally:
            sink.stop()
        use(world.mail, smtp_sink, security="starttls")  # one that offers no encryption
        answer(world)
        sending.run_due()
        assert health(world)["code"] == "not_offered" and smtp_sink.letters == []

    # aiosmtpd forgets to close its side after a handshake that failed.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_tls_from_the_first_byte(
        self, world: World, monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink, tmp_path: Path
    ) -> None:
        certificate, key = certificates.make(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        server = Controller(_Count(), hostname="127.0.0.1", port=free_port(), ssl_context=context, ready_timeout=60)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        server.start()
        try:
            use(world.mail, smtp_sink)
            world.mail.settings["smtp"] |= {"port": server.port, "security": "tls"}
            world.mail.save()
            delivery = answer(world)
            sending.run_due()
            assert fresh(delivery).state == State.SENT and server.handler.letters == 1
            smtp_pool.POOL.close()
        finally:
            server.stop()


class _Count:
    letters = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters += 1
        return "250 OK"


class TestWhatServersSay:
    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize(
        "words", ["421 4.3.2 closing", "450 4.2.0 greylisted", "451 4.3.0 error", "452 4.3.1 full"]
    )
    def test_not_now_is_tried_again(self, world: World, relay: SmtpSink, command: str, words: str) -> None:
        relay.answers[command] = words
        delivery = answer(world)
        sending.run_due()
        row = fresh(delivery)
        assert (row.state, row.attempts, row.reason) == (State.QUEUED, 1, words)
        relay.answers.clear()
        hasten(delivery)
        sending.run_due()
        assert fresh(delivery).state == State.SENT and len(relay.letters) == 1

    @pytest.mark.parametrize(
        ("command", "words", "failed"),
        [
            ("RCPT", "550 5.1.1 no such user", True),
            ("RCPT", "550 5.7.1 relay access denied", False),
            ("RCPT", "552 5.2.2 mailbox full", False),
            ("DATA", "554 5.7.1 looks like spam", False),
            ("DATA", "552 5.7.0 blocked for its attachment", False),  # of this letter alone
            ("DATA", "550 5.1.1 said too late to be sure whom it means", True),
        ],
    )
    def test_never_is_refused_in_its_words(
        self, world: World, relay: SmtpSink, command: str, words: str, failed: bool
    ) -> None:
        relay.answers[command] = words
        delivery = answer(world)
        sending.run_due()
        assert fresh(delivery).state == State.REFUSED and fresh(delivery).reason == words
        assert Identity.objects.get(id=world.maria.id).is_gone == failed

    @pytest.mark.parametrize(
        ("command", "words", "code"),
        [
            ("MAIL", "530 5.7.0 authentication required", "password_refused"),
            ("MAIL", "553 5.7.1 not your address", "sender_refused"),
            ("RCPT", "550 5.4.5 daily sending quota exceeded", "server_error"),
            ("DATA", "554 5.2.252 SendAsDenied; help@kashtan.example", "sender_refused"),
        ],
    )
    def test_what_means_us_halts_the_channel(
        self, world: World, relay: SmtpSink, command: str, words: str, code: str
    ) -> None:
        relay.answers[command] = words
        delivery = answer(world)
        sending.run_due()
        assert (fresh(delivery).state, fresh(delivery).attempts) == (State.QUEUED, 0)
        assert health(world)["code"] == code and health(world)["detail"] == words
        assert words in sending_health.line(Channel.objects.get(id=world.mail.id))

    def test_a_wrong_password_halts_and_is_never_shown(
        self, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "own").mkdir()
        sink = SmtpSink(tmp_path / "own", login=("help", "right"))
        try:
            use(world.mail, sink, "help", "wr0ng-geheim")
            delivery = answer(world)
            sending.run_due()
        finally:
            sink.stop()
        assert health(world)["code"] == "password_refused" and fresh(delivery).state == State.QUEUED
        out, err = capfd.readouterr()
        assert "wr0ng-geheim" not in caplog.text + out + err + json.dumps(health(world))

    def test_a_server_that_is_away_loses_nothing_and_comes_back(self, world: World, relay: SmtpSink) -> None:
        relay.stop()
        rows = [answer(world) for _ in range(3)]
        sending.run_due()
        assert health(world)["code"] == "unreachable"
        assert {fresh(row).state for row in rows} == {State.QUEUED}
        relay.start()
        deliveries.resume(world.mail.id)
        while sending.run_due():
            pass
        assert len(relay.letters) == 3 and health(world) == {}

    @pytest.mark.parametrize("command", ["MAIL", "RCPT"])
    def test_a_cut_before_the_letter_is_tried_again(self, world: World, relay: SmtpSink, command: str) -> None:
        relay.drop_at = command
        delivery = answer(world)
        sending.run_due()
        assert fresh(delivery).state == State.QUEUED and fresh(delivery).attempts == 1

    @pytest.mark.parametrize(("where", "kept"), [("KEPT", 1), ("DATA", 0)])
    def test_a_cut_after_the_last_dot_is_doubtful(self, world: World, relay: SmtpSink, where: str, kept: int) -> None:
        relay.drop_at = where
        delivery = answer(world)
        sending.run_due()
        assert fresh(delivery).state == State.DOUBTFUL and fresh(delivery).reason.startswith(Code.NO_ANSWER)
        relay.drop_at = ""
        assert sending.run_due() == 0 and len(relay.letters) == kept
        deliveries.repeat(fresh(delivery), by=world.act(world.iryna))
        sending.run_due()
        assert {one.message["Message-ID"] for one in relay.letters} == {
            Message.objects.get(id=delivery.message_id).foreign_id
        }

    def test_silence_after_the_last_dot_is_doubtful(self, world: World, relay: SmtpSink) -> None:
        relay.slow["KEPT"] = 2.0
        delivery = answer(world)
        sending.run_due()
        assert fresh(delivery).state == State.DOUBTFUL

    @pytest.mark.parametrize("words", ["552 5.3.4 message too big", "552 too much data"])
    def test_a_letter_that_is_too_large_says_what_to_do(self, world: World, relay: SmtpSink, words: str) -> None:
        relay.answers["DATA"] = words
        delivery = answer(world)
        sending.run_due()
        assert fresh(delivery).reason == f"{Code.TOO_LARGE}: {words}"

    def test_what_is_too_large_for_the_server_is_not_begun(self, world: World, relay: SmtpSink) -> None:
        world.mail.settings["link_above_mb"] = 100  # or it would be handed out from a page
        world.mail.save()
        huge = NewFile("a.bin", "application/octet-stream", content=bytes(25_000_000))  # the sink takes 32 MiB
        delivery = answer(world, files=[huge])
        sending.run_due()
        assert fresh(delivery).state == State.REFUSED and fresh(delivery).reason.startswith(Code.TOO_LARGE)
        assert "MAIL" not in relay.commands


class TestOutbox:
    def test_without_a_relay_letters_lie_as_files_until_there_is_one(
        self, world: World, monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink
    ) -> None:
        delivery = answer(world, text="Дивимось")
        sending.run_due()
        assert (fresh(delivery).state, fresh(delivery).reason) == (State.QUEUED, Code.NO_RELAY)
        path = outbox.path_of(delivery)
        assert "Дивимось" in parse(path.read_bytes()).text
        assert path.stat().st_mode & 0o077 == 0
        monkeypatch.setattr(settings.ENVIRONMENT, "smtp_url", SecretStr(smtp_sink.url))
        deliveries.resume()
        sending.run_due()
        assert fresh(delivery).state == State.SENT and len(smtp_sink.letters) == 1 and not path.exists()

    def test_a_demo_sends_nothing_outside(self, world: World, relay: SmtpSink) -> None:
        Company.objects.update(demo=True)
        use(world.mail, relay)
        delivery = answer(world)
        sending.run_due()
        assert (fresh(delivery).state, fresh(delivery).reason) == (State.SENT, Code.DEMO)
        assert relay.commands == [] and outbox.path_of(delivery).exists()

    def test_a_fault_while_composing_keeps_the_letter(
        self, world: World, relay: SmtpSink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        delivery = answer(world)
        world.mail.addresses.all().delete()
        sending.run_due()
        assert fresh(delivery).state == State.QUEUED and health(world)["code"] == "no_address"


class TestAccountLetters:
    def test_they_go_by_the_relay(self, world: World, relay: SmtpSink) -> None:
        plain.send_plain("olena@kashtan.example", "Пароль", "https://help.example/reset/abc123secret")
        assert "abc123secret" not in json.dumps(Job.objects.get().payload)
        jobs.run_due()
        [got] = relay.letters
        assert got.message["Subject"] == "Пароль" and "abc123secret" in got.message.get_content()
        assert got.message["Auto-Submitted"] == "auto-generated" and not Job.objects.exists()
        assert SentHour.objects.get(channel=world.mail).messages == 1  # the provider counts it, too

    def test_without_a_relay_they_lie_in_the_outbox(self, world: World, data: Path) -> None:
        plain.send_plain("olena@kashtan.example", "Пароль", "текст")
        jobs.run_due()
        [file] = (data / "outbox").glob("*.eml")
        assert email.message_from_bytes(file.read_bytes())["To"] == "olena@kashtan.example"

    def test_accounts_use_them(self, world: World, relay: SmtpSink) -> None:
        letters.send("olena@kashtan.example", "Пароль", "текст")
        jobs.run_due()
        assert len(relay.letters) == 1

    def test_a_job_that_failed_is_tried_again_with_the_same_id(self, world: World, relay: SmtpSink) -> None:
        relay.answers["DATA"] = "451 4.3.0 later"
        plain.send_plain("olena@kashtan.example", "Пароль", "текст")
        jobs.run_due()
        relay.answers.clear()
        Job.objects.update(run_at=world.company.created_at)
        jobs.run_due()
        assert len(relay.letters) == 1


def test_the_check_says_what_is_wrong(world: World, relay: SmtpSink) -> None:
    assert checking.check(world.mail) == ""
    relay.stop()
    assert "does not answer" in checking.check(world.mail)


def test_relay_addresses_are_read_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(url: str) -> tuple[str, int, str, str, str]:
        monkeypatch.setattr(settings.ENVIRONMENT, "smtp_url", SecretStr(url))
        found = outbound.relay()
        assert found is not None and "geheim" not in repr(found)
        return found.host, found.port, found.security, found.user, found.password.reveal()

    assert of("smtp://mail.example") == ("mail.example", 25, "none", "", "")
    assert of("smtps://u%40x:p%3Aw@mail.example") == ("mail.example", 465, "tls", "u@x", "p:w")
    assert of("smtp+starttls://u:geheim@mail.example:2587") == ("mail.example", 2587, "starttls", "u", "geheim")
