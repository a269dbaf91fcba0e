"""Jobs: done once, tried again, dead after too many tries, in order of their key, given back by who dies."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from vikno.core import clock, jobs
from vikno.core.models import Job

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def done() -> Iterator[list[Any]]:
    """What the handler "note" was given, in order; it fails for {"fail": true}."""
    noted: list[Any] = []

    def note(payload: dict[str, Any]) -> None:
        if payload.get("fail"):
            raise OSError("the printer is on fire")
        if payload.get("later"):
            raise jobs.Later(60)
        noted.append(payload.get("n"))

    jobs.register("note", note)
    yield noted
    del jobs.HANDLERS["note"]


def test_a_job_is_done_once(done: list[Any]) -> None:
    jobs.enqueue("note", {"n": 1})
    assert jobs.run_due() == 1 and jobs.run_due() == 0
    assert done == [1] and not Job.objects.exists()


def test_it_is_asked_for_in_the_callers_transaction(done: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue("note", {"n": 1})
        raise ZeroDivisionError
    jobs.run_due()
    assert done == []


def test_a_second_one_like_it_is_not_made(done: list[Any]) -> None:
    assert jobs.enqueue("note", {"n": 1}, unique="daily") and not jobs.enqueue("note", {"n": 2}, unique="daily")
    jobs.run_due()
    assert done == [1]


def test_one_that_is_dead_is_asked_for_anew(done: list[Any]) -> None:
    jobs.enqueue("note", {"fail": True}, unique="daily")
    for _ in range(jobs.MOST_TRIES):
        jobs.run_due()
        Job.objects.update(run_at=clock.now())
    assert Job.objects.get().state == Job.State.DEAD
    assert jobs.enqueue("note", {"n": 2}, unique="daily") and jobs.run_due() == 1
    assert done == [2] and not Job.objects.exists()


def test_it_waits_for_its_time(done: list[Any]) -> None:
    jobs.enqueue("note", {"n": 1}, run_at=clock.now() + timedelta(hours=1))
    assert jobs.run_due() == 0
    Job.objects.update(run_at=clock.now())
    assert jobs.run_due() == 1


def test_of_one_key_they_run_in_order_and_wait_for_each_other(done: list[Any]) -> None:
    jobs.enqueue("note", {"fail": True}, key="mailbox")
    jobs.enqueue("note", {"n": 2}, key="mailbox")
    jobs.enqueue("note", {"n": 3})
    jobs.run_due()
    assert done == [3]
    Job.objects.filter(payload__fail=True).update(payload={"n": 1}, run_at=clock.now())
    jobs.run_due()
    assert done == [3, 1, 2]


@pytest.mark.only_on("postgresql")  # SQLite has one writer: ids are in order of commit
def test_one_that_commits_late_is_waited_for_by_nobody_and_waits_for_what_is_being_done(
    transactional_db: None, done: list[Any]
) -> None:
    """PostgreSQL commits out of order: a job of a lower id may come to light while a higher one of its key is done."""
    asked, commit_now = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            jobs.enqueue("note", {"n": 1}, key="mailbox")
            asked.set()
            assert commit_now.wait(60)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert asked.wait(60)
    jobs.enqueue("note", {"n": 2}, key="mailbox")
    jobs.enqueue("note", {"n": 3}, key="mailbox")
    second = jobs._claim()
    assert second is not None and second.payload == {"n": 2}
    commit_now.set()
    thread.join()
    assert Job.objects.order_by("id").first().payload == {"n": 1}
    assert jobs._claim() is None  # one at a time
    jobs._run(second)
    assert jobs.run_due() == 2
    assert done == [2, 1, 3]


@pytest.mark.only_on("postgresql")
def test_two_workers_never_do_two_of_one_key_at_once(transactional_db: None, done: list[Any]) -> None:
    """The one claims the later job before the earlier one is committed, the other the earlier one meanwhile."""
    for n in (1, 2):
        jobs.enqueue("note", {"n": n}, key="mailbox")
    first, later = Job.objects.order_by("id")
    claiming, claim_now = threading.Event(), threading.Event()

    def other_worker() -> None:
        with transaction.atomic():  # it has not seen the earlier one
            row = Job.objects.select_for_update().get(id=later.id)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('core_job:mailbox', 0))")
            claiming.set()
            assert claim_now.wait(60)
            row.state, row.lease_until = Job.State.RUNNING, clock.now() + jobs.LEASE
            row.save()
        connection.close()

    worker = threading.Thread(target=other_worker)
    worker.start()
    assert claiming.wait(60)
    threading.Timer(0.3, claim_now.set).start()
    claimed = jobs._claim()  # waits for the other's claim, and sees it
    worker.join()
    assert claimed is None
    Job.objects.filter(id=later.id).delete()
    claimed = jobs._claim()
    assert claimed is not None and claimed.id == first.id


def test_what_fails_is_tried_again_later_each_time_and_is_dead_in_the_end(done: list[Any]) -> None:
    jobs.enqueue("note", {"fail": True})
    waits = []
    for _ in range(jobs.MOST_TRIES):
        jobs.run_due()
        job = Job.objects.get()
        waits.append(job.run_at - clock.now())
        Job.objects.update(run_at=clock.now())
    assert waits[0] < waits[2] < waits[4]
    job.refresh_from_db()
    assert job.state == Job.State.DEAD and "printer is on fire" in job.error
    assert jobs.run_due() == 0
    Job.objects.update(payload={"n": 7})
    assert jobs.revive(job.id) and jobs.run_due() == 1 and done == [7]


def test_asking_for_later_costs_no_try(done: list[Any]) -> None:
    jobs.enqueue("note", {"later": True})
    for _ in range(jobs.MOST_TRIES + 2):
        Job.objects.update(run_at=clock.now())
        jobs.run_due()
    assert Job.objects.get().state == Job.State.WAITING


def test_who_dies_gives_the_job_back_and_writes_nothing_late(done: list[Any]) -> None:
    jobs.enqueue("note", {"n": 1})
    held = jobs._claim()
    assert held and jobs.run_due() == 0  # while its lease lasts nobody else takes it
    Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    again = jobs._claim()
    assert again and again.fence == held.fence + 1
    jobs._run(held)  # the late one: its row is not its own any more
    assert Job.objects.filter(fence=again.fence).exists()


def test_a_job_that_kills_its_worker_again_and_again_is_dead(done: list[Any]) -> None:
    jobs.enqueue("note", {"n": 1})
    for _ in range(jobs.MOST_TRIES):
        assert jobs._claim()
        Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert jobs._claim() is None
    assert Job.objects.get().state == Job.State.DEAD and "ended each time" in Job.objects.get().error


def test_a_long_job_keeps_its_lease(done: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.4))
    jobs.enqueue("note", {"n": 1})
    held = jobs._claim()
    assert held and held.lease_until
    renewed = []

    class Rows:
        tries = 0

        def update(self, lease_until: Any) -> None:
            self.tries += 1
            if self.tries == 1:
                raise OperationalError("the database is away for a moment")
            renewed.append(lease_until)

    deadline = time.monotonic() + 60
    with jobs._kept(Rows()):  # type: ignore[arg-type]
        while not renewed and time.monotonic() < deadline:
            time.sleep(0.01)
    assert renewed and renewed[-1] > held.lease_until


def test_a_kind_that_nobody_does_is_told(done: list[Any]) -> None:
    jobs.enqueue("unheard_of")
    jobs.run_due()
    assert "unheard_of" in Job.objects.get().error
