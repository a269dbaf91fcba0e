"""What comes back: reports of mail systems in three languages, read receipts, complaints. None of it opens a ticket;
each marks what it speaks of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.desk.seats import Seat
from tests.letters import letter
from tests.world import World
from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.reply_address import reply_address
from vikno.core import clock
from vikno.dialogs.models import Delivery, Message
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.people.actions import mark_failed
from vikno.people.models import Identity
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]
OURS = "<answer@kashtan.example>"
MARIA = "maria@kramnytsia.example"


@pytest.fixture
def sent(world: World) -> Delivery:
    """An answer to Maria that has left."""
    message = world.answer(world.ticket(world.maria))
    Message.objects.filter(id=message.id).update(foreign_id=OURS)
    Delivery.objects.filter(message=message).update(state="sent", sent_at=clock.now())
    return Delivery.objects.get(message=message)


def returned(text: str, subject: str, sender: str) -> bytes:
    """A report in prose, with the head of our letter below it."""
    body = f"{text}\n\n------ This is a copy of your message ------\nMessage-ID: {OURS}\nSubject: Re: Каса\n"
    return letter(body, subject=subject, sender=sender)


# System → (From, subject, words, state of the delivery, what is known of the address).
SYSTEMS: dict[str, tuple[str, str, str, str, str]] = {
    "Postfix": (
        "Mail Delivery System <MAILER-DAEMON@mx.example>", "Undelivered Mail Returned to Sender",
        f"<{MARIA}>: host mx.kramnytsia.example said: 550 5.1.1 User unknown", "bounced", "gone",
    ),
    "Exim": (
        "Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender",
        f"A message could not be delivered. This is a permanent error:\n\n  {MARIA}\n    Unrouteable address",
        "bounced", "gone",
    ),
    "qmail": (
        "MAILER-DAEMON@mx.example", "failure notice",
        f"I wasn't able to deliver your message.\n\n<{MARIA}>:\nSorry, no mailbox here by that name. (#5.1.1)",
        "bounced", "gone",
    ),
    "Exchange, Russian": (
        "postmaster@mx.example", "Недоставляемое: Каса",
        f"Не удалось доставить сообщение этим получателям:\n{MARIA}\nАдрес не найден.\n#550 5.1.10 RecipientNotFound",
        "bounced", "gone",
    ),
    "Exchange, Ukrainian": (
        "postmaster@mx.example", "Не вдалося доставити: Каса",
        f"Не вдалося доставити повідомлення таким одержувачам:\n{MARIA}\nАдресу одержувача не знайдено.\n#550 5.1.1",
        "bounced", "gone",
    ),
    "a Russian provider, full": (
        "mailer-daemon@provider.example", "Недоставленное сообщение",
        f"Ваше письмо не может быть доставлено.\n{MARIA}: ящик получателя переполнен", "bounced", "full",
    ),
    "a Ukrainian provider, full": (
        "postmaster@provider.example", "Лист не доставлено",
        f"Лист не було доставлено: {MARIA}\nСкриньку одержувача переповнено", "bounced", "full",
    ),
    "a Ukrainian provider, unknown": (
        "mailer-daemon@provider.example", "Повідомлення про недоставку",
        f"Неможливо доставити лист. Користувача {MARIA} не знайдено", "bounced", "gone",
    ),
    "spam, which is no fault of the address": (
        "MAILER-DAEMON@mx.example", "Undelivered Mail Returned to Sender",
        f"<{MARIA}>: 554 5.7.1 Message rejected as spam by Content Filtering", "bounced", "",
    ),
    "a delay, which is only told": (
        "MAILER-DAEMON@mx.example", "Delayed Mail (still being retried)",
        f"Your message to {MARIA} has not yet been delivered. 451 4.4.1 It will be retried.", "sent", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sender", "subject", "words", "state", "failed"), SYSTEMS.values(), ids=SYSTEMS.keys())
def test_a_report_in_prose_marks_the_delivery_and_the_address(
    take: Take, sent: Delivery, sender: str, subject: str, words: str, state: str, failed: str
) -> None:
    entry = take(returned(words, subject, sender), envelope_from="")
    assert (entry.fate, entry.ticket_id) == ("bounce", sent.message.links.get().ticket_id)
    sent.refresh_from_db()
    assert sent.state == state
    assert sent.reason
    identity = Identity.objects.get(value=MARIA)
    assert (identity.failed_as, identity.failed_at is not None) == (failed, bool(failed))
    assert Ticket.objects.count() == 1


RECEIPT = f"""\
From: Maria <{MARIA}>
To: help@kashtan.example
Subject: Read: Re: Kasa
Message-ID: <receipt@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

