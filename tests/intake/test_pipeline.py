"""From the ledger to messages: order, leases, bad letters among good ones, and what is held back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.letters import letter, with_file
from tests.taking import handle_all
from tests.world import World
from vikno.core import clock, files
from vikno.core.models import StoredFile
from vikno.dialogs.models import Attachment, Message
from vikno.intake import actions, claiming, ledger, pipeline, tries
from vikno.intake.models import Fate, Inbound
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.people.actions import block_identity
from vikno.people.models import Identity
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]


def test_a_letter_opens_a_ticket(take: Take) -> None:
    entry = take(letter("Не працює каса", subject="Каса мовчить"))
    assert (entry.fate, entry.kind, entry.sender) == ("ticket", "ordinary", "maria@kramnytsia.example")
    assert entry.ticket is not None
    assert entry.message is not None
    assert entry.ticket.subject == "Каса мовчить"
    assert entry.message.texts.get().text == "Не працює каса"


def test_bad_letters_take_no_good_ones_with_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading one raises, taking another in raises; those before and behind them get in."""
    door = pipeline.DOORS["email"]

    def read(entry: Inbound, raw: bytes) -> pipeline.Reading:
        if b"unreadable" in raw:
            raise ValueError("planted")
        return door.read(entry, raw)

    def take(entry: Inbound, reading: pipeline.Reading, released: bool) -> pipeline.Outcome:
        outcome = door.take(entry, reading, released)
        if "untakeable" in reading.subject:
            raise RuntimeError("planted")
        return outcome

    monkeypatch.setitem(pipeline.DOORS, "email", pipeline.Door(read, door.ahead, take))
    subjects = ["one", "unreadable", "two", "untakeable", "three"]
    entries = [ledger.accept(world.mail, letter(subject=subject), source="smtp") for subject in subjects]
    handle_all()
    fates = {subject: Inbound.objects.get(id=entry.id) for subject, entry in zip(subjects, entries, strict=True)}
    assert [fates[one].fate for one in ("one", "two", "three")] == ["ticket"] * 3
    for bad in ("unreadable", "untakeable"):
        assert (fates[bad].state, fates[bad].fate, fates[bad].attempts) == ("waiting", "", 1)
        assert "planted" in fates[bad].detail
    assert Ticket.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_letters_that_are_read_ahead_keep_their_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread reads while the other settles: an answer still comes behind what it answers, and a bad letter takes
    nobody with it."""
    door = pipeline.DOORS["email"]

    def read(entry: Inbound, raw: bytes) -> pipeline.Reading:
        if b"unreadable" in raw:
            raise ValueError("planted")
        return door.read(entry, raw)

    monkeypatch.setitem(pipeline.DOORS, "email", pipeline.Door(read, door.ahead, door.take))
    first = letter(subject="first", message_id="<first@customers.example>")
    answers = [
        letter(subject=f"answer {n}", In_Reply_To="<first@customers.example>") for n in range(pipeline.BATCH - 2)
    ]
    entries = [ledger.accept(world.mail, one, source="smtp") for one in [first, letter(subject="unreadable"), *answers]]
    with ThreadPoolExecutor(1) as reader:
        try:
            assert pipeline.run_due(reader=reader) == pipeline.BATCH
        finally:
            reader.submit(lambda: connection.close()).result()  # its own
    bad = entries.pop(1)
    fates = [Inbound.objects.get(id=entry.id).fate for entry in entries]
    assert fates == ["ticket", *["reply"] * len(answers)]
    said = list(Message.objects.order_by("id").values_list("subject", flat=True))
    assert said == ["first", *[f"answer {n}" for n in range(len(answers))]]
    assert Inbound.objects.get(id=bad.id).state == "waiting"


def test_what_fails_five_times_waits_for_a_person_and_can_be_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = pipeline.DOORS["email"]
    broken = pipeline.Door(lambda entry, raw: 1 / 0, door.ahead, door.take)  # type: ignore[arg-type, return-value]
    monkeypatch.setitem(pipeline.DOORS, "email", broken)
    entry = ledger.accept(world.mail, letter(), source="smtp")
    for _ in range(tries.MOST_TRIES):
        Inbound.objects.update(next_try=clock.now())
        assert pipeline.run_due() == 1
    entry.refresh_from_db()
    assert (entry.state, entry.fate, entry.reason) == ("done", "failed", "error")
    assert pipeline.run_due() == 0
    monkeypatch.setitem(pipeline.DOORS, "email", door)
    actions.retry(entry, acts.system())
    assert list(Event.objects.filter(verb__startswith="inbound.").values_list("verb", flat=True)) == ["inbound.retried"]
    handle_all()
    entry.refresh_from_db()
    assert entry.fate == "ticket"


def test_a_database_that_is_away_is_not_counted_against_the_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = pipeline.DOORS["email"]

    def away(entry: Inbound, reading: pipeline.Reading, released: bool) -> pipeline.Outcome:
        raise OperationalError("the server closed the connection")

    monkeypatch.setitem(pipeline.DOORS, "email", pipeline.Door(door.read, door.ahead, away))
    entry = ledger.accept(world.mail, letter(), source="smtp")
    for _ in range(8):
        Inbound.objects.update(next_try=clock.now())
        pipeline.run_due()
    entry.refresh_from_db()
    assert (entry.state, entry.fate, entry.attempts) == ("waiting", "", 0)
    monkeypatch.setitem(pipeline.DOORS, "email", door)
    Inbound.objects.update(next_try=clock.now())
    handle_all()
    entry.refresh_from_db()
    assert entry.fate == "ticket"


def test_who_holds_the_lease_alone_works_on_a_channel(world: World) -> None:
    for number in range(30):
        ledger.accept(world.mail, letter(subject=str(number)), source="smtp")
    mine = claiming.claim(5)
    assert [one.id for one in mine] == sorted(one.id for one in mine)
    assert claiming.claim(20) == []  # an answer must not overtake what it answers
    Inbound.objects.filter(state="working").update(lease_until=clock.now() - timedelta(seconds=1))
    again = claiming.claim(20)
    assert [one.id for one in again[:5]] == [one.id for one in mine]
    assert [one.fence for one in again[:5]] == [2] * 5


def test_a_late_worker_writes_nothing(world: World) -> None:
    ledger.accept(world.mail, letter(), source="smtp")
    late = claiming.claim(1)
    Inbound.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    handle_all()
    assert Ticket.objects.count() == 1
    pipeline._handle(late)
    assert Ticket.objects.count() == 1
    assert Message.objects.count() == 1


def test_who_dies_over_a_letter_again_and_again_leaves_it_to_a_person(world: World) -> None:
    entry = ledger.accept(world.mail, letter(), source="smtp")
    neighbour = ledger.accept(world.mail, letter(), source="smtp")
    for _ in range(tries.MOST_TRIES):  # claimed, and never heard of again
        assert entry.id in [one.id for one in claiming.claim(20)]
        Inbound.objects.filter(state="working").update(lease_until=clock.now() - timedelta(seconds=1))
    handle_all()
    entry.refresh_from_db()
    neighbour.refresh_from_db()
    assert (entry.fate, entry.reason) == ("failed", "died")
    assert neighbour.fate == "ticket"


def test_the_same_letter_by_two_ways_is_one_ticket(take: Take, world: World) -> None:
    raw = letter(message_id="<same@customers.example>")
    first = take(b"Received: by one.example\r\n" + raw)
    second = take(b"Received: by two.example\r\n" + raw.replace(b"\n", b"\r\n"), source="imap", source_key="k")
    assert (second.fate, second.reason) == ("duplicate", "same_letter")
    assert (second.message_id, second.ticket_id) == (first.message_id, first.ticket_id)
    assert Ticket.objects.count() == 1


def test_one_id_with_other_content_is_another_letter(take: Take) -> None:
    take(letter("one", message_id="<same@customers.example>"))
    assert take(letter("two", message_id="<same@customers.example>")).fate == "ticket"


def test_a_letter_without_an_id_gets_in_and_once_from_one_mailbox(take: Take) -> None:
    raw = letter(message_id=None)
    assert take(raw, source="imap", source_key="INBOX:1:1").fate == "ticket"
    assert take(raw, source="imap", source_key="INBOX:2:1").fate == "duplicate"


def test_spam_is_held_and_can_be_let_in(take: Take, world: World) -> None:
    entry = take(letter(X_Spam_Flag="YES"))
    assert (entry.fate, entry.reason, entry.kind) == ("held", "spam", "spam")
    assert not Ticket.objects.exists()
    assert Event.objects.filter(verb="inbound.held").count() == 1
    actions.let_in(entry, acts.agent(world.iryna.id))
    entry.refresh_from_db()
    assert entry.fate == "ticket"
    assert Event.objects.filter(verb="inbound.let_in", actor_id=world.iryna.id).count() == 1
    with pytest.raises(actions.NotPossible):
        actions.let_in(entry, acts.agent(world.iryna.id))
    assert Ticket.objects.count() == 1


def test_a_blocked_sender_is_held(take: Take, world: World) -> None:
    block_identity(world.maria, by=acts.agent(world.iryna.id))
    entry = take(letter())
    assert (entry.fate, entry.reason) == ("held", "sender_blocked")


def test_block_refuses_and_holds_what_follows(take: Take, world: World) -> None:
    entry = take(letter(sender="spam@example.com", X_Spam_Flag="YES"))
    actions.block(entry, acts.agent(world.iryna.id))
    entry.refresh_from_db()
    assert (entry.fate, entry.reason) == ("refused", "blocked_by_agent")
    assert Identity.objects.get(value="spam@example.com").blocked_at is not None
    assert take(letter(sender="spam@example.com")).reason == "sender_blocked"
    assert Event.objects.filter(verb="inbound.blocked").count() == 1


def test_too_many_from_one_address_are_held_and_others_get_in(take: Take, world: World) -> None:
    world.mail.settings = {"flood_letters": 3, "flood_minutes": 10}
    world.mail.save()
    fates = [take(letter(sender="robot@example.com")).fate for _ in range(4)]
    assert fates == ["ticket", "ticket", "ticket", "held"]
    assert Inbound.objects.latest("id").reason == "flood"
    assert take(letter()).fate == "ticket"


def test_a_backlog_that_came_over_days_is_no_flood(world: World) -> None:
    world.mail.settings = {"flood_letters": 3, "flood_minutes": 10}
    world.mail.save()
    begin = clock.now() - timedelta(days=2)
    for hours in range(6):
        arrival = ledger.Arrival(
            world.mail, letter(), "imap", source_key=str(hours), received_at=begin + timedelta(hours=hours)
        )
        ledger.accept_many([arrival])
    handle_all()
    assert set(Inbound.objects.values_list("fate", flat=True)) == {"ticket"}


def test_a_letter_over_the_limit_is_held_with_its_stub(world: World) -> None:
    stub = ledger.Arrival(world.mail, letter()[:200], "imap", source_key="k", size=90_000_000)
    ledger.accept_many([stub])
    handle_all()
    entry = Inbound.objects.get()
    assert (entry.fate, entry.reason, entry.size) == ("held", "too_big", 90_000_000)
    assert entry.sender == "maria@kramnytsia.example"


def test_files_of_a_letter_are_kept_and_those_of_held_ones_are_not(take: Take) -> None:
    before = set(files.store().keys())
    content = bytes(range(256)) * 10
    entry = take(with_file("звіт.bin", content))
    attachment = Attachment.objects.get(message=entry.message)
    assert (attachment.name, attachment.size) == ("звіт.bin", 2560)
    assert attachment.file is not None
    assert files.read(attachment.file) == content
    entry = take(with_file("a.bin", content, X_Spam_Flag="YES"))
    assert entry.fate == "held"
    twice = with_file("b.bin", content)
    assert [take(twice).fate, take(twice).fate] == ["ticket", "duplicate"]
    assert set(files.store().keys()) - before == set(StoredFile.objects.values_list("key", flat=True))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary(max_size=2000) | st.binary(max_size=800).map(lambda body: letter()[:250] + body))
def test_any_bytes_go_through_and_are_kept(world: World, raw: bytes) -> None:
    entry = ledger.accept(world.mail, raw, source="smtp", envelope_from="")
    handle_all()
    entry.refresh_from_db()
    assert entry.state == "done"
    assert entry.fate in set(Fate) - {Fate.FAILED}, entry.detail
    assert ledger.raw_bytes(entry) == raw


def test_the_cost_of_a_letter_does_not_grow(take: Take, queries: Callable[..., object], world: World) -> None:
    take(letter())
    entry = ledger.accept(world.mail, letter(), source="smtp")
    with queries(at_most=60):  # type: ignore[attr-defined]
        pipeline.run_due()
    entry.refresh_from_db()
    assert entry.fate == "ticket"
