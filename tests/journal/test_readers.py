"""Readers of the journal: in order, at least once, never past an open transaction, never stopped by one bad event."""

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from vikno.commands import replay
from vikno.core import clock
from vikno.journal import acts, readers
from vikno.journal.models import Cursor, Event, Parked
from vikno.journal.readers import EventRow, Reader
from vikno.journal.record import record, recorded
from vikno.journal.vocabulary import Verb


def happen(number: int = 1, *, by: acts.Act | None = None) -> list[int]:
    with transaction.atomic():
        act = by or acts.system()
        verb = Verb.SETTING_CHANGED
        return [recorded(act, verb, tickets=[(n + 1, 1)], delta={"n": [None, n]}) for n in range(number)]


@pytest.fixture
def reader() -> Iterator[Callable[..., tuple[Reader, list[int]]]]:
    """Makes a registered reader that notes the ids it digested."""

    def make(bad: Callable[[EventRow], bool] = lambda event: False, **more: Any) -> tuple[Reader, list[int]]:
        seen: list[int] = []

        def digest(events: Sequence[EventRow]) -> None:
            for event in events:
                if bad(event):
                    raise ValueError("indigestible")
            seen.extend(event.id for event in events)

        made = Reader("test", digest, **more)
        readers.register(made)
        return made, seen

    yield make
    readers.REGISTRY.pop("test", None)


def run(reader: Reader, times: int = 1) -> None:
    for _ in range(times):
        Cursor.objects.update(next_try=None)
        readers.run_once(reader)


def test_an_event_without_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        record(acts.system(), Verb.SETTING_CHANGED)
    assert not Event.objects.exists()


@pytest.mark.usefixtures("db")
class TestFollowing:
    def test_events_come_in_order_with_their_tickets(self, reader: Any) -> None:
        made, seen = reader(batch=2)
        ids = happen(5)
        run(made, 3)
        assert seen == ids
        assert readers.read_after(ids[0], 1)[0].tickets == ((2, 1),)

    def test_a_chain_of_causes_stops_after_eight(self) -> None:
        with pytest.raises(acts.ChainTooLong):
            acts.begin(acts.SYSTEM, cause=1, depth=acts.DEEPEST + 1)

    def test_a_bad_event_is_parked_after_five_tries_and_the_reader_goes_on(self, reader: Any) -> None:
        ids = happen(3)
        made, seen = reader(lambda event: event.id == ids[1])
        run(made)
        assert seen == [ids[0]]  # what came before did not wait
        run(made, readers.MOST_TRIES - 2)
        assert seen == [ids[0]] and not Parked.objects.exists()
        run(made, 2)
        assert seen == [ids[0], ids[2]]
        assert Parked.objects.get().event_id == ids[1] and "indigestible" in Parked.objects.get().error

    def test_a_parked_event_can_be_given_again(self, reader: Any) -> None:
        broken = [True]
        ids = happen(1)
        made, seen = reader(lambda event: broken[0])
        run(made, readers.MOST_TRIES)
        parked = Parked.objects.get()
        with pytest.raises(ValueError):
            readers.retry_parked(parked.id)
        broken.clear()
        broken.append(False)
        readers.retry_parked(parked.id)
        assert seen == ids and not Parked.objects.exists()

    def test_a_projection_is_replayed_an_effect_never(self, reader: Any) -> None:
        ids = happen(3)
        made, seen = reader()
        run(made)
        readers.replay("test", after=ids[0])
        run(made)
        assert seen == ids + ids[1:]
        reader(effect=True)
        with pytest.raises(readers.NotReplayable):
            readers.replay("test")

    def test_a_replay_is_neither_skipped_nor_doubled_by_an_engine_that_is_digesting(self, reader: Any) -> None:
        ids = happen(3)
        made, seen = reader()
        run(made)
        more = happen(1)
        engine = readers._take(made, Cursor.objects.get())
        assert engine is not None
        readers.replay("test")
        with pytest.raises(readers.Lost):
            readers._digest(made, engine, readers.read_after(engine.position))
        assert seen == ids
        run(made)
        assert seen == ids + ids + more and Cursor.objects.get().position == more[0]

    def test_the_command_replays_what_can_be(self, reader: Any, capsys: pytest.CaptureFixture[str]) -> None:
        ids = happen(3)
        made, seen = reader()
        run(made)
        assert replay.run(argparse.Namespace(reader="test", after=ids[1])) == 0
        run(made)
        assert seen == [*ids, ids[2]]
        for wrong in ("nothing", "acknowledgements"):
            assert replay.run(argparse.Namespace(reader=wrong, after=0)) == os.EX_USAGE
            assert "test" in capsys.readouterr().err

    def test_an_effect_skips_what_is_older_and_what_was_imported(self, reader: Any) -> None:
        happen(2)
        made, seen = reader(effect=True)
        run(made)
        happen(1, by=acts.begin(acts.IMPORT))
        new = happen(1)
        run(made)
        assert seen == new

    def test_only_one_engine_holds_a_reader_and_a_late_one_writes_nothing(self, reader: Any, monkeypatch: Any) -> None:
        ids = happen(2)
        made, seen = reader()
        stale = readers._take(made, Cursor.objects.filter(reader="test").first())
        assert stale is not None
        Cursor.objects.update(lease_until=clock.now() - timedelta(seconds=1))
        monkeypatch.setattr(readers, "me", lambda: "another:1")
        assert readers.run_once(made) == 2
        with pytest.raises(readers.Lost):
            readers._digest(made, stale, readers.read_after(0))
        assert seen == ids  # the late one moved nothing

    def test_while_the_lease_holds_another_engine_waits(self, reader: Any, monkeypatch: Any) -> None:
        happen(1)
        made, seen = reader()
        readers._take(made, Cursor.objects.filter(reader="test").first())
        monkeypatch.setattr(readers, "me", lambda: "another:1")
        assert readers.run_once(made) == 0 and not seen


