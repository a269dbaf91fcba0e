"""Jobs that who asks for them does at once, step by step, and that the engine goes on with when the asker stays away.

Each has a name of its own (`Job.unique`): as long as it is there, no other of this name is begun. While somebody takes
a step, nobody else does: the row says so as it does of any job that runs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from vikno.core import clock
from vikno.core.jobs import LEASE
from vikno.core.models import Job


def begin(kind: str, name: str, payload: dict[str, Any]) -> Job | None:
    """A new job of this name, whose first step its asker takes now; None if there is one already."""
    row = Job(kind=kind, unique=name, payload=payload, state=Job.State.RUNNING, lease_until=clock.now() + LEASE)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row


def find(name: str) -> Job | None:
    """The job of this name, as it is."""
    return Job.objects.filter(unique=name).first()


def take(name: str) -> Job | None:
    """The job of this name for a step of one's own; None if there is none or somebody else is at it. Also one that the
    engine has given up."""
    now = clock.now()
    free = ~Q(state=Job.State.RUNNING) | Q(lease_until__lt=now)
    mine = Job.objects.filter(free, unique=name)
    if not mine.update(state=Job.State.RUNNING, lease_until=now + LEASE, fence=F("fence") + 1, attempts=0, error=""):
        return None
    return find(name)


def note(job: Job, payload: dict[str, Any]) -> bool:
    """How far a job that runs has come, written in the transaction of what was done; its lease begins anew. False if
    somebody else has taken the job meanwhile: then what was done is to be rolled back."""
    mine = Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.RUNNING)
    return bool(mine.update(payload=payload, lease_until=clock.now() + LEASE))


def put_back(job: Job, payload: dict[str, Any], seconds: float) -> bool:
    """A step is done: the engine may go on in so many seconds. False if somebody else has taken the job meanwhile,
    because the step took longer than its lease."""
    mine = Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.RUNNING)
    run_at = clock.now() + timedelta(seconds=seconds)
    return bool(mine.update(state=Job.State.WAITING, payload=payload, run_at=run_at, lease_until=None))


def forget(name: str) -> None:
    """Remove a job at which nobody is."""
    Job.objects.filter(unique=name).exclude(state=Job.State.RUNNING).delete()
