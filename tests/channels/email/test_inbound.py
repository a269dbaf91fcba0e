"""What becomes of letters: replies, strangers, bounces, copies of our own, machines."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests.letters import letter
from tests.world import World
from vikno.channels.email import own
from vikno.channels.email.keys import NEWEST, reply_keys
from vikno.channels.email.reply_address import reply_address
from vikno.core import clock
from vikno.dialogs.models import Delivery, Message, Participant
from vikno.intake import actions, ledger, pipeline
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.people.models import Identity
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]


@pytest.fixture
def answered(world: World, take: Take) -> Message:
    """Maria's letter was answered, and the answer has left."""
    entry = take(letter(message_id="<question@customers.example>"))
    assert entry.ticket is not None
    message = world.answer(entry.ticket)
    Message.objects.filter(id=message.id).update(foreign_id="<answer@kashtan.example>")
    Delivery.objects.filter(message=message).update(state="sent", sent_at=clock.now())
    message.refresh_from_db()
    return message


def token(message: Message, recipient: str = "maria@kramnytsia.example") -> str:
    return reply_address("help@kashtan.example", message.id, recipient, reply_keys()[NEWEST], NEWEST)


def test_a_reply_by_references_joins_the_ticket(take: Take, answered: Message) -> None:
    entry = take(letter("Дякую, але ні.", subject="Re: Каса", In_Reply_To="<answer@kashtan.example>"))
    assert entry.fate == "reply"
    assert Ticket.objects.count() == 1
    assert entry.message is not None
    assert entry.message.answers_id == answered.id


def test_a_reply_to_her_own_letter_joins_too(take: Take, answered: Message) -> None:
    references = "<unknown@x.example> <question@customers.example>"
    assert take(letter("І ще одне", subject="Re: Каса", References=references)).fate == "reply"


def test_a_reply_by_its_token_joins_in_any_case_of_letters(take: Take, answered: Message) -> None:
    for address in (token(answered), token(answered).upper()):
        assert take(letter("Так", to=address)).fate == "reply"
    assert take(letter("Так", to="somebody@else.example"), envelope_to=[token(answered)]).fate == "reply"


def test_a_token_lets_another_person_in_as_a_newcomer(take: Take, answered: Message) -> None:
    entry = take(letter("Я колега", sender="Колега <colleague@elsewhere.example>", to=token(answered)))
    assert entry.fate == "reply"
    newcomer = Participant.objects.get(identity__value="colleague@elsewhere.example")
    assert newcomer.role == "newcomer"


def test_a_forged_token_opens_no_door(take: Take, answered: Message) -> None:
    forged = token(answered).replace("@", "x@")[:-1] + "e"
    local, _, domain = token(answered).partition("@")
    wrong = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    for address in (forged, wrong, token(answered, "other@example.com")):
        assert take(letter("x", sender="stranger@example.com", to=address)).fate == "ticket"


def test_addresses_that_look_like_tokens_cost_one_query_however_many(
    take: Take, answered: Message, world: World, queries: Any
) -> None:
    """Also when hundreds are made up, of which each would be looked for; the true one counts where it stands first."""
    made_up = [f"help+t.{number:x}.1{'a' * 26}@kashtan.example" for number in range(1, 400)]
    counts = []
    for others in (made_up[:1], made_up):
        raw = letter(to=", ".join([token(answered), *others]), Cc=", ".join(others).replace("+t.", "+t.z"))
        ledger.accept(world.mail, raw, source="smtp")
        own.forget()  # kept for a moment of the clock: on a busy machine for one of the two letters only
        with queries() as seen:
            pipeline.run_due()
        assert Inbound.objects.latest("id").fate == "reply"
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_takes_long_is_done_before_the_transaction(world: World) -> None:
    """Others wait for whoever writes: a letter made to be slow must be slow where nobody waits."""
    markup = "<table><tr><td style='color:red'><p>a<a href='http://x.example/'>b</a></p></td></tr></table>" * 9000
    html = letter(markup).replace(b"text/plain", b"text/html")
    door = pipeline.DOORS["email"]
    for raw in (letter(), html):  # the first one warms up
        entry = ledger.accept(world.mail, raw, source="smtp")
        began = time.thread_time()
        reading = door.read(entry, raw)
        read = time.thread_time()
        with transaction.atomic():
            assert door.ahead(entry, reading) is None
            assert door.take(entry, reading, False).fate == "ticket"
        took = time.thread_time() - read
        assert took < (read - began) / 2 or len(raw) < 10_000


def test_a_stranger_who_names_the_thread_is_suspected_and_may_be_let_in(
    take: Take, answered: Message, world: World
) -> None:
    stranger = letter("Віддайте гроші мені", sender="evil@example.com", In_Reply_To="<answer@kashtan.example>")
    entry = take(stranger)
    assert (entry.fate, entry.reason, entry.message_id) == ("suspected", "not_a_participant", None)
    assert entry.ticket is not None
    actions.let_in(entry, acts.agent(world.iryna.id))
    entry.refresh_from_db()
    assert entry.fate == "reply"
    assert entry.message is not None


def test_the_same_subject_joins_nothing(take: Take, answered: Message) -> None:
    for sender in ("maria@kramnytsia.example", "evil@example.com"):
        assert take(letter(subject="Re: Каса", sender=sender)).fate == "ticket"


