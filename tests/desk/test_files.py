"""Files and letters with a layout of their own: downloads, pictures made anew, frames under a policy of their own."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import files
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment
from vikno.journal.models import Event
from vikno.tickets.actions import assigning, noting
from vikno.tickets.models import NoteAttachment, Ticket

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600), **more: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def with_file(world: World, name: str, kind: str, content: bytes, **more: Any) -> tuple[Ticket, Attachment]:
    ticket = world.ticket(files=(NewFile(name, kind, content),), **more)
    return ticket, Attachment.objects.get()


def content_of(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if getattr(answer, "file_to_stream", None):
        answer.file_to_stream.close()
    return content


def status_of(answer: Any) -> int:
    content_of(answer)
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("pic.svg", "image/svg+xml", SVG),
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("page.png", "text/html", b"<script>alert(1)</script>"),
        ("doc.pdf", "application/pdf", b"%PDF-1.4"),
        ("script.js", "text/javascript", b"alert(1)"),
        ("not.png", "image/png", b"<script>alert(1)</script>"),
        ("page.xhtml", "application/xhtml+xml", b"<html/>"),
    ],
)
@pytest.mark.parametrize("query", ["", "?small=1", "?inline=1"])
def test_what_a_stranger_sent_is_a_download_and_nothing_else(
    world: World, name: str, kind: str, content: bytes, query: str
) -> None:
    _ticket, row = with_file(world, name, kind, content)
    answer = Seat(world.iryna).get(f"/files/{row.id}{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert content_of(answer) == content


def test_a_picture_is_shown_as_its_pixels_alone(world: World) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    sent = picture("JPEG", exif=exif) + b"<script>alert(1)</script>"
    _ticket, row = with_file(world, "фото.jpg", "image/jpeg", sent)
    seat = Seat(world.iryna)
    for query, size in (("?inline=1", (900, 600)), ("?small=1", (480, 320))):
        answer = seat.get(f"/files/{row.id}{query}")
        assert answer["Content-Type"] == "image/jpeg"
        assert b"script" not in answer.content
        assert b"secret place" not in answer.content
        assert Image.open(BytesIO(answer.content)).size == size
    assert content_of(seat.get(f"/files/{row.id}")) == sent


def test_a_bomb_of_pixels_is_not_unpacked(world: World) -> None:
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG", compress_level=1)  # nobody need wait for a better one
    _ticket, row = with_file(world, "bomb.png", "image/png", out.getvalue())
    answer = Seat(world.iryna).get(f"/files/{row.id}?small=1")
    assert content_of(answer) == out.getvalue()
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\r\nSet-Cookie: x=1.txt", "", "." * 300],
)
def test_names_are_only_names(world: World, name: str) -> None:
    ticket, row = with_file(world, name, "text/plain", b"x")
    seat = Seat(world.iryna)
    answer = seat.get(f"/files/{row.id}")
    said = answer["Content-Disposition"]
    assert content_of(answer) == b"x"
    assert "\n" not in said
    assert "/etc" not in said
    assert ".." not in said.replace("%2E", ".").partition("filename")[2][:6]
    assert "Set-Cookie" not in answer.headers
    seat.page(f"/tickets/{ticket.number}")


def test_a_missing_file_is_said_to_be_missing_and_the_message_is_read(world: World) -> None:
    ticket, row = with_file(world, "x.txt", "text/plain", b"x")
    assert row.file is not None
    files.store().delete(row.file.key)
    seat = Seat(world.iryna)
    answer = seat.get(f"/files/{row.id}")
    assert answer.status_code == 404
    assert "missing from the store" in answer.content.decode()
    assert "x.txt" in seat.page(f"/tickets/{ticket.number}")


def test_files_are_seen_with_their_ticket(world: World) -> None:
    ticket, row = with_file(world, "x.txt", "text/plain", b"x", html="<p>лист</p>", in_frame=True)
    noting.add_note(
        ticket, world.iryna, "n", attached=[NewFile("n.txt", "text/plain", b"n")], by=world.act(world.iryna)
    )
    noted = NoteAttachment.objects.get()
    places = [f"/files/{row.id}", f"/files/note/{noted.id}", f"/messages/{row.message_id}/letter"]
    seat, before = Seat(world.iryna), Event.objects.count()
    assert [status_of(seat.get(place)) for place in places] == [200] * 3
    assert [status_of(seat.head(place)) for place in places] == [200] * 3
    assert Event.objects.count() == before
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    assert [status_of(seat.get(place)) for place in places] == [404] * 3
    assert [status_of(Seat(world.olena).get(place)) for place in places] == [404] * 3
    assert [seat.get(f"{place.rpartition('/')[0]}/99999999999999999999").status_code for place in places[:2]] == [
        404
    ] * 2


def test_a_letters_frame_has_no_scripts_and_holds_pictures_from_elsewhere_back(world: World) -> None:
    html = (
        '<style>p{color:red}</style><p onclick="x()" hx-get="/tickets/1" data-behaviour="keys">Hi</p>'
        "<script>alert(1)</script>"
        '<img src="https://spy.example/p.gif"><form action="https://evil.example"><input name="p"></form>'
        '<iframe src="https://evil.example"></iframe><a href="javascript:alert(1)">x</a>'
    )
    ticket = world.ticket(html=html, in_frame=True, remote_images=1)
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}")
    message = ticket.links.get().message_id
    assert f'src="/messages/{message}/letter"' in page
    assert "spy.example" not in page
    answer = seat.get(f"/messages/{message}/letter")
    body = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "spy.example" not in policy
    for bad in ("<script", "onclick", "hx-get", "data-behaviour", "javascript:", "<iframe", "<form", "<input"):
        assert bad not in body
    assert "https://spy.example" not in body.partition("<body")[2].replace("data-", "")
    shown = seat.get(f"/messages/{message}/letter?pictures=1")
    assert "https://spy.example/p.gif" in shown.content.decode()
