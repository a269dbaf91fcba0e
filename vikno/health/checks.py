"""The checks of the machinery itself. Rooms register their own beside these."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min, Q

from vikno.core import clock, health
from vikno.core import disk as room
from vikno.core.health import Result

ENGINE_SILENT = timedelta(seconds=45)
READERS_LATE = 5.0  # seconds
JOB_LATE = 300.0  # seconds

_migrated = False


def register_all() -> None:
    health.register("database", database, ready=True)
    health.register("migrations", migrations, ready=True)
    health.register("readers_lag_events", readers)
    health.register("oldest_job_seconds", jobs)
    health.register("engine_silent_seconds", engines)
    health.register("disk_free_bytes", disk)


def database() -> Result:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return Result(True, "answers")


def migrations() -> Result:
    """Whether the database is as new as the program. Once it is, it stays so while this process lives."""
    global _migrated
    if not _migrated:
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan[:3])
            return Result(False, f"{len(plan)} not applied ({names} …): run `vikno migrate`", len(plan))
        _migrated = True
    return Result(True, "all applied", 0)


def readers() -> Result:
    """How many events the slowest journal reader has not digested yet, and for how long."""
    from vikno.journal.models import Cursor, Event
    from vikno.journal.readers import last_event

    newest = last_event()
    slowest = Cursor.objects.order_by("position").values_list("reader", "position").first()
    if slowest is None or slowest[1] >= newest:
        return Result(True, "up to date", 0)
    name, position = slowest
    waiting = Event.objects.filter(id__gt=position).order_by("id").values_list("recorded_at", flat=True).first()
    seconds = (clock.now() - waiting).total_seconds() if waiting else 0.0
    lag = newest - position
    if seconds <= READERS_LATE:
        return Result(True, f"{name} is {lag} events behind", lag)
    return Result(False, f"{name} is {lag} events behind, for {seconds:.0f} s.{_who_holds()}", lag)


def _who_holds() -> str:
    """On PostgreSQL readers wait for the oldest open transaction of the whole server: name it."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, datname, EXTRACT(EPOCH FROM now() - xact_start) FROM pg_stat_activity "
            "WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND xact_start < now() - interval '2 seconds' "
            "ORDER BY xact_start LIMIT 1"
        )
        row = cursor.fetchone()
    if row is None:
        return ""
    return f" They wait for a transaction open for {row[2]:.0f} s: process {row[0]} in database {row[1]}"


def jobs() -> Result:
    """How late the oldest job is that should have run, and how many have given up."""
    from vikno.core.models import Job

    now = clock.now()
    due = Q(state=Job.State.WAITING, run_at__lte=now)
    found = Job.objects.aggregate(oldest=Min("run_at", filter=due), dead=Count("id", filter=Q(state=Job.State.DEAD)))
    late = (now - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    words = f"the oldest is {late:.0f} s late; {found['dead']} gave up and wait for a person"
    return Result(late < JOB_LATE and not found["dead"], words, late)


def engines() -> Result:
    """How long ago an engine last told of itself, and which loops fail."""
    from vikno.health.models import LoopState

    now = clock.now()
    told = LoopState.objects.aggregate(last=Max("told_at"))["last"]
    if told is None:
        return Result(False, "no engine has run yet: nothing is delivered or read. Start `vikno engine`")
    silent = (now - told).total_seconds()
    if now - told > ENGINE_SILENT:
        return Result(
            False, f"no engine for {silent:.0f} s: nothing is delivered or read. Start `vikno engine`", silent
        )
    failing = LoopState.objects.filter(failures__gt=0, told_at__gt=now - ENGINE_SILENT)
    words = "; ".join(f"{one.loop} failed {one.failures} times: {one.words}" for one in failing[:5])
    return Result(not words, words or "turns", silent)


def disk() -> Result:
    """Free space where the data lies."""
    free = room.free()
    return Result(free > room.LOW, f"{free // 1048576} MB free in {settings.DATA}", free)
