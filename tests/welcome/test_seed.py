"""Made-up history keeps the rules of the model, is marked as imported, and is the same for the same number."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from tests.installation import Installation
from tests.world import World
from vikno.care import doctor
from vikno.dialogs.models import Message, MessageText
from vikno.journal.acts import Kind
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.creating import FIRST_NUMBER
from vikno.tickets.actions.linking import summary_of
from vikno.tickets.models import Link, Stage, Ticket, TicketNumber
from vikno.welcome import seed
from vikno.welcome.actions import set_up

pytestmark = pytest.mark.django_db
ANSWERS: dict[str, Any] = {
    "company": "Kashtan", "name": "O", "email": "o@kashtan.example", "password": None, "zone": "Europe/Kyiv",
    "preset": "shop", "address": "help@kashtan.example",
}  # fmt: skip


def test_it_needs_a_company() -> None:
    with pytest.raises(seed.NotSetUp, match="vikno setup"):
        seed.seed(10, 50, 1)


def test_a_company_in_use_is_left_alone_unless_that_is_meant(world: World) -> None:
    seed.must_be_ready(also_in_use=False)
    world.ticket()
    with pytest.raises(seed.InUse, match="--yes"):
        seed.must_be_ready(also_in_use=False)
    seed.must_be_ready(also_in_use=True)


def test_what_was_made_up_does_not_count_as_use() -> None:
    set_up(**ANSWERS)
    seed.seed(10, 50, 1)
    seed.must_be_ready(also_in_use=False)


def test_an_empty_folder_is_told_what_to_do(installation: Installation) -> None:
    done = installation.run("seed", "--tickets", "5", check=False)
    assert done.returncode == 69
    assert "vikno setup" in done.stderr.decode() and "no such table" not in done.stderr.decode()


def test_what_is_made_keeps_the_rules() -> None:
    set_up(**ANSWERS)
    done = seed.seed(120, 600, 1)
    assert (done.tickets, Ticket.objects.count()) == (120, 120)
    assert Message.objects.count() == MessageText.objects.count() == Link.objects.count() == done.messages
    assert 540 <= done.messages <= 660
    for ticket in Ticket.objects.exclude(stage=Stage.CLOSED):
        told = summary_of(ticket)
        for name in ("asked_at", "first_reply_at", "answered_at", "waiting_since", "last_in_at", "preview"):
            assert getattr(ticket, name) == told[name], (ticket.number, name)
    assert not Ticket.objects.exclude(stage=F("status__stage")).exists()
    assert set(Ticket.objects.values_list("language", flat=True)) == {"uk", "ru", "en"}
    # Numbers are given out as everybody else's are.
    assert Ticket.objects.order_by("-number")[0].number == FIRST_NUMBER + TicketNumber.objects.order_by("-id")[0].id
    healthy = {
        "company",
        "merged tickets",
        "stages",
        "clocks of tickets",
        "messages without a ticket",
        "ticket numbers",
    }
    assert not [found for check, found in doctor.examine() if check.name in healthy and found]


def test_every_change_has_its_event_of_an_import() -> None:
    set_up(**ANSWERS)
    before = Event.objects.order_by("-id")[0].id
    seed.seed(30, 150, 1)
    made = Event.objects.filter(id__gt=before)
    assert set(made.values_list("actor_kind", flat=True)) == {Kind.IMPORT}
    assert made.filter(verb=Verb.TICKET_CREATED).count() == 30
    spoken = made.filter(verb__in=[Verb.MESSAGE_RECEIVED, Verb.MESSAGE_SENT]).values_list("message_id", flat=True)
    assert sorted(spoken) == sorted(Message.objects.values_list("id", flat=True))
    for ticket in Ticket.objects.all():
        versions = (
            EventTicket.objects.filter(ticket_id=ticket.id).order_by("event_id").values_list("version", flat=True)
        )
        assert list(versions) == list(range(1, ticket.version + 1))


def test_the_same_number_makes_the_same_words(django_db_blocker: object) -> None:
    set_up(**ANSWERS)
    made = []
    for number in (7, 7, 8):
        last = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
        seed.seed(25, 125, number)
        made.append(
            list(MessageText.objects.filter(message_id__gt=last).order_by("message_id").values_list("text", flat=True))
        )
    assert made[0][:40] == made[1][:40]
    assert made[0][:40] != made[2][:40]
