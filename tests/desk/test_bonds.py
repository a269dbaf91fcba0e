"""How requests belong together: said at the desk, seen beside each, taken back, and told of when a cause is solved."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.desk.test_merging import rows_of
from tests.desk.test_placing_several import undo_of
from tests.searching import index_follows
from tests.world import World
from vikno.journal.models import Event
from vikno.tickets.actions import fields, merging, splitting, state
from vikno.tickets.models import Relation, Ticket

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "dialog#asking"}


def bonds() -> set[tuple[int, int, str]]:
    return set(Relation.objects.filter(ended_act=None).values_list("ticket_id", "of_id", "kind"))


def card(page: str) -> str:
    """What stands beside a request about those it belongs with, as text."""
    found = re.search(r'id="card-bonds">(.*?)</details>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


class TestLinking:
    @pytest.mark.parametrize(
        ("kind", "forward", "here", "there"),
        [
            ("related", True, "Related", "Related"), ("duplicate", True, "Duplicate of", "Its duplicates"),
            ("caused_by", True, "Caused by", "Waiting for this"),
            ("-caused_by", False, "Waiting for this", "Caused by"),
            ("child", True, "Part of", "Its parts"),
        ],
    )  # fmt: skip
    def test_each_kind_is_seen_on_both_and_undone(
        self, world: World, kind: str, forward: bool, here: str, there: str
    ) -> None:
        one, other = world.ticket(world.maria, subject="Перша"), world.ticket(world.petro, subject="Друга")
        seat = Seat(world.iryna)
        page = seat.sends(f"/tickets/{one.number}/link", kind=kind, ticket=other.number).content.decode()
        pair = (one.id, other.id) if forward else (other.id, one.id)
        assert f"Linked with #{other.number}." in page and bonds() == {(*pair, kind.removeprefix("-"))}
        assert card(page).startswith(f"Linked requests {here}") and f"#{other.number} Друга" in card(page)
        theirs = card(seat.page(f"/tickets/{other.number}"))
        assert theirs.startswith(f"Linked requests {there}") and f"#{one.number} Перша" in theirs
        seat.sends(undo_of(page))
        assert bonds() == set() and card(seat.page(f"/tickets/{one.number}")) == ""

    def test_it_is_taken_back_and_put_back(self, world: World) -> None:
        one, other = world.ticket(), world.ticket()
        splitting.relate(one, other, "related", by=world.act(world.taras))
        seat = Seat(world.iryna)
        bond = Relation.objects.get()
        gone = seat.sends(f"/tickets/{other.number}/unlink", relation=bond.id).content.decode()
        assert f"No longer linked with #{one.number}." in gone and bonds() == set()
        assert f"#{one.number} and #{other.number} are no longer linked" in gone
        again = seat.sends(f"/tickets/{other.number}/unlink", relation=bond.id).content.decode()
        assert "They are not linked any more." in again
        seat.sends(undo_of(gone))
        assert bonds() == {(one.id, other.id, "related")}

    def test_twice_is_once_and_oneself_is_refused(self, world: World) -> None:
        one, other = world.ticket(), world.ticket()
        seat = Seat(world.iryna)
        for words in ("Linked with", "It was linked with"):
            page = seat.sends(f"/tickets/{one.number}/link", kind="related", number=f"#{other.number}")
            assert words in page.content.decode()
        for form in ({"kind": "related", "ticket": one.number}, {"kind": "x", "ticket": other.number},
                     {"kind": "related", "number": "жирафа"}, {"kind": "related"}):  # fmt: skip
            assert seat.post(f"/tickets/{one.number}/link", form).status_code == 422
        assert len(bonds()) == 1

    def test_a_merged_one_is_linked_as_what_it_is_read_as(self, world: World) -> None:
        one, absorbed, survivor = world.ticket(), world.ticket(), world.ticket()
        merging.merge(absorbed, survivor, by=world.act(world.iryna))
        Seat(world.iryna).sends(f"/tickets/{one.number}/link", kind="related", number=absorbed.number)
        assert bonds() == {(one.id, survivor.id, "related")}

    def test_words_find_and_the_dialog_comes_alone(self, world: World) -> None:
        one, other = world.ticket(), world.ticket(world.petro, subject="Зламався сканер")
        index_follows()
        seat = Seat(world.iryna)
        assert rows_of(seat.page(f"/tickets/{one.number}/link?number=сканер")) == [other.number]
        assert "<html" not in seat.page(f"/tickets/{one.number}/link", **HTMX)


class TestTypedNumbers:
    def test_a_number_means_the_request_that_has_it(self, world: World) -> None:
        one, other = world.ticket(world.maria), world.ticket(world.petro)
        likely = world.ticket(world.maria, subject=f"Рахунок {other.number}")
        index_follows()
        seat = Seat(world.iryna)
        link, place = f"/tickets/{one.number}/link", f"/messages/{one.links.get().message_id}/place"
        for where in (f"{link}?number=", f"{link}?number=%23", f"{place}?number=", f"/merge?ticket={one.number}&q="):
            assert rows_of(seat.page(f"{where}{other.number}")) == [other.number, likely.number], where

    def test_one_that_was_merged_is_found_as_what_it_is_read_as(self, world: World) -> None:
        one, absorbed, survivor = world.ticket(), world.ticket(world.petro), world.ticket(world.petro)
        merging.merge(absorbed, survivor, by=world.act(world.iryna))
        page = Seat(world.iryna).page(f"/tickets/{one.number}/link?number={absorbed.number}")
        assert rows_of(page) == [survivor.number] and "There is no request" not in page

    def test_where_none_has_it_that_stands_before_what_is_found(self, world: World) -> None:
        one, likely = world.ticket(world.maria), world.ticket(world.maria, subject="Рахунок 4711, тел. 380501234567")
        secret = world.ticket(world.petro)
        fields.restrict(secret, True, by=world.act(world.taras))
        index_follows()
        seat = Seat(world.iryna)
        for where in (f"/tickets/{one.number}/link?number=", f"/merge?ticket={one.number}&q="):
            page = seat.page(f"{where}4711")
            assert 0 < page.index("There is no request #4711 to choose.") < page.index(f">#{likely.number} ·")
            assert rows_of(page) == [likely.number]
            phone = seat.page(f"{where}380501234567")
            assert rows_of(phone) == [likely.number] and "There is no request" not in phone
            assert f"#{one.number} stands here already." in seat.page(f"{where}{one.number}")
            assert f"There is no request #{secret.number} to choose." in seat.page(f"{where}{secret.number}")


class TestParts:
    def test_a_parent_shows_how_many_are_closed(self, world: World) -> None:
        parent, *parts = (world.ticket(world.maria) for _ in range(4))
        for one in parts:
            splitting.relate(one, parent, "child", by=world.act(world.iryna))
        for one in parts[:2]:
            state.close(one, by=world.act(world.iryna))
        seat = Seat(world.iryna)
        assert "Its parts 2 of 3 closed" in card(seat.page(f"/tickets/{parent.number}"))
        assert f"Part of #{parent.number}" in card(seat.page(f"/tickets/{parts[0].number}"))

    def test_it_costs_the_same_however_many_there_are(self, world: World, queries: Any) -> None:
        parent, *parts = (world.ticket(world.maria) for _ in range(6))
        seat = Seat(world.iryna)
        seat.page(f"/tickets/{parent.number}")
        with queries() as none:
            seat.page(f"/tickets/{parent.number}")
        without = len(none)
        for one in parts:
            splitting.relate(one, parent, "child", by=world.act(world.iryna))
        with queries(at_most=without + 3):  # what they are; and the links and the numbers that its events name
            seat.page(f"/tickets/{parent.number}")


class TestSight:
    def test_one_that_may_not_be_seen_is_there_without_a_name(self, world: World) -> None:
        one, secret = world.ticket(), world.ticket(world.petro, subject="Таємниця")
        splitting.relate(one, secret, "caused_by", by=world.act(world.taras))
        bond = Relation.objects.get()
        fields.restrict(secret, True, by=world.act(world.taras))
        seat = Seat(world.iryna)
        page = seat.page(f"/tickets/{one.number}")
        assert card(page) == "Linked requests Caused by A request that you may not see"
        assert "Таємниця" not in page and f"#{secret.number}" not in page
        assert "linked with a request that you may not see" in page
        assert "not linked any more" in seat.sends(f"/tickets/{one.number}/unlink", relation=bond.id).content.decode()
        assert seat.post(f"/tickets/{one.number}/link", {"kind": "related", "ticket": secret.number}).status_code == 422
        assert len(bonds()) == 1

    def test_observers_look_on(self, world: World) -> None:
        one, other = world.ticket(), world.ticket()
        splitting.relate(one, other, "related", by=world.act(world.iryna))
        seat = Seat(world.sofia)
        page = seat.page(f"/tickets/{one.number}")
        assert f"#{other.number}" in card(page) and "/unlink" not in page
        assert seat.get(f"/tickets/{one.number}/link").status_code == 403
        for way in ("link", "unlink"):
            assert seat.post(f"/tickets/{one.number}/{way}", {}).status_code == 403


class TestTheCauseIsSolved:
    def test_those_that_wait_for_it_say_so(self, world: World) -> None:
        cause, one, done = world.ticket(), world.ticket(), world.ticket()
        for waiting in (one, done):
            splitting.relate(waiting, cause, "caused_by", by=world.act(world.iryna))
        state.close(done, by=world.act(world.iryna))
        seat = Seat(world.taras)
        seat.sends(f"/tickets/{cause.number}/change", close="1")
        assert f"solved: #{cause.number}, which caused this" in seat.page(f"/tickets/{one.number}")
        assert "which caused this" not in seat.page(f"/tickets/{done.number}")
        assert Event.objects.filter(verb="ticket.cause_closed").count() == 1
        one.refresh_from_db()
        assert one.stage != "closed"  # whoever has it decides

    def test_closing_is_undone_though_one_of_them_is_out_of_sight(self, world: World) -> None:
        cause, secret = world.ticket(subject="Сервер"), world.ticket(world.petro)
        splitting.relate(secret, cause, "caused_by", by=world.act(world.taras))
        fields.restrict(secret, True, by=world.act(world.taras))
        seat = Seat(world.iryna)
        page = seat.sends(f"/tickets/{cause.number}/change", close="1").content.decode()
        assert "Undone." in seat.sends(undo_of(page)).content.decode()
        cause.refresh_from_db()
        assert cause.stage != "closed"

    def test_who_may_not_see_the_cause_reads_no_number(self, world: World) -> None:
        cause, one = world.ticket(subject="Таємниця"), world.ticket(world.petro)
        splitting.relate(one, cause, "caused_by", by=world.act(world.taras))
        fields.restrict(cause, True, by=world.act(world.taras))
        state.close(cause, by=world.act(world.taras))
        page = Seat(world.iryna).page(f"/tickets/{one.number}")
        assert "what caused this is solved" in page and f"#{cause.number}" not in page

    def test_a_merged_cause_counts(self, world: World) -> None:
        cause, into, one = world.ticket(), world.ticket(), world.ticket(world.petro)
        splitting.relate(one, cause, "caused_by", by=world.act(world.iryna))
        merging.merge(cause, into, by=world.act(world.iryna))
        state.close(Ticket.objects.get(id=into.id), by=world.act(world.iryna))
        assert "which caused this" in Seat(world.iryna).page(f"/tickets/{one.number}")
