"""Notices to colleagues on the wire: their marks, their thread, how they are answered and what comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pydantic import SecretStr

from tests.letters import letter
from tests.notices.conftest import after, read
from tests.servers.smtp_sink import Letter, SmtpSink
from tests.taking import arrive
from tests.world import World
from vikno.accounts.models import User
from vikno.channels.email import plain, smtp_pool
from vikno.channels.email.letter import parse
from vikno.channels.email.letter.automatic import classify
from vikno.core import jobs
from vikno.core.models import Company
from vikno.dialogs.actions import Words
from vikno.dialogs.models import Channel, ChannelAddress, Delivery
from vikno.intake.models import Inbound
from vikno.notices.actions import decide
from vikno.notices.models import Choices, NoticeDelivery
from vikno.people.actions import mark_failed
from vikno.tickets.actions import assigning, noting
from vikno.tickets.actions.entering import enter
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Category, Note, Ticket

IRYNA = "Iryna Агентка <iryna@kashtan.example>"
PROVED = b"Authentication-Results: mx.kashtan.example; dmarc=pass header.from=kashtan.example\r\n"


@pytest.fixture(autouse=True)
def clean(world: World) -> Iterator[None]:
    User.objects.update(language="en")
    world.mail.settings = {"trusted_servers": ["mx.kashtan.example"]}
    world.mail.save()
    read()
    yield
    smtp_pool.POOL.close()


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch, smtp_sink: SmtpSink) -> SmtpSink:
    monkeypatch.setattr(settings.ENVIRONMENT, "smtp_url", SecretStr(smtp_sink.url))
    return smtp_sink


@pytest.fixture
def noted(world: World, relay: SmtpSink) -> Callable[..., Letter]:
    """A colleague notes something on a request of Iryna's; answers the letter that she gets."""
    ticket = world.ticket(subject="Каса не друкує")
    assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
    read()
    NoticeDelivery.objects.all().delete()

    def again(text: str = "Подзвони їм <завтра>") -> Letter:
        before = len(relay.letters)
        noting.add_note(ticket, world.taras, text, by=world.act(world.taras))
        after()
        [fresh] = relay.letters[before:]
        return fresh

    return again


def take(world: World, raw: bytes) -> Inbound:
    return arrive(Channel.objects.get(id=world.mail.id), raw, source="imap")


