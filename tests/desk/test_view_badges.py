"""Badges and bars of saved views: counted apart from pages, in bounded time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from tests.desk.seats import Seat
from tests.desk.test_views import view
from tests.world import World
from vikno.core.patience import TookTooLong
from vikno.desk import badges, lists, saved_lists
from vikno.staff.models import Team
from vikno.tickets.models import SavedView, Tag


def test_badges_are_counted_apart_and_pages_wait_for_none(world: World, queries: Any) -> None:
    world.ticket()
    seat = Seat(world.iryna)
    seat.page("/inbox/open")
    with queries(at_most=12) as bare:
        seat.page("/inbox/open")
    for _ in range(20):
        view(world, {"field": "stage", "op": "in", "value": ["new"]})
    seat.page("/inbox/open")
    with queries(at_most=12) as many:
        page = seat.page("/inbox/open")
    assert len(many) == len(bare)
    assert page.count('data-count="view:') == 20 and page.count(">…</span>") >= 20
    told = seat.page("/nav/badges")
    assert told.count("data-count") >= 20
    assert seat.page("/inbox/open").count(">…</span>") == page.count(">…</span>") - told.count('innerHTML">')


def test_a_badge_that_was_just_counted_is_asked_for_again_soon(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something may have changed since; whoever was told so must not be left with the old number."""
    monkeypatch.setattr(badges, "FRESH", 600.0)
    view(world, {"field": "stage", "op": "in", "value": ["new"]})
    seat = Seat(world.iryna)
    assert "delay:1s" not in seat.page("/nav/badges")
    world.ticket()
    assert "delay:1s" in seat.page("/nav/badges")
    monkeypatch.setattr(badges, "FRESH", -1.0)
    badges._kept.clear()
    seat.page("/nav/badges")
    world.ticket()
    told = seat.page("/nav/badges")
    assert 'innerHTML">2<' in told and "delay:1s" not in told


def test_a_badge_that_takes_too_long_says_so_and_keeps_nobody_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ticket()
    one = view(world, {"field": "stage", "op": "in", "value": ["new"]})

    def never(*_given: Any) -> int:
        raise TookTooLong

    monkeypatch.setattr(lists, "counted", never)
    monkeypatch.setattr(lists, "counted_together", never)
    page = Seat(world.iryna).page("/nav/badges")
    assert "It takes too long to count these." in page
    assert Seat(world.iryna).get(f"/inbox/view:{one.id}").status_code == 200


def test_counting_is_given_up_in_time(world: World) -> None:
    """A condition that no machine answers in its time, on the real database."""
    counting = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 90000000)"
    heavy = f"({counting} SELECT COUNT(*) FROM n) > 0"
    world.ticket()
    viewer = world.viewer(world.iryna)
    of = lists.Place("x", "x", "x", f"{lists.ALIVE} AND {heavy}", apart=True)
    with pytest.raises(TookTooLong):
        lists.counted(viewer, of, 10, 0.05)
    assert lists.counted(viewer, lists.Place("x", "x", "x", lists.ALIVE, apart=True), 10, 5) == 1


def test_the_bar_of_a_view_leads_back_to_it(world: World) -> None:
    one = view(world, {"field": "stage", "op": "in", "value": ["new"]})
    ticket = world.ticket()
    seat = Seat(world.iryna)
    answer = seat.post("/bulk", {"ticket": [ticket.number], "act": "close", "list": f"view:{one.id}"})
    assert answer["Location"] == f"/inbox/view:{one.id}"
    page = seat.page(f"/tickets/{ticket.number}?list=view:{one.id}")
    assert f'href="/inbox/view:{one.id}"' in page


def test_a_team_or_a_tag_that_is_gone_takes_its_views_along_or_breaks_them(world: World) -> None:
    spare = Team.objects.create(name="Spare", sort_key="spare")
    one = view(world, {"field": "team", "op": "in", "value": [spare.id]}, world.olena, audience="all")
    spare.delete()
    viewer = world.viewer(world.iryna)
    assert saved_lists.place_for(viewer, one).problems
    assert not Tag.objects.exists()


