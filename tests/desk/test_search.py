"""The page of search: what it shows, to whom, what it remembers, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.searching import index_follows
from tests.world import World
from vikno.core import clock
from vikno.journal.models import Event
from vikno.people.models import Person
from vikno.search import find, walking
from vikno.search.models import Recent
from vikno.search.rebuild import start_from_nothing
from vikno.tickets.actions import hiding, noting
from vikno.tickets.models import Link, Ticket

FOUND = {"HX-Request": "true", "HX-Target": "div#found"}


def numbers(*pages: str) -> list[int]:
    return [int(number) for page in pages for number in re.findall(r'found__row" data-ticket="(\d+)"', page)]


def test_a_ticket_is_shown_with_the_words_around(world: World) -> None:
    ticket = world.ticket(subject="Каса стоїть", text="Доброго дня! Стрічка <застрягла> зранку, допоможіть.")
    message = ticket.links.get().message_id
    index_follows()
    page = Seat(world.iryna).page("/search?q=стрічки каса")
    assert numbers(page) == [ticket.number]
    assert "<mark>Стрічка</mark> &lt;застрягла&gt; зранку" in page
    assert "<mark>Каса</mark>" in page
    assert f'href="/tickets/{ticket.number}#message-{message}"' in page
    assert "Підтримка" in page and "Марія Коваль" in page


def test_hidden_words_are_not_shown_though_the_index_still_has_them(world: World) -> None:
    ticket = world.ticket(subject="Каса стоїть", text="Стрічка застрягла, мій рахунок UA21.")
    message = ticket.links.get().message
    index_follows()
    for address in ("/search?q=стрічка", "/search?q=каса", "/search?q=стрічка каса"):
        assert "UA21" in Seat(world.iryna).page(address)
    hiding.hide(message, by=world.act(world.iryna))
    for address in ("/search?q=стрічка", "/search?q=каса", "/search?q=стрічка каса"):
        assert "UA21" not in Seat(world.iryna).page(address)
    assert f"#message-{message.id}" not in Seat(world.iryna).page("/search?q=стрічка")


def test_a_note_is_shown_as_one(world: World) -> None:
    ticket = world.ticket()
    noting.add_note(ticket, world.taras, "Постачальник не відповідає", by=world.act(world.taras))
    index_follows()
    page = Seat(world.iryna).page("/search?q=постачальник")
    assert "found__said--note" in page and "Taras Керівник" in page


def test_people_come_first_and_lead_to_their_tickets(world: World) -> None:
    ticket = world.ticket(world.petro)
    index_follows()
    seat = Seat(world.iryna)
    page = seat.page("/search?q=лис")
    href = re.search(r'finder__person" href="([^"]+)"', page)
    assert href is not None and page.index("finder__person") < page.index("found__row")
    assert f'href="/tickets/{ticket.number}"' in seat.page(href[1])


def test_what_was_meant_is_shown_and_can_be_refused(world: World) -> None:
    world.ticket(subject="Принтер")
    index_follows()
    seat = Seat(world.iryna)
    page = seat.page("/search?q=ghbynth")
    assert "Shown for <strong>принтер</strong>." in page
    exactly = re.search(r'<a href="([^"]+)">Search exactly', page)
    assert exactly is not None
    assert "Nothing was found" in seat.page(exactly[1].replace("&amp;", "&"))


def test_while_typing_only_what_was_found_is_answered(world: World) -> None:
    ticket = world.ticket(subject="Принтер")
    index_follows()
    answer = Seat(world.iryna).get("/search?q=прин&t=1", headers=FOUND)
    page = answer.content.decode()
    assert numbers(page) == [ticket.number] and "<html" not in page
    assert answer["HX-Replace-Url"] == "/search?q=%D0%BF%D1%80%D0%B8%D0%BD"


def test_what_is_not_typed_to_its_end_is_no_mistake(world: World) -> None:
    """Neither a first letter, which says nothing yet, nor the beginning of a value."""
    ticket = world.ticket(subject="Принтер")
    index_follows()
    seat = Seat(world.iryna)

    def typed(text: str) -> str:
        return seat.get("/search", {"q": text, "t": "1"}, headers=FOUND).content.decode()

    assert "That says nothing yet" in seat.page("/search?q=п") and "That says nothing yet" not in typed("п")
    assert "There is no team" in seat.page("/search?q=принтер team:xy")
    answer = typed("принтер team:xy")
    assert "There is no team" not in answer and numbers(answer) == [ticket.number]
    assert "There is no team" in typed("team:xy принтер")
    assert "There is no team" in typed("team:xy ") and "There is no team" in typed("team:no team:xy")


def test_more_is_shown_until_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from vikno.desk import search_page
    from vikno.search import matching

    monkeypatch.setattr(search_page, "PAGE", 2)
    monkeypatch.setattr(matching.newest, "__kwdefaults__", {"before": "", "scope": matching.EVERYWHERE, "limit": 5})
    made = [world.ticket(subject="Принтер").number for _ in range(9)]
    index_follows()
    seat, seen, address = Seat(world.iryna), list[int](), "/search?q=принтер"
    for _ in range(12):
        page = seat.page(address)
        seen += numbers(page)
        more = re.search(r'<a class="more" href="([^"]+)"', page)
        if more is None:
            break
        address = more[1].replace("&amp;", "&")
    assert sorted(seen) == made and len(seen) == 9


def test_what_begins_so_is_shown_until_the_end_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from vikno.desk import search_page

    monkeypatch.setattr(search_page, "PAGE", 3)
    monkeypatch.setattr(search_page, "TYPED", 2)
    made = [world.ticket(subject="Принтер").number for _ in range(7)]
    index_follows()
    for address, parts in (("/search?q=прин&t=1", [2, 3, 2]), ("/search?q=прин", [3, 3, 1])):
        seen = [numbers(page) for page in pages(Seat(world.iryna), address)]
        assert [len(one) for one in seen] == parts, address
        assert sorted(number for one in seen for number in one) == made, address


def test_a_search_that_takes_long_says_how_far_it_is_and_goes_on_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_no_time(monkeypatch)
    made = over_years(world)
    seat = Seat(world.iryna)
    first, *later = pages(seat, "/search?q=папуга горобець")
    assert "Looked back to" in first and 'hx-trigger="load, click"' in first and "Nothing was found" not in first
    assert later and numbers(*later) == [made[0].number]
    assert not any("Nothing was found" in page for page in later)
    found = pages(seat, "/search?q=папуга горобчик")
    assert ["Nothing was found" in page for page in found] == [False] * (len(found) - 1) + [True]
    typed = seat.get("/search", {"q": "папуга горо", "t": "1"}, headers=FOUND).content.decode()
    assert 'hx-trigger="load delay:400ms, click"' in typed


def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look ends after its first span."""
    monkeypatch.setattr(walking, "PROBE", 1)
    monkeypatch.setattr(walking, "ENOUGH", -1.0)


