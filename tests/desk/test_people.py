"""The desk's pages of customers: who stands on them, what can be changed there and undone, and who sees whom."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk.seats import Seat
from tests.searching import index_follows
from tests.world import World, make_customer
from vikno.care.erasure import erase
from vikno.journal.models import Event
from vikno.people import actions as people
from vikno.people.models import Contract, Former, Identity, Organisation, Person
from vikno.people.queries import one_human
from vikno.tickets.actions import state
from vikno.tickets.models import Note, Ticket

pytestmark = pytest.mark.django_db


def names(page: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'table__main" href="/people/\d+"><bdi>(.*?)</bdi>', page)]


def undo(seat: Seat, back: str) -> str:
    act = Event.objects.latest("id").act
    return str(seat.sends(f"/undo/{act}", back=back).content.decode())


def change(seat: Seat, person: Person, **fields: Any) -> str:
    return str(seat.sends(f"/people/{person.id}/change", **fields).content.decode())


class TestTheList:
    def test_everybody_stands_there_newest_first_or_by_name(self, world: World) -> None:
        make_customer("Ялинка Остання", "yalynka@example.net")
        seat = Seat(world.iryna)
        assert names(seat.page("/people"))[0] == "Ялинка Остання"
        by_name = [name for name in names(seat.page("/people?sort=name")) if name in ("Марія Коваль", "Петро Лис")]
        assert by_name == ["Марія Коваль", "Петро Лис"]
        assert 'href="/people"' in seat.page("/inbox/open")

    @pytest.mark.parametrize("sort", ["newest", "name"])
    def test_it_is_walked_to_its_end_and_everybody_stands_there_once(self, world: World, sort: str) -> None:
        for number in range(120):
            make_customer(f"Клієнт {number:03}", f"k{number}@example.net")
        seat, page, seen = Seat(world.iryna), f"/people?sort={sort}", list[str]()
        for _ in range(9):
            drawn = seat.page(page)
            seen += names(drawn)
            following = re.search(r'rel="next" href="([^"]+)"', drawn)
            if following is None:
                break
            page = f"/people{unescape(following[1])}"
        assert len(seen) == len(set(seen))
        assert {f"Клієнт {number:03}" for number in range(120)} <= set(seen)

    def test_a_page_costs_the_same_however_many_there_are(self, world: World) -> None:
        seat = Seat(world.iryna)
        for number in range(3):
            make_customer(f"Клієнт {number}", f"few{number}@example.net")
        seat.page("/people")  # words of the company are read once
        with CaptureQueriesContext(
            connection,
        ) as few:
            seat.page("/people")
        for number in range(60):
            world.ticket(make_customer(f"Багато {number}", f"many{number}@example.net"))
        with CaptureQueriesContext(connection) as many:
            assert len(names(seat.page("/people"))) == 50
        assert len(many) <= len(few) + 1  # the newest tickets are looked up where there are some
        assert not [one for one in many if "COUNT(*)" in one["sql"] and "people_person" in one["sql"]]

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("коваль", "Марія Коваль"), ("MARIA@kramnytsia.example", "Марія Коваль"), ("Д-2041", "Марія Коваль"),
            ("+380441234567", "Петро Лис"), ("044 123 45 67", "Петро Лис"), ("Крамниця", "Петро Лис"),
            ("kramnytsia.example", "Петро Лис"), ("лис", "Петро Лис"),
        ],
    )  # fmt: skip
    def test_it_is_searched_by_name_address_phone_contract_and_organisation(
        self, world: World, asked: str, found: str
    ) -> None:
        act = world.act(world.iryna)
        people.add_identity(world.petro.person, "phone", "+380441234567", by=act)
        people.set_organisation(world.petro.person, Organisation.objects.get(), by=act)
        index_follows()
        assert found in names(Seat(world.iryna).page(f"/people?q={asked}".replace("+", "%2B")))

    def test_what_nobody_is_called_says_so_and_offers_the_way_back(self, world: World) -> None:
        page = Seat(world.iryna).page("/people?q=<script>нікого")
        assert "&lt;script&gt;нікого" in page
        assert "Nobody was found" in page

    def test_who_is_joined_to_another_stands_there_as_that_one(self, world: World) -> None:
        people.join(world.stranger.person, world.maria.person, by=world.act(world.iryna))
        index_follows()
        seat = Seat(world.iryna)
        assert names(seat.page(f"/people?q={world.stranger.value}")) == ["Марія Коваль"]
        assert world.stranger.value not in names(seat.page("/people"))
        answer = seat.get(f"/people/{world.stranger.person_id}")
        assert (answer.status_code, answer["Location"]) == (302, f"/people/{world.maria.person_id}")

    def test_somebody_is_added_and_who_is_known_by_the_address_is_shown(self, world: World) -> None:
        seat = Seat(world.iryna)
        page = seat.sends("/people/add", name="Нова Людина", address="nova@example.net").content.decode()
        assert "Нова Людина" in page and "nova@example.net" in page
        answer = seat.post("/people/add", {"name": "Хтось", "address": "MARIA@Kramnytsia.example"})
        assert answer["Location"] == f"/people/{world.maria.person_id}"
        world.maria.person.refresh_from_db()
        assert world.maria.person.name == "Марія Коваль"
        assert "A person needs a name" in seat.sends("/people/add").content.decode()
        assert "not a phone number" in seat.sends("/people/add", address="abc").content.decode()


class TestChanging:
    def test_each_change_stands_and_is_undone(self, world: World) -> None:
        seat, person = Seat(world.iryna), world.maria.person
        shop, where = Organisation.objects.get(), f"/people/{world.maria.person_id}"
        contract = person.contracts.get()
        changes: list[tuple[dict[str, Any], Any]] = [
            ({"name": "Марія Інша"}, lambda: Person.objects.get(id=person.id).name),
            ({"language": "ru"}, lambda: Person.objects.get(id=person.id).language),
            ({"organisation": "крамниця"}, lambda: Person.objects.get(id=person.id).organisation_id),
            ({"organisation": "Нова фірма", "make": "1"}, lambda: Person.objects.get(id=person.id).organisation_id),
            ({"address": "второй@пошта.укр"}, lambda: set(person.identities.values_list("shown", flat=True))),
            ({"address": "044 123 45 67"}, lambda: set(person.identities.values_list("value"))),
            ({"block": world.maria.id}, lambda: Identity.objects.get(id=world.maria.id).blocked_at is None),
            ({"block_all": "1"}, lambda: set(person.identities.values_list("blocked_at", flat=True)) == {None}),
            ({"prefer": world.maria.id}, lambda: Identity.objects.get(id=world.maria.id).preferred),
            ({"contract": "К-77", "since": "2026-01-02"}, lambda: set(person.contracts.values_list("number", "since"))),
            (
                {"contract_change": contract.id, "number": "К-78", "since": "2026-01-02", "until": "2026-12-31"},
                lambda: set(person.contracts.values_list("number", "since", "until")),
            ),
            ({"contract_end": contract.id}, lambda: Contract.objects.get(id=contract.id).until),
            ({"contract_remove": contract.id}, lambda: set(person.contracts.values_list("number"))),
            ({"join": world.petro.person_id}, lambda: one_human(person.id)),
        ]  # fmt: skip
        for fields, now in changes:
            before = now()
            page = change(seat, person, **fields)
            assert now() != before, fields
            act = Event.objects.latest("id").act
            assert f'action="/undo/{act}"' in page, fields
            assert "Undone." in undo(seat, where), fields
            assert now() == before, fields
        assert Organisation.objects.get() == shop  # the one that was made went with its undo

    def test_what_was_so_before_offers_no_undo(self, world: World) -> None:
        page = change(Seat(world.iryna), world.maria.person, name="Марія Коваль")
        assert "Renamed." in page and 'action="/undo/' not in page

    def test_an_address_is_vouched_for_and_that_opens_no_login(self, world: World) -> None:
        seat = Seat(world.iryna)
        page = change(seat, world.petro.person, verify=world.petro.id)
        world.petro.refresh_from_db()
        assert world.petro.verified_by == "agent"
        assert "A colleague vouches for it." in page
        undo(seat, "/people")
        world.petro.refresh_from_db()
        assert (world.petro.verified_by, world.petro.verified_at) == ("", None)

    def test_an_address_that_failed_works_again_and_the_undo_remembers_how(self, world: World) -> None:
        people.mark_failed(world.petro, "full", by=world.act(world.iryna))
        seat = Seat(world.iryna)
        assert "it is full" in seat.page(f"/people/{world.petro.person_id}")
        change(seat, world.petro.person, works=world.petro.id)
        world.petro.refresh_from_db()
        assert world.petro.failed_at is None
        undo(seat, "/people")
        world.petro.refresh_from_db()
        assert world.petro.failed_as == "full"

    def test_an_address_that_was_never_theirs_goes_and_comes_back_as_it_was(self, world: World) -> None:
        seat, person = Seat(world.iryna), world.maria.person
        change(seat, person, address="wrong@example.net")
        wrong = person.identities.get(value="wrong@example.net")
        change(seat, person, verify=wrong.id)
        page = change(seat, person, remove=wrong.id)
        assert "wrong@example.net is not theirs any more." in page
        assert not Identity.objects.filter(value="wrong@example.net").exists()
        undo(seat, "/people")
        back = Identity.objects.get(value="wrong@example.net")
        assert (back.id, back.person_id, back.verified_by) == (wrong.id, person.id, "agent")

    def test_an_address_by_which_something_was_said_stays(self, world: World) -> None:
        world.ticket(world.maria)
        page = change(Seat(world.iryna), world.maria.person, remove=world.maria.id)
        assert "so it stays" in page
        assert Identity.objects.filter(id=world.maria.id).exists()

    def test_what_a_colleague_changed_meanwhile_is_not_overwritten(self, world: World) -> None:
        person = world.maria.person
        people.rename(person, "Марія Петренко", by=world.act(world.taras))
        answer = Seat(world.iryna).post(f"/people/{person.id}/change", {"name": "Маша", "was": "Марія Коваль"})
        assert answer.status_code == 422
        assert "a colleague has changed this meanwhile" in answer.content.decode()
        assert Person.objects.get(id=person.id).name == "Марія Петренко"

    def test_an_undo_does_not_overwrite_a_later_name(self, world: World) -> None:
        seat, person = Seat(world.iryna), world.maria.person
        change(seat, person, name="Перше")
        act = Event.objects.latest("id").act
        people.rename(person, "Друге", by=world.act(world.taras))
        assert "changed again since" in seat.sends(f"/undo/{act}", back="/people").content.decode()
        assert Person.objects.get(id=person.id).name == "Друге"

    def test_an_undo_does_not_overwrite_which_address_is_first_or_failed_since(self, world: World) -> None:
        seat, person = Seat(world.iryna), world.maria.person
        other = people.add_identity(person, "email", "maria@home.example", by=world.act(world.taras))
        change(seat, person, prefer=world.maria.id)
        act = Event.objects.latest("id").act
        people.prefer_identity(other, by=world.act(world.taras))
        assert "changed again since" in seat.sends(f"/undo/{act}", back="/people").content.decode()
        assert Identity.objects.get(id=other.id).preferred
        people.mark_failed(other, "full", by=world.act(world.taras))
        change(seat, person, works=other.id)
        act = Event.objects.latest("id").act
        people.mark_failed(other, "gone", by=world.act(world.taras))
        assert "changed again since" in seat.sends(f"/undo/{act}", back="/people").content.decode()
        assert Identity.objects.get(id=other.id).failed_as == "gone"

    def test_the_undo_of_an_organisation_leaves_a_guess_a_guess(self, world: World) -> None:
        seat, person, shop = Seat(world.iryna), world.maria.person, Organisation.objects.get()
        Person.objects.filter(id=person.id).update(organisation=shop, organisation_by_domain=True)
        for fields in ({"organisation": ""}, {"organisation": shop.name}):
            change(seat, person, **fields)
            assert not Person.objects.get(id=person.id).organisation_by_domain
            undo(seat, "/people")
            now = Person.objects.get(id=person.id)
            assert (now.organisation, now.organisation_by_domain) == (shop, True), fields

    def test_an_organisation_that_is_not_known_is_made_by_its_button_alone(self, world: World) -> None:
        answer = Seat(world.iryna).post(f"/people/{world.maria.person_id}/change", {"organisation": "Нова <фірма>"})
        page = answer.content.decode()
        assert answer.status_code == 422 and Organisation.objects.count() == 1
        assert 'name="make"' in page and 'value="Нова &lt;фірма&gt;"' in page
        late = {"organisation": "Крамниця", "was": "Інша фірма"}  # there is one of this name: a colleague was first
        answer = Seat(world.iryna).post(f"/people/{world.petro.person_id}/change", late)
        assert answer.status_code == 422 and 'name="make"' not in answer.content.decode()

    @pytest.mark.parametrize("fields", [{"address": "не адреса"}, {"contract": "К", "since": "вчора"}, {"x": "1"},
        {"verify": "999999999999999999"}, {"join": "abc"}, {"contract": "x" * 61}, {"language": "xx"}])  # fmt: skip
    def test_what_cannot_be_is_said_and_changes_nothing(self, world: World, fields: dict[str, str]) -> None:
        before = Event.objects.count()
        answer = Seat(world.iryna).post(f"/people/{world.maria.person_id}/change", fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
        assert Event.objects.count() == before

    def test_hostile_names_are_words_and_nothing_else(self, world: World) -> None:
        seat, person = Seat(world.iryna), world.maria.person
        for name in ("<script>alert(1)</script>", "א" * 10_000, "\u202eвпер\u2066", '"><img src=x onerror=alert(1)>'):
            page = change(seat, person, name=name)
            assert "<script>alert" not in page and "<img src=x" not in page and "\u202e" not in page
            assert len(Person.objects.get(id=person.id).name) <= 200
            assert seat.get("/people").status_code == 200


class TestOneHuman:
    def test_the_same_name_and_organisation_are_proposed_and_joined_by_a_click(self, world: World) -> None:
        act, shop = world.act(world.iryna), Organisation.objects.get()
        twin = make_customer("Марія Коваль", "m.koval@example.net")
        seat, where = Seat(world.iryna), f"/people/{world.maria.person_id}"
        assert "Same name" not in seat.page(where)  # a name alone is many people's
        for person in (twin.person, world.maria.person):
            people.set_organisation(person, shop, by=act)
        page = seat.page(where)
        assert "Same name and organisation" in page and f'name="join" value="{twin.person_id}"' in page
        asked = world.ticket(twin, subject="З іншої пошти")
        page = change(seat, world.maria.person, join=twin.person_id)
        assert f"/tickets/{asked.number}" in page and "m.koval@example.net" in page
        assert "Same name and organisation" not in page
        page = change(seat, world.maria.person, unjoin=twin.person_id)  # at any later time
        assert one_human(twin.person_id) == {twin.person_id}
        assert f"/tickets/{asked.number}" not in page
        undo(seat, where)
        assert one_human(twin.person_id) == {twin.person_id, world.maria.person_id}

    def test_the_same_domain_or_name_before_the_at_is_proposed_too(self, world: World) -> None:
        make_customer("Петро Лис", "p.lys@example.net")
        make_customer("Петро Лис", "petro@gmail.com")
        make_customer("Петро Лис", "inshyi@gmail.com")
        page = Seat(world.iryna).page(f"/people/{world.petro.person_id}")
        assert page.count('name="join"') == 2
        assert "writes from the same domain" in page and "the same before the @" in page

    def test_the_other_is_found_by_search(self, world: World) -> None:
        index_follows()
        page = Seat(world.iryna).page(f"/people/{world.maria.person_id}?same=petro@example.net")
        assert f'name="join" value="{world.petro.person_id}"' in page
        assert "Nobody was found" in Seat(world.iryna).page(f"/people/{world.maria.person_id}?same=zzz@zzz.example")

    def test_an_address_of_somebody_else_offers_to_join_the_two(self, world: World) -> None:
        answer = Seat(world.iryna).post(f"/people/{world.maria.person_id}/change", {"address": world.petro.shown})
        assert answer.status_code == 422
        assert f'name="join" value="{world.petro.person_id}"' in answer.content.decode()

    def test_two_who_sign_in_are_not_joined_by_an_agent(self, world: World) -> None:
        page = change(Seat(world.olena), world.taras.person, join=world.iryna.person_id)
        assert "Both have a login" in page


class TestWhatTheyAsked:
    def test_open_ones_come_first_and_closed_ones_are_walked(self, world: World) -> None:
        mine = [world.ticket(world.maria, subject=f"Запит {number}") for number in range(28)]
        for ticket in mine[:27]:
            state.close(ticket, by=world.act(world.iryna))
        seat, where = Seat(world.iryna), f"/people/{world.maria.person_id}"
        page = seat.page(where)
        assert page.index(f"/tickets/{mine[27].number}") < page.index(f"/tickets/{mine[26].number}")
        Ticket.objects.update(created_at=mine[0].created_at)  # all at once, as brought in from elsewhere
        page = seat.page(where)
        older = re.search(r'rel="next" href="(\?before=[^"]+)"', page)
        assert older is not None and f'/tickets/{mine[0].number}"' not in page
        assert f'/tickets/{mine[0].number}"' in seat.page(f"{where}{older[1]}")

    def test_their_dialogs_lead_to_the_requests_that_one_sees(self, world: World) -> None:
        ticket = world.ticket(world.maria)
        page = Seat(world.iryna).page(f"/people/{world.maria.person_id}")
        assert re.search(rf'Dialogs</h2>\s*<ul[^>]*><li><a href="/tickets/{ticket.number}"', page)

    def test_a_person_with_many_requests_costs_no_more_queries(self, world: World) -> None:
        seat, where = Seat(world.iryna), f"/people/{world.maria.person_id}"
        world.ticket(world.maria)
        seat.page(where)
        with CaptureQueriesContext(connection) as few:
            seat.page(where)
        for number in range(12):
            world.ticket(world.maria, subject=f"Ще {number}")
        with CaptureQueriesContext(connection) as many:
            seat.page(where)
        assert len(many) == len(few)

    def test_the_requesters_card_leads_to_the_person(self, world: World) -> None:
        people.set_organisation(world.maria.person, Organisation.objects.get(), by=world.act(world.iryna))
        page = Seat(world.iryna).page(f"/tickets/{world.ticket(world.maria).number}")
        assert f'href="/people/{world.maria.person_id}"' in page
        assert f'href="/organisations/{Organisation.objects.get().id}"' in page


class TestNotes:
    def test_a_note_stands_on_the_person_in_its_authors_last_words(self, world: World) -> None:
        seat, where = Seat(world.iryna), f"/people/{world.maria.person_id}"
        page = seat.sends(f"{where}/note", text="Дзвонити <b>зранку</b>").content.decode()
        assert "Дзвонити &lt;b&gt;зранку&lt;/b&gt;" in page
        note = Note.objects.get()
        assert (note.person_id, note.ticket_id) == (world.maria.person_id, None)
        assert "Дзвонити ввечері" in seat.sends(f"/people/notes/{note.id}", text="Дзвонити ввечері").content.decode()
        assert Seat(world.taras).post(f"/people/notes/{note.id}", {"text": "x"}).status_code == 404
        assert "edited" in Seat(world.taras).page(where)

    def test_nobody_reads_or_writes_notes_on_themselves(self, world: World) -> None:
        where = f"/people/{world.iryna.person_id}"
        Seat(world.taras).post(f"{where}/note", {"text": "Шукає іншу роботу"})
        own = Seat(world.iryna)
        page = own.page(where)
        assert "Шукає іншу роботу" not in page and f'action="{where}/note"' not in page
        assert own.post(f"{where}/note", {"text": "Це я"}).status_code == 403
        assert "Шукає іншу роботу" in Seat(world.olena).page(where)
        # A second person who is joined to one is oneself.
        Seat(world.taras).post(f"/people/{world.petro.person_id}/note", {"text": "Її друга пошта"})
        people.join(world.petro.person, world.iryna.person, by=world.act(world.olena))
        assert "Її друга пошта" not in own.page(where)
        assert own.post(f"/people/{world.petro.person_id}/note", {"text": "Це я"}).status_code == 403

    def test_an_empty_note_is_refused_in_words(self, world: World) -> None:
        answer = Seat(world.iryna).post(f"/people/{world.maria.person_id}/note", {"text": "  "})
        assert answer.status_code == 422 and "The note is empty" in answer.content.decode()


def test_who_was_erased_is_on_no_page_and_no_undo_knows_a_word_of_them(world: World) -> None:
    change(Seat(world.iryna), world.maria.person, name="Марія Інша")
    renamed = Event.objects.latest("id").act
    erase(world.maria.person_id, world.act(world.olena))
    seat = Seat(world.olena)
    assert "Марія Коваль" not in seat.page("/people")
    assert seat.get(f"/people/{world.maria.person_id}").status_code == 404
    assert not [row.data for row in Former.objects.all() if row.data]
    Seat(world.iryna).post(f"/undo/{renamed}")
    assert Person.objects.get(id=world.maria.person_id).name == ""
