"""A database that did what it was asked and whose answer is lost: nothing that a row names goes, and nothing is there
twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from tests.letters import letter, with_file
from tests.world import standing
from vikno.core import files
from vikno.core.models import StoredFile
from vikno.dialogs.models import Attachment
from vikno.intake import actions, ledger, pipeline
from vikno.intake.models import Inbound
from vikno.journal import acts
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
Lose = Callable[[int], None]


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Has the answer to the n-th COMMIT from here on lost, after the database did it."""

    def losing(which: int) -> None:
        real, count = connection._commit, 0  # type: ignore[attr-defined]

        def commit() -> None:
            nonlocal count
            real()
            count += 1
            if count == which:
                raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(connection, "_commit", commit)

    return losing


def test_a_large_letter_whose_commit_was_not_answered_keeps_its_bytes(lose: Lose) -> None:
    raw = letter("x" * 100_000)
    with standing() as world:
        lose(1)
        with pytest.raises(ledger.NotStored):
            ledger.accept(world.mail, raw, source="imap", source_key="INBOX:1:7")
        again = ledger.accept(world.mail, raw, source="imap", source_key="INBOX:1:7")
        assert ledger.raw_bytes(Inbound.objects.get()) == ledger.raw_bytes(again) == raw
        assert pipeline.run_due() == 1
        assert Inbound.objects.get().fate == "ticket"


def test_files_of_a_letter_whose_commit_was_not_answered_stay(lose: Lose) -> None:
    with standing() as world:
        ledger.accept(world.mail, with_file("invoice.bin", b"invoice"), source="smtp")
        lose(2)  # claiming is the first, settling the second
        pipeline.run_due()
        assert Inbound.objects.get().fate == "ticket"
        assert Ticket.objects.count() == 1
        attached = Attachment.objects.get().file
        assert attached is not None
        assert files.read(attached) == b"invoice"


def test_letting_in_keeps_the_files_too(lose: Lose) -> None:
    with standing() as world:
        entry = ledger.accept(world.mail, with_file("invoice.bin", b"invoice", X_Spam_Flag="YES"), source="smtp")
        pipeline.run_due()
        lose(1)
        with pytest.raises(OperationalError):
            actions.let_in(entry, acts.agent(world.iryna.id))
        assert Inbound.objects.get().fate == "ticket"
        attached = Attachment.objects.get().file
        assert attached is not None
        assert files.read(attached) == b"invoice"


def test_what_surely_failed_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with standing() as world:
        before, rows = set(files.store().keys()), StoredFile.objects.count()

        def away() -> None:
            connection.rollback()
            monkeypatch.undo()
            raise OperationalError("the server went away before it committed")

        monkeypatch.setattr(connection, "_commit", away)
        with pytest.raises(ledger.NotStored):
            ledger.accept(world.mail, letter("x" * 100_000), source="smtp")
        assert set(files.store().keys()) == before
        assert (StoredFile.objects.count(), Inbound.objects.count()) == (rows, 0)
