"""What has to be done with the ledger by the program itself, in a process of its own: letters laid in, taken in, and
their cost counted."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import django

django.setup()

from django.db import DEFAULT_DB_ALIAS, connections  # noqa: E402 - Django comes first

from bench._common import SUPPORT  # noqa: E402
from bench.letters import mixed  # noqa: E402
from vikno.dialogs.models import Channel  # noqa: E402
from vikno.intake import ledger, pipeline  # noqa: E402
from vikno.intake.models import Inbound  # noqa: E402
from vikno.journal import readers  # noqa: E402
from vikno.journal.models import Cursor  # noqa: E402
from vikno.search import filling  # noqa: E402
from vikno.tickets.models import Ticket  # noqa: E402

TOGETHER = 8  # letters that the door stores in one transaction when several come at once


def lay_in(count: str, first: str, together: str = str(TOGETHER)) -> dict[str, float]:
    """Accept so many letters of the mixture as the doors do, without taking them in; answers how long that took."""
    channel = Channel.objects.get(kind="email")
    rng, numbers = random.Random(int(first)), range(int(first), int(first) + int(count))
    spent = 0.0
    for start in range(0, len(numbers), int(together)):
        some = numbers[start : start + int(together)]
        raw = [mixed(number, rng).as_bytes().replace(b"\n", b"\r\n") for number in some]
        began = time.perf_counter()
        ledger.accept_many([
            ledger.Arrival(channel, one, "smtp", envelope_from="bounce@people.example", envelope_to=(SUPPORT,))
            for one in raw
        ])  # fmt: skip
        spent += time.perf_counter() - began
    return {"seconds": spent}


def drained(patience: str) -> dict[str, float]:
    """Wait until every entry of the ledger has its fate; answers the moment, and how many are left in the end."""
    deadline = time.monotonic() + float(patience)
    while Inbound.objects.exclude(state="done").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return {"left": Inbound.objects.exclude(state="done").count(), "at": time.time()}


def fates() -> dict[str, int]:
    """How many entries met which fate."""
    found: dict[str, int] = {}
    for fate in Inbound.objects.values_list("fate", flat=True):
        found[fate] = found.get(fate, 0) + 1
    return found


@contextmanager
def _commits() -> Iterator[list[int]]:
    """Counts what waits for the disk: transactions, and single statements that write outside one."""
    there: Any = connections[DEFAULT_DB_ALIAS]
    counted, commit = [0], there._commit

    def committed() -> Any:
        counted[0] += 1
        return commit()

    def watched(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not there.in_atomic_block and sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            counted[0] += 1
        return execute(sql, params, many, context)

    there._commit = committed
    try:
        with there.execute_wrapper(watched):
            yield counted
    finally:
        there._commit = commit


def commits(count: str) -> dict[str, float]:
    """Commits that a letter costs from the door to its ticket: where each comes alone, and in a backlog."""
    number = int(count)
    with _commits() as alone:
        for one in range(number):
            lay_in("1", str(5_000_000 + one))
            while pipeline.run_due():
                pass
    with _commits() as many:
        lay_in(count, "6000000")
        while pipeline.run_due():
            pass
    return {"alone": alone[0] / number, "backlog": many[0] / number}


def pace(count: str, first: str) -> dict[str, float]:
    """Take so many letters in, in this process, and let the index follow; answers what that cost a letter: milliseconds
    of processor and of time in the median batch, statements, and the milliseconds and statements of what follows."""
    lay_in("20", str(int(first) - 20))  # once for nothing: dictionaries are loaded, statements made
    while pipeline.run_due():
        pass
    _follow()
    lay_in(count, first)
    took: list[tuple[float, float]] = []
    statements = [0]

    def counted(execute: Any, *of: Any) -> Any:
        statements[0] += 1
        return execute(*of)

    with connections[DEFAULT_DB_ALIAS].execute_wrapper(counted):
        while True:
            cpu, began = time.process_time(), time.perf_counter()
            done = pipeline.run_due()
            if not done:
                break
            took.append(((time.process_time() - cpu) / done * 1000, (time.perf_counter() - began) / done * 1000))
        taken, began = statements[0], time.perf_counter()
        _follow()
    cpus, walls = zip(*took, strict=True)
    return {
        "cpu": median(cpus), "wall": median(walls), "statements": taken / int(count),
        "index": (time.perf_counter() - began) / int(count) * 1000,
        "index_statements": (statements[0] - taken) / int(count),
    }  # fmt: skip


def tickets() -> dict[str, int]:
    return {"tickets": Ticket.objects.count()}


def _follow() -> None:
    """Let all readers of the journal read what is new, and the index take it up. A process that has just ended here may
    still hold them."""
    Cursor.objects.update(lease_owner="", lease_until=None)
    for reader in readers.REGISTRY.values():
        while readers.run_once(reader):
            pass
    filling.catch_up()


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
