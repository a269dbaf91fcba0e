"""What attached letters and texts say, and the names of pictures inside letters, are found like the message itself."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.letters import letter, with_file
from tests.searching import found, index_follows, look
from tests.world import World
from vikno.care import erasure
from vikno.channels.email import attached as readers
from vikno.core import files
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment, Message
from vikno.search import attached
from vikno.search.models import Build
from vikno.search.rebuild import step
from vikno.tickets.actions import fields, hiding
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db

INVITATION = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:zq81-nandu@cal.example\r\nDTSTART:20310506T100000Z\r\n"
    "SUMMARY;LANGUAGE=uk:Нарада про воро\r\n бця\r\nLOCATION:Кімната\\, третя\r\n"
    'ORGANIZER;CN="Соломія Дрозд":mailto:s@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
)


def one(name: str, kind: str, content: bytes | str, *, inline: bool = False) -> NewFile:
    return NewFile(name, kind, content if isinstance(content, bytes) else content.encode(), inline=inline)


def ticket_with(world: World, *attachments: NewFile) -> Ticket:
    ticket = world.ticket(text="Дивіться, будь ласка.", files=attachments)
    index_follows()
    return ticket


def test_the_name_of_a_picture_inside_a_letter_is_found_and_is_no_file(world: World) -> None:
    ticket = ticket_with(world, one("схема-дятла.png", "image/png", b"x", inline=True))
    assert found(world, "схема-дятла.png") == found(world, "дятел") == [ticket.number]
    assert found(world, "has:file") == []


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (one("нотатки.txt", "text/plain", "Синиця прилетіла"), "синицю"),
        (one("нотатки.txt", "application/octet-stream", "Синиця прилетіла".encode("cp1251")), "синицю"),
        (one("звіт.csv", "text/csv", "код;назва\nQX-4418;Горобець\n"), "QX-4418"),
        (one("запрошення.ics", "text/calendar", INVITATION), "нарада про воробця третя Дрозд"),
        (one("", "message/rfc822", letter("Яструб кружляє", subject="Про лелек")), "яструб лелеки"),
        (one("лист.eml", "application/octet-stream", letter("Яструб")), "яструба maria@kramnytsia.example"),
        (one("л", "message/rfc822", with_file("акт-сойки.pdf", b"x", text="Ось")), "акт-сойки.pdf"),
    ],
)  # fmt: skip
def test_what_attached_files_say_is_found(world: World, file: NewFile, words: str) -> None:
    ticket = ticket_with(world, file)
    assert found(world, words, exactly=True) == [ticket.number]


def test_of_a_letter_in_html_the_words_are_found(world: World) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "x@y.example", "Птах"
    inner.set_content("<p>Пугач <b>угукає</b></p>", subtype="html")
    ticket = ticket_with(world, one("", "message/rfc822", inner.as_bytes()))
    assert found(world, "пугач", exactly=True) == [ticket.number]


def test_ids_and_times_of_an_invitation_are_not(world: World) -> None:
    ticket_with(world, one("запрошення.ics", "text/calendar", INVITATION))
    assert found(world, "nandu", exactly=True) == found(world, "VCALENDAR", exactly=True) == []


def test_of_a_long_text_the_beginning_is_found(world: World) -> None:
    long = "Початок про сову. " + "рядок тексту\n" * 6000 + "Кінець про чаплю."
    ticket = ticket_with(world, one("довгий.log", "text/plain", long))
    assert found(world, "сова", exactly=True) == [ticket.number]
    assert found(world, "чапля", exactly=True) == []


@pytest.mark.parametrize(
    "file",
    [
        one("програма.txt", "text/plain", b"MZ\x00\x00dikobraz" * 40),
        one("дані.bin", "application/octet-stream", "dikobraz"),
        one("таблиця.xlsx", "application/vnd.ms-excel", "dikobraz"),
    ],
)
def test_what_is_no_text_is_not_read(world: World, file: NewFile) -> None:
    ticket_with(world, file)
    assert found(world, "dikobraz", exactly=True) == []


def test_who_may_not_read_the_message_does_not_find_it(world: World) -> None:
    ticket = ticket_with(world, one("нотатки.txt", "text/plain", "Синиця прилетіла"))
    fields.restrict(ticket, True, by=world.act(world.taras))
    index_follows()
    assert found(world, "синиця", world.iryna) == []
    assert look(world, "синица", world.iryna).shown_for == ""
    assert found(world, "синиця", world.taras) == [ticket.number]


def test_what_was_hidden_is_forgotten(world: World) -> None:
    ticket = ticket_with(world, one("синиця.txt", "text/plain", "Сорока прилетіла"))
    hiding.hide(Message.objects.get(links__ticket=ticket), by=world.act(world.iryna))
    index_follows()
    assert found(world, "сорока", exactly=True) == found(world, "синиця.txt", exactly=True) == []


def test_no_attached_letter_is_read_where_something_was_hidden(world: World) -> None:
    """It may repeat that."""
    ticket = ticket_with(world, one("", "message/rfc822", letter("Вивільга")), one("а.txt", "text/plain", "Щиглик"))
    first = Message.objects.get(links__ticket=ticket)
    more = world.letter(world.maria, text="Ще одне", answers=first).message
    assert more is not None and found(world, "вивільга", exactly=True) == [ticket.number]
    hiding.hide(more, by=world.act(world.iryna))
    index_follows()
    assert found(world, "вивільга", exactly=True) == []
    assert found(world, "щиглик", exactly=True) == [ticket.number]


def test_erasing_a_person_forgets_it_at_once(world: World) -> None:
    ticket = world.ticket(world.petro, files=(one("нотатки.txt", "text/plain", "Синиця прилетіла"),))
    index_follows()
    assert found(world, "синиця") == [ticket.number]
    erasure.erase(world.petro.person_id, by=world.act(world.olena))
    for _ in range(2):
        assert found(world, "синиця", exactly=True) == []
        index_follows()


def test_a_file_whose_bytes_are_gone_takes_nothing_else_with_it(world: World) -> None:
    ticket = world.ticket(files=(one("нотатки.txt", "text/plain", "Синиця"), one("а.txt", "text/plain", "Щиглик")))
    lost = Attachment.objects.get(name="нотатки.txt").file
    assert lost is not None
    files.store().delete(lost.key)
    index_follows()
    assert found(world, "синиця", exactly=True) == []
    assert found(world, "щиглик") == found(world, "нотатки.txt") == [ticket.number]


def test_only_so_many_files_of_one_message_are_read(world: World) -> None:
    words = [f"dikobraz{chr(ord('a') + n) * 3}" for n in range(attached.MOST_FILES + 1)]
    ticket = ticket_with(world, *(one("a.txt", "text/plain", word) for word in words))
    assert found(world, words[-2], exactly=True) == [ticket.number]
    assert found(world, words[-1], exactly=True) == []


def test_an_index_that_knows_no_files_is_made_anew(world: World) -> None:
    ticket = world.ticket(files=(one("нотатки.txt", "text/plain", "Синиця прилетіла"),))
    Build.objects.update(made_by=4)
    while step():
        pass
    assert found(world, "синиця") == [ticket.number]


@pytest.mark.parametrize("read", [readers.of_text, readers.of_calendar, readers.of_letter])
@pytest.mark.parametrize(
    "content",
    [b"", b"\x00", b"\xff\xfe", b"\xff\xfe\x00", bytes(range(256)) * 300, b"SUMMARY" * 20_000, b"\r\n " * 30_000,
     b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 20_000, "ї".encode() * 40_000],
)  # fmt: skip
def test_any_bytes_are_borne(read, content: bytes) -> None:
    assert isinstance(read(content), str)


def test_the_words_of_a_text_that_was_cut_off_are_not_spoilt() -> None:
    whole = ("їжак " * 20_000).encode()
    for end in range(attached.LONGEST, attached.LONGEST + 12):
        assert set(readers.of_text(whole[:end]).split()) == {"їжак"}