def over_years(world: World, *texts: str, days: tuple[int, ...] = (4000, 3000, 2000, 1000, 0)) -> list[Ticket]:
    """Tickets of these texts, or of two words that meet in the oldest alone, so many days ago."""
    given = texts or ("папуга горобець", "папуга", "горобець", "папуга", "горобець")
    made = [world.ticket(text=text) for text in given]
    for ticket, back in zip(made, days, strict=True):
        Link.objects.filter(ticket=ticket).update(arrived_at=clock.now() - timedelta(days=back))
        Ticket.objects.filter(id=ticket.id).update(created_at=clock.now() - timedelta(days=back))
    index_follows()
    return made


def test_what_is_asked_for_exactly_stays_so_however_long_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_no_time(monkeypatch)
    made = over_years(world)
    seat = Seat(world.iryna)
    meant = numbers(*pages(seat, "/search?q=папуга горо"))
    assert meant == [made[0].number]
    exactly = pages(seat, "/search?q=папуга горо&exactly=1")
    assert len(exactly) > 1 and numbers(*exactly) == []
    assert "Nothing was found" in exactly[-1]


@pytest.mark.parametrize("times", [(-1.0, 60.0), (60.0, -1.0)])
def test_more_of_an_answer_is_of_that_answer_whatever_time_there_is(
    world: World, monkeypatch: pytest.MonkeyPatch, times: tuple[float, float]
) -> None:
    """A machine that was busy, and then is not, or the other way round: each row comes once."""
    from vikno.desk import search_page

    monkeypatch.setattr(search_page, "PAGE", 2)
    in_no_time(monkeypatch)
    far = [world.ticket(subject="Папуга", text="папуга папуга") for _ in range(3)]
    near = [world.ticket(subject="Клітка", text="Тут десь папуга") for _ in range(3)]
    for ticket, back in zip([*far, *near], (4000, 3900, 3800, 2, 1, 0), strict=True):
        Link.objects.filter(ticket=ticket).update(arrived_at=clock.now() - timedelta(days=back))
        Ticket.objects.filter(id=ticket.id).update(created_at=clock.now() - timedelta(days=back))
    index_follows()
    seen, address, seat, asked = list[int](), "/search?q=папуга", Seat(world.iryna), 0
    while address and asked < 30:
        monkeypatch.setattr(walking, "ENOUGH", times[asked % 2])
        page = seat.page(address)
        seen += numbers(page)
        more = re.search(r'<a class="more" href="([^"]+)"', page)
        address, asked = unescape(more[1]) if more else "", asked + 1
    assert sorted(seen) == [ticket.number for ticket in (*far, *near)]


