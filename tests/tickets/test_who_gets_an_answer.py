"""The default recipients of an answer: those who have to do with the request that is answered, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests import taking
from tests.desk.seats import Seat
from tests.letters import letter
from tests.world import World, make_customer
from vikno.dialogs import actions as dialogs
from vikno.dialogs.models import Dialog, Message
from vikno.people import actions as people
from vikno.people.models import Identity
from vikno.tickets.actions import linking
from vikno.tickets.actions.answering import Recipients, default_dialog, default_recipients
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BOSS = "boss@kramnytsia.example"


def arrive(world: World, **more: str) -> Message:
    entry = taking.arrive(world.mail, letter(**more))
    assert entry.message is not None
    return entry.message


@pytest.fixture
def two(world: World) -> tuple[Dialog, Ticket, Ticket]:
    """One dialog with an open request of Maria's and one, restricted since, in copy of which her boss was."""
    first = arrive(world, subject="Каса", message_id="<one@kramnytsia.example>")
    second = arrive(world, subject="Re: Каса", Cc=BOSS, References="<one@kramnytsia.example>")
    plain = Ticket.objects.get()
    secret = split(plain, [second], by=world.act(world.taras))
    restrict(secret, True, by=world.act(world.taras))
    return first.dialog, plain, secret


def shown(found: Recipients) -> list[str]:
    return [one.value for one in (*found.to, *found.cc)]


def test_who_was_in_copy_of_a_restricted_letter_gets_nothing_of_the_other_request(
    world: World, two: tuple[Dialog, Ticket, Ticket]
) -> None:
    dialog, plain, secret = two
    assert shown(default_recipients(dialog, [plain.id])) == [world.maria.value]
    assert shown(default_recipients(dialog, [secret.id])) == [world.maria.value, BOSS]
    answer = world.answer(plain)
    assert [row.identity.value for row in answer.deliveries.all()] == [world.maria.value]
    answer = world.answer(secret, world.taras)
    assert {row.identity.value for row in answer.deliveries.all()} == {world.maria.value, BOSS}


def test_nor_does_the_page_of_the_other_request_name_them(world: World, two: tuple[Dialog, Ticket, Ticket]) -> None:
    _, plain, secret = two
    assert BOSS not in Seat(world.iryna).page(f"/tickets/{plain.number}")
    assert BOSS in Seat(world.taras).page(f"/tickets/{secret.number}")


def test_whom_an_answer_was_sent_to_belongs_to_what_it_answered(
    world: World, two: tuple[Dialog, Ticket, Ticket]
) -> None:
    dialog, plain, secret = two
    lawyer = make_customer("Юристка", "law@firm.example")
    world.answer(secret, world.taras, recipients=Recipients(to=[world.maria], cc=[lawyer]))
    assert lawyer.value in shown(default_recipients(dialog, [secret.id]))
    assert shown(default_recipients(dialog, [plain.id])) == [world.maria.value]
    assert set(shown(default_recipients(dialog, [plain.id, secret.id]))) == {world.maria.value, BOSS, lawyer.value}


def test_in_copy_of_both_is_written_to_about_both(world: World, two: tuple[Dialog, Ticket, Ticket]) -> None:
    dialog, plain, _ = two
    arrive(world, subject="Re: Каса", Cc=BOSS, References="<one@kramnytsia.example>")
    assert shown(default_recipients(dialog, [plain.id])) == [world.maria.value, BOSS]


def test_whom_an_agent_added_by_hand_takes_part_in_all(world: World, two: tuple[Dialog, Ticket, Ticket]) -> None:
    dialog, plain, secret = two
    dialogs.add_participant(dialog, world.petro, "cc", by=world.act(world.iryna))
    for ticket in (plain, secret):
        assert world.petro.value in shown(default_recipients(dialog, [ticket.id]))


@pytest.fixture
def home(world: World) -> Identity:
    """Another address of Maria's."""
    address = "maria@home.example"
    return Identity.objects.create(person=world.maria.person, kind="email", value=address, shown=address)


def test_the_same_human_is_answered_where_they_last_wrote_from(world: World, home: Identity) -> None:
    first = arrive(world, message_id="<one@kramnytsia.example>")
    arrive(world, sender=home.value, In_Reply_To="<one@kramnytsia.example>")
    assert shown(default_recipients(first.dialog, [Ticket.objects.get().id])) == [home.value]
    Identity.objects.filter(id=home.id).update(failed_at=first.arrived_at)
    assert shown(default_recipients(first.dialog, [Ticket.objects.get().id])) == [world.maria.value]