@pytest.mark.rather_on("postgresql")
def test_transactions_that_commit_out_of_order_are_read_in_order_and_whole(transactional_db: None) -> None:
    """One transaction takes its event ids first and commits last. On SQLite the second one waits for its turn; on
    PostgreSQL it commits first and the reader must not step over the ids that are still to come."""
    took_ids, commit_now = threading.Event(), threading.Event()
    slow_ids: list[int] = []

    def slow() -> None:
        try:
            with transaction.atomic():
                slow_ids.extend(recorded(acts.system(), Verb.SETTING_CHANGED) for _ in range(2))
                took_ids.set()
                commit_now.wait(60)
        finally:
            connection.close()

    (first,) = happen(1)
    start = first - 1
    thread = threading.Thread(target=slow)
    thread.start()
    assert took_ids.wait(60)
    if connection.vendor == "postgresql":
        late = happen(1)
        assert [event.id for event in readers.read_after(start)] == [first]
        commit_now.set()
        thread.join()
    else:
        commit_now.set()
        thread.join()
        late = happen(1)
    assert [event.id for event in readers.read_after(start)] == [first, *slow_ids, *late]


@pytest.mark.rather_on("postgresql")
def test_ids_of_a_transaction_that_failed_hold_nobody_up(transactional_db: None) -> None:
    start = readers.last_event()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(acts.system(), Verb.SETTING_CHANGED)
        raise ZeroDivisionError
    ids = happen(2)
    found = [event.id for event in readers.read_after(start)]
    assert found in (ids, [])  # a reader may have to look twice: first it notes the gap, then it knows it is final
    assert [event.id for event in readers.read_after(start)] == ids


@pytest.mark.only_on("postgresql")  # SQLite has one writer: there are no gaps
def test_what_commits_while_a_gap_is_judged_is_not_stepped_over(transactional_db: None, monkeypatch: Any) -> None:
    """The last writer of a gap commits after the rows were read and before the gap is found to be final."""
    (first,) = happen(1)
    took_ids, commit_now, done = threading.Event(), threading.Event(), threading.Event()
    slow_ids: list[int] = []

    def slow() -> None:
        with transaction.atomic():
            slow_ids.append(recorded(acts.system(), Verb.SETTING_CHANGED))
            took_ids.set()
            commit_now.wait(60)
        connection.close()
        done.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert took_ids.wait(60)
    late = happen(1)
    judge = readers._gap_is_final

    def judge_late(gap: tuple[int, int]) -> bool:
        judge(gap)
        commit_now.set()
        assert done.wait(60)
        return judge(gap)

    monkeypatch.setattr(readers, "_gap_is_final", judge_late)
    found = [event.id for event in readers.read_after(first - 1)]
    thread.join()
    assert found == [first, *slow_ids, *late]