def test_more_of_what_was_found_instead_at_last_is_of_that(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second try begins with the newest, wherever the first look ended."""
    from vikno.desk import search_page

    monkeypatch.setattr(search_page, "PAGE", 2)
    in_no_time(monkeypatch)
    made = over_years(world, *["папуга"] * 6, days=(4000, 3000, 4, 3, 2, 1))
    given = pages(Seat(world.iryna), "/search?q=папу")
    assert sorted(number for page in given for number in numbers(page)) == [ticket.number for ticket in made]


def test_the_number_found_is_told_anew_with_each_part_of_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_no_time(monkeypatch)
    over_years(world, *["папуга"] * 5)
    first, *later = pages(Seat(world.iryna), "/search?q=папуга")
    told = [re.search(r'pane__count"(?: hx-swap="innerHTML")?>([^<]*)<', page) for page in (first, *later)]
    counts = [one[1] for one in told if one]
    assert len(counts) == len(later) + 1 > 1
    assert all(count == "" or count.endswith("+") for count in counts[:-1]) and counts[-1] == "5"


def test_what_stands_far_back_stands_there_for_guesses_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a word was not met in the time of a look does not say that it is nowhere."""
    in_no_time(monkeypatch)
    monkeypatch.setattr(find, "GUESSING", 60.0)  # more than a busy machine needs
    made = over_years(world, "горобець ластівка", "папуга", "папуга", "папуга", "горобчик снігур")
    last = pages(Seat(world.iryna), "/search?q=горобець снігур")[-1]
    assert "Nothing was found" in last and "Shown for" not in last  # the first word is no slip
    given = pages(Seat(world.iryna), "/search?q=ластівкаа")
    assert any("Shown for <strong>ластівка</strong>" in page for page in given)
    assert numbers(*given) == [made[0].number]


def test_the_palette_says_that_it_did_not_look_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    over_years(world)
    seat = Seat(world.iryna)
    asked = {"q": "папуга горобець"}
    assert [row["kind"] for row in seat.get("/search/quick", asked).json()["found"]] == ["stage-new"]
    in_no_time(monkeypatch)
    (row,) = seat.get("/search/quick", asked).json()["found"]
    assert (row["kind"], row["word"]) == ("all", "Look further for “папуга горобець”")
    page = seat.page(row["url"])
    assert "Looked back to" in page


def pages(seat: Seat, address: str) -> list[str]:
    """A search and what follows it as the page asks for it, to the end."""
    given = [seat.page(address)]
    while more := re.search(r'<a class="more" href="([^"]+)"', given[-1]):
        answer = seat.get(unescape(more[1]), headers={"HX-Request": "true", "HX-Target": "li#more"})
        given.append(answer.content.decode())
    return given


def test_words_of_strangers_are_only_words(world: World) -> None:
    evil = "<img src=x onerror=alert(1)> принтер"
    world.petro.person.name = evil
    world.petro.person.save(update_fields=["name"])
    world.ticket(world.petro, subject=evil, text=evil)
    index_follows()
    for query in ("принтер", "%3Cimg src%3Dx%3E", "img", "team:%3Cscript%3E принтер"):
        page = Seat(world.iryna).page(f"/search?q={query}")
        assert "<img" not in page and "<script>" not in page


def test_completions_speak_the_languages_of_the_fields(world: World) -> None:
    seat = Seat(world.iryna)

    def offered(text: str) -> list[str]:
        page = seat.get("/search", {"q": text, "t": "1"}, headers=FOUND).content.decode()
        return [unescape(one) for one in re.findall(r'role="option" data-text="([^"]*)"', page)]

    assert "каса status:" in offered("каса sta")
    assert "команда:" in offered("кома")
    assert offered("team:під") == ["team:Підтримка "]
    assert offered("-status:чек") == ['-status:"Чекаємо на клієнта" ']
    assert offered("from:petro") == ["from:petro@example.net "]
    assert offered("team:кадр") == []  # a closed team of others
    assert offered("nothing:x") == offered("") == []
    assert "data-text" not in seat.page("/search?q=кома")  # only while one types


def test_the_palette_gets_people_and_tickets(world: World) -> None:
    ticket = world.ticket(world.petro, subject="Лисиця в офісі")
    index_follows()
    found = Seat(world.iryna).get("/search/quick", {"q": "лис"}).json()["found"]
    assert found[0]["word"] == "Петро Лис"
    assert (found[1]["word"], found[1]["sub"]) == (f"#{ticket.number} Лисиця в офісі", "Петро Лис")
    assert found[1]["url"].startswith(f"/tickets/{ticket.number}")


def test_the_ticket_of_that_very_number_comes_before_people(world: World) -> None:
    first = world.ticket(world.petro, subject="Лисиця в офісі")
    number = str(first.number)
    Person.objects.filter(id=world.petro.person_id).update(name=f"Склад {number}")
    world.ticket(world.petro, subject=f"Рахунок {number}")
    index_follows()
    found = Seat(world.iryna).get("/search/quick", {"q": number}).json()["found"]
    assert found[0]["url"] == f"/tickets/{number}"
    assert found[0]["kind"] == f"stage-{first.stage}"
    assert found[1]["kind"] == "person"
    assert "Рахунок" in found[2]["word"]


def test_searches_that_led_somewhere_are_remembered_for_their_agent_alone(world: World) -> None:
    seat = Seat(world.iryna)
    for n in range(12):
        assert seat.post("/search/recent", {"q": f"слово {n}"}).status_code == 204
    seat.post("/search/recent", {"q": "слово 5"})
    page = seat.page("/search")
    assert page.index("слово 5") < page.index("слово 11")
    assert Recent.objects.count() == 10 and "слово 0<" not in page
    assert "слово" not in Seat(world.taras).page("/search")
    seat.post("/search/recent", {"forget": "1"})
    assert not Recent.objects.exists()


def test_looking_writes_nothing(world: World) -> None:
    world.ticket()
    index_follows()
    before = Event.objects.count()
    Seat(world.iryna).page("/search?q=каса")
    assert (Event.objects.count(), Recent.objects.count()) == (before, 0)


def test_a_first_index_tells_how_far_it_is(world: World) -> None:
    start_from_nothing()
    assert "The index is being made: 0 %." in Seat(world.iryna).page("/search?q=каса")


def test_the_page_costs_the_same_queries_however_much_is_found(world: World, queries: Any) -> None:
    seat = Seat(world.iryna)
    world.ticket(subject="Принтер", text="Папір")
    index_follows()
    seat.page("/search?q=принтер")
    with queries(at_most=24) as few:
        assert len(numbers(seat.page("/search?q=принтер"))) == 1
    for _ in range(30):
        world.ticket(subject="Принтер", text="Папір")
    index_follows()
    with queries(at_most=24) as many:
        assert len(numbers(seat.page("/search?q=принтер"))) == 25
    assert len(few) == len(many)
