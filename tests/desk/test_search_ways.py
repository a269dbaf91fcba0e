"""Ways to go on with a query that search offers, and what it explains."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

from tests.desk.seats import Seat
from tests.desk.test_search import numbers
from tests.searching import index_follows
from tests.world import World
from vikno.core import clock
from vikno.tickets.actions import assigning, fields


def test_the_box_of_the_navigation_offers_ways_to_go_on(world: World) -> None:
    fields.tag(world.ticket(), [fields.tag_named("терміново")], by=world.act(world.iryna))
    secret = world.ticket()
    fields.tag(secret, [fields.tag_named("таємниця")], by=world.act(world.taras))
    assigning.hand_over(secret, world.hr, by=world.act(world.taras))
    world.ticket(world.petro)
    index_follows()
    seat = Seat(world.iryna)

    def offered(text: str) -> list[str]:
        rows = seat.get("/search/quick", {"q": text, "fields": "1"}).json()["found"]
        return [row["text"] for row in rows if row["kind"] == "field"]

    assert "team:Підтримка " in offered("team:") and "team:Кадри " not in offered("team:")
    assert offered("tag:") == ["tag:терміново "]
    assert offered("каса статус:у") == ['каса статус:"У роботі" ']
    assert offered("від:лис") == ["від:petro@example.net "] and offered("to:petro") == ["to:petro@example.net "]
    assert any(one.startswith('from:"Iryna') for one in offered("from:"))
    assert offered("кома") == ["команда:"] and offered("sta") == ["status:"] and offered("s") == []
    assert offered("team:Підтримка") == []  # it is there whole
    assert offered("nothing:x") == []
    rows = seat.get("/search/quick", {"q": "team:"}).json()["found"]
    assert all(row["kind"] != "field" for row in rows), "the palette asks for none"


def test_the_word_that_is_nowhere_can_be_left_out(world: World) -> None:
    ticket = world.ticket(subject="Каса не друкує")
    index_follows()
    seat = Seat(world.iryna)
    page = seat.page("/search?q=каса абракадабрище")
    assert "Nothing says <strong>абракадабрище</strong>." in page
    way = re.search(r'<a href="([^"]+)">Search for “каса” alone', page)
    assert way is not None and numbers(seat.page(unescape(way[1]))) == [ticket.number]


def test_a_lone_minus_is_explained(world: World) -> None:
    page = Seat(world.iryna).page("/search?q=-диван")
    assert "A word with a minus" in page and "nearly every letter" not in page


def test_what_was_brought_here_later_is_shown_with_its_own_day(world: World) -> None:
    then = clock.now() - timedelta(days=400)
    ticket = world.ticket(said_at=then, arrived_at=then, imported=True)
    index_follows()
    for query in ("maria@kramnytsia.example", "status:closed", str(ticket.number), "каса"):
        page = Seat(world.iryna).page(f"/search?q={query}")
        assert f'datetime="{then.isoformat(timespec="seconds")}"' in page, query
