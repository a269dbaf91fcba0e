"""The owner's pages of statuses, types, priorities and tags, and the merge of two of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import jobs
from vikno.core.models import Job
from vikno.journal.models import Event
from vikno.tickets.actions import state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.fields import restrict, set_priority, set_type, tag, tag_named
from vikno.tickets.models import Priority, Status, Tag, Ticket, TicketType

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


def engine_works() -> None:
    """Everything that was asked for is done, what was asked for later too."""
    Job.objects.filter(state="waiting").update(run_at=timezone.now() - timedelta(seconds=1))
    while jobs.run_due():
        pass
    assert not Job.objects.filter(state="dead").exists()


def undo(seat: Seat) -> str:
    last = Event.objects.filter(verb__in=("status.changed", "type.changed", "priority.changed", "tag.changed"))
    page: str = seat.sends(f"/undo/{last.latest('id').act}").content.decode()
    return page


def add_status(owner: Seat, name: str, stage: str, **more: str) -> Status:
    assert owner.post("/settings/statuses", {"name": name, "stage": stage, **more}).status_code == 302
    return Status.objects.get(name=name)


def offered(seat: Seat, ticket: Ticket, name: str) -> list[str]:
    """What the properties of a ticket's page offer, in order."""
    select = re.search(rf'<select[^>]*id="p-{name}".*?</select>', seat.page(f"/tickets/{ticket.number}"), re.S)
    assert select is not None
    return re.findall(r"<option[^>]*>(.*?)</option>", select[0])


def having(status: Status) -> set[int]:
    return set(Ticket.objects.filter(status=status).values_list("number", flat=True))


@pytest.mark.parametrize("kind", ["statuses", "types", "priorities", "tags"])
def test_these_pages_are_the_owners(world: World, kind: str) -> None:
    for agent in (world.taras, world.iryna):
        seat = Seat(agent)
        assert seat.get(f"/settings/{kind}").status_code == 403
        assert seat.post(f"/settings/{kind}", {"name": "x"}).status_code == 403
        assert f'href="/settings/{kind}"' not in seat.page("/settings/all")


def test_a_status_is_added_named_and_ordered_and_tickets_show_it(owner: Seat, world: World) -> None:
    ticket = world.ticket()
    supplier = add_status(owner, "Чекаємо на постачальника", "waiting", customer_word="У роботі")
    assert offered(owner, ticket, "status")[-1] == "Чекаємо на постачальника"
    owner.post(f"/settings/statuses/{supplier.id}/up")
    assert offered(owner, ticket, "status")[-2:] == ["Чекаємо на постачальника", "Закрито"]
    undo(owner)
    assert offered(owner, ticket, "status")[-2:] == ["Закрито", "Чекаємо на постачальника"]
    form = {"name": "Постачальник", "stage": "waiting", "customer_word": "Уточнюємо"}
    assert owner.post(f"/settings/statuses/{supplier.id}", form).status_code == 302
    supplier.refresh_from_db()
    assert (supplier.name, supplier.customer_word) == ("Постачальник", "Уточнюємо")
    assert "Customers read: Уточнюємо" in owner.page("/settings/statuses")


@pytest.mark.parametrize("name", ["Закрито", " Закрито\u200b", "", "  "])
def test_a_status_needs_a_name_of_its_own(owner: Seat, world: World, name: str) -> None:
    before = Status.objects.count()
    assert owner.post("/settings/statuses", {"name": name, "stage": "open"}).status_code == 422
    status = world.statuses["open"]
    assert owner.post(f"/settings/statuses/{status.id}", {"name": name, "stage": "open"}).status_code == 422
    assert Status.objects.count() == before
    assert owner.post("/settings/statuses", {"name": "Інший", "stage": "gone"}).status_code == 422


def test_no_stage_is_ever_left_without_a_status(owner: Seat, world: World) -> None:
    for status in world.statuses.values():
        for verb in ("archive", "delete"):
            assert "begins with this status" in owner.sends(f"/settings/statuses/{status.id}/{verb}").content.decode()
        other = "open" if status.stage != "open" else "new"
        form = {"name": status.name, "stage": other, "customer_word": ""}
        assert owner.post(f"/settings/statuses/{status.id}", form).status_code == 422
    assert Status.objects.filter(archived_at=None).count() == 4


def test_a_stage_begins_with_the_status_one_says(owner: Seat, world: World) -> None:
    triage = add_status(owner, "Розбір", "new")
    owner.post(f"/settings/statuses/{triage.id}/default")
    assert world.ticket().status == triage
    owner.post(f"/settings/statuses/{world.statuses['new'].id}/archive")
    assert "Out of use" in owner.page("/settings/statuses")
    undo(owner)
    undo_of_default = Event.objects.filter(verb="status.changed", delta__has_key="default").latest("id")
    assert "Undone." in owner.sends(f"/undo/{undo_of_default.act}").content.decode()
    assert world.ticket(world.petro).status == world.statuses["new"]