def test_many_writers_at_once_lose_no_event(transactional_db: None) -> None:
    written: list[int] = []
    guard = threading.Lock()

    def write() -> None:
        try:
            for round_ in range(20):
                try:
                    with transaction.atomic():
                        ids = [recorded(acts.system(), Verb.SETTING_CHANGED) for _ in range(round_ % 3 + 1)]
                        if round_ % 5 == 4:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
                with guard:
                    written.extend(ids)
        finally:
            connection.close()

    position = start = readers.last_event()
    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    deadline = time.monotonic() + 60
    while any(thread.is_alive() for thread in threads) or len(seen) < len(written):
        assert time.monotonic() < deadline, f"{len(written) - len(seen)} events were stepped over"
        batch = readers.read_after(position)
        seen.extend(event.id for event in batch)
        position = batch[-1].id if batch else position
    assert seen == sorted(written) and min(seen) > start


class TestTogether:
    """Several readers that have come equally far."""

    @pytest.fixture
    def pair(self) -> Iterator[tuple[list[Reader], dict[str, list[int]], set[str]]]:
        """Two readers, what each of them digested, and the names of those that have trouble now."""
        seen: dict[str, list[int]] = {"first": [], "second": []}
        troubled: set[str] = set()

        def digesting(name: str) -> Callable[[Sequence[EventRow]], None]:
            def digest(events: Sequence[EventRow]) -> None:
                Parked.objects.create(reader=f"seen by {name}", event_id=events[-1].id, parked_at=clock.now(), error="")
                if name in troubled:
                    raise ValueError("indigestible")
                seen[name].extend(event.id for event in events)

            return digest

        made = [Reader(name, digesting(name)) for name in seen]
        for one in made:
            readers.register(one)
        yield made, seen, troubled
        for one in made:
            readers.REGISTRY.pop(one.name, None)

    def test_they_read_once_and_wait_for_the_disk_once(self, pair: Any, transactional_db: None) -> None:
        made, seen, _troubled = pair
        readers.run_all(made)
        ids = happen(3)
        with CaptureQueriesContext(connection) as found:
            assert not readers.run_all(made)
        said = [query["sql"] for query in found.captured_queries]
        assert seen == {"first": ids, "second": ids}
        assert said.count("COMMIT") == 1
        assert sum('"journal_event"."delta"' in one for one in said) == 1

    def test_the_trouble_of_one_is_not_the_others(self, pair: Any, transactional_db: None) -> None:
        made, seen, troubled = pair
        ids = happen(2)
        troubled.add("first")
        readers.run_all(made)
        assert seen == {"first": [], "second": ids}
        written = Parked.objects.filter(reader__startswith="seen by").values_list("reader", "event_id")
        assert list(written) == [("seen by second", ids[1])]  # what the other one began is undone
        assert dict(Cursor.objects.values_list("reader", "position")) == {"first": 0, "second": ids[1]}
        troubled.clear()
        Cursor.objects.update(next_try=None)
        later = happen(1)
        readers.run_all(made)
        assert seen == {"first": ids + later, "second": ids + later}

    def test_more_is_said_as_long_as_a_batch_is_full(self, pair: Any, transactional_db: None) -> None:
        _made, seen, _troubled = pair
        small = [Reader(name, readers.REGISTRY[name].digest, batch=2) for name in seen]
        ids = happen(3)
        assert readers.run_all(small) and not readers.run_all(small)
        assert seen == {"first": ids, "second": ids}

    def test_who_was_overtaken_writes_nothing_and_the_other_goes_on(
        self, pair: Any, transactional_db: None, monkeypatch: Any
    ) -> None:
        made, seen, _troubled = pair
        readers.run_all(made)
        ids = happen(1)
        take = readers._take

        def overtaken(reader: Reader, row: Cursor | None) -> Cursor | None:
            found = take(reader, row)
            if reader.name == "first":
                Cursor.objects.filter(reader="first").update(fence=F("fence") + 1, lease_owner="another:1")
            return found

        monkeypatch.setattr(readers, "_take", overtaken)
        readers.run_all(made)
        assert seen["second"] == ids and Cursor.objects.get(reader="first").position == 0
