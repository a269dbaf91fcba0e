"""A letter as it goes out, read back by the standard library and by our own reader."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import World
from vikno.channels.email import fields, letter
from vikno.channels.email.compose import compose
from vikno.channels.email.keys import reply_keys
from vikno.channels.email.letter.automatic import classify
from vikno.channels.email.letter.quotes import fold_quotes
from vikno.channels.email.reply_address import read_reply_address, verify
from vikno.core import clock, files
from vikno.core.text import one_line
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.models import Attachment, Channel, Delivery, Message
from vikno.people.models import Identity, Person
from vikno.tickets.actions import noting
from vikno.tickets.actions.answering import Answer, Recipients, reply

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def fold(name: str) -> str:
    """What of a name a reader keeps: no quotes, no spaces at its ends."""
    return "".join(one for one in name if one.isalnum())


def read(delivery: Delivery) -> EmailMessage:
    parsed = email.message_from_bytes(compose(delivery).content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage) and not parsed.defects
    return parsed


def answered(world: World, text: str = "Доброго дня, дивимось.", **more: Any) -> Delivery:
    return world.answer(more.pop("ticket", None) or world.ticket(), text=text, **more).deliveries.get()


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def markup(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class TestHead:
    def test_it_comes_from_the_address_written_to_with_agent_and_brand(self, world: World) -> None:
        found = read(answered(world))
        assert found["From"].addresses[0].display_name == "Iryna Агентка (Каштан)"
        assert found["From"].addresses[0].addr_spec == "help@kashtan.example"

    @pytest.mark.parametrize(("policy", "name"), [("brand", "Каштан"), ("agent", "Iryna Агентка")])
    def test_the_channel_may_show_less(self, world: World, policy: str, name: str) -> None:
        Channel.objects.filter(id=world.mail.id).update(settings={"sender": policy})
        assert read(answered(world))["From"].addresses[0].display_name == name

    def test_the_answer_comes_back_to_an_address_of_this_recipient(self, world: World) -> None:
        delivery = answered(world)
        back = read(delivery)["Reply-To"].addresses[0].addr_spec
        token = read_reply_address(back)
        assert token is not None and token.message_id == delivery.message_id
        assert verify(token, world.maria.value, reply_keys()) and not verify(token, world.petro.value, reply_keys())

    def test_a_foreign_mailbox_that_may_refuse_plus_gets_no_token(self, world: World) -> None:
        imap = {"imap": {"host": "mail.old-hosting.example"}}
        Channel.objects.filter(id=world.mail.id).update(settings=imap)
        delivery = answered(world)
        assert read(delivery)["Reply-To"] is None
        Channel.objects.filter(id=world.mail.id).update(settings=imap | {"plus": True})
        assert read(Delivery.objects.get(id=delivery.id))["Reply-To"] is not None

    def test_the_same_id_on_every_try_and_for_every_recipient(self, world: World) -> None:
        who = Recipients(to=[world.maria, world.petro])
        first, second = world.answer(world.ticket(), recipients=who).deliveries.order_by("id")
        found = {compose(Delivery.objects.get(id=one.id)).message_id for one in (first, second, first)}
        assert len(found) == 1
        assert Message.objects.get(id=first.message_id).foreign_id == found.pop()

    def test_it_answers_the_letter_and_names_the_thread(self, world: World) -> None:
        ticket = world.ticket()
        asked = Message.objects.get().foreign_id
        first = world.answer(ticket).deliveries.get()
        own = compose(first).message_id
        found = read(answered(world, ticket=ticket))
        assert found["In-Reply-To"] == asked  # what is answered is what the customer said
        assert str(found["References"]).split() == [own, asked]

    def test_a_long_thread_keeps_its_first_and_last_ids_whole(self, world: World) -> None:
        ticket = world.ticket()
        dialog = Message.objects.get().dialog
        long = "x" * 150
        for number in range(60):
            said = Said(Message.Author.CUSTOMER, identity=world.maria, foreign_id=f"<{number}.{long}@example.org>")
            dialogs.add_message(dialog, said, Words("ще"))
        content = compose(answered(world, ticket=ticket)).content
        found = letter.parse(content).references
        assert found[-1] == "<1@example.org>"  # the one being answered
        assert f"<59.{long}@example.org>" in found and len(found) == 20
        assert max(len(line) for line in content.split(b"\r\n")) < 998

    def test_a_subject_stays_the_same_through_a_dialog(self, world: World) -> None:
        ticket = world.ticket(subject="Не друкує чек")
        assert read(answered(world, ticket=ticket))["Subject"] == "Re: Не друкує чек"
        assert read(answered(world, ticket=ticket))["Subject"] == "Re: Не друкує чек"

    @pytest.mark.parametrize("subject", ["Re: каса", "RE[2]: каса", "Відп: каса", "Ответ: каса", "AW: каса"])
    def test_an_answer_is_not_made_an_answer_twice(self, world: World, subject: str) -> None:
        assert read(answered(world, ticket=world.ticket(subject=subject)))["Subject"] == subject

    def test_an_answer_to_what_was_forwarded_is_one_to_its_name(self, world: World) -> None:
        ticket = world.ticket(subject="Fwd: RE: каса")
        assert ticket.subject == "каса"
        assert Message.objects.get().subject == "Fwd: RE: каса"
        assert read(answered(world, ticket=ticket))["Subject"] == "Re: каса"
        assert read(answered(world, ticket=ticket))["Subject"] == "Re: каса"

    def test_the_number_stands_in_the_subject_only_if_wanted(self, world: World) -> None:
        ticket = world.ticket(subject="Каса")
        Channel.objects.filter(id=world.mail.id).update(settings={"subject_tag": True})
        assert read(answered(world, ticket=ticket))["Subject"] == f"Re: Каса [#{ticket.number}]"

    def test_blind_copies_are_seen_by_nobody(self, world: World) -> None:
        who = Recipients(to=[world.maria], cc=[world.petro], bcc=[world.stranger])
        for delivery in world.answer(world.ticket(), recipients=who).deliveries.all():
            letter_ = compose(delivery)
            assert letter_.recipient == delivery.identity.value
            if delivery.identity_id != world.stranger.id:
                assert b"nobody@example.com" not in letter_.content
            found = read(delivery)
            assert [one.addr_spec for one in found["To"].addresses] == ["maria@kramnytsia.example"]
            assert [one.addr_spec for one in found["Cc"].addresses] == ["petro@example.net"]

    def test_the_date_is_in_the_agents_zone(self, world: World) -> None:
        world.iryna.zone = "Asia/Tokyo"
        world.iryna.save()
        delivery = answered(world)
        date = read(delivery)["Date"].datetime
        assert date.utcoffset().total_seconds() == 9 * 3600
        assert abs((date - delivery.message.said_at).total_seconds()) < 1

    def test_automatic_letters_say_so_and_human_ones_do_not(self, world: World) -> None:
        human = answered(world)
        said = letter.parse(compose(human).content)
        assert classify(said, "help@kashtan.example").kind == "ordinary"
        Message.objects.filter(id=human.message_id).update(author="system", agent=None)
        machine = read(Delivery.objects.get(id=human.id))
        assert machine["Auto-Submitted"] == "auto-replied" and machine["X-Auto-Response-Suppress"] == "All"
        assert classify(letter.parse(machine.as_bytes()), "help@kashtan.example").kind == "automatic"


class TestBody:
    def test_text_and_markup_say_the_same(self, world: World) -> None:
        words = Words("**Добре**", html="<p>Зроблено <strong>добре</strong></p><ul><li>раз</li></ul>")
        delivery = world_answer(world, words)
        found = read(delivery)
        assert "Зроблено добре" in plain(found) and "- раз" in plain(found)
        assert "<strong>добре</strong>" in markup(found) and 'style="margin' in markup(found)
        assert "<style" not in markup(found)

    def test_the_customers_words_are_quoted_as_text(self, world: World) -> None:
        ticket = world.ticket(text="Не друкує\nчек", html='<p>Не <img src="http://spy.example/x.png">друкує</p>')
        found = read(answered(world, ticket=ticket))
        assert "> Не друкує\n> чек" in plain(found) and "Марія Коваль" in plain(found)
        assert "spy.example" not in markup(found) and "Не друкує<br>" in markup(found)

    @pytest.mark.parametrize(
        ("language", "head"),
        [
            ("uk", "22 листопада 2026 р. о 05:45, Марія Коваль"), ("ru", "22 ноября 2026 г. в 05:45, Марія Коваль"),
            ("en", "On 22 November 2026 at 05:45, Марія Коваль wrote:"),
        ],
    )  # fmt: skip
    def test_the_head_of_a_quote_tells_the_time_as_the_agent_would_write_it(
        self, world: World, language: str, head: str
    ) -> None:
        world.iryna.zone = "Europe/Warsaw"
        world.iryna.save()
        Person.objects.filter(id=world.maria.person_id).update(zone="Asia/Tokyo", language=language)
        ticket = world.ticket(text="Питання", said_at=datetime(2026, 11, 22, 4, 45, tzinfo=UTC))
        found = read(answered(world, ticket=ticket))
        assert head in plain(found) and "GMT" not in plain(found)
        without_marks = plain(found).replace("\n> ", "\n")  # as some programs quote: our own head must be known then
        assert "Питання" not in fold_quotes(without_marks).visible

    def test_no_quote_if_the_channel_wants_none(self, world: World) -> None:
        Channel.objects.filter(id=world.mail.id).update(settings={"quote": False})
        ticket = world.ticket(text="Секрет клієнта")
        assert "Секрет клієнта" not in plain(read(answered(world, ticket=ticket)))

    def test_notes_and_other_dialogs_are_never_quoted(self, world: World) -> None:
        ticket = world.ticket(text="Питання")
        noting.add_note(ticket, world.iryna, "ТАЄМНО", by=world.act(world.iryna))
        other = dialogs.open_dialog(world.mail, world.supplier, by=world.act(world.iryna), side="third")
        said = dialogs.add_message(other, Said(Message.Author.CUSTOMER, identity=world.supplier), Words("ЦІНА 5"))
        delivery = answered(world, ticket=ticket)
        Message.objects.filter(id=delivery.message_id).update(answers=said)
        content = compose(Delivery.objects.get(id=delivery.id)).content
        found = read(Delivery.objects.get(id=delivery.id))
        assert "ЦІНА" not in plain(found) + markup(found) and "ТАЄМНО" not in plain(found) + markup(found)
        assert b"supplier" not in content

    def test_what_was_erased_or_hidden_is_not_quoted(self, world: World) -> None:
        ticket = world.ticket(text="Видалене")
        Message.objects.update(hidden_at=clock.now())
        assert "Видалене" not in plain(read(answered(world, ticket=ticket)))

    def test_signatures_of_agent_and_team_in_the_readers_language(self, world: World) -> None:
        world.iryna.signature = {"uk": "З повагою, {agent}", "en": "Regards"}
        world.iryna.save()
        world.support.signature = {"en": "{team} of {company} {other}"}
        world.support.save()
        found = read(answered(world))
        assert "-- \nЗ повагою, Iryna Агентка\nПідтримка of Каштан {other}" in plain(found)
        assert "З повагою, Iryna Агентка<br>" in markup(found)

    def test_a_signature_with_markup_is_shown_as_it_stands(self, world: World) -> None:
        world.iryna.signature = {"uk": "<script>alert(1)</script> {{7*7}} {agent}"}
        world.iryna.save()
        world.iryna.person.name = "<b>{team}</b>"
        world.iryna.person.save()
        found = read(answered(world))
        assert "<script" not in markup(found) and "{{7*7}} &lt;b&gt;{team}&lt;/b&gt;" in markup(found)

    def test_files_come_with_their_names(self, world: World) -> None:
        names = ["Рахунок за листопад " + "дуже " * 25 + ".pdf", 'a"b\r\nBcc: x@y.example.txt', "лист.eml"]
        types = ["application/pdf", "text/plain", "message/rfc822"]
        attached = [
            NewFile(n, t, content=b"\x00\xff%d\r\n.\r\n" % i) for i, (n, t) in enumerate(zip(names, types, strict=True))
        ]
        delivery = answered(world, files=attached)
        content = compose(delivery).content
        found = list(read(delivery).iter_attachments())
        assert [
            part.get_content() if part.get_content_maintype() != "text" else part.get_payload(decode=True)
            for part in found
        ] == [b"\x00\xff%d\r\n.\r\n" % i for i in range(3)]
        assert found[0].get_filename() == names[0] and found[2].get_filename() == "лист.eml"
        assert found[0].get_content_type() == "application/pdf"
        assert b"\r\nBcc:" not in content
        assert letter.parse(content).attachments[0].name == names[0]

    @pytest.mark.parametrize(("content", "charset"), [("Привіт".encode(), "utf-8"), ("Привіт".encode("cp1251"), None)])
    def test_a_text_in_utf8_says_so(self, world: World, content: bytes, charset: str | None) -> None:
        found = read(answered(world, files=[NewFile("лист.txt", "text/plain", content=content)]))
        part = next(found.iter_attachments())
        assert part.get_content_charset() == charset and part.get_payload(decode=True) == content

    def test_the_lines_of_a_list_stand_close(self, world: World) -> None:
        found = read(world_answer(world, Words("", html="<ul><li><p>раз</p></li><li><p>два</p></li></ul>")))
        assert re.findall(r'<li><p style="margin: 0;?">', markup(found)) != []

    def test_pictures_stand_inside(self, world: World) -> None:
        picture = NewFile("ф.png", "image/png", content=PNG, content_id="pic1", inline=True)
        words = Words("", html='<p>Ось: <img src="cid:pic1" alt="екран"></p>')
        delivery = world_answer(world, words, files=[picture])
        found = read(delivery)
        related = next(part for part in found.walk() if part.get_content_type() == "image/png")
        inner = str(related["Content-ID"]).strip("<>")
        assert f'src="cid:{inner}"' in markup(found) and related.get_content() == PNG
        own = letter.parse(compose(delivery).content)
        assert [(one.type, one.inline) for one in own.attachments] == [("image/png", True)]

    def test_a_missing_file_stops_the_letter(self, world: World) -> None:
        delivery = answered(world, files=[NewFile("a.txt", "text/plain", content=b"a")])
        attachment = Attachment.objects.select_related("file").get()
        assert attachment.file is not None
        files.store().delete(attachment.file.key)
        with pytest.raises(files.MissingFile):
            compose(delivery)

    def test_what_agents_take_from_the_web_keeps_its_address(self, world: World) -> None:
        delivery = world_answer(world, Words("", html='<p><img src="https://kashtan.example/logo.png"></p>'))
        assert 'src="https://kashtan.example/logo.png"' in markup(read(delivery))


def world_answer(world: World, words: Words, **more: Any) -> Delivery:
    from vikno.tickets.actions.answering import Answer, reply

    return reply(world.ticket(), world.iryna, Answer(words, **more), by=world.act(world.iryna)).deliveries.get()


class TestHostileValues:
    HOSTILE = [
        "a\r\nBcc: evil@example.org",
        "a\nX: y",
        "a\x0bb",
        "\u2028Bcc: x",
        "=?utf-8?q?a=0d=0aBcc:_x?=",
        '"; <x@y.z>,',
    ]

    @pytest.mark.parametrize("value", HOSTILE)
    def test_no_value_begins_another_field(self, world: World, value: str) -> None:
        ticket = world.ticket(subject=value)
        Person.objects.filter(id=world.maria.person_id).update(name=value)
        Person.objects.filter(id=world.iryna.person_id).update(name=value)
        Message.objects.update(foreign_id=f"<x@example.org>{value}")
        delivery = world.answer(ticket, agent=type(world.iryna).objects.get(id=world.iryna.id)).deliveries.get()
        found = email.message_from_bytes(compose(delivery).content, policy=email.policy.default)
        known = {
            "from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
            "content-language", "content-type", "content-transfer-encoding",
        }  # fmt: skip
        assert {name.lower() for name in found} <= known
        assert [one.addr_spec for one in found["To"].addresses] == ["maria@kramnytsia.example"]

    @settings(deadline=None)
    @given(st.text(max_size=300))
    def test_any_subject_is_one_field_and_comes_back(self, value: str) -> None:
        wire = fields.unstructured("Subject", value.encode("utf-8", "replace").decode())
        found = email.message_from_bytes(wire + b"\r\nbody", policy=email.policy.default)
        assert found.keys() == ["Subject"]
        assert all(len(line) <= 998 for line in wire.split(b"\r\n"))
        assert one_line(str(found["Subject"])) == one_line(value.encode("utf-8", "replace").decode())

    @settings(deadline=None)
    @given(st.text(max_size=250))
    def test_any_name_stays_a_name(self, name: str) -> None:
        name = name.encode("utf-8", "replace").decode()
        wire = fields.mailboxes("To", [(name, "a@b.example"), (name, "c@d.example")])
        found = email.message_from_bytes(wire + b"\r\nbody", policy=email.policy.default)
        assert [one.addr_spec for one in found["To"].addresses] == ["a@b.example", "c@d.example"]
        # The standard library puts spaces between encoded words of a long name, against RFC 2047 section 6.2.
        shown = letter.parse(wire + b"\r\nbody").to[0].name
        assert fold(shown) == fold(one_line(name, 200)) or not fold(shown)

    @settings(deadline=None)
    @given(st.text(max_size=80))
    def test_no_address_is_invented(self, address: str) -> None:
        try:
            found = fields.ascii_domain(address)
        except fields.WrongAddress:
            return
        assert found.count("@") == 1 and not any(letter_.isspace() or letter_ in "<>,;" for letter_ in found)

    def test_domains_in_any_script(self) -> None:
        assert fields.ascii_domain("info@каштан.укр") == "info@" + "каштан.укр".encode("idna").decode()
        assert fields.ascii_domain("A.B@Firm.EXAMPLE") == "A.B@firm.example"

    @pytest.mark.parametrize(
        "bad", ["", "x", "@y", "x@", "a b@c.example", "a@b\r\n.example", "a@-.example", "a@b@c.example", "a@..x"]
    )
    def test_what_is_no_address(self, bad: str) -> None:
        with pytest.raises(fields.WrongAddress):
            fields.ascii_domain(bad)


def test_an_address_in_any_script_needs_a_server_that_knows_it(world: World) -> None:
    Identity.objects.filter(id=world.maria.id).update(value="марія@каштан.укр", shown="марія@каштан.укр")
    delivery = answered(world)
    composed = compose(Delivery.objects.get(id=delivery.id))
    assert composed.wide and composed.recipient == "марія@" + "каштан.укр".encode("idna").decode()


def test_the_letter_can_be_read_on_light_and_on_dark(world: World) -> None:
    html = "<p>Дивіться <a href='https://kashtan.example/x'>тут</a></p><pre>код</pre><blockquote><p>x</p></blockquote>"
    page = markup(read(world_answer(world, Words("", html=html))))
    assert 'name="color-scheme" content="light dark"' in page
    assert "background" not in page  # a ground of our own under text of the reader's colour would hide it
    assert set(re.findall(r"(?<![-\w])color: ?(#\w+)", page)) == {"#3d7bdd"}
    for ground in ("#ffffff", "#1b1b1b"):
        assert contrast("#3d7bdd", ground) >= 4


def contrast(one: str, other: str) -> float:
    """The ratio of two colours as WCAG 2.2 counts it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_web_address_in_an_answer_is_a_link(world: World) -> None:
    address = "https://np.example/track?a=1&b=2"
    link = 'href="https://np.example/track?a=1&amp;b=2"'
    assert link in markup(read(answered(world, f"Дивіться {address}.")))
    formatted = Words("Дивіться", html=f"<p>Дивіться {address.replace('&', '&amp;')}</p>")
    message = reply(world.ticket(), world.iryna, Answer(formatted), by=world.act(world.iryna))
    assert markup(read(message.deliveries.get())).count(link) == 1