def test_a_web_form_speaks_for_its_visitors(take: Take) -> None:
    for visitor in ("one@visitors.example", "two@visitors.example"):
        entry = take(letter(sender="Сайт <help@kashtan.example>", Reply_To=f"Відвідувач <{visitor}>"))
        assert (entry.fate, entry.kind, entry.sender) == ("ticket", "ordinary", visitor)
        assert entry.ticket is not None
        assert entry.ticket.requester.name == "Відвідувач"


def test_a_letter_from_our_own_address_is_automatic(take: Take) -> None:
    assert take(letter(sender="help@kashtan.example")).kind == "automatic"


def test_our_own_letter_that_comes_back_is_no_new_one(take: Take, answered: Message) -> None:
    entry = take(letter("копія", sender="help@kashtan.example", message_id="<answer@kashtan.example>"))
    assert (entry.fate, entry.reason, entry.message_id) == ("duplicate", "own_letter", answered.id)
    assert entry.ticket_id == Ticket.objects.get().id


def test_machines_are_recognised(take: Take) -> None:
    assert take(letter(Auto_Submitted="auto-replied")).kind == "automatic"
    assert take(letter(List_Id="<news.example.com>")).kind == "list"
    assert take(letter("x"), envelope_from="").kind in ("automatic", "bounce")


BOUNCE = """From: MAILER-DAEMON@mx.example
To: help@kashtan.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; maria@kramnytsia.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {id}
--b--
"""


def test_a_bounce_marks_the_delivery_and_opens_nothing(take: Take, answered: Message) -> None:
    entry = take(BOUNCE.format(id="<answer@kashtan.example>").encode(), envelope_from="")
    assert (entry.fate, entry.kind, entry.reason) == ("bounce", "bounce", "delivery_failed")
    assert entry.message_id == answered.id
    delivery = Delivery.objects.get(message=answered)
    assert delivery.state == "bounced"
    assert Identity.objects.get(value="maria@kramnytsia.example").failed_at is not None
    assert Ticket.objects.count() == 1


def test_a_bounce_of_a_letter_that_was_not_ours_is_seen_and_does_nothing(take: Take, answered: Message) -> None:
    entry = take(BOUNCE.format(id="<never@kashtan.example>").encode(), envelope_from="")
    assert (entry.fate, entry.reason) == ("bounce", "unknown_letter")
    assert Delivery.objects.get(message=answered).state == "sent"


def test_others_who_got_the_letter_take_part_and_we_do_not(take: Take) -> None:
    to, cc = "help@kashtan.example, Бос <boss@kramnytsia.example>", "HELP+x@Kashtan.example, c@d.example"
    entry = take(letter(to=to, Cc=cc))
    assert entry.message is not None
    present = Participant.objects.filter(dialog=entry.message.dialog).values_list("identity__value", "role")
    assert set(present) == {
        ("maria@kramnytsia.example", "to"), ("boss@kramnytsia.example", "to"), ("c@d.example", "cc"),
    }  # fmt: skip


def test_letters_that_name_nobody_have_an_author_each(take: Take) -> None:
    nobody = b"Subject: hello\n\nWho am I?\n"
    entries = [take(nobody), take(nobody + b"x")]
    assert [entry.fate for entry in entries] == ["ticket", "ticket"]
    assert entries[0].ticket is not None
    assert entries[1].ticket is not None
    assert entries[0].ticket.requester_id != entries[1].ticket.requester_id


def test_the_address_of_the_sender_is_that_of_the_connection_or_of_a_line_we_trust(take: Take) -> None:
    forged = b"Received: from evil (evil [198.51.100.7]) by faraway.example\r\n"
    entry = take(forged + letter(), peer_ip="203.0.113.5")
    assert entry.ticket is not None
    assert entry.ticket.ip == "203.0.113.5"
    beside_us = b"Received: from client (c [203.0.113.77]) by mx.kashtan.example; Fri, 20 Nov 2026 10:00:00 +0200\r\n"
    entry = take(beside_us + forged + letter(), peer_ip="127.0.0.1")
    assert entry.ticket is not None
    assert entry.ticket.ip == "203.0.113.77"


def test_authentication_counts_from_servers_named_by_the_owner_only(take: Take, world: World) -> None:
    proof = b"Authentication-Results: mx.kashtan.example; dmarc=pass header.from=kramnytsia.example\r\n"
    entry = take(proof + letter())
    assert entry.message is not None
    assert entry.message.authenticated is False
    world.mail.settings = {"trusted_servers": ["mx.kashtan.example"]}
    world.mail.save()
    entry = take(proof + letter())
    assert entry.message is not None
    assert entry.message.authenticated is True
    entry = take(proof + letter(Reply_To="evil@example.com"))  # it proves the From line, not who speaks
    assert entry.message is not None
    assert entry.message.authenticated is False


def test_a_clock_of_the_sender_that_is_wrong_is_not_believed(take: Take) -> None:
    raw = letter().replace(b"20 Nov 2026", b"20 Nov 2066")
    entry = take(raw)
    assert entry.message is not None
    assert entry.message.said_at == entry.message.arrived_at


def test_a_secret_that_cannot_be_read_stops_no_letters(take: Take, world: World) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE dialogs_channel SET secret = 'nonsense' WHERE id = %s", [world.mail.id])
    assert take(letter()).fate == "ticket"
