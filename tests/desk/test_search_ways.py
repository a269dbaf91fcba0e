"""Ways to go on with a query that search offers, and what it explains."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

from tests.desk.seats import Seat
from tests.desk.test_search import numbers
from tests.searching import index_follows
from tests.world import World
from vikno.core import clock
from vikno.dialogs.actions import NewFile
from vikno.tickets.actions import assigning, fields, hiding


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


def test_the_palette_has_the_pages_of_settings_that_one_may_see(world: World) -> None:
    def rows(who: Any, text: str, **more: str) -> list[tuple[str, str]]:
        found = Seat(who).get("/search/quick", {"q": text} | more).json()["found"]
        return [(row["word"], row["url"]) for row in found]

    for text in ("custom f", "власні п", "собственные п"):
        assert rows(world.olena, text)[0] == ("Custom fields", "/settings/fields")
    assert ("My settings", "/settings") in rows(world.iryna, "colours")  # what it is for, in words
    assert rows(world.iryna, "custom f") == []
    assert rows(world.olena, "custom f", fields="1") == []  # the box of the navigation looks for requests


def test_the_quick_lists_show_the_words_around(world: World) -> None:
    file = NewFile("стрічка.txt", "text/plain", b"x")
    world.ticket(subject="Каса стоїть", text="Доброго дня! Стрічка <застрягла> зранку.")
    filed = world.ticket(world.petro, subject="Папір", text="Дивіться.", files=(file,))
    index_follows()
    seat = Seat(world.iryna)

    def rows(text: str) -> dict[str, Any]:
        found = seat.get("/search/quick", {"q": text}).json()["found"]
        return {row["word"].partition(" ")[2]: row for row in found if row["kind"] != "person"}

    assert rows("стріч")["Каса стоїть"]["said"] == [
        ["Марія Коваль: ", False], ["Доброго дня! ", False], ["Стрічка", True], [" <застрягла> зранку.", False],
    ]  # fmt: skip
    assert rows("стріч")["Папір"]["said"] == [["File: ", False], ["стрічка", True], [".txt", False]]
    (row,) = rows("каса").values()
    assert ["Каса", True] in row["words"] and row["said"] == []  # the line above says it
    hiding.hide(filed.links.get().message, by=world.act(world.iryna))
    assert "стрічка" not in str(rows("стріч").get("Папір"))


def test_the_quick_list_costs_the_same_however_many_rows_it_has(world: World, queries: Any) -> None:
    seat = Seat(world.iryna)
    world.ticket(subject="Папір", text="Стрічка застрягла")
    index_follows()
    seat.get("/search/quick", {"q": "стрічка"})
    with queries(at_most=22) as few:
        assert len(seat.get("/search/quick", {"q": "стрічка"}).json()["found"]) == 1
    for n in range(8):
        world.ticket(subject=f"Папір {n}", text="Стрічка застрягла")
    index_follows()
    with queries(at_most=22) as many:
        found = seat.get("/search/quick", {"q": "стрічка"}).json()["found"]
    assert len(found) == 6 and all(["Стрічка", True] in row["said"] for row in found)
    assert len(few) == len(many)


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