def test_so_are_persons_who_were_joined_into_one_human(world: World) -> None:
    home = make_customer("Марія К.", "maria@home.example")
    people.join(home.person, world.maria.person, by=world.act(world.iryna))
    first = arrive(world, message_id="<one@kramnytsia.example>", Cc=BOSS)
    later = arrive(world, sender=home.value, In_Reply_To="<one@kramnytsia.example>")
    assert later.dialog == first.dialog
    arrive(world, sender=BOSS, In_Reply_To="<one@kramnytsia.example>")
    ticket = Ticket.objects.get()
    assert default_recipients(first.dialog, [ticket.id]).to == [home]
    arrive(world, In_Reply_To="<one@kramnytsia.example>")
    assert default_recipients(first.dialog, [ticket.id]).to == [world.maria]


@pytest.mark.parametrize("kind", ["automatic", "list", "spam"])
def test_what_no_human_wrote_does_not_say_where_they_are(world: World, home: Identity, kind: str) -> None:
    first = arrive(world, message_id="<one@kramnytsia.example>")
    last = arrive(world, sender=home.value, In_Reply_To="<one@kramnytsia.example>")
    ticket = Ticket.objects.get()
    assert shown(default_recipients(first.dialog, [ticket.id])) == [home.value]
    Message.objects.filter(id=last.id).update(kind="thanks")
    assert shown(default_recipients(first.dialog, [ticket.id])) == [home.value]
    Message.objects.filter(id=last.id).update(kind=kind)
    assert shown(default_recipients(first.dialog, [ticket.id])) == [world.maria.value]


def test_nor_does_what_came_from_a_blocked_address(world: World, home: Identity) -> None:
    first = arrive(world, message_id="<one@kramnytsia.example>")
    arrive(world, sender=home.value, In_Reply_To="<one@kramnytsia.example>")
    Identity.objects.filter(id=home.id).update(blocked_at=first.arrived_at)
    assert shown(default_recipients(first.dialog, [Ticket.objects.get().id])) == [world.maria.value]


@pytest.mark.parametrize("change", [{"kind": "automatic"}, {"kind": "spam"}, {"blocked": True}])
def test_nor_does_it_choose_the_dialog(world: World, home: Identity, change: dict[str, Any]) -> None:
    """Of two dialogs of one request the one in which they said something themselves; else the only one there is."""
    ticket = world.ticket(world.maria)
    other = world.letter(home, subject="Інше").message
    linking.link(other, ticket, by=world.act(world.iryna))
    said = Message.objects.get(identity=world.maria).dialog
    assert default_dialog(ticket) == other.dialog != said
    if change.pop("blocked", False):
        Identity.objects.filter(id=home.id).update(blocked_at=other.arrived_at)
    Message.objects.filter(id=other.id).update(**{"kind": "ordinary"} | change)
    assert default_dialog(ticket) == said
    Message.objects.filter(identity=world.maria).update(kind="list")
    assert default_dialog(ticket) == other.dialog


def test_who_is_added_by_hand_later_takes_part_in_the_whole_dialog(world: World) -> None:
    """Who came by one message belongs to its ticket; who is added by hand meanwhile, to all of them."""
    ticket = world.ticket(world.maria)
    message = world.answer(ticket)
    act = world.act(world.iryna)
    came = dialogs.add_participant(message.dialog, world.petro, "cc", by=act, via=message)
    assert came.via_id == message.id
    again = dialogs.add_participant(message.dialog, world.petro, "to", by=act)
    again.refresh_from_db()
    assert (again.id, again.via_id, again.role) == (came.id, None, "cc")
    kept = dialogs.add_participant(message.dialog, world.petro, "cc", by=act, via=message)
    assert kept.via_id is None


def test_a_newcomer_who_is_written_to_belongs_to_that_message(world: World) -> None:
    ticket = world.ticket(world.maria)
    first, second = world.answer(ticket), world.answer(ticket)
    act = world.act(world.iryna)
    dialogs.add_participant(first.dialog, world.petro, "newcomer", by=act, via=first)
    row = dialogs.add_participant(first.dialog, world.petro, "cc", by=act, via=second)
    row.refresh_from_db()
    assert (row.role, row.via_id) == ("cc", second.id)
