"""Files looked at in place: pictures and pages of a PDF, and the list of all files of a request."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.desk.seats import Seat
from tests.pdfs import environments_given
from tests.world import World
from vikno.core import pdf_pages
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment
from vikno.tickets.actions import hiding, noting
from vikno.tickets.models import NoteAttachment, Ticket

PDF = "application/pdf"


def pdf(pages: int = 2) -> bytes:
    drawn = [Image.new("RGB", (200, 280), (255, 255, 40 * page)) for page in range(pages)]
    out = BytesIO()
    drawn[0].save(out, "PDF", save_all=True, append_images=drawn[1:])
    return out.getvalue()


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (90, 60), "teal").save(out, "PNG")
    return out.getvalue()


def with_files(world: World, *files: tuple[str, str, bytes], **more: Any) -> tuple[Ticket, list[Attachment]]:
    ticket = world.ticket(files=tuple(NewFile(*file) for file in files), **more)
    return ticket, list(Attachment.objects.order_by("position"))


def test_a_picture_is_looked_at_large_with_ways_to_the_others(world: World) -> None:
    ticket, [first, second, _log] = with_files(
        world, ("one.png", "image/png", png()), ("two.png", "image/png", png()), ("log.txt", "text/plain", b"x")
    )
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}/files/{first.id}")
    assert "one.png" in page and f"/files/{first.id}?inline=1" in page
    assert f"/tickets/{ticket.number}/files/{second.id}" in page and "log.txt" not in page


def test_the_pages_of_a_pdf_are_pictures(world: World) -> None:
    ticket, [file] = with_files(world, ("act.pdf", PDF, pdf(2)))
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}/files/{file.id}")
    for number in (1, 2):
        address = f"/tickets/{ticket.number}/files/{file.id}/{number}"
        assert address in page
        answer = seat.get(address)
        assert answer["Content-Type"] == "image/png"
        with Image.open(BytesIO(answer.content)) as drawn:
            assert drawn.width == pdf_pages.WIDTH
            blue = drawn.getchannel("B").getpixel((700, 900))
            assert isinstance(blue, int)
            assert abs(blue - (40 if number == 2 else 0)) < 4  # the picture within was packed with a loss
    assert seat.get(f"/tickets/{ticket.number}/files/{file.id}/3").status_code == 404
    assert seat.get(f"/tickets/{ticket.number}/files/{file.id}/0").status_code == 404


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x00" * 4096, b"<html><script>alert(1)</script>"])
def test_what_is_no_pdf_is_said_and_can_be_downloaded(world: World, content: bytes) -> None:
    ticket, [file] = with_files(world, ("act.pdf", PDF, content))
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}/files/{file.id}")
    assert "This PDF is damaged" in page and f'href="/files/{file.id}" download' in page
    assert Seat(world.iryna).get(f"/tickets/{ticket.number}/files/{file.id}/1").status_code == 404


def test_a_pdf_that_takes_too_long_ends_in_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket, [file] = with_files(world, ("act.pdf", PDF, pdf(1)))
    monkeypatch.setattr(pdf_pages, "SECONDS", 0.001)
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}/files/{file.id}")
    assert "This PDF is damaged, or too large" in page


def test_the_process_that_draws_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given = environments_given(monkeypatch, "run")
    assert pdf_pages.sizes(pdf(1))[1] == 1
    assert [name for name in given[0] if name not in pdf_pages.NEEDED] == []


def test_a_page_of_any_shape_is_bounded() -> None:
    for width, height in ((1.0, 100_000.0), (100_000.0, 1.0), (595.0, 842.0), (0.0, 0.0)):
        across, down = pdf_pages._pixels(width, height)
        assert 1 <= across <= pdf_pages.WIDTH and across * down <= pdf_pages.MOST_PIXELS


def test_all_files_of_a_request_are_listed_with_those_of_notes(world: World) -> None:
    ticket, [file] = with_files(world, ("from-maria.txt", "text/plain", b"x"))
    internal = [NewFile("internal.pdf", PDF, pdf(1))]
    noting.add_note(ticket, world.iryna, "See", attached=internal, by=world.act(world.iryna))
    kept = NoteAttachment.objects.get()
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}/files")
    assert page.index("internal.pdf") < page.index("from-maria.txt")
    assert f"#message-{file.message_id}" in page and f"/tickets/{ticket.number}/files/n{kept.id}" in page
    assert "internal.pdf" in seat.page(f"/tickets/{ticket.number}/files/n{kept.id}")
    beside = seat.page(f"/tickets/{ticket.number}")
    assert f"/tickets/{ticket.number}/files" in beside and "All files" in beside


def test_what_its_author_wants_gone_is_neither_listed_nor_shown(world: World) -> None:
    ticket, [file] = with_files(world, ("secret.png", "image/png", png()))
    hiding.hide(file.message, by=world.act(world.iryna))
    seat = Seat(world.iryna)
    assert "secret.png" not in seat.page(f"/tickets/{ticket.number}/files")
    assert seat.get(f"/tickets/{ticket.number}/files/{file.id}").status_code == 404


def test_nobody_reaches_files_through_a_request_that_does_not_hold_them(world: World) -> None:
    hidden, [file] = with_files(world, ("act.pdf", PDF, pdf(1)))
    Ticket.objects.filter(id=hidden.id).update(restricted=True)
    open_one = world.ticket(world.petro, subject="Other")
    seat = Seat(world.bohdan)
    for address in (f"{hidden.number}/files", f"{hidden.number}/files/{file.id}", f"{hidden.number}/files/{file.id}/1"):
        assert seat.get(f"/tickets/{address}").status_code == 404
    assert seat.get(f"/tickets/{open_one.number}/files/{file.id}").status_code == 404
    assert seat.get(f"/tickets/{open_one.number}/files/{file.id}/1").status_code == 404


@pytest.mark.parametrize("which", ["0", "x", "n", "n999", "99999999999999999999", "-1"])
def test_an_address_of_no_file_is_not_there(world: World, which: str) -> None:
    ticket, _files = with_files(world, ("one.png", "image/png", png()))
    seat = Seat(world.iryna)
    assert seat.get(f"/tickets/{ticket.number}/files/{which}").status_code == 404
    assert seat.get(f"/tickets/{ticket.number}/files/{which}/1").status_code == 404
