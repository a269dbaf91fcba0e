"""What is older than it is kept goes; what is younger, or waits for a person, stays."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.together import together
from tests.world import World, standing
from vikno.accounts.models import SecurityEvent
from vikno.care import retention
from vikno.core import clock, files, jobs
from vikno.core.models import DutyRun, Job, StoredFile
from vikno.dialogs import deliveries
from vikno.dialogs.actions import NewFile
from vikno.dialogs.delivery_words import explain, state_word
from vikno.dialogs.models import Delivery, Message, MessageText
from vikno.intake.models import Inbound
from vikno.journal.models import Event
from vikno.tickets.actions import drafts, linking
from vikno.tickets.models import Draft, Ticket


def entry(world: World, days: int, **more: Any) -> Inbound:
    defaults = {"raw": b"x", "fate": "ticket", "state": "done", "subject": "Тема", "sender": "a@b.example"}
    return Inbound.objects.create(
        channel=world.mail, source="smtp", size=1, sha256="0" * 64, received_at=clock.now() - timedelta(days=days),
        **defaults | more,
    )  # fmt: skip


def test_raw_bytes_go_after_a_year_and_the_entry_stays(world: World) -> None:
    big = files.put(b"x" * 10)
    old, large, young = entry(world, 366), entry(world, 400, raw=None, file=big), entry(world, 364)
    assert retention.run()["raw_letters"] == 2
    for one in (old, large, young):
        one.refresh_from_db()
    assert (old.raw, large.file_id, old.subject) == (None, None, "Тема")
    assert bytes(young.raw or b"") == b"x"
    assert not StoredFile.objects.filter(key=big.key).exists()


def test_what_was_held_is_blanked_and_what_failed_waits(world: World) -> None:
    held, failed, waiting = (
        entry(world, 91, fate="held"), entry(world, 500, fate="failed"), entry(world, 500, fate="", state="waiting"),
    )  # fmt: skip
    assert retention.run()["not_let_in"] == 1
    for one in (held, failed, waiting):
        one.refresh_from_db()
    assert (held.raw, held.subject, held.fate, held.reason) == (None, "", "refused", "erased")
    assert bytes(failed.raw or b"") == bytes(waiting.raw or b"") == b"x"


def test_of_a_letter_that_was_set_aside_it_stays_known_that_it_did_not_arrive(world: World) -> None:
    stopped, old, plain = (world.answer(world.ticket()) for _ in range(3))
    deliveries.give_up(Delivery.objects.get(message=stopped), by=world.act(world.taras))
    Delivery.objects.filter(message=stopped).update(created_at=clock.now() - timedelta(days=181))
    Delivery.objects.filter(message__in=[old, plain]).update(
        state="refused", reason="550 5.1.1 no such user", created_at=clock.now() - timedelta(days=181)
    )
    deliveries.give_up(Delivery.objects.get(message=old), by=world.act(world.taras))
    assert retention.run()["delivery_details"] == 2
    row, other = Delivery.objects.get(message=old), Delivery.objects.get(message=plain)
    assert (row.state, state_word(row.state, row.reason)) == ("cancelled", "did not arrive")
    assert explain(row) == "Not arrived, and set aside."
    for one in (stopped, old):  # it may be sent after all
        deliveries.repeat(Delivery.objects.get(message=one), by=world.act(world.taras))
    assert ("no such user" in row.reason, other.reason) == (False, "")
    assert "delivery_details" not in {name for name, count in retention.run().items() if count}


def test_a_rule_of_the_company_holds(world: World) -> None:
    entry(world, 20, fate="held")
    SecurityEvent.objects.create(kind="sign-in", at=clock.now() - timedelta(days=3000))
    retention.keep_for("not_let_in", 10)
    retention.keep_for("security_log", None)
    result = retention.run()
    assert result["not_let_in"] == 1
    assert "security_log" not in result
    assert SecurityEvent.objects.filter(kind="sign-in").exists()
    with pytest.raises(KeyError):
        retention.keep_for("everything", 1)


def test_a_deleted_ticket_loses_its_words_but_not_those_of_another(world: World) -> None:
    deleted, kept = world.ticket(), world.ticket(world.petro)
    world.answer(deleted)
    shared = Message.objects.filter(links__ticket=deleted).order_by("id")[0]
    linking.link(shared, kept, by=world.act(world.olena))
    events = Event.objects.count()
    Ticket.objects.filter(id=deleted.id).update(deleted_at=clock.now() - timedelta(days=31))
    assert retention.run()["deleted_tickets"] == 1
    texts = dict(MessageText.objects.filter(message__links__ticket=deleted).values_list("message_id", "text"))
    assert texts.pop(shared.id), "it belongs to a ticket that is there"
    assert set(texts.values()) == {""}
    assert Event.objects.count() == events
    assert retention.run()["deleted_tickets"] == 0


def test_drafts_and_their_files_go_after_half_a_year_and_with_a_deleted_ticket(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    tickets = [world.ticket(), world.ticket(world.petro), world.ticket(world.stranger)]
    for ticket in tickets:
        drafts.keep_files(world.iryna, ticket, None, [NewFile("x.txt", "text/plain", b"x")])
    Draft.objects.filter(ticket=tickets[0]).update(saved_at=clock.now() - timedelta(days=181))
    Ticket.objects.filter(id=tickets[1].id).update(deleted_at=clock.now() - timedelta(days=31))
    before = set(StoredFile.objects.values_list("key", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.run()["drafts"] == 1
    assert Draft.objects.get().ticket == tickets[2]
    assert before & set(files.store().keys()) == {StoredFile.objects.get().key}


def test_a_message_taken_out_of_a_deleted_ticket_keeps_its_words(world: World) -> None:
    """It waits in its dialog to be sorted, or belongs to a ticket that is there: it is not in the bin."""
    by = world.act(world.iryna)
    unsorted, moved, stays = world.letter(world.maria), world.letter(world.petro), world.letter(world.stranger)
    assert unsorted.ticket is not None
    assert moved.ticket is not None
    assert stays.ticket is not None
    for taken in (unsorted, moved):
        assert taken.message is not None
        assert taken.ticket is not None
        if taken is moved:
            linking.link(taken.message, stays.ticket, by=by)
        linking.unlink(taken.message, taken.ticket, by=by)
    for ticket in (unsorted.ticket, moved.ticket):
        Ticket.objects.filter(id=ticket.id).update(deleted_at=clock.now() - timedelta(days=31))
    assert retention.run()["deleted_tickets"] == 2
    for taken in (unsorted, moved):
        assert "Добрий день" in MessageText.objects.get(message=taken.message).text


def test_a_message_of_two_tickets_goes_with_the_last_of_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 10)  # one ticket at a time
    one, two = world.letter(world.maria), world.letter(world.petro)
    assert one.message is not None
    assert two.ticket is not None
    linking.link(one.message, two.ticket, by=world.act(world.iryna))
    Ticket.objects.update(deleted_at=clock.now() - timedelta(days=31))
    assert retention.run()["deleted_tickets"] == 2
    assert set(MessageText.objects.values_list("text", flat=True)) == {""}


def test_the_last_run_is_shown_and_it_is_asked_for_once_a_night(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = clock.now().replace(hour=12)
    monkeypatch.setattr(clock, "now", lambda: noon)
    retention.ask_once_a_night()
    retention.ask_once_a_night()
    assert Job.objects.filter(kind=retention.JOB).count() == 1
    assert jobs.run_due() == 1
    run = DutyRun.objects.get(name=retention.DUTY)
    assert run.finished_at is not None
    assert set(run.result) == set(retention.KINDS)
    retention.ask_once_a_night()
    assert not Job.objects.filter(kind=retention.JOB).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_out_of_the_bin_at_that_moment_keeps_its_words(transactional_db: None) -> None:
    with standing() as world:
        with transaction.atomic():
            ticket = world.ticket()
        Ticket.objects.filter(id=ticket.id).update(deleted_at=clock.now() - timedelta(days=31))
        taken_out, ended = threading.Event(), threading.Event()

        def restore() -> None:
            with transaction.atomic():
                Ticket.objects.filter(id=ticket.id).update(deleted_at=None)
                taken_out.set()
                ended.wait(1)  # the other one has begun, and waits

        def clear() -> int:
            taken_out.wait(60)
            return retention.KINDS["deleted_tickets"].take_away(clock.now() - timedelta(days=30))

        assert together(restore, clear) == [None, 0]
        ticket.refresh_from_db()
        assert ticket.subject == "Не працює каса"
