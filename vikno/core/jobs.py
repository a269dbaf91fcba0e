"""Jobs: work that is done once, later. The database is the queue.

A room registers what it can do (`register`), a verb asks for it in its own transaction (`enqueue`), the engine does it
(`run_due`). A job that fails is tried again, later each time; after `MOST_TRIES` it is dead and waits for a person, who
sees it in the list and may `revive` it. A worker that dies gives its job back when the lease ends. Jobs with the same
key run one at a time, in the order of their ids as far as they are committed: one that was asked for earlier and whose
transaction ends later is waited for by nobody, and itself waits for what of its key is being done.
"""

from __future__ import annotations

import random
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from vikno.core import clock
from vikno.core.models import Job

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
MOST_TRIES = 8
Handler = Callable[[dict[str, Any]], None]
HANDLERS: dict[str, Handler] = {}


class Later(Exception):
    """Raised by a handler that cannot go on yet: asks for another try after so many seconds, without counting one."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


def register(kind: str, handler: Handler) -> None:
    """Say who does jobs of this kind; called in a room's `apps.ready`."""
    HANDLERS[kind] = handler


def enqueue(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str = "",
    unique: str | None = None,
    run_at: datetime | None = None,
) -> bool:
    """Ask for a job inside the caller's transaction. With `unique`, a second one like it is not made (answers False);
    one that is dead is asked for anew, with what it is to do now."""
    row = Job(kind=kind, payload=payload or {}, key=key, unique=unique, run_at=run_at or clock.now())
    if unique is None:
        row.save(force_insert=True)
        return True
    dead = Job.objects.filter(unique=unique, state=Job.State.DEAD)
    if dead.update(state=Job.State.WAITING, attempts=0, error="", payload=row.payload, run_at=row.run_at):
        return True
    if Job.objects.filter(unique=unique).exists():
        return False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def backoff(attempts: int, first: float = 5, most: float = 3600) -> float:
    """Seconds to wait after so many failed tries: doubling from `first`, at most `most`, with a quarter of jitter so
    that what failed together does not come back together."""
    return min(most, first * 2 ** max(0, attempts - 1)) * random.uniform(0.75, 1.25)


def run_due(limit: int = 20) -> int:
    """Do up to `limit` jobs that are due; answers how many were done or tried."""
    done = 0
    for _ in range(limit):
        job = _claim()
        if job is None:
            break
        _run(job)
        done += 1
    return done


def _is_any_due(now: datetime) -> bool:
    """A look that costs next to nothing, for whoever looks often."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM core_job WHERE state <> 'dead' AND run_at <= %s LIMIT 1", [now])
        return cursor.fetchone() is not None


def _claim() -> Job | None:
    now = clock.now()
    if not _is_any_due(now):
        return None
    due = Q(state=Job.State.WAITING, run_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    blocked = Exists(_before(OuterRef("key"), OuterRef("id"), now))
    candidates = Job.objects.filter(due).filter(Q(key="") | ~blocked).order_by("run_at", "id")
    if not candidates.exists():  # a look without the write lock: an idle engine must not disturb the writers
        return None
    with transaction.atomic():
        job = candidates.select_for_update(skip_locked=True, of=("self",)).first()
        if job is None or (job.key and not _is_first(job, now)):
            return None
        if job.attempts >= MOST_TRIES:  # every time its worker died with it
            job.state, job.error = Job.State.DEAD, "The program ended each time while it did this job."
            job.save(update_fields=["state", "error"])
            return None
        job.state, job.lease_until = Job.State.RUNNING, now + LEASE
        job.attempts, job.fence = job.attempts + 1, job.fence + 1
        job.save(update_fields=["state", "lease_until", "attempts", "fence"])
    return job


def _before(key: Any, job_id: Any, now: datetime) -> QuerySet[Job]:
    """What a job of a key waits for: the earlier ones, and a later one that is being done. That one began before the
    earlier one was committed."""
    running = Q(id__gt=job_id, state=Job.State.RUNNING, lease_until__gte=now)
    return Job.objects.filter(Q(id__lt=job_id) | running, key=key).exclude(state=Job.State.DEAD)


def _is_first(job: Job, now: datetime) -> bool:
    """Whether nothing of the key stands before a job that is about to be claimed, asked anew under a lock of the key:
    on PostgreSQL another worker may be claiming one that this one could not see."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('core_job:' || %s, 0))", [job.key])
    return not _before(job.key, job.id, now).exists()


@contextmanager
def _kept(mine: QuerySet[Job]) -> Iterator[None]:
    """Renew the lease while the handler works: a long job must not be taken for one whose worker died."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(LEASE.total_seconds() / 4):
            try:
                mine.update(lease_until=clock.now() + LEASE)
            except Exception:  # the database was away or busy: there is time for another try before the lease ends
                log.warning("the lease of a job could not be renewed; tried again", exc_info=True)
                connection.close()
        connection.close()

    thread = threading.Thread(target=renew, name="job-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _run(job: Job) -> None:
    """Do one job. Its handler runs outside any transaction of ours and must bear being called twice: a worker can die
    between the work and the row's removal."""
    mine = Job.objects.filter(id=job.id, fence=job.fence)
    handler = HANDLERS.get(job.kind)
    try:
        if handler is None:
            raise LookupError(f"nobody does jobs of kind {job.kind!r}")
        with _kept(mine):
            handler(job.payload)
    except Later as later:
        mine.update(
            state=Job.State.WAITING,
            run_at=clock.now() + timedelta(seconds=later.seconds),
            attempts=job.attempts - 1,
            lease_until=None,
        )
    except Exception as error:
        dead = job.attempts >= MOST_TRIES
        log.warning("job failed", kind=job.kind, job=job.id, attempts=job.attempts, dead=dead, exc_info=True)
        mine.update(
            state=Job.State.DEAD if dead else Job.State.WAITING,
            run_at=clock.now() + timedelta(seconds=backoff(job.attempts)),
            lease_until=None,
            error="".join(traceback.format_exception_only(error))[-2000:],
        )
    else:
        mine.delete()


def revive(job_id: int) -> bool:
    """Try a dead job again, now, with its tries counted from nought; False if it is not dead."""
    return bool(
        Job.objects.filter(id=job_id, state=Job.State.DEAD).update(
            state=Job.State.WAITING, attempts=0, run_at=clock.now(), error=""
        )
    )
