"""The SQLite backend: writers take turns, also between real processes; whatever fails, the turn comes back."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction

from tests.core.sqlite_world import described
from tests.databases import ROOT
from vikno.core.sqlite.turns import FairLock

pytestmark = pytest.mark.only_on("sqlite")  # its own files of SQLite, whatever the run is on

FAIR = "fair"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "log.sqlite3")


@pytest.fixture
def database(path: str, django_db_blocker: Any) -> Iterator[Any]:
    """A connection to a file with one table `log`; it waits a third of a second for its turn."""
    connections.settings[FAIR] = connections.configure_settings({"default": described(path, timeout=0.3)})["default"]
    with django_db_blocker.unblock():
        with connections[FAIR].cursor() as cursor:
            cursor.execute("CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL)")
        yield connections[FAIR]
        connections[FAIR].close()
        del connections[FAIR]
    del connections.settings[FAIR]


def writer(
    path: str, name: str, count: int, hold: float = 0, mode: str = "atomic", gate: str = ""
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.core.sqlite_writer", path, name, str(count), str(hold), mode]
    command += [gate] if gate else []
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def holder(path: str) -> subprocess.Popen[str]:
    """A process that is in the middle of a transaction."""
    process = writer(path, "holder", 1, mode="stay")
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    return process


def finished(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said


def names(database: Any) -> list[str]:
    with database.cursor() as cursor:
        cursor.execute("SELECT who FROM log ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def write(database: Any, who: str = "here") -> None:
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO log (who) VALUES (%s)", [who])


def can_write_elsewhere(path: str) -> bool:
    """Whether another process gets its turn."""
    process = writer(path, "elsewhere", 1)
    try:
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    return process.returncode == 0


def test_two_greedy_processes_share_the_database_fairly(database: Any, path: str) -> None:
    gate = f"{path}.gate"
    os.mkfifo(gate)
    closed = os.open(gate, os.O_RDWR)
    both = [writer(path, name, 150, hold=2, gate=gate) for name in ("a", "b")]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    os.close(closed)  # now both begin
    for process in both:
        finished(process)  # ends with the number of errors: nobody met a locked database
    wrote = names(database)
    assert sorted(wrote) == ["a"] * 150 + ["b"] * 150
    # While both wanted to write they alternated: look at the stretch between the later first and the earlier last.
    start = max(wrote.index("a"), wrote.index("b"))
    end = min(len(wrote) - wrote[::-1].index(name) for name in "ab")
    runs = [len(list(group)) for _, group in itertools.groupby(wrote[start:end])]
    assert sum(runs) > 100
    assert sum(runs) / len(runs) < 3, f"in a row: {runs}"


def test_single_statements_take_turns_too(database: Any, path: str) -> None:
    processes = [
        writer(path, "one", 100, mode="single"),
        writer(path, "two", 100),
        writer(path, "three", 100, mode="single"),
    ]
    for process in processes:
        finished(process)
    assert len(names(database)) == 300


def test_threads_get_the_lock_in_the_order_in_which_they_came() -> None:
    lock, order = FairLock(), []
    assert lock.acquire(1)

    def wait(number: int) -> None:
        assert lock.acquire(60)
        order.append(number)
        lock.release()

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        while len(lock._waiting) <= number:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_a_thread_that_gave_up_is_passed_over() -> None:
    lock = FairLock()
    assert lock.acquire(1)
    assert not lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0.01)


class Planned(Exception):
    pass


def write_and_fail(database: Any) -> None:
    with transaction.atomic(using=FAIR):
        write(database, "never")
        raise Planned


def test_the_turn_comes_back_after_an_error(database: Any, path: str) -> None:
    with pytest.raises(Planned):
        write_and_fail(database)
    with pytest.raises(IntegrityError), transaction.atomic(using=FAIR), database.cursor() as cursor:
        cursor.execute("INSERT INTO log (who) VALUES (NULL)")
    with pytest.raises(IntegrityError), database.cursor() as cursor:
        cursor.execute("INSERT INTO log (who) VALUES (NULL)")
    assert can_write_elsewhere(path)
    assert names(database) == ["elsewhere"]


def test_the_turn_comes_back_when_a_connection_is_closed_in_the_middle(database: Any, path: str) -> None:
    with transaction.atomic(using=FAIR):
        write(database)
        database.close()
        assert can_write_elsewhere(path)
    assert names(database) == ["elsewhere"]


def test_the_turn_comes_back_when_commit_fails(database: Any, path: str) -> None:
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE part (log INTEGER REFERENCES log (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(IntegrityError), transaction.atomic(using=FAIR), database.cursor() as cursor:
        cursor.execute("INSERT INTO part VALUES (4711)")
    assert can_write_elsewhere(path)


def test_nested_blocks_are_one_turn(database: Any, path: str) -> None:
    with transaction.atomic(using=FAIR):
        write(database, "outer")
        with pytest.raises(Planned):
            write_and_fail(database)
        write(database, "outer again")
    assert names(database) == ["outer", "outer again"]
    assert can_write_elsewhere(path)


def test_readers_do_not_wait_for_a_writer(database: Any, path: str) -> None:
    process = holder(path)
    try:
        assert names(database) == []
    finally:
        process.kill()
        process.communicate()


def test_a_killed_writer_leaves_no_lock_behind(database: Any, path: str) -> None:
    process = holder(path)
    process.kill()
    process.communicate()
    write(database)
    assert names(database) == ["here"]


def test_a_writer_that_hangs_is_named_in_words_and_stops_nobody_for_ever(database: Any, path: str) -> None:
    process = holder(path)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(OperationalError, match="another process has been writing"):
            write(database)
        with pytest.raises(OperationalError, match="nothing was changed"), transaction.atomic(using=FAIR):
            pass
    finally:
        process.kill()
        process.communicate()
    write(database)


def test_a_forked_child_does_not_share_its_parents_turn(database: Any, path: str) -> None:
    """A file lock belongs to the open file, and open files are shared by fork."""
    with transaction.atomic(using=FAIR):
        write(database, "parent")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                other = connections[FAIR].copy()
                with other.cursor() as cursor:
                    cursor.execute("INSERT INTO log (who) VALUES ('child')")
            except OperationalError as error:
                code = 7 if "another process" in str(error) else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7
    assert names(database) == ["parent"]


def test_rows_that_a_single_write_returns_are_read_in_every_way(database: Any, path: str) -> None:
    insert = "INSERT INTO log (who) VALUES ('a'), ('b'), ('c') RETURNING who"
    with database.cursor() as cursor:
        cursor.execute(insert)
        assert (cursor.fetchone(), cursor.fetchmany(1), cursor.fetchall()) == (("a",), [("b",)], [("c",)])
        assert cursor.fetchone() is None
        cursor.execute(insert)
        assert [row[0] for row in cursor] == ["a", "b", "c"]
        cursor.execute("SELECT COUNT(*) FROM log")
        assert cursor.fetchone() == (6,)
        cursor.execute("WITH gone AS (SELECT MAX(id) AS id FROM log) DELETE FROM log WHERE id IN (SELECT id FROM gone)")
    assert len(names(database)) == 5
    assert can_write_elsewhere(path)


def test_a_thread_that_ends_in_the_middle_gives_its_turn_back(database: Any, path: str) -> None:
    def begin_and_leave() -> None:
        transaction.atomic(using=FAIR).__enter__()

    thread = threading.Thread(target=begin_and_leave)
    thread.start()
    thread.join()
    gc.collect()  # a connection is part of a ring of references, so its end comes when these are looked for
    write(database)
    assert names(database) == ["here"]


def test_a_database_in_memory_needs_no_files(
    django_db_blocker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    connections.settings[FAIR] = connections.configure_settings({"default": described(":memory:")})["default"]
    try:
        with django_db_blocker.unblock():
            with transaction.atomic(using=FAIR), connections[FAIR].cursor() as cursor:
                cursor.execute("CREATE TABLE log (who TEXT)")
            write(connections[FAIR])
            assert names_unordered(connections[FAIR]) == ["here"]
    finally:
        del connections[FAIR]
        del connections.settings[FAIR]
    assert os.listdir(tmp_path) == []


def names_unordered(database: Any) -> list[str]:
    with database.cursor() as cursor:
        cursor.execute("SELECT who FROM log")
        return [row[0] for row in cursor.fetchall()]