def test_a_view_that_takes_too_long_says_so_and_its_tickets_are_opened_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, ticket, seat = view(world, {"field": "stage", "op": "in", "value": ["new"]}), world.ticket(), Seat(world.iryna)

    def never(*_given: Any) -> Any:
        raise TookTooLong

    monkeypatch.setattr(lists, "_asked", never)
    for address in (f"/inbox/view:{one.id}", f"/inbox/view:{one.id}?as=table"):
        assert "This view was not shown." in seat.page(address)
    assert f"#{ticket.number}" in seat.page(f"/tickets/{ticket.number}?list=view:{one.id}")
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "div#ticket"}
    assert f"#{ticket.number}" in seat.page(f"/tickets/{ticket.number}?list=view:{one.id}", **part)


def test_badges_of_many_views_are_asked_by_as_many_statements_as_those_of_a_few(
    world: World, queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each names a person, a tag and a status: they are looked up by kind, and counted together."""
    monkeypatch.setattr(badges, "EACH", 60.0)
    monkeypatch.setattr(badges, "AT_ONCE", 60.0)
    seat, people = Seat(world.iryna), [world.maria, world.petro, world.stranger, world.supplier]
    world.ticket(world.petro)
    most = 16 + (4 if connection.vendor == "postgresql" else 0)  # there a bound of time is set around the count
    statements = []
    for _few in range(2):
        for n in range(6):
            named = [
                {"field": "requester", "op": "in", "value": [people[n % 4].person_id]},
                {
                    "field": "tag",
                    "op": "in",
                    "value": [Tag.objects.create(name=f"t{_few}{n}", folded=f"t{_few}{n}").id],
                },
                {"field": "status", "op": "in", "value": [next(iter(world.statuses.values())).id]},
            ]
            one = view(world, named[0])
            SavedView.objects.filter(id=one.id).update(condition={"any": named})
        seat.page("/nav/badges")
        badges._kept.clear()
        with queries(at_most=most) as seen:
            page = seat.page("/nav/badges")
        statements.append(len(seen))
        assert page.count('innerHTML">1<') >= 2
    assert statements[0] == statements[1]


def test_what_is_counted_together_in_vain_is_counted_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.ticket()
    for _ in range(3):
        view(world, {"field": "stage", "op": "in", "value": ["new"]})
    tries = []

    def never(*given: Any) -> list[int]:
        tries.append(len(given[1]))
        raise TookTooLong

    monkeypatch.setattr(lists, "counted_together", never)
    monkeypatch.setattr(badges, "FRESH", -1.0)
    for _ in range(2):
        assert Seat(world.iryna).page("/nav/badges").count('innerHTML">1<') >= 3
    assert len(tries) == 1  # and not tried again at once


def test_a_list_that_the_database_cannot_answer_breaks_no_other_badge(world: World) -> None:
    world.ticket()
    viewer = world.viewer(world.iryna)
    whole, bad = (view(world, {"field": "stage", "op": "in", "value": ["new"]}) for _ in range(2))
    fault = "1/0 = 1" if connection.vendor == "postgresql" else "json('no') = 1"
    places = [
        replace(one, where=f"{one.where} AND {fault}") if one.key == f"view:{bad.id}" else one
        for one in saved_lists.places_of_views(viewer)
    ]
    for _again in range(2):
        texts, done = badges.count(viewer, places, anew=True)
        assert texts == {f"view:{whole.id}": "1", f"view:{bad.id}": "!"} and done


@pytest.mark.only_on("sqlite")  # there alone values are numbered
def test_more_values_together_than_one_statement_takes_are_counted_one_by_one(world: World) -> None:
    world.ticket()
    viewer = world.viewer(world.iryna)
    for _ in range(12):
        view(world, {"field": "status", "op": "in", "value": [one.id for one in world.statuses.values()]})
    connection.ensure_connection()
    kind = 9  # SQLITE_LIMIT_VARIABLE_NUMBER
    before = connection.connection.setlimit(kind, 60)
    try:
        texts, done = badges.count(viewer, saved_lists.places_of_views(viewer))
    finally:
        connection.connection.setlimit(kind, before)
    assert set(texts.values()) == {"1"} and done
