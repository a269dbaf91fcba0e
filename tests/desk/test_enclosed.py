"""Letters and invitations that came with a letter: opened, shown, and no more let loose than any letter."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.desk.seats import Seat
from tests.desk.test_files import content_of, picture, status_of
from tests.world import World
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
ICS = (
    "BEGIN:VCALENDAR\r\nMETHOD:{}\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Нарада <b>про касу</b>\r\n"
    "DTSTART:20261123T080000Z\r\nDTEND:20261123T093000Z\r\nLOCATION:Київ\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def mail(subject: str, html: str, *files: tuple[str, str, bytes], inner: EmailMessage | None = None) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Сусід <susid@example.org>", "maria@kramnytsia.example", subject
    made.set_content("як у розмітці")
    made.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if inner is not None:
        made.add_attachment(inner)
    return made


def arrived(world: World, letter: EmailMessage) -> tuple[Ticket, str]:
    ticket = world.ticket(files=(NewFile("Скарга.eml", "message/rfc822", letter.as_bytes()),))
    return ticket, f"/files/{Attachment.objects.get().id}/letter"


def test_an_enclosed_letter_is_read_on_a_page_of_its_own(world: World) -> None:
    html = '<p onclick="x()">Немає <b>світла</b></p><script>alert(1)</script><img src="https://evil.example/p.png">'
    ticket, address = arrived(world, mail("Скарга", html, ("доказ.txt", "text/plain", b"proof")))
    seat = Seat(world.iryna)
    assert f'href="{address}"' in seat.page(f"/tickets/{ticket.number}")
    answer = seat.get(address)
    page = answer.content.decode()
    assert "Немає <b>світла</b>" in page
    assert "Сусід &lt;susid@example.org&gt;" in page
    for bad in ("<script", "onclick", 'src="https'):
        assert bad not in page
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "allow-scripts" not in answer["Content-Security-Policy"]
    assert 'href="?file=0"' in page
    file = seat.get(f"{address}?file=0")
    assert (content_of(file), file["Content-Type"]) == (b"proof", "application/octet-stream")
    assert file["Content-Disposition"].startswith("attachment")


def test_letters_enclosed_in_letters_are_opened_as_deep_as_allowed(world: World) -> None:
    letter = mail("7", "<p>сьомий</p>")
    for number in range(6, -1, -1):
        letter = mail(str(number), f"<p>лист {number}</p>", inner=letter)
    _, address = arrived(world, letter)
    seat = Seat(world.iryna)
    assert "лист 2" in seat.page(f"{address}?at=0.0")
    deepest = seat.page(f"{address}?at=0.0.0.0.0")
    assert "лист 5" in deepest
    assert "?at=" not in deepest.replace("?at=0.0.0.0.0&amp;file=0", "")
    assert status_of(seat.get(f"{address}?at=0.0.0.0.0.0")) == 404


@pytest.mark.parametrize("query", ["?at=9", "?at=x", "?at=-1", "?at=0", "?file=7", "?file=٣", "?at=0..0", "?file="])
def test_addresses_that_lead_nowhere(world: World, query: str) -> None:
    _, address = arrived(world, mail("Скарга", "<p>x</p>", ("доказ.txt", "text/plain", b"proof")))
    assert status_of(Seat(world.iryna).get(address + query)) == 404


def test_other_files_and_other_peoples_letters_stay_closed(world: World) -> None:
    ticket, address = arrived(world, mail("Скарга", "<p>x</p>"))
    Ticket.objects.filter(id=ticket.id).update(restricted=True)
    assert status_of(Seat(world.bohdan).get(address)) == 404
    world.ticket(files=(NewFile("x.html", "text/html", b"<script>1</script>"),))
    other = Attachment.objects.order_by("-id").first()
    assert status_of(Seat(world.iryna).get(f"/files/{other.id}/letter")) == 404


def test_a_picture_inside_is_made_anew(world: World) -> None:
    letter = mail("Скарга", '<p>x<img src="cid:p"></p>')
    letter.get_body(("html",)).add_related(picture(), "image", "png", cid="<p>")
    _, address = arrived(world, letter)
    seat = Seat(world.iryna)
    assert "inline=1" in seat.page(address)
    answer = seat.get(f"{address}?file=0&inline=1")
    assert answer["Content-Type"] == "image/png"


@pytest.mark.parametrize(("method", "word"), [("REQUEST", "Invitation"), ("CANCEL", "Event cancelled")])
def test_an_invitation_is_a_card_in_the_viewers_zone(world: World, method: str, word: str) -> None:
    ticket = world.ticket(files=(NewFile("invite.ics", "text/calendar", ICS.format(method).encode()),))
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert word in page
    assert "Нарада &lt;b&gt;про касу&lt;/b&gt;" in page
    assert "10:00–11:30" in page
    assert "Київ" in page
    assert "invite.ics" in page


def test_a_calendar_file_that_is_none_is_just_a_file(world: World) -> None:
    ticket = world.ticket(files=(NewFile("invite.ics", "text/calendar", b"no calendar"),))
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert 'class="invitation"' not in page
    assert "invite.ics" in page
