"""Letters that are read in a process of their own while many wait: as in the engine itself, whatever ends it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection

from tests.databases import ROOT, SECRET_KEY
from tests.letters import letter, with_file
from tests.world import World
from vikno.core import clock, files
from vikno.dialogs.models import Message
from vikno.intake import claiming, ledger, pipeline, reading_process, reasons, tries
from vikno.intake.models import Inbound
from vikno.intake.reading_process import ReadingProcess
from vikno.journal import acts
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)

ROW = '<tr><td style="padding:4px"><font face="Arial">Замовлення {}</font></td></tr>'
GIANT = "<html><body><table>" + "".join(ROW.format(n) for n in range(3000)) + "</table></body></html>"


@pytest.fixture
def process(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadingProcess]:
    """One that works on the database of this test, and is ready."""
    monkeypatch.setenv("VIKNO_DATA", str(settings.DATA))
    monkeypatch.setenv("VIKNO_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    if (url := settings.ENVIRONMENT.database_url) is not None:
        monkeypatch.setenv("VIKNO_DATABASE_URL", url.get_secret_value())
    made = ReadingProcess()
    yield made
    made.end()


@pytest.fixture
def trap(process: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> ReadingProcess:
    """The same, where some letters do harm: see tests/intake/trap.py."""
    monkeypatch.setattr(reading_process, "MODULE", "tests.intake.trap")
    return process


@pytest.fixture
def reader() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as made:
        yield made
        made.submit(lambda: connection.close()).result()  # its own


def bring(world: World, letters: list[bytes]) -> list[Inbound]:
    return ledger.accept_many([ledger.Arrival(world.mail, one, "smtp") for one in letters])


def begin(process: ReadingProcess) -> int:
    """Has it start, and answers its number."""
    process.give([], wait=True)
    assert process._process is not None
    return process._process.pid


def handle(reader: Executor, process: ReadingProcess) -> None:
    Inbound.objects.filter(state="waiting").update(next_try=clock.now())
    for _ in range(100):
        if not pipeline.run_due(reader=reader, process=process):
            return
    raise AssertionError("the pipeline finds no end")


def several(middle: bytes) -> list[bytes]:
    """A whole batch with this letter in its middle."""
    made = [letter(f"Питання {number}", subject=f"Питання {number}") for number in range(pipeline.BATCH - 1)]
    return [*made[:9], middle, *made[9:]]


def _without_keys(held: pipeline._Held) -> pipeline.Reading:
    """A file gets a new key each time it is stored."""
    found = held.reading
    if found.value is not None:
        stored = tuple(replace(one, key="") for one in found.value.files)
        found = replace(found, value=replace(found.value, files=stored), written=())
    return found


def test_what_is_read_there_is_what_is_read_here(world: World, process: ReadingProcess) -> None:
    whole = with_file("рахунок.pdf", bytes(range(256)) * 500, text="Рахунок тут")
    giant = letter("Нижче").replace(b"text/plain", b"text/html").partition(b"\n\n")[0] + b"\n\n" + GIANT.encode()
    letters = [
        letter("Добрий день!", subject="Каса мовчить"),
        letter("Дякую!"),
        "From: Олег <oleg@firm.example>\nSubject: Привіт\n\nТекст".encode("cp1251"),
        whole,
        whole[: len(whole) // 2],
        giant,
        b"",
        bytes(range(256)),
    ]
    lost, *kept = bring(world, [letter("Х" * 100_000), *letters])
    files.store().delete(Inbound.objects.get(id=lost.id).file.key)  # type: ignore[union-attr]
    process.give([lost.id, *(one.id for one in kept)], wait=True)
    for entry in claiming.with_channel().filter(id__gte=lost.id).order_by("id"):
        answer = process.answer(entry.id)
        assert answer is not None, "it was not read there"
        there, here = pipeline._Held(entry, *answer), pipeline._read(entry)
        assert _without_keys(there) == _without_keys(here)
        assert len(there.reading.written) == len(here.reading.written)
        assert (type(there.error), str(there.error)) == (type(here.error), str(here.error))
        assert (entry.id == lost.id) == isinstance(there.error, files.MissingFile)


def test_letters_wait_for_no_process_that_is_still_loading(
    world: World, process: ReadingProcess, reader: Executor
) -> None:
    bring(world, several(letter()))
    assert pipeline.run_due(reader=reader, process=process) == pipeline.BATCH
    assert process.runs
    assert Ticket.objects.count() == pipeline.BATCH


def test_one_letter_starts_no_process(world: World, process: ReadingProcess, reader: Executor) -> None:
    bring(world, [letter()])
    handle(reader, process)
    assert not process.runs
    assert Ticket.objects.count() == 1


def test_the_process_is_killed_in_the_middle_of_a_batch(world: World, trap: ReadingProcess, reader: Executor) -> None:
    """While it reads the tenth letter: that one has lost a try, and each is there once, in its order."""
    number = begin(trap)
    entries = bring(world, several(letter("hangs", subject="hangs")))
    with ThreadPoolExecutor(1) as engine:
        taken = engine.submit(_in_a_thread, reader, trap)
        deadline = time.monotonic() + 60
        while not trap._given or trap._given[0] != entries[10].id:  # asked for behind the tenth
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(number, signal.SIGKILL)
        assert taken.result() == pipeline.BATCH
    bad = entries.pop(9)
    bad.refresh_from_db()
    assert (bad.state, bad.attempts) == ("waiting", 1)
    assert "ended while" in bad.detail
    assert {one.fate for one in Inbound.objects.exclude(id=bad.id)} == {"ticket"}
    said = list(Message.objects.order_by("id").values_list("subject", flat=True))
    assert said == [f"Питання {n}" for n in range(pipeline.BATCH - 1)]


def _in_a_thread(reader: Executor, process: ReadingProcess) -> int:
    try:
        return pipeline.run_due(reader=reader, process=process)
    finally:
        connection.close()


def test_a_letter_that_ends_the_process_takes_no_other_with_it(
    world: World, trap: ReadingProcess, reader: Executor
) -> None:
    """Nor the engine: also where it is tried again alone, a process reads it."""
    begin(trap)
    entries = bring(world, several(letter("kills", subject="kills")))
    for count in range(1, tries.MOST_TRIES + 1):
        handle(reader, trap)
        entries[9].refresh_from_db()
        assert entries[9].attempts == count
    assert (entries[9].state, entries[9].fate, entries[9].reason) == ("done", "failed", "died")
    good = Inbound.objects.exclude(id=entries[9].id)
    assert {(one.fate, one.attempts) for one in good} == {("ticket", 1)}
    assert Ticket.objects.count() == Message.objects.count() == pipeline.BATCH - 1


def without_a_process(process: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on none can be started."""
    process.end()
    monkeypatch.setattr(reading_process, "MODULE", "tests.intake.no_such_module")