def test_what_is_out_of_use_is_shown_where_it_is_and_given_to_no_other(owner: Seat, world: World) -> None:
    odd = add_status(owner, "Дивний", "open")
    here, other = world.ticket(), world.ticket(world.petro)
    state.set_status(here, odd, by=world.act(world.iryna))
    owner.post(f"/settings/statuses/{odd.id}/archive")
    odd.refresh_from_db()
    assert "Дивний" in offered(owner, here, "status")
    assert "Дивний" not in offered(owner, other, "status")
    with pytest.raises(Invalid, match="out of use"):
        state.set_status(other, odd, by=world.act(world.iryna))
    assert "Undone." in undo(owner)
    assert "Дивний" in offered(owner, other, "status")


def test_merging_gives_all_tickets_the_other_status_and_undo_gives_it_back(owner: Seat, world: World) -> None:
    odd, closed = add_status(owner, "Відхилено", "closed"), world.statuses["closed"]
    tickets = [world.ticket(subject=f"Лист {number}") for number in range(3)]
    for ticket in tickets:
        state.set_status(ticket, odd, by=world.act(world.iryna))
    before = dict(Ticket.objects.values_list("id", "updated_at"))
    assert "3 requests have" in owner.page(f"/settings/statuses/{odd.id}/merge")
    assert owner.post(f"/settings/statuses/{odd.id}/merge", {"into": str(closed.id)}).status_code == 302
    engine_works()
    assert having(odd) == set() and having(closed) == {one.number for one in tickets}
    assert dict(Ticket.objects.values_list("id", "updated_at")) == before, "nothing moves in lists"
    act = Event.objects.filter(verb="status.changed").latest("id").act
    assert Event.objects.filter(act=act, verb="ticket.status").count() == 3
    assert "status: Закрито" in owner.page(f"/tickets/{tickets[0].number}")

    tickets[2].refresh_from_db()
    state.set_status(tickets[2], world.statuses["open"], by=world.act(world.iryna))
    assert "Undone." in undo(owner)
    engine_works()
    assert having(odd) == {tickets[0].number, tickets[1].number}, "what was changed since keeps what it got"
    odd.refresh_from_db()
    assert odd.archived_at is None
    assert "Undone." in undo(owner)  # of the undo: merged again
    engine_works()
    assert having(odd) == set()


def test_an_undo_stops_a_merge_that_is_not_done_yet(owner: Seat, world: World) -> None:
    odd, ticket = add_status(owner, "Відхилено", "closed"), world.ticket()
    state.set_status(ticket, odd, by=world.act(world.iryna))
    owner.post(f"/settings/statuses/{odd.id}/merge", {"into": str(world.statuses["closed"].id)})
    undo(owner)
    engine_works()
    assert having(odd) == {ticket.number}


def test_statuses_of_two_stages_are_not_merged(owner: Seat, world: World) -> None:
    odd = add_status(owner, "Відхилено", "closed")
    into = world.statuses["open"]
    assert owner.post(f"/settings/statuses/{odd.id}/merge", {"into": str(into.id)}).status_code == 422
    assert "begins with this status" in owner.page(f"/settings/statuses/{world.statuses['closed'].id}")
    closed = world.statuses["closed"]
    assert owner.post(f"/settings/statuses/{closed.id}/merge", {"into": str(odd.id)}).status_code == 422
    assert not Status.objects.exclude(archived_at=None).exists()


def test_the_stage_of_a_status_in_use_stays(owner: Seat, world: World) -> None:
    odd = add_status(owner, "Пауза", "open")
    form = {"name": "Пауза", "stage": "waiting", "customer_word": ""}
    assert owner.post(f"/settings/statuses/{odd.id}", form).status_code == 302
    odd.refresh_from_db()
    assert odd.stage == "waiting"
    state.set_status(world.ticket(), odd, by=world.act(world.iryna))
    assert owner.post(f"/settings/statuses/{odd.id}", form | {"stage": "closed"}).status_code == 422
    odd.refresh_from_db()
    assert odd.stage == "waiting"


def test_types_are_merged_and_undone_too(owner: Seat, world: World) -> None:
    owner.post("/settings/types", {"name": "Запитання"})
    one, into = TicketType.objects.get(name="Запитання"), TicketType.objects.get(name="Питання")
    ticket = world.ticket()
    set_type(ticket, one, by=world.act(world.iryna))
    owner.post(f"/settings/types/{one.id}/merge", {"into": str(into.id)})
    engine_works()
    ticket.refresh_from_db()
    assert ticket.type == into
    undo(owner)
    engine_works()
    ticket.refresh_from_db()
    assert ticket.type == one


