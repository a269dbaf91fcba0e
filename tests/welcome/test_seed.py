"""Made-up history keeps the rules of the model, is marked as imported, and is the same for the same number."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import psutil
import pytest
from django.db.models import F

from tests.installation import PATIENCE, Installation, lives
from tests.world import World
from vikno.care import doctor
from vikno.dialogs.models import Message, MessageText
from vikno.journal.acts import Kind
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.search import filling, shelf
from vikno.search.models import Due
from vikno.tickets.actions.creating import FIRST_NUMBER
from vikno.tickets.actions.linking import summary_of
from vikno.tickets.models import Link, Stage, Ticket, TicketNumber
from vikno.welcome import finding, seed
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


UNFOUND = (
    "SELECT count(*) FROM tickets_ticket WHERE id NOT IN (SELECT owner FROM search_entry_a)",
    (
        "SELECT count(*) FROM people_person WHERE -id NOT IN (SELECT owner FROM search_entry_a)"
        " AND -id NOT IN (SELECT ticket_id FROM search_due)"
    ),
    "SELECT count(*) FROM search_due WHERE ticket_id > 0",
)


def test_one_that_is_stopped_leaves_what_it_made_whole_and_to_be_found() -> None:
    set_up(**ANSWERS)

    def stop(progress: seed.Progress) -> None:
        if progress.tickets >= 2 * seed.BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed.seed(3 * seed.BATCH, 4 * seed.BATCH, 1, stop)
    ids = set(Ticket.objects.values_list("id", flat=True))
    assert len(ids) == 2 * seed.BATCH
    assert set(Link.objects.values_list("ticket_id", flat=True)) == ids
    there = set(shelf.marks("a", sorted(ids)))
    due = set(Due.objects.filter(ticket_id__gt=0).values_list("ticket_id", flat=True))
    assert there | due == ids and not there & due
    filling.catch_up()
    assert set(shelf.marks("a", sorted(ids))) == ids


def _set_up(installation: Installation) -> None:
    installation.run(
        "setup", "--company", "Kashtan", "--email", "o@kashtan.example", "--password", "only-for-tests-1",
        "--address", "help@kashtan.example",
    )  # fmt: skip


def test_a_large_one_is_read_by_a_second_process_and_all_of_it_is_found(installation: Installation) -> None:
    _set_up(installation)
    installation.run("seed", "--tickets", str(finding.LEAST), "--messages", str(finding.LEAST * 2))
    assert installation.ask("SELECT count(*) FROM tickets_ticket") == [(finding.LEAST,)]
    assert [installation.ask(one) for one in UNFOUND] == [[(0,)]] * len(UNFOUND)


def test_one_that_is_killed_leaves_no_process_behind(installation: Installation) -> None:
    _set_up(installation)
    killed = installation.start("seed", "--tickets", str(20 * finding.LEAST))  # far from its end by then
    deadline = time.monotonic() + PATIENCE
    while installation.ask("SELECT count(*) FROM search_entry_a")[0][0] < seed.BATCH:  # what the second one has read
        assert time.monotonic() < deadline, killed.printed
        time.sleep(0.1)
    children = psutil.Process(killed.pid).children(recursive=True)
    assert children
    os.kill(killed.pid, signal.SIGKILL)
    while any(map(lives, children)):
        assert time.monotonic() < deadline, "a process that reads for the seed lives on"
        time.sleep(0.1)
