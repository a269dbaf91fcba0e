"""The order of locks: a dialog before its tickets, as a letter that comes in takes them; tickets in order of id, each
with what it is merged into; whoever is made responsible before the ticket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from tests.together import in_its_order, together, until_somebody_waits
from tests.world import World, later, standing
from vikno.dialogs.models import Dialog, Message
from vikno.people import actions as people
from vikno.staff.actions import deactivate
from vikno.staff.models import Agent
from vikno.tickets.actions import categories
from vikno.tickets.actions.assigning import assign, hand_over
from vikno.tickets.actions.changing import lock, lock_dialogs, lock_with_survivors
from vikno.tickets.actions.fields import restrict, set_category
from vikno.tickets.actions.linking import link, move
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.own_acts import undo_own
from vikno.tickets.actions.splitting import relate, split, unrelate
from vikno.tickets.actions.state import set_status
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Category, Relation, Ticket

# SQLite has one writer at a time: nobody waits for a lock there.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]


@pytest.fixture
def world() -> Iterator[World]:
    """The world, where two can be at it at once."""
    with standing() as made:
        yield made


def splitting(world: World, ticket: Ticket, message: Message) -> Callable[[], object]:
    return lambda: split(ticket, [message], by=world.act(world.iryna))


def undoing(world: World, ticket: Ticket, message: Message) -> Callable[[], object]:
    act = world.act(world.iryna)
    link(message, world.ticket(), by=act)
    return lambda: undo(act.id, by=world.act(world.iryna))


@pytest.mark.parametrize("verb", [splitting, undoing])
def test_a_verb_that_waits_for_a_dialog_holds_none_of_its_tickets(
    world: World, verb: Callable[[World, Ticket, Message], Callable[[], object]]
) -> None:
    with transaction.atomic():
        ticket = world.ticket()
        message = ticket.links.get().message
        act, held = verb(world, ticket, message), threading.Event()

    def first() -> None:
        with transaction.atomic():
            Dialog.objects.select_for_update().get(id=message.dialog_id)
            held.set()
            until_somebody_waits()
            list(Ticket.objects.select_for_update(nowait=True))

    def second() -> None:
        held.wait(60)
        act()

    assert [str(one) for one in together(first, second)] == ["None", "None"]


# ---- tickets in order of id, with whatever they are merged into ------------------------------------------------------


def restricting(world: World, absorbed: Ticket) -> Callable[[], object]:
    return lambda: restrict(absorbed, True, by=world.act(world.iryna))


def handing_over(world: World, absorbed: Ticket) -> Callable[[], object]:
    return lambda: hand_over(absorbed, world.billing, by=world.act(world.iryna))


def taking_it_back(world: World, absorbed: Ticket) -> Callable[[], object]:
    act = world.act(world.iryna)
    set_status(absorbed, world.statuses["waiting"], by=act)
    return lambda: undo(act.id, by=world.act(world.iryna))


def splitting_it(world: World, absorbed: Ticket) -> Callable[[], object]:
    return splitting(world, absorbed, absorbed.links.get().message)


def moving_out(world: World, absorbed: Ticket) -> Callable[[], object]:
    other, message = world.ticket(), absorbed.links.get().message
    return lambda: move([message], absorbed, other, by=world.act(world.iryna))


def leaving(world: World, absorbed: Ticket) -> Callable[[], object]:
    assign(absorbed, world.iryna, by=world.act(world.iryna))
    return lambda: deactivate(world.iryna, by=world.act(world.olena))


@pytest.mark.parametrize("verb", [restricting, handing_over, taking_it_back, splitting_it, moving_out, leaving])
def test_what_is_merged_is_not_locked_before_its_survivor(
    world: World, verb: Callable[[World, Ticket], Callable[[], object]]
) -> None:
    with transaction.atomic():
        survivor, absorbed = world.ticket(), world.ticket()
        merge(absorbed, survivor, by=world.act(world.taras))
        absorbed.refresh_from_db()
        act = verb(world, absorbed)
    in_its_order(lambda: lock_alone(survivor), act)


def test_two_verbs_on_one_family_end_both_again_and_again(world: World) -> None:
    with transaction.atomic():
        survivor, absorbed = world.ticket(), world.ticket()
        merge(absorbed, survivor, by=world.act(world.taras))

    def sight() -> None:
        for number in range(40):
            restrict(Ticket.objects.get(id=absorbed.id), number % 2 == 0, by=world.act(world.iryna))

    def related() -> None:
        for _ in range(20):
            relate(absorbed, survivor, "related", by=world.act(world.taras))
            unrelate(Relation.objects.get(ended_act=None), by=world.act(world.taras))

    assert [str(one) for one in together(sight, related)] == ["None", "None"]


def test_a_merge_does_not_wait_for_a_letter_in_a_dialog_of_its_tickets(world: World) -> None:
    with transaction.atomic():
        survivor = world.ticket(arrived_at=later(hours=-1))
        absorbed = world.ticket()
    locked, merged = threading.Event(), threading.Event()

    def letter() -> None:
        with transaction.atomic():
            lock_dialogs(Dialog.objects.values_list("id", flat=True))
            locked.set()
            assert merged.wait(60), "the merge waits for the dialog"
            lock_with_survivors([absorbed.id])

    def merging() -> None:
        locked.wait(60)
        merge(absorbed, survivor, by=world.act(world.taras))
        merged.set()

    assert [str(one) for one in together(letter, merging)] == ["None", "None"]
    survivor.refresh_from_db()
    assert survivor.last_dialog_id == absorbed.links.get().message.dialog_id


class TestAnAgentBeforeTheirTickets:
    def test_who_is_made_responsible_is_locked_before_the_ticket(self, world: World) -> None:
        with transaction.atomic():
            ticket = world.ticket()
        in_its_order(
            lambda: list(Agent.objects.select_for_update(no_key=True)).clear(),
            lambda: assign(ticket, world.iryna, by=world.act(world.taras)),
        )

    def test_who_answers_while_they_leave_does_not_wait_for_that(self, world: World) -> None:
        with transaction.atomic():
            ticket = world.ticket()
            assign(ticket, world.iryna, by=world.act(world.taras))
        held = threading.Event()

        def answering() -> None:
            with transaction.atomic():
                lock(ticket)
                held.set()
                until_somebody_waits()
                world.answer(ticket)

        def out() -> None:
            held.wait(60)
            deactivate(Agent.objects.get(id=world.iryna.id), by=world.act(world.olena))

        assert [str(one) for one in together(answering, out)] == ["None", "None"]


def test_who_takes_back_a_link_locks_the_tickets_of_its_message_in_order(world: World) -> None:
    with transaction.atomic():
        early, late = world.ticket(), world.ticket()
        act = world.act(world.iryna)
        link(early.links.get().message, late, by=act)
    viewer = world.viewer(world.iryna)
    in_its_order(lambda: lock_alone(early), lambda: undo_own(viewer, act.id, by=world.act(world.iryna)))


def renaming(world: World) -> None:
    people.rename(world.petro.person, "Петро Лисенко", by=world.act(world.iryna))


def adding(world: World) -> None:
    people.add_identity(world.petro.person, "phone", "+380671234567", by=world.act(world.iryna))


def joining(world: World) -> None:
    people.join(world.petro.person, world.maria.person, by=world.act(world.iryna))


@pytest.mark.parametrize("verb", [renaming, adding, joining])
def test_a_letter_does_not_wait_for_a_change_of_who_wrote_it(world: World, verb: Callable[[World], None]) -> None:
    """Its ticket points to the person, and whoever changes that one may come to the ticket of another letter."""
    changed, arrived = threading.Event(), threading.Event()

    def change() -> None:
        with transaction.atomic():
            verb(world)
            changed.set()
            assert arrived.wait(60), "the letter waits"

    def letter() -> None:
        changed.wait(60)
        with transaction.atomic():
            world.ticket(world.petro)
        arrived.set()

    assert [str(one) for one in together(change, letter)] == ["None", "None"]


class TestACategoryThatReleases:
    """Categories before tickets, and those in order of id whatever they are merged into."""

    @pytest.fixture
    def held(self, world: World) -> tuple[World, Category, list[Ticket]]:
        """Two requests that wait for a proof; the first was merged into the third, a plain one."""
        with transaction.atomic():
            matter = Category.objects.create(name="Обліковий запис", account_matter=True)
            tickets = [world.ticket(world.petro) for _ in range(3)]
            for one in tickets[:2]:
                set_category(one, matter, by=world.act(world.iryna))
            merge(tickets[0], tickets[2], by=world.act(world.taras))
        return world, matter, tickets

    def test_all_its_requests_are_locked_at_once(self, held: tuple[World, Category, list[Ticket]]) -> None:
        world, matter, (_first, second, third) = held
        in_its_order(
            lambda: lock_alone(second),
            lambda: categories.set_account_matter(matter, False, by=world.act(world.olena), release=True),
            Ticket.objects.filter(id=third.id),
        )

    @pytest.mark.parametrize("own", [False, True])
    def test_to_take_it_back_the_category_is_locked_first(
        self, held: tuple[World, Category, list[Ticket]], own: bool
    ) -> None:
        world, matter, _tickets = held
        act, again, viewer = world.act(world.olena), world.act(world.olena), world.viewer(world.olena)
        categories.set_account_matter(matter, False, by=act, release=True)
        in_its_order(
            lambda: list(Category.objects.select_for_update(no_key=True)).clear(),
            lambda: undo_own(viewer, act.id, by=again) if own else undo(act.id, by=again),
        )
        matter.refresh_from_db()
        assert matter.account_matter


def lock_alone(ticket: Ticket) -> None:
    Ticket.objects.select_for_update(no_key=True).get(id=ticket.id)
