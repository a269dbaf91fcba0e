"""Of a plain letter that is too long to be read between others the page shows its beginning; all of it has a page."""

from __future__ import annotations

import re

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk import drawing

LINES = [f"Line {n} of the log" for n in range(20_000)]


def test_a_page_shows_its_beginning_and_where_the_rest_is(world: World) -> None:
    ticket = world.ticket(text="\n".join(LINES))
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}")
    assert LINES[0] in page
    assert LINES[drawing.MOST_LINES - 1] in page
    assert LINES[drawing.MOST_LINES] not in page
    found = re.search(r'<a[^>]* href="(/messages/\d+/letter)"[^>]*>.*?Show all \(([^)]*)\)', page, re.S)
    assert found is not None
    assert re.fullmatch(r"4\d\d(\.\d)?.kB", found[2])
    whole = seat.page(found[1])
    assert LINES[0] in whole
    assert LINES[-1] in whole


def test_one_line_without_end_is_cut_too(world: World) -> None:
    ticket = world.ticket(text="x" * 1_000_000)
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert "Show all" in page
    assert len(page) < 300_000


def test_a_letter_of_ordinary_length_is_whole(world: World) -> None:
    ticket = world.ticket(text="\n".join(LINES[: drawing.MOST_LINES]))
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert LINES[drawing.MOST_LINES - 1] in page
    assert "Show all" not in page


def test_what_is_folded_behind_it_is_cut_as_well_and_found_there(world: World) -> None:
    ticket = world.ticket(text="Ось журнал", quoted="\n".join(f"> {line}" for line in LINES))
    seat = Seat(world.iryna)
    page = seat.page(f"/tickets/{ticket.number}")
    assert LINES[-1] not in page
    found = re.search(r'href="(/messages/\d+/letter)"', page)
    assert found is not None
    assert LINES[-1] in seat.page(found[1])


def test_a_letter_without_rights_is_not_shown_whole_either(world: World) -> None:
    ticket = world.ticket(text="\n".join(LINES))
    found = re.search(r'href="(/messages/\d+/letter)"', Seat(world.iryna).page(f"/tickets/{ticket.number}"))
    assert found is not None
    ticket.team = world.hr
    ticket.save()
    assert Seat(world.iryna).get(found[1]).status_code == 404
