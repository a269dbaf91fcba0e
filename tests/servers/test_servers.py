"""The servers that other tests stand on do what their fields say."""

from __future__ import annotations

import poplib
import smtplib
import ssl
import time

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

LETTER = b"From: a@firm.example\r\nTo: b@firm.example\r\nSubject: =?utf-8?b?0J/RgNC40LLRltGC?=\r\n\r\nText\r\n"


def send(sink: SmtpSink, to: str = "b@firm.example") -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.sendmail("a@firm.example", [to], LETTER)


def test_sink_keeps_a_letter_with_its_envelope(smtp_sink: SmtpSink) -> None:
    send(smtp_sink)
    [letter] = smtp_sink.wait(1)
    assert (letter.sender, letter.recipients, letter.encrypted) == ("a@firm.example", ["b@firm.example"], False)
    assert letter.message["Subject"] == "Привіт"
    assert letter.content == LETTER


def test_sink_refuses_and_defers_as_told(smtp_sink: SmtpSink) -> None:
    smtp_sink.refused["no@firm.example"] = "550 5.1.1 unknown"
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(smtp_sink, "no@firm.example")
    assert refused.value.recipients["no@firm.example"] == (550, b"5.1.1 unknown")
    smtp_sink.answers["DATA"] = "451 4.3.0 try later"
    with pytest.raises(smtplib.SMTPDataError, match="try later"):
        send(smtp_sink)
    assert smtp_sink.letters == []


@pytest.mark.parametrize(("command", "kept"), [("CONNECT", 0), ("EHLO", 0), ("MAIL", 0), ("DATA", 0), ("KEPT", 1)])
def test_sink_cuts_the_connection_at_a_named_command(smtp_sink: SmtpSink, command: str, kept: int) -> None:
    smtp_sink.drop_at = command
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp_sink)
    assert len(smtp_sink.letters) == kept


def test_sink_takes_its_time_and_comes_back_on_the_same_port(smtp_sink: SmtpSink) -> None:
    smtp_sink.slow["MAIL"] = 0.3
    began = time.monotonic()
    send(smtp_sink)
    assert time.monotonic() - began >= 0.3
    smtp_sink.stop()
    with pytest.raises(ConnectionError):
        send(smtp_sink)
    smtp_sink.slow.clear()
    smtp_sink.start()
    send(smtp_sink)
    assert len(smtp_sink.letters) == 2


def test_sink_offers_tls_and_asks_for_a_login(tmp_path) -> None:
    sink = SmtpSink(tmp_path, login=("help", "secret"), tls=True)
    try:
        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required"):
            send(sink)
        with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(sink.certificate)))
            client.login("help", "secret")
            client.sendmail("a@firm.example", ["b@firm.example"], LETTER)
        assert (sink.letters[0].encrypted, sink.letters[0].signed_in_as) == (True, "help")
    finally:
        sink.stop()


def test_dovecot_serves_what_is_delivered_and_comes_back(dovecot: Dovecot) -> None:
    dovecot.add_user("help@firm.example")
    dovecot.deliver("help@firm.example", LETTER)
    [(flags, content)] = dovecot.letters("help@firm.example")
    assert (flags, content) == (set(), LETTER)
    dovecot.add_user("second@firm.example")
    dovecot.deliver("second@firm.example", LETTER, folder="Junk")
    assert dovecot.letters("second@firm.example") == []
    assert len(dovecot.letters("second@firm.example", "Junk")) == 1
    dovecot.stop()
    with pytest.raises(ConnectionError):
        dovecot.client("help@firm.example")
    dovecot.start()
    assert len(dovecot.letters("help@firm.example")) == 1
    pop = poplib.POP3_SSL(
        dovecot.host, dovecot.pop3s_port, context=ssl.create_default_context(cafile=str(dovecot.certificate))
    )
    pop.user("help@firm.example")
    pop.pass_("right password")
    assert pop.stat()[0] == 1
    pop.quit()


def test_dovecot_renews_its_uids_when_told(dovecot: Dovecot) -> None:
    dovecot.add_user("help@firm.example")
    dovecot.deliver("help@firm.example", LETTER)

    def validity() -> str:
        client = dovecot.client("help@firm.example")
        client.select("INBOX", readonly=True)
        answer = client.response("UIDVALIDITY")[1][0]
        client.logout()
        return str(answer)

    before = validity()
    assert validity() == before
    dovecot.forget_uids("help@firm.example")
    time.sleep(1.1)  # made from the second of its making
    assert validity() != before
