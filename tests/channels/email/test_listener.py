"""The SMTP listener as other servers meet it: over a real connection."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.letters import letter
from tests.servers import certificates
from tests.world import World
from vikno.channels.email import listener as listeners
from vikno.channels.email import own
from vikno.channels.email.limits import MOST_BYTES
from vikno.channels.email.listener import Listener
from vikno.core import files
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.intake import ledger
from vikno.intake.models import Inbound

pytestmark = pytest.mark.django_db(transaction=True)
HELP = "help@kashtan.example"


@pytest.fixture
def listener(world: World, tmp_path: Path) -> Iterator[Listener]:
    own.forget()
    made = Listener("127.0.0.1", 0, tmp_path)
    made.start()
    yield made
    made.stop()
    own.forget()


@pytest.fixture
def client(listener: Listener) -> Iterator[smtplib.SMTP]:
    made = smtplib.SMTP("127.0.0.1", listener.port, timeout=60)
    made.ehlo()
    yield made
    made.close()


def test_a_letter_is_stored_when_250_is_said(client: smtplib.SMTP) -> None:
    raw = letter("x" * 2000).replace(b"\n", b"\r\n") + b".dots\r\n.\r\n..\r\n"
    client.sendmail("maria@kramnytsia.example", [HELP], raw)
    entry = Inbound.objects.get()
    assert entry.source == "smtp"
    assert (entry.envelope_from, entry.envelope_to, entry.peer_ip) == ("maria@kramnytsia.example", [HELP], "127.0.0.1")
    assert ledger.raw_bytes(entry) == raw


def test_any_form_of_our_address_is_taken_and_no_other(client: smtplib.SMTP) -> None:
    recipients = [HELP, "HELP+t.1.x@Kashtan.Example", "boss@kashtan.example", "help@else.example"]
    refused = client.sendmail("", recipients, letter())
    assert {address: code for address, (code, _) in refused.items()} == {
        "boss@kashtan.example": 550, "help@else.example": 550,
    }  # fmt: skip
    assert Inbound.objects.get().envelope_to == [HELP, "HELP+t.1.x@Kashtan.Example"]
    assert Inbound.objects.get().envelope_from == ""


def test_letters_for_a_channel_that_is_switched_off_come_again(client: smtplib.SMTP, world: World) -> None:
    """The sender's server is told to wait, however many it brings; once the channel is on again they are taken."""
    Channel.objects.filter(id=world.mail.id).update(active=False)
    own.forget()
    client.mail("a@b.example")
    for _ in range(listeners.MOST_MISTAKES + 1):
        code, words = client.rcpt("Help+t.1.x@kashtan.example")
        assert (code, words[:5], b"try again later" in words) == (450, b"4.2.1", True)
    assert client.rcpt("boss@kashtan.example")[0] == 550
    client.rset()
    Channel.objects.filter(id=world.mail.id).update(active=True)
    own.forget()
    client.sendmail("a@b.example", [HELP], letter())
    assert Inbound.objects.get().envelope_to == [HELP]


def test_a_channel_switched_off_in_the_middle_of_a_letter_loses_nothing(client: smtplib.SMTP, world: World) -> None:
    """Of two recipients one is switched off after it was accepted: neither is stored, so that both come again."""
    other = Channel.objects.create(kind="email", name="Рахунки", brand=world.brand, team=world.billing)
    ChannelAddress.objects.create(channel=other, address="bills@kashtan.example", team=world.billing, default=True)
    own.forget()
    client.mail("a@b.example")
    assert (client.rcpt(HELP)[0], client.rcpt("bills@kashtan.example")[0]) == (250, 250)
    Channel.objects.filter(id=other.id).update(active=False)
    own.forget()
    assert client.data(letter())[0] == 450
    assert not Inbound.objects.exists()


def test_bytes_of_8_bits_and_very_long_lines_come_through(client: smtplib.SMTP) -> None:
    body = "Привіт, це довгий рядок. ".encode("koi8-u") * 800
    assert len(body) > 10_000
    client.sendmail("a@b.example", [HELP], b"Subject: x\r\n\r\n" + body + b"\r\n")
    assert body in ledger.raw_bytes(Inbound.objects.get())


def test_a_letter_over_the_limit_is_refused_for_good(client: smtplib.SMTP, listener: Listener) -> None:
    assert client.esmtp_features["size"] == str(MOST_BYTES)
    code, _ = client.mail("a@b.example", [f"SIZE={MOST_BYTES + 1}"])
    assert code == 552
    assert not Inbound.objects.exists()


