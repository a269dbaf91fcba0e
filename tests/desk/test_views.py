"""Saved views: who makes and sees which, what the builder understands, what they list, count and say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk import badges
from vikno.journal.models import Event
from vikno.staff.models import Agent
from vikno.tickets import directory
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.models import SavedView, Ticket

HTMX = {"HTTP_HX_REQUEST": "true"}
OVERDUE = {"c-1-field": "overdue", "c-1-op": "yes"}


@pytest.fixture(autouse=True)
def no_badges_of_other_tests() -> None:
    badges._kept.clear()


def numbers(page: str) -> set[int]:
    return {int(number) for number in re.findall(r'<li class="ticket-row" id="row-(\d+)"', page)}


def view(world: World, condition: dict[str, Any], agent: Any = None, **more: Any) -> SavedView:
    directory.forget()
    return SavedView.objects.create(name="V", agent=agent or world.iryna, condition={"all": [condition]}, **more)


def made(seat: Seat, **posted: Any) -> SavedView:
    """A view made by the form."""
    before = set(SavedView.objects.values_list("id", flat=True))
    answer = seat.post("/views/new", {"name": "Mine", "audience": "private", "mode": "all", "do": "save"} | posted)
    assert answer.status_code == 302, answer.content.decode()
    return SavedView.objects.exclude(id__in=before).get()


def test_a_view_is_built_condition_by_condition_without_a_script(world: World) -> None:
    seat = Seat(world.iryna)
    urgent, high = world.priorities["urgent"].id, world.priorities["high"].id
    page = seat.post("/views/new", {"name": "Hot", "do": "add:", "new-": "priority"}).content.decode()
    assert 'name="c-1-field" value="priority"' in page
    form = {"name": "Hot", "audience": "private", "mode": "all", "c-1-field": "priority", "c-1-op": "in",
            "c-1-value": [urgent, high]}  # fmt: skip
    page = seat.post("/views/new", form | {"do": "add:", "new-": "agent"}).content.decode()
    assert 'name="c-2-field" value="agent"' in page and f'value="{urgent}" checked' in page
    form |= {"c-2-field": "agent", "c-2-op": "unset"}
    hot, taken, calm = (world.ticket() for _ in range(3))
    Ticket.objects.filter(id__in=[hot.id, taken.id]).update(priority=urgent, priority_rank=20)
    assigning.take(taken, world.iryna, by=world.act(world.iryna))
    page = seat.post("/views/new", form | {"do": "preview"}).content.decode()
    assert "1 ticket" in page and f"/tickets/{hot.number}" in page and f"/tickets/{calm.number}" not in page
    answer = seat.post("/views/new", form | {"do": "save"})
    made = SavedView.objects.get()
    assert answer["Location"] == f"/inbox/view:{made.id}"
    listed = seat.page(f"/inbox/view:{made.id}")
    assert numbers(listed) == {hot.number}
    assert "Priority: Терміново or Високий and responsible: not set; of what is not closed." in listed
    assert 'data-place="view:' in listed
    assert seat.page(f"/views/{made.id}").count('name="c-') > 4


def test_groups_are_built_and_kept(world: World) -> None:
    seat = Seat(world.iryna)
    form = {
        "mode": "any", "g-1-mode": "all", "g-1-not": "1",
        "c-1-field": "overdue", "c-1-op": "yes!",
        "c-2-field": "unopened", "c-2-op": "yes", "c-2-block": "1",
        "c-3-field": "created", "c-3-op": "older", "c-3-number": "3", "c-3-unit": "days", "c-3-block": "1",
    }  # fmt: skip
    one = made(seat, **form)
    assert one.condition == {
        "any": [
            {"field": "overdue", "op": "yes", "not": True},
            {"all": [
                {"field": "unopened", "op": "yes"}, {"field": "created", "op": "older", "value": [3, "days"]},
            ], "not": True},
        ]
    }  # fmt: skip
    page = seat.page(f"/views/{one.id}")
    assert 'name="g-1-not" value="1" checked' in page
    again = seat.post(f"/views/{one.id}", {"name": "V", "audience": "private", "do": "remove:g1", **form})
    assert 'name="g-1-mode"' not in again.content.decode()


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({}, "Add at least one condition"),
        ({"c-1-field": "status", "c-1-op": "in"}, "Choose at least one."),
        ({"c-1-field": "status", "c-1-op": "older"}, "is no longer there. Choose again."),
        ({"c-1-field": "status", "c-1-op": "in", "c-1-value": ["999999"]}, "something that is not there any more"),
        ({"c-1-field": "status", "c-1-op": "in", "c-1-value": ["x'--"]}, "a value that it cannot have"),
        ({"c-1-field": "tag", "c-1-op": "in", "c-1-typed": "nothing like it"}, "There is no “nothing like it”"),
        ({"c-1-field": "created", "c-1-op": "older", "c-1-number": "0", "c-1-unit": "days"}, "from 1 to 9999"),
        ({"c-1-field": "created", "c-1-op": "older", "c-1-number": "1", "c-1-unit": "ages"}, "it cannot have"),
        ({**OVERDUE, "name": "  "}, "A view needs a name."),
        ({**OVERDUE, "audience": "all"}, "You cannot make a view for these."),
        ({**OVERDUE, "audience": "team:99999"}, "You cannot make a view for these."),
        ({**OVERDUE, "audience": "world"}, "You cannot make a view for these."),
        ({"c-1-field": "moods", "c-1-op": "in"}, "There is no field “moods” to ask about."),
        ({**OVERDUE, "c-9-field": "moods", "c-9-op": "in"}, "There is no field “moods” to ask about."),
    ],
)
def test_what_a_form_lacks_is_said_and_nothing_is_saved(world: World, posted: dict[str, Any], said: str) -> None:
    answer = Seat(world.iryna).post("/views/new", {"name": "V", "audience": "private", "do": "save"} | posted)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not SavedView.objects.exists()


def test_rights_follow_the_table(world: World) -> None:
    """Agents for themselves, leads for their team, owners for all; an observer for themselves."""
    team = f"team:{world.support.id}"
    may = {
        world.olena: {"private", team, "all"}, world.taras: {"private", team}, world.iryna: {"private"},
        world.bohdan: {"private"}, world.sofia: {"private"},
    }  # fmt: skip
    for agent, audiences in may.items():
        for audience in ("private", team, "all"):
            form = {"name": "V", "audience": audience, "do": "save", **OVERDUE}
            allowed = Seat(agent).post("/views/new", form).status_code == 302
            assert allowed == (audience in audiences), (agent, audience)


def in_navigation(agent: Agent, views: set[SavedView]) -> set[SavedView]:
    """An owner manages the views of all teams, and has in the navigation those of their own."""
    teams = set(agent.memberships.values_list("team_id", flat=True))
    return {one for one in views if one.audience != "team" or one.team_id in teams}


def test_views_are_seen_by_whom_they_are_for_and_changed_by_who_may(world: World) -> None:
    condition = {"field": "overdue", "op": "yes"}
    private = view(world, condition)
    team = view(world, condition, world.taras, audience="team", team=world.support)
    everybody = view(world, condition, world.olena, audience="all")
    seen = {
        world.iryna: {private, team, everybody}, world.taras: {team, everybody}, world.bohdan: {everybody},
        world.olena: {team, everybody}, world.sofia: {everybody},
    }  # fmt: skip
    change = {world.iryna: {private}, world.taras: {team}, world.olena: {team, everybody}}
    for agent, views in seen.items():
        seat = Seat(agent)
        for one in (private, team, everybody):
            assert (seat.get(f"/inbox/view:{one.id}").status_code == 200) == (one in views)
            assert (f'data-place="view:{one.id}"' in seat.page("/inbox/open")) == (one in in_navigation(agent, views))
            allowed = one in change.get(agent, set())
            assert (seat.get(f"/views/{one.id}").status_code == 200) == allowed
            expected = 302 if allowed else 403 if one in views else 404
            assert seat.post(f"/views/{one.id}/up").status_code == expected
            form = {"name": "Taken over", "audience": "private", "do": "save", **OVERDUE}
            if not allowed:
                assert seat.post(f"/views/{one.id}", form).status_code in (403, 404)
    assert set(SavedView.objects.values_list("name", flat=True)) == {"V"}


def test_a_deleted_view_comes_back_by_undo_and_not_by_somebody_else(world: World) -> None:
    for agent in (world.iryna, world.sofia):
        seat, one = Seat(agent), view(world, {"field": "overdue", "op": "yes"}, agent)
        page = seat.sends(f"/views/{one.id}/delete").content.decode()
        assert "The view was deleted." in page
        assert seat.get(f"/inbox/view:{one.id}").status_code == 404
        undo = re.search(r'action="(/undo/\d+)"', page)
        assert undo is not None
        Seat(world.taras).post(undo[1])
        assert SavedView.objects.get(id=one.id).deleted_at is not None
        assert "Undone." in seat.sends(undo[1]).content.decode()
        assert seat.get(f"/inbox/view:{one.id}").status_code == 200


def test_an_undo_is_refused_to_who_may_no_more_change_the_view(world: World) -> None:
    one = view(world, {"field": "overdue", "op": "yes"}, world.taras, audience="team", team=world.support)
    seat = Seat(world.taras)
    undo = re.search(r'action="(/undo/\d+)"', seat.sends(f"/views/{one.id}/delete").content.decode())
    assert undo is not None
    world.taras.memberships.update(lead=False)
    seat.post(undo[1])
    assert SavedView.objects.get(id=one.id).deleted_at is not None


def test_events_of_views_hold_no_words(world: World) -> None:
    seat = Seat(world.iryna)
    one = made(seat, name="Слова", **OVERDUE)
    seat.post(f"/views/{one.id}", {"name": "Інші слова", "audience": "private", "do": "save", **OVERDUE})
    seat.post(f"/views/{one.id}/delete")
    told = [str(delta) for delta in Event.objects.filter(verb="view.changed").values_list("delta", flat=True)]
    assert len(told) == 3 and not any("лова" in one for one in told)


def test_a_copy_begins_as_its_source_and_is_ones_own(world: World) -> None:
    one = view(world, {"field": "overdue", "op": "yes"}, world.olena, audience="all")
    page = Seat(world.iryna).page(f"/views/new?copy={one.id}")
    assert "Copy of V" in page and 'name="c-1-field" value="overdue"' in page
    private = view(world, {"field": "overdue", "op": "yes"}, world.olena)
    assert Seat(world.iryna).get(f"/views/new?copy={private.id}").status_code == 404


def test_order_is_changed_among_views_of_the_same_audience(world: World) -> None:
    seat = Seat(world.iryna)
    names = ["A", "B", "C"]
    rows = {name: made(seat, name=name, **OVERDUE) for name in names}
    view(world, {"field": "overdue", "op": "yes"}, world.olena, audience="all")
    seat.post(f"/views/{rows['C'].id}/up")
    seat.post(f"/views/{rows['A'].id}/up")
    seat.post(f"/views/{rows['B'].id}/down")
    own = SavedView.objects.filter(agent=world.iryna).order_by("position", "id")
    assert list(own.values_list("name", flat=True)) == ["A", "C", "B"]


def test_a_view_whose_condition_lost_something_shows_nothing_and_says_why(world: World) -> None:
    world.ticket()
    tag = fields.tag_named("gone")
    one = view(world, {"field": "tag", "op": "in", "value": [tag.id], "not": True})
    seat = Seat(world.iryna)
    assert numbers(seat.page(f"/inbox/view:{one.id}"))
    tag.delete()
    page = seat.page(f"/inbox/view:{one.id}")
    assert not numbers(page)
    assert "This view cannot be shown." in page and "“Tag” is asked for something that is not there any more" in page
    assert "Shows nothing:" in seat.page("/views")
    assert "not there any more" in seat.page(f"/views/{one.id}")


def test_a_view_shows_no_more_than_its_reader_may_see(world: World) -> None:
    one = view(world, {"field": "stage", "op": "in", "value": ["new"]}, world.olena, audience="all")
    here, there = world.ticket(), world.ticket()
    assigning.hand_over(there, world.hr, by=world.act(world.taras))
    assert numbers(Seat(world.iryna).page(f"/inbox/view:{one.id}")) == {here.number}
    assert numbers(Seat(world.marko).page(f"/inbox/view:{one.id}")) == {here.number, there.number}
    badge = re.compile(r"view:\d+\"\]' hx-swap=\"innerHTML\">(\d+)<")
    assert badge.findall(Seat(world.iryna).page("/nav/badges")) == ["1"]
    assert badge.findall(Seat(world.marko).page("/nav/badges")) == ["2"]


def test_words_of_what_one_may_not_see_are_hidden_and_kept(world: World) -> None:
    """A view for all may ask for a tag or a requester of requests that its reader does not see."""
    hidden = world.ticket(world.petro)
    assigning.hand_over(hidden, world.hr, by=world.act(world.taras))
    secret = fields.tag_named("redundancy")
    fields.tag(hidden, [secret], by=world.act(world.marko))
    petro = world.petro.person_id
    condition = {"any": [
        {"field": "tag", "op": "in", "value": [secret.id]}, {"field": "requester", "op": "in", "value": [petro]},
        {"field": "team", "op": "in", "value": [world.hr.id]},
    ]}  # fmt: skip
    one = SavedView.objects.create(
        name="V", agent=world.taras, audience="team", team=world.support, condition=condition
    )
    for agent, address in ((world.iryna, f"/inbox/view:{one.id}"), (world.taras, f"/views/{one.id}")):
        page = Seat(agent).page(address)
        assert "hidden from you" in page
        for word in ("redundancy", "petro@", "Петро", "Кадри"):
            assert word not in page
    shown = Seat(world.taras).page(f"/views/{one.id}")
    kept = dict(re.findall(r'name="(c-\d+-kept)" value="(\d+)"', shown))
    assert set(kept.values()) == {str(secret.id), str(petro), str(world.hr.id)}
    form = {"name": "V2", "audience": f"team:{world.support.id}", "mode": "any", "do": "save"}
    for n, code in enumerate(("tag", "requester", "team"), start=1):
        form |= {f"c-{n}-field": code, f"c-{n}-op": "in"}
    Seat(world.taras).post(f"/views/{one.id}", form | kept)
    one.refresh_from_db()
    assert (one.name, one.condition) == ("V2", condition)
    other = Seat(world.taras).post("/views/new", {**form, **kept, "audience": "private"})
    assert other.status_code == 422  # what one was not shown cannot be asked for


def test_what_is_typed_names_only_what_one_may_see(world: World) -> None:
    hidden = world.ticket(world.petro)
    assigning.hand_over(hidden, world.hr, by=world.act(world.taras))
    fields.tag(hidden, [fields.tag_named("redundancy")], by=world.act(world.marko))
    seat = Seat(world.iryna)
    for code, typed in (("tag", "redundancy"), ("requester", "petro@example.net"), ("requester", "Петро Лис")):
        posted = {"name": "V", "audience": "private", "c-1-field": code, "c-1-op": "in", "c-1-typed": typed}
        assert "or none that you may see" in seat.post("/views/new", posted | {"do": "save"}).content.decode()
    mine = world.ticket(world.maria)
    one = made(seat, **{"c-1-field": "requester", "c-1-op": "in", "c-1-typed": "MARIA@kramnytsia.example"})
    assert numbers(seat.page(f"/inbox/view:{one.id}")) == {mine.number}
    assert "maria@kramnytsia.example" in seat.page(f"/views/{one.id}")


def test_closed_tickets_are_shown_where_a_view_wants_them_and_counted_nowhere(world: World) -> None:
    here, closed = world.ticket(), world.ticket()
    state.close(closed, by=world.act(world.iryna))
    condition = {"field": "stage", "op": "in", "value": ["new", "closed"]}
    without, with_them = view(world, condition), view(world, condition, closed_too=True)
    seat = Seat(world.iryna)
    assert numbers(seat.page(f"/inbox/view:{without.id}")) == {here.number}
    assert numbers(seat.page(f"/inbox/view:{with_them.id}")) == {here.number, closed.number}
    assert re.findall(r"innerHTML\">(\d+)<", seat.page("/nav/badges"))[:2] == ["1", "1"]


def test_a_list_for_each_channel(world: World) -> None:
    by_mail = world.ticket()
    in_chat = world.say(world.chat_dialog(world.petro)).ticket
    assert in_chat is not None
    seat = Seat(world.iryna)
    assert numbers(seat.page(f"/inbox/channel:{world.mail.id}")) == {by_mail.number}
    assert numbers(seat.page(f"/inbox/channel:{world.chat.id}")) == {in_chat.number}
    assert seat.get("/inbox/channel:999999").status_code == 404
    assert f'data-count="channel:{world.mail.id}"' in seat.page("/inbox/open")


def test_whoever_takes_a_shared_view_for_themselves_has_it(world: World) -> None:
    shared = view(world, {"field": "overdue", "op": "yes"}, world.iryna, audience="team", team=world.support)
    seat = Seat(world.taras)
    form = {"name": "Mine now", "audience": "private", "mode": "all", "do": "save"} | OVERDUE
    assert seat.post(f"/views/{shared.id}", form).status_code == 302
    shared.refresh_from_db()
    assert (shared.audience, shared.agent) == ("private", world.taras)
    assert seat.get(f"/inbox/view:{shared.id}").status_code == 200


def test_a_view_for_a_team_that_is_not_there_is_refused_in_words(world: World) -> None:
    form = {"name": "V", "audience": "team:99999", "mode": "all", "do": "save"} | OVERDUE
    answer = Seat(world.olena).post("/views/new", form)
    assert answer.status_code == 422 and "Choose again" in answer.content.decode()


def test_very_many_names_in_one_condition_are_refused_before_they_are_looked_up(world: World, queries: Any) -> None:
    names = "; ".join(f"somebody{n}@shop.example" for n in range(2_000))
    form = {"name": "V", "audience": "private", "mode": "all", "do": "save", "c-1-field": "requester",
            "c-1-op": "in", "c-1-typed": names}  # fmt: skip
    seat = Seat(world.iryna)
    with queries(at_most=60):
        answer = seat.post("/views/new", form)
    assert answer.status_code == 422 and "too many" in answer.content.decode()