Your letter was displayed.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{MARIA}
Original-Message-ID: {OURS}
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""
COMPLAINT = f"""\
From: <feedback@provider.example>
To: help@kashtan.example
Subject: FW: spam
Message-ID: <complaint@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Original-Rcpt-To: <{MARIA}>
--b
Content-Type: message/rfc822

From: help@kashtan.example
Message-ID: {OURS}
Subject: Re: Kasa

Hello.
--b--
"""


def test_a_read_receipt_opens_nothing_and_is_told_in_the_ledger(take: Take, sent: Delivery) -> None:
    entry = take(RECEIPT.encode())
    assert (entry.fate, entry.reason, entry.message_id) == ("bounce", "read_receipt", sent.message_id)
    assert Message.objects.filter(author="customer").count() == 1


def test_a_complaint_ends_what_is_automatic_for_that_address(take: Take, sent: Delivery) -> None:
    entry = take(COMPLAINT.encode())
    assert (entry.fate, entry.reason, entry.message_id) == ("bounce", "complaint", sent.message_id)
    assert Identity.objects.get(value=MARIA).failed_as == "complaint"
    assert Ticket.objects.count() == 1


def in_copy(world: World, sent: Delivery) -> Delivery:
    """The same answer, also sent to Petro."""
    return Delivery.objects.create(
        message=sent.message, channel=sent.channel, identity=world.petro, role="cc", state="sent", sent_at=clock.now()
    )


def token_of(world: World, delivery: Delivery) -> str:
    """The address to which what comes back of this delivery goes."""
    keys = reply_keys()
    ours = world.mail.addresses.get().address
    return reply_address(ours, delivery.message_id, delivery.identity.value, keys[NEWEST], NEWEST)


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_who_was_in_copy_cannot_report_anothers_address(take: Take, world: World, sent: Delivery, kind: str) -> None:
    copy = in_copy(world, sent)
    gone = returned(f"<{MARIA}>: 550 5.1.1 User unknown", "Undelivered Mail", "MAILER-DAEMON@mx.example")
    raw = gone if kind == "bounce" else COMPLAINT.encode()
    for recipients in ([], [token_of(world, copy)]):
        take(raw + b"\n" * len(recipients), envelope_from="", envelope_to=recipients)
        assert Identity.objects.get(value=MARIA).failed_at is None
    take(raw + b"\n\n", envelope_from="", envelope_to=[token_of(world, sent)])
    sent.refresh_from_db()
    assert kind == "complaint" or (sent.state, sent.reason != "") == ("bounced", True)  # for a person to see


def test_with_its_own_token_a_report_marks_one_of_several(take: Take, world: World, sent: Delivery) -> None:
    in_copy(world, sent)
    take(COMPLAINT.encode(), envelope_from="", envelope_to=[token_of(world, sent)])
    assert Identity.objects.get(value=MARIA).failed_as == "complaint"


def test_a_complaint_of_no_letter_of_ours_is_a_letter(take: Take, world: World) -> None:
    entry = take(COMPLAINT.encode())
    assert entry.fate == "ticket"
    assert not Identity.objects.filter(failed_at__isnull=False).exists()


def test_a_complaint_is_not_taken_back_by_a_letter_that_nobody_proved(take: Take, sent: Delivery) -> None:
    identity = Identity.objects.get(value=MARIA)
    mark_failed(identity, Identity.Failure.COMPLAINT, by=acts.system())
    take(letter("Hello", sender=MARIA))
    assert Identity.objects.get(value=MARIA).failed_as == "complaint"


def test_a_receipt_for_a_letter_that_is_not_ours_does_nothing(take: Take, world: World) -> None:
    entry = take(RECEIPT.encode())
    assert (entry.fate, entry.reason) == ("bounce", "unknown_letter")
    assert not Ticket.objects.exists()
    assert not Identity.objects.filter(failed_at__isnull=False).exists()


def test_a_letter_from_the_address_shows_that_it_works_again(take: Take, sent: Delivery) -> None:
    sender, subject, words, _state, _failed = SYSTEMS["Postfix"]
    take(returned(words, subject, sender), envelope_from="")
    assert Identity.objects.get(value=MARIA).failed_at is not None
    take(letter("Я вже тут", sender=MARIA))
    identity = Identity.objects.get(value=MARIA)
    assert (identity.failed_at, identity.failed_as) == (None, "")


def test_who_writes_to_a_full_mailbox_is_told_so(take: Take, sent: Delivery, world: World) -> None:
    sender, subject, words, _state, _failed = SYSTEMS["a Russian provider, full"]
    take(returned(words, subject, sender), envelope_from="")
    ticket = Ticket.objects.get()
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert f"The mailbox {MARIA} takes nothing more since" in page