def test_a_whole_letter_with_bare_line_feeds_is_taken(client: smtplib.SMTP) -> None:
    raw = letter("рядок\n" * 30_000)
    assert b"\r\n" not in raw
    client.sendmail("a@b.example", [HELP], raw)
    assert ledger.raw_bytes(Inbound.objects.get()).rstrip() == raw.rstrip()


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r"])
def test_a_second_letter_is_not_smuggled_through(client: smtplib.SMTP, end: bytes) -> None:
    client.mail("a@b.example")
    client.rcpt(HELP)
    client.docmd("DATA")
    smuggled = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<help@kashtan.example>\r\nDATA\r\nSubject: two\r\n\r\nevil\r\n"
    client.send(b"Subject: one\r\n\r\nbody" + end + smuggled + b".\r\n")
    code, _ = client.getreply()
    assert code == 550
    assert not Inbound.objects.exists()
    assert client.noop()[0] == 250


def test_a_lone_dot_before_a_bare_line_feed_ends_no_letter(client: smtplib.SMTP) -> None:
    client.mail("a@b.example")
    client.rcpt(HELP)
    client.docmd("DATA")
    client.send(b"Subject: one\r\n\r\nbody\r\n.\nMAIL FROM:<evil@x.example>\r\n.\r\n")
    assert client.getreply()[0] == 250
    assert Inbound.objects.get().envelope_from == "a@b.example"
    assert b"MAIL FROM:<evil" in ledger.raw_bytes(Inbound.objects.get())


def test_what_cannot_be_stored_is_to_be_brought_again(client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, key: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    big = letter("x\n" * 60_000)
    with monkeypatch.context() as planted:
        planted.setattr(files.LocalStore, "write", full)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("a@b.example", [HELP], big)
    assert caught.value.smtp_code == 452
    client.sendmail("a@b.example", [HELP], big)
    assert Inbound.objects.count() == 1


def test_starttls_is_offered_with_the_certificate_in_the_data_folder(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=60) as plain:
        plain.ehlo()
        assert not plain.has_extn("starttls")
    certificate, key = certificates.make(listener.folder)
    Path(certificate).rename(listener.folder / "cert.pem")
    Path(key).rename(listener.folder / "key.pem")
    context = ssl.create_default_context(cafile=str(listener.folder / "cert.pem"))
    context.check_hostname = False
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=60) as client:
        client.starttls(context=context)
        client.sendmail("a@b.example", [HELP], letter())
    assert Inbound.objects.count() == 1


def test_nobody_can_sign_in_or_relay(client: smtplib.SMTP) -> None:
    assert not client.has_extn("auth")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("a@b.example", ["victim@elsewhere.example"], letter())


def test_too_many_recipients_and_connections_are_put_off(
    listener: Listener, client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "MOST_RECIPIENTS", 2)
    client.mail("a@b.example")
    codes = [client.rcpt(f"help+{number}@kashtan.example")[0] for number in range(3)]
    assert codes == [250, 250, 452]
    monkeypatch.setattr(listeners, "MOST_CONNECTIONS", 1)
    with socket.create_connection(("127.0.0.1", listener.port), timeout=60) as second:
        assert second.recv(200).startswith(b"421")
    client.close()
    deadline = time.monotonic() + 60
    while listener.servers and time.monotonic() < deadline:
        time.sleep(0.01)
    with socket.create_connection(("127.0.0.1", listener.port), timeout=60) as third:
        assert third.recv(200).startswith(b"220")


def test_who_guesses_addresses_is_shown_out(client: smtplib.SMTP) -> None:
    client.mail("a@b.example")
    codes = [client.rcpt(f"guess{number}@kashtan.example")[0] for number in range(listeners.MOST_MISTAKES + 1)]
    assert codes[0] == 550
    assert codes[-1] == 421


def test_letters_that_arrive_together_share_commits(listener: Listener) -> None:
    problems: list[BaseException] = []

    def send(number: int) -> None:
        try:
            with smtplib.SMTP("127.0.0.1", listener.port, timeout=60) as mine:
                for one in range(5):
                    mine.sendmail("a@b.example", [HELP], letter(f"{number} {one}"))
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert Inbound.objects.count() == 40


def test_garbage_does_not_stop_the_listener(listener: Listener) -> None:
    for garbage in (b"\x00\xff" * 5000 + b"\r\n", b"EHLO \xff\xfe\r\nMAIL FROM:<\xff>\r\n", b"DATA\r\n" * 50):
        with socket.create_connection(("127.0.0.1", listener.port), timeout=60) as connection:
            connection.sendall(garbage)
            connection.settimeout(0.3)
            try:
                while connection.recv(4096):
                    pass
            except OSError:
                pass
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=60) as client:
        client.sendmail("a@b.example", [HELP], letter())
    assert Inbound.objects.count() == 1


def test_a_letter_in_flight_is_answered_when_the_engine_ends(world: World, tmp_path: Path) -> None:
    own.forget()
    listener = Listener("127.0.0.1", 0, tmp_path)
    listener.start()
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=60) as client:
        client.sendmail("a@b.example", [HELP], letter())
        began = time.monotonic()
        listener.stop()
        assert time.monotonic() - began < 30  # nothing is in flight; a busy machine gets far more
        assert client.getreply()[0] == 421
        client.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", listener.port), timeout=1)