def test_a_priority_is_added_at_an_end_and_the_ordinary_one_stays(owner: Seat, world: World) -> None:
    owner.post("/settings/priorities", {"name": "Аварія", "place": "above"})
    top = Priority.objects.get(name="Аварія")
    assert top.rank > max(one.rank for one in world.priorities.values())
    page = owner.page("/settings/priorities")
    assert page.index("Аварія") < page.index("Терміново") < page.index("Низький")
    answer = owner.sends(f"/settings/priorities/{world.priorities['normal'].id}/archive").content.decode()
    assert "This is the ordinary priority" in answer
    ticket = world.ticket()
    set_priority(ticket, top, by=world.act(world.iryna))
    owner.post(f"/settings/priorities/{top.id}/merge", {"into": str(world.priorities["urgent"].id)})
    engine_works()
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.priority_rank) == (world.priorities["urgent"], 20)


def test_a_tag_gets_a_colour_and_another_name(owner: Seat, world: World) -> None:
    ticket, vip = world.ticket(), tag_named("vip")
    tag(ticket, [vip], by=world.act(world.iryna))
    assert owner.post(f"/settings/tags/{vip.id}", {"name": "vip", "hue": "20"}).status_code == 302
    assert 'data-hue="20"' in owner.page(f"/tickets/{ticket.number}")
    old = Event.objects.filter(verb="tag.changed").latest("id").delta["hue"][0]
    undo(owner)
    vip.refresh_from_db()
    assert vip.hue == old != 20
    owner.post(f"/settings/tags/{vip.id}", {"name": "#Важливий клієнт", "hue": str(old)})
    assert "Важливий клієнт" in owner.page(f"/tickets/{ticket.number}")
    tag_named("інше")
    assert owner.post(f"/settings/tags/{vip.id}", {"name": "ІНШЕ", "hue": "20"}).status_code == 422
    assert owner.post(f"/settings/tags/{vip.id}", {"name": "x", "hue": "21"}).status_code == 422


def test_two_tags_become_one_and_each_ticket_gets_its_own_back(owner: Seat, world: World) -> None:
    both, one = world.ticket(), world.ticket(world.petro)
    bug, fault = tag_named("баг"), tag_named("помилка")
    tag(both, [bug, fault], by=world.act(world.iryna))
    tag(one, [bug], by=world.act(world.iryna))
    owner.post(f"/settings/tags/{bug.id}/merge", {"into": str(fault.id)})
    engine_works()

    def tags(ticket: Ticket) -> set[str]:
        return set(Tag.objects.filter(tickettag__ticket=ticket).values_list("name", flat=True))

    assert tags(both) == tags(one) == {"помилка"}
    with pytest.raises(Invalid, match="out of use"):
        tag_named("Баг")
    undo(owner)
    engine_works()
    assert (tags(both), tags(one)) == ({"баг", "помилка"}, {"баг"})


def test_a_tag_of_hidden_requests_alone_is_no_owners_to_read(owner: Seat, world: World) -> None:
    hidden, ticket = tag_named("звільнення"), world.ticket()
    tag(ticket, [hidden], by=world.act(world.taras))
    assert "звільнення" in owner.page("/settings/tags")
    restrict(ticket, True, by=world.act(world.taras))
    assert "звільнення" not in owner.page("/settings/tags")
    assert owner.get(f"/settings/tags/{hidden.id}").status_code == 404


def test_deleting_is_for_what_no_request_has(owner: Seat, world: World) -> None:
    tagged, loose = tag_named("є"), tag_named("нема")
    tag(world.ticket(), [tagged], by=world.act(world.iryna))
    assert "Take it out of use instead" in owner.sends(f"/settings/tags/{tagged.id}/delete").content.decode()
    owner.post(f"/settings/tags/{loose.id}/delete")
    assert list(Tag.objects.values_list("name", flat=True)) == ["є"]
    assert "This cannot be undone" not in owner.page(f"/settings/tags/{tagged.id}")


def test_a_list_of_many_asks_no_more_than_one_of_few(owner: Seat, queries: Callable[..., Any]) -> None:
    tag_named("one")
    owner.page("/settings/tags")
    with queries() as few:
        owner.page("/settings/tags")
    Tag.objects.bulk_create(Tag(name=f"t{n}", folded=f"t{n}") for n in range(100))
    with queries(at_most=len(few)):
        owner.page("/settings/tags")


@pytest.mark.parametrize("words", ["matters account", "КАТЕГОРІЇ", "категории", "categor"])
def test_a_page_of_settings_is_found_by_words_of_each_language(owner: Seat, words: str) -> None:
    shown = owner.page("/settings/all", data={"q": words}).partition('id="settings-found"')[2]
    assert 'href="/categories"' in shown
    assert 'href="/settings/tags"' not in shown


def test_settings_that_nothing_is_called_say_so(owner: Seat) -> None:
    assert "No setting is called “quagga”" in owner.page("/settings/all", data={"q": "quagga"})
