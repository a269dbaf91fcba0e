"""What kind of letter it is, and what a delivery report says."""

# ruff: noqa: E501, ISC004 (letters stand here as programs write them)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vikno.channels.email.letter import parse
from vikno.channels.email.letter.automatic import Kind, classify
from vikno.channels.email.letter.bounce import read_bounce


def read(*headers: str, body: str = "Hello"):
    names = {header.partition(":")[0].lower() for header in headers}
    start = [] if "from" in names else ["From: ann@example.com"]
    return parse("\n".join([*start, *headers, "", body]).encode())


@pytest.mark.parametrize(
    ("header", "kind", "reason"),
    [
        ("Subject: printer", Kind.ORDINARY, ""),
        ("Auto-Submitted: no", Kind.ORDINARY, ""),
        ("Auto-Submitted: auto-replied (vacation)", Kind.AUTOMATIC, "auto_submitted"),
        ("Auto-Submitted: AUTO-GENERATED; x=y", Kind.AUTOMATIC, "auto_submitted"),
        ("X-Vikno-Loop: 1", Kind.AUTOMATIC, "own_loop"),
        ("Precedence: bulk", Kind.AUTOMATIC, "precedence"),
        ("Precedence: auto_reply", Kind.AUTOMATIC, "precedence"),
        ("Precedence: list", Kind.LIST, "precedence_list"),
        ("Precedence: first-class", Kind.ORDINARY, ""),
        ("List-Id: <news.example.com>", Kind.LIST, "list_id"),
        ("List-Unsubscribe: <https://example.com/u>", Kind.LIST, "list_unsubscribe"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", Kind.AUTOMATIC, "auto_response_suppress"),
        ("X-Auto-Response-Suppress: DR", Kind.ORDINARY, ""),
        ("X-Autoreply: yes", Kind.AUTOMATIC, "x_autoreply"),
        ("X-Autoreply: no", Kind.ORDINARY, ""),
        ("X-Autoresponder: x", Kind.AUTOMATIC, "x_autoresponder"),
        ("From: no-reply@example.com", Kind.AUTOMATIC, "machine_sender"),
        ("From: Shop <orders-noreply@example.com>", Kind.AUTOMATIC, "machine_sender"),
        ("From: Postmaster <postmaster@example.com>", Kind.AUTOMATIC, "machine_sender"),
        ("From: norepliko@example.com", Kind.ORDINARY, ""),
        ("Subject: Автоответ: принтер", Kind.AUTOMATIC, "subject"),
        ("Subject: Автоматична відповідь: принтер", Kind.AUTOMATIC, "subject"),
        ("Subject: Automatic reply: printer", Kind.AUTOMATIC, "subject"),
        ("Subject: Re: Automatic reply does not work", Kind.ORDINARY, ""),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", Kind.AUTOMATIC, "receipt"),
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=b", Kind.AUTOMATIC, "complaint"),
        ("X-Spam-Flag: YES", Kind.SPAM, "x_spam_flag"),
        ("X-Spam-Flag: NO", Kind.ORDINARY, ""),
        ("X-Spam-Status: Yes, score=9.4", Kind.SPAM, "x_spam_status"),
        ("X-MS-Exchange-Organization-SCL: 6", Kind.SPAM, "x_ms_exchange_organization_scl"),
        ("X-MS-Exchange-Organization-SCL: -1", Kind.ORDINARY, ""),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SFV:SPM;SCL:5", Kind.SPAM, "x_forefront_antispam_report"),
        ("X-Rspamd-Action: add header", Kind.SPAM, "x_rspamd_action"),
        ("X-Yandex-Spam: 1", Kind.ORDINARY, ""),
        ("Subject: *****SPAM***** buy", Kind.SPAM, "spam_subject"),
    ],
)
def test_kinds(header, kind, reason):
    found = classify(read(header), "ann@example.com")
    assert (found.kind, found.reason) == (kind, reason)


@pytest.mark.parametrize(("envelope", "kind"), [("", "automatic"), ("<>", "automatic"), ("a@example.com", "ordinary")])
def test_null_sender(envelope, kind):
    assert classify(read(), envelope).kind == kind


def test_return_path_stands_in_for_an_unknown_envelope():
    assert classify(read("Return-Path: <>"), None).reason == "null_sender"
    assert classify(read("Return-Path: <>"), "ann@example.com").kind == Kind.ORDINARY


REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: bounces@firm.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <report@mx.example.net>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

I could not deliver.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0000

Original-Recipient: rfc822;Ivan@example.org
Final-Recipient: rfc822; ivan.p@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ivan.p@example.org>:
 no such user

Final-Recipient: rfc822; olena@example.org
Action: delayed
Status: 4.4.1

--b
Content-Type: {kind}

Received: from x by y
Message-ID:
 <t7.m9@firm.example>
Subject: Re: printer
--b--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_standard_report(kind):
    letter = parse(REPORT.replace("{kind}", kind).encode())
    assert classify(letter, "").kind == Kind.BOUNCE
    bounce = read_bounce(letter)
    assert bounce is not None
    first, second = bounce.recipients
    assert (first.address, first.original_address) == ("ivan.p@example.org", "Ivan@example.org")
    assert (first.status, first.status_class, first.action) == ("5.1.1", 5, "failed")
    assert first.diagnostic == "550 5.1.1 <ivan.p@example.org>: no such user"
    assert first.remote_mta == "mx.example.org"
    assert (second.status_class, second.action) == (4, "delayed")
    assert bounce.message_id == "<t7.m9@firm.example>"
    assert (bounce.reporting_mta, bounce.standard, bounce.permanent) == ("mx.example.net", True, True)


@pytest.mark.parametrize(
    ("subject", "body", "address", "status", "klass"),
    [
        (
            "failure notice",
            "Hi. This is the qmail-send program.\n\n<ivan@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
            "--- Below this line is a copy of the message.\n\nMessage-ID: <t7.m9@firm.example>\nFrom: z@example.org\n",
            "ivan@example.org", "5.1.1", 5,
        ),
        (
            "Недоставленное сообщение",
            "Письмо для ivan@example.org не может быть доставлено: почтовый ящик переполнен.\n\n"
            "Message-ID: <t7.m9@firm.example>\n",
            "ivan@example.org", "5.2.2", 5,
        ),
        (
            "Не вдалося доставити лист",
            "Адреса ivan@example.org: користувача не знайдено на сервері, лист не доставлено.\n"
            "Message-ID: <t7.m9@firm.example>\n",
            "ivan@example.org", "5.1.1", 5,
        ),
        (
            "Warning: message delayed 24 hours",
            "Your message to ivan@example.org has not yet been delivered.\nMessage-ID: <t7.m9@firm.example>\n",
            "ivan@example.org", "4.0.0", 4,
        ),
        (
            "Mail delivery failed: returning message to sender",
            "ivan@example.org\n  host mx.example.org said: 452 try again\n\n------ This is a copy of the message ------\n\n"
            "Message-ID: <t7.m9@firm.example>\n",
            "ivan@example.org", "4.0.0", 4,
        ),
    ],
)  # fmt: skip
def test_report_in_prose(subject, body, address, status, klass):
    letter = read("From: mailer-daemon@mx.example.net", "To: help@firm.example", f"Subject: {subject}", body=body)
    assert classify(letter, "").kind == Kind.BOUNCE
    bounce = read_bounce(letter)
    assert bounce is not None
    assert [one.address for one in bounce.recipients] == [address]
    assert (bounce.recipients[0].status, bounce.recipients[0].status_class) == (status, klass)
    assert (bounce.message_id, bounce.standard) == ("<t7.m9@firm.example>", False)


def test_failed_recipient_named_by_a_header():
    letter = read(
        "X-Failed-Recipients: ivan@example.org", "Subject: Mail delivery failed", body="550 no such user here"
    )
    bounce = read_bounce(letter)
    assert bounce is not None
    assert bounce.recipients[0].address == "ivan@example.org"


def test_a_customer_who_complains_about_delivery_is_no_bounce():
    letter = read("Subject: Не доставлено замовлення", body="Посилка не доставлена, адреса ivan@example.org")
    assert classify(letter, "ann@example.com").kind == Kind.ORDINARY


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_report_is_read(text):
    status = text.encode("utf-8", "replace")
    head = b"From: mailer-daemon@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    letter = parse(head + b"--b\nContent-Type: message/delivery-status\n\n" + status + b"\n--b--\n")
    classify(letter, None)
    bounce = read_bounce(letter)
    assert bounce is None or bounce.message_id is None
