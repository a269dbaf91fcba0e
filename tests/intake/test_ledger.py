"""The ledger keeps what arrives, byte for byte, before anything is understood."""

from __future__ import annotations

import errno
import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.letters import letter
from tests.world import World
from vikno.core import files
from vikno.core.models import StoredFile
from vikno.intake import ledger
from vikno.intake.ledger import Arrival, NotStored, accept, accept_many
from vikno.intake.models import Fate, Inbound
from vikno.journal import acts
from vikno.journal.models import Event

pytestmark = pytest.mark.django_db


def test_a_letter_waits_in_the_ledger_with_its_envelope(world: World) -> None:
    raw = letter()
    entry = accept(
        world.mail, raw, source="smtp", envelope_from="maria@kramnytsia.example", envelope_to=["help@kashtan.example"],
        peer_ip="203.0.113.9",
    )  # fmt: skip
    entry = Inbound.objects.get(id=entry.id)
    assert ledger.raw_bytes(entry) == raw
    assert (entry.state, entry.fate, entry.size) == ("waiting", "", len(raw))
    assert entry.envelope_to == ["help@kashtan.example"]
    assert entry.peer_ip == "203.0.113.9"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary(max_size=3000), sender=st.none() | st.text(max_size=400))
def test_any_bytes_come_back_as_they_were(world: World, raw: bytes, sender: str | None) -> None:
    entry = accept(world.mail, raw, source="smtp", envelope_from=sender)
    assert ledger.raw_bytes(Inbound.objects.get(id=entry.id)) == raw


def test_large_bytes_lie_in_a_file_that_is_on_the_disk(world: World) -> None:
    raw = secrets.token_bytes(ledger.IN_ROW + 1)
    entry = Inbound.objects.get(id=accept(world.mail, raw, source="smtp").id)
    assert entry.raw is None
    assert entry.file is not None
    assert files.read(entry.file) == raw == ledger.raw_bytes(entry)


def test_the_same_source_is_kept_once(world: World) -> None:
    first = accept(world.mail, b"one", source="imap", source_key="INBOX:1:7")
    again = accept_many(
        [
            Arrival(world.mail, b"one", "imap", source_key="INBOX:1:7"),
            Arrival(world.mail, b"two", "imap", source_key="INBOX:1:8"),
            Arrival(world.mail, b"two", "imap", source_key="INBOX:1:8"),
        ]
    )
    assert [row.id for row in again] == [first.id, again[1].id, again[1].id]
    assert Inbound.objects.count() == 2


def test_a_source_that_is_known_leaves_no_second_file(world: World, django_capture_on_commit_callbacks: object) -> None:
    raw = b"x" * (ledger.IN_ROW + 1)
    accept(world.mail, raw, source="imap", source_key="a")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        accept(world.mail, raw, source="imap", source_key="a")
    assert {row.key for row in StoredFile.objects.all()} == set(files.store().keys()) & {
        row.key for row in StoredFile.objects.all()
    }
    assert StoredFile.objects.count() == 1


def test_a_full_disk_is_said_and_nothing_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, key: str, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.LocalStore, "write", full)
    with pytest.raises(NotStored) as caught:
        accept(world.mail, b"x" * (ledger.IN_ROW + 1), source="smtp")
    assert caught.value.code == "disk_full"
    assert not Inbound.objects.exists()


def test_only_what_failed_is_tried_again(world: World) -> None:
    entry = accept(world.mail, b"x", source="smtp")
    with pytest.raises(ledger.NotPossible):
        ledger.retry(entry, acts.system())
    Inbound.objects.filter(id=entry.id).update(state="done", fate=Fate.FAILED, attempts=5)
    ledger.retry(entry, acts.system())
    entry.refresh_from_db()
    assert (entry.state, entry.fate, entry.attempts) == ("waiting", "", 0)
    event = Event.objects.get()
    assert event.delta == {"inbound": [entry.id, entry.id], "fate": ["failed", ""]}