def with_a_good_one(process: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_process, "MODULE", "vikno.reading")
    process._not_before = 0.0


def test_a_letter_that_killed_a_process_is_never_read_by_the_engine(
    world: World, trap: ReadingProcess, reader: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no other process can be started it waits and fails in the end, and a person's word changes nothing of that.
    The engine here would make a request of it: it does harm in the process alone."""
    begin(trap)
    bad = bring(world, several(letter("kills", subject="kills")))[9]
    handle(reader, trap)
    bad.refresh_from_db()
    assert (bad.state, bad.attempts, bad.reason) == ("waiting", 1, "apart")
    without_a_process(trap, monkeypatch)
    for count in range(2, tries.MOST_TRIES + 1):
        handle(reader, trap)
        bad.refresh_from_db()
        assert bad.attempts == count
    assert (bad.state, bad.fate, bad.reason) == ("done", "failed", "no_reader")
    assert "process of its own" in reasons.words(bad.reason)
    ledger.retry(bad, acts.agent(world.olena.id))
    handle(reader, trap)
    bad.refresh_from_db()
    assert (bad.state, bad.fate, bad.attempts) == ("waiting", "", 1)
    assert Ticket.objects.count() == pipeline.BATCH - 1
    with_a_good_one(trap, monkeypatch)
    handle(reader, trap)
    bad.refresh_from_db()
    assert (bad.fate, bad.reason) == ("ticket", "")


def test_what_an_engine_had_when_it_ended_is_read_by_no_engine(
    world: World, process: ReadingProcess, reader: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been that letter."""
    (entry,) = bring(world, [letter()])
    (held,) = claiming.claim(1)
    Inbound.objects.filter(id=held.id).update(lease_until=clock.now())  # nobody renews it: the engine has ended
    without_a_process(process, monkeypatch)
    handle(reader, process)
    entry.refresh_from_db()
    assert (entry.state, entry.fate, entry.attempts, entry.reason) == ("waiting", "", 2, "apart")
    (innocent,) = bring(world, [letter("Добрий день!", subject="Інше")])
    pipeline.run_due(reader=reader, process=process)
    innocent.refresh_from_db()
    assert innocent.fate == "ticket"
    with_a_good_one(process, monkeypatch)
    handle(reader, process)
    entry.refresh_from_db()
    assert (entry.fate, entry.reason) == ("ticket", "")


def test_a_letter_over_which_it_computes_for_ever_ends_it(world: World, trap: ReadingProcess, reader: Executor) -> None:
    begin(trap)
    bad, good = bring(world, [letter("hangs"), letter("Добрий день!")])
    handle(reader, trap)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.attempts) == ("waiting", 1)
    assert (good.fate, good.attempts) == ("ticket", 1)


def test_odd_errors_and_values_cross_over(world: World, trap: ReadingProcess, reader: Executor) -> None:
    begin(trap)
    error, value = bring(world, [letter("odd error"), letter("odd value")])
    handle(reader, trap)
    error.refresh_from_db()
    value.refresh_from_db()
    assert (error.state, error.attempts) == ("waiting", 1)
    assert "planted words" in error.detail
    assert value.fate == "ticket"  # read once more, in the engine


def test_a_process_that_cannot_start_is_done_without(
    world: World, process: ReadingProcess, reader: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_process, "MODULE", "tests.intake.no_such_module")
    process.give([], wait=True)
    assert not process.runs
    bring(world, several(letter()))
    handle(reader, process)
    assert not process.runs  # nor is it tried with each batch
    assert Ticket.objects.count() == pipeline.BATCH


def test_it_ends_when_there_is_nothing_to_read(process: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(process)
    process.rest()
    assert process.runs
    monkeypatch.setattr(reading_process, "IDLE", 0.0)
    process.rest()
    assert not process.runs
    begin(process)  # and there is another when it is wanted