class TestTheLetter:
    def test_it_says_who_what_and_where_and_how_to_answer(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        ticket = Ticket.objects.get()
        assert (got.sender, got.recipients) == ("help@kashtan.example", ["iryna@kashtan.example"])
        assert got.message["Subject"] == f"#{ticket.number} Каса не друкує"
        for kind in ("plain", "html"):
            part = got.message.get_body((kind,))
            assert part is not None
            text = part.get_content()
            assert "Taras Керівник" in text
            assert f"/tickets/{ticket.number}" in text
            assert "/settings/notices" in text
            assert ("Подзвони їм &lt;завтра&gt;" if kind == "html" else "Подзвони їм <завтра>") in text
        assert "<style" not in got.content.decode()

    def test_nothing_pales_its_links(self, world: World, noted: Callable[..., Letter]) -> None:
        """On white and on black their blue has just enough contrast."""
        page = noted().message.get_body(("html",))
        assert page is not None
        assert page.get_content().count("<a ") == 2 and "opacity" not in page.get_content()

    def test_no_machine_takes_it_for_a_humans(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        assert got.message["Auto-Submitted"] == "auto-generated"
        assert got.message["X-Auto-Response-Suppress"] == "All"
        assert re.fullmatch(r"<http.*/settings/notices>", got.message["List-Unsubscribe"])
        assert classify(parse(got.content), got.sender).kind == "automatic"

    def test_those_of_one_request_stand_together(self, world: World, noted: Callable[..., Letter]) -> None:
        first, second = noted(), noted("Ще одне")
        assert first.message["References"] == second.message["References"] == first.message["In-Reply-To"]
        assert first.message["Subject"] == second.message["Subject"]
        assert first.message["Message-ID"] != second.message["Message-ID"]

    def test_without_words_of_the_customer_not_even_the_subject_goes(
        self, world: World, relay: SmtpSink, noted: Callable[..., Letter]
    ) -> None:
        decide(words=False, letters_an_hour=20, by=world.act(world.olena))
        assert "Каса" not in str(noted().message["Subject"])

    def test_a_demo_keeps_it_as_a_file(self, world: World, relay: SmtpSink, data: Path) -> None:
        Company.objects.update(demo=True)
        world.ticket()
        after()
        kept = list((data / "outbox").glob("*-notice-*.eml"))
        assert len(kept) == NoticeDelivery.objects.filter(state="sent").count() == 3
        assert relay.letters == []

    def test_it_comes_from_the_mailbox_of_the_team(self, world: World, relay: SmtpSink) -> None:
        own = Channel.objects.create(kind="email", name="Рахунки", brand=world.brand, team=world.billing)
        ChannelAddress.objects.create(channel=own, address="bills@kashtan.example", default=True)
        ticket = world.ticket()
        assigning.hand_over(ticket, world.billing, by=world.act(world.taras))
        after()
        senders = {one.recipients[0].partition("@")[0]: one.sender for one in relay.letters}
        assert senders == {"bohdan": "bills@kashtan.example"}


def answer_to(got: Letter, text: str = "Дзвонила, все гаразд.", *, to: str = "", **headers: str) -> bytes:
    """What Iryna's mail program makes of an answer."""
    back = to or str(got.message["Reply-To"] or "help@kashtan.example")
    own = {"In_Reply_To": str(got.message["Message-ID"]), "References": str(got.message["Message-ID"])} | headers
    return letter(text, sender=IRYNA, to=back, subject=f"Re: {got.message['Subject']}", **own)


class TestAnAnswer:
    def test_is_an_internal_note(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        assert "+t." in got.message["Reply-To"]
        entry = take(world, PROVED + answer_to(got))
        assert (entry.fate, entry.reason) == ("reply", "agent_note")
        note = Note.objects.latest("id")
        assert (note.agent, note.ticket, note.texts.get().text) == (
            world.iryna, Ticket.objects.get(), "Дзвонила, все гаразд.",
        )  # fmt: skip
        assert not Delivery.objects.exists()

    def test_is_found_by_what_it_answers_where_a_mailbox_takes_no_plus(
        self, world: World, noted: Callable[..., Letter]
    ) -> None:
        world.mail.settings |= {"plus": False}
        world.mail.save()
        got = noted()
        assert got.message["Reply-To"] is None
        entry = take(world, PROVED + answer_to(got))
        assert (entry.fate, entry.reason) == ("reply", "agent_note")

    def test_it_says_what_becomes_of_an_answer_as_the_channel_has_it(self, world: World, relay: SmtpSink) -> None:
        world.mail.settings |= {"agent_letters": "answer"}
        world.mail.save()
        ticket = world.ticket()
        for agent in (world.iryna, world.sofia):  # the second is an observer
            assigning.follow(ticket, agent.id, by=world.act(agent))
        read()
        NoticeDelivery.objects.all().delete()
        noting.add_note(ticket, world.taras, "Гляньте", by=world.act(world.taras))
        after()
        texts = {one.recipients[0].partition("@")[0]: one.content for one in relay.letters}
        found = {}
        for name, content in texts.items():
            found[name] = "goes to the customer" in parse(content).text
        assert found == {"iryna": True, "sofia": False}

    @pytest.mark.parametrize(
        ("settings", "promised"),
        [
            ({"imap": {"host": "imap.shop.example"}}, False),
            ({"imap": {"host": "imap.shop.example"}, "trusted_servers": ["mx.shop.example"]}, True),
            ({"imap": {"host": "imap.gmail.com"}}, True),
            ({}, True),  # our own listener, where we work it out
        ],
    )
    def test_is_promised_to_become_a_note_only_where_it_can_be_proved_who_wrote(
        self, world: World, noted: Callable[..., Letter], settings: dict[str, Any], promised: bool
    ) -> None:
        world.mail.settings = settings
        world.mail.save()
        text = parse(noted().content).text
        assert ("becomes an internal note" in text) == promised
        assert ("would become a new request" in text) != promised

    def test_of_somebody_else_opens_nothing(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        count = Note.objects.count()
        for sender in ("Taras Керівник <taras@kashtan.example>", "Марія Коваль <maria@kramnytsia.example>"):
            raw = answer_to(got, to="help@kashtan.example").replace(b"iryna@kashtan.example", b"x")
            take(
                world, PROVED + re.sub(rb"From: .*?\n(?=\S)", f"From: {sender.split()[-1]}\n".encode(), raw, flags=re.S)
            )
        assert Note.objects.count() == count

    def test_without_proof_is_a_request_of_their_own(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        entry = take(world, answer_to(got, to="help@kashtan.example"))
        assert entry.fate == "ticket"

    @pytest.mark.parametrize("public", [False, True])
    def test_a_machines_is_neither_note_nor_answer_nor_request(
        self, world: World, noted: Callable[..., Letter], public: bool
    ) -> None:
        """Else a colleague on leave would tell every customer of it."""
        if public:
            world.mail.settings |= {"agent_letters": "answer"}
            world.mail.save()
        got = noted()
        notes = Note.objects.count()
        entry = take(world, PROVED + answer_to(got, "Я у відпустці", Auto_Submitted="auto-replied"))
        assert (entry.fate, entry.reason) == ("bounce", "notice_answered_by_machine")
        assert (Note.objects.count(), Ticket.objects.count(), Delivery.objects.count()) == (notes, 1, 0)


class TestAPublicAnswer:
    """Where the channel says that what colleagues answer goes to the customer."""

    SECRET = "Клієнт скандальний, знижки не давати"

    @pytest.fixture
    def got(self, world: World, noted: Callable[..., Letter]) -> Letter:
        """The notice of a note of a colleague's."""
        world.mail.settings |= {"agent_letters": "answer"}
        world.mail.save()
        return noted(self.SECRET)

    @pytest.mark.parametrize(
        "text",
        [
            "> {secret}\n\nЗробимо.\n\n> Taras\n\nДобре.",  # between the lines of the notice
            "Зробимо.\n\n{secret}\n\nhttp://127.0.0.1:8000/tickets/1",  # as some phones quote: without any mark
            "> Taras Керівник noted\n> {secret}",  # sent by mistake, with nothing of one's own
        ],
    )
    def test_never_carries_a_note_to_the_customer(self, world: World, relay: SmtpSink, got: Letter, text: str) -> None:
        entry = take(world, PROVED + answer_to(got, text.format(secret=self.SECRET)))
        assert (entry.fate, entry.reason) == ("reply", "agent_note")
        assert not Delivery.objects.exists()
        before = len(relay.letters)
        jobs.run_due()
        [told] = relay.letters[before:]
        assert told.recipients == ["iryna@kashtan.example"]
        assert "was not sent" in str(told.message["Subject"]) and "internal note" in told.message.get_content()
        assert self.SECRET not in told.content.decode()

    def test_that_may_not_go_is_kept_as_a_note_and_its_writer_is_told(
        self, world: World, relay: SmtpSink, got: Letter
    ) -> None:
        """A matter of an account that nobody has proved."""
        matter = Category.objects.create(name="Паролі", account_matter=True)
        Ticket.objects.update(category=matter)
        entry = take(world, PROVED + answer_to(got, "Ваш пароль: кіт"))
        assert (entry.fate, entry.reason) == ("reply", "agent_note")
        assert (Ticket.objects.count(), Delivery.objects.count()) == (1, 0)
        before = len(relay.letters)
        jobs.run_due()
        [told] = relay.letters[before:]
        assert "matter of an account" in told.message.get_content()

    def test_to_who_called_goes_by_letter(self, world: World, relay: SmtpSink) -> None:
        world.mail.settings |= {"agent_letters": "answer"}
        world.mail.save()
        phone = Channel.objects.get(kind="phone")
        ticket = enter(
            world.taras, phone, world.maria, Words("Каса не друкує", subject="Каса"), by=world.act(world.taras)
        )
        assigning.assign(ticket, world.iryna, by=world.act(world.taras))
        after()
        got = next(one for one in relay.letters if one.recipients == ["iryna@kashtan.example"])
        entry = take(world, PROVED + answer_to(got, "Доброго дня, майстер їде."))
        assert (entry.fate, entry.reason) == ("reply", "agent_answer")
        assert [one.identity for one in Delivery.objects.all()] == [world.maria]

    def test_to_whom_no_letter_goes_any_more_is_sent_to_nobody_else(self, world: World, relay: SmtpSink) -> None:
        """Another customer takes part in the same request, by a merge."""
        world.mail.settings |= {"agent_letters": "answer"}
        world.mail.save()
        theirs, ticket = world.ticket(world.maria), world.ticket(world.petro)
        merge(theirs, ticket, by=world.act(world.taras))
        assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
        read()
        NoticeDelivery.objects.all().delete()
        world.letter(world.maria, answers=theirs.links.get().message, text="Ви мене чуєте?")
        after()
        got = next(one for one in relay.letters if one.recipients == ["iryna@kashtan.example"])
        mark_failed(world.maria, by=world.act(world.taras))
        entry = take(world, PROVED + answer_to(got, "Ваш пароль: кіт"))
        assert (entry.fate, entry.reason) == ("reply", "agent_note")
        assert not Delivery.objects.exists()
        before = len(relay.letters)
        jobs.run_due()
        [told] = relay.letters[before:]
        assert "somebody else" in told.message.get_content()


class TestWhereAColleagueReadsTheMailboxItself:
    """One address to sign in with and to be written to is what small firms have."""

    def test_a_notice_is_no_request_that_is_told_of_in_turn(
        self, world: World, relay: SmtpSink, noted: Callable[..., Letter]
    ) -> None:
        got = noted()
        again = re.sub(rb"Message-ID: .*?\r\n", b"Message-ID: <made@forwarder.example>\r\n", got.content)
        for raw in (got.content, again):
            entry = take(world, raw)
            assert (entry.fate, entry.reason) == ("duplicate", "own_letter")
        after()
        assert Ticket.objects.count() == 1
        assert len(relay.letters) == 1

    def test_a_way_to_a_new_password_is_shown_to_nobody_else(self, world: World, relay: SmtpSink) -> None:
        plain.send_plain("help@kashtan.example", "Your link", "http://127.0.0.1:8000/account/link/secret")
        jobs.run_due()
        entry = take(world, relay.letters[-1].content)
        assert (entry.fate, entry.reason) == ("duplicate", "own_letter")
        assert not Ticket.objects.exists()


def bounce_of(got: Letter, status: str = "5.1.1") -> bytes:
    """The report of a mail server (RFC 3464) on a letter."""
    action = "failed" if status[0] == "5" else "delayed"
    head = f"Message-ID: {got.message['Message-ID']}\nSubject: x\n"
    body = (
        "--b\nContent-Type: text/plain\n\nIt failed.\n\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.elsewhere.example\n\nFinal-Recipient: rfc822; iryna@kashtan.example\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} no such user here\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{head}\n--b--\n"
    )
    made = (
        "From: MAILER-DAEMON@mx.elsewhere.example\nTo: help@kashtan.example\nSubject: Undelivered\n"
        "Message-ID: <b1@mx.elsewhere.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    )
    return (made + body).encode()


class TestWhatComesBack:
    def test_it_marks_the_colleague_and_is_no_request(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        before = Ticket.objects.count()
        entry = take(world, bounce_of(got))
        assert (entry.fate, entry.reason) == ("bounce", "notice_failed")
        chosen = Choices.objects.get(agent=world.iryna)
        assert chosen.failed_at is not None
        assert "no such user here" in chosen.failed_words
        assert NoticeDelivery.objects.latest("id").state == "refused"
        assert Ticket.objects.count() == before

    def test_a_delay_marks_nothing(self, world: World, noted: Callable[..., Letter]) -> None:
        entry = take(world, bounce_of(noted(), "4.4.7"))
        assert (entry.fate, entry.reason) == ("bounce", "delivery_delayed")
        assert not Choices.objects.exists()

    def test_a_report_of_a_made_up_notice_marks_nobody(self, world: World, noted: Callable[..., Letter]) -> None:
        got = noted()
        raw = re.sub(rb"<notice\.[0-9a-f]{24}", b"<notice." + b"0" * 24, bounce_of(got))
        assert take(world, raw).reason == "unknown_letter"
        assert not Choices.objects.exists()

    def test_a_refusal_at_once_marks_the_colleague_too(self, world: World, relay: SmtpSink) -> None:
        relay.refused = {"iryna@kashtan.example": "550 5.1.1 unknown"}
        world.ticket()
        after()
        assert [row.agent for row in Choices.objects.filter(failed_at__isnull=False)] == [world.iryna]


def test_it_is_a_letter_that_every_program_reads(noted: Callable[..., Letter]) -> None:
    got: Any = noted()
    assert isinstance(got.message, EmailMessage)
    assert got.message.defects == []
    assert [part.get_content_type() for part in got.message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    assert max(len(line) for line in got.content.split(b"\r\n")) <= 998
