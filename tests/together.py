"""Races with real threads, each with a database connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from vikno.tickets.models import Ticket


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same moment; answers what each returned or raised, in the order given."""
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(60)
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a call waits for ever"
    return results


def one_after_the_other(first: Callable[[], Any], then: Callable[[], Any]) -> list[Any]:
    """For PostgreSQL: `first` is not committed before `then`, which was started meanwhile, waits for it; answers what
    each returned or raised."""
    held = threading.Event()

    def holding() -> Any:
        with transaction.atomic():
            result = first()
            held.set()
            until_somebody_waits()
        return result

    def following() -> Any:
        held.wait(60)
        return then()

    return together(holding, following)


def in_its_order(first: Callable[[], None], act: Callable[[], object], later: QuerySet[Ticket] | None = None) -> None:
    """`first` holds the locks that come first and asks for the `later` ones (else all tickets) once somebody waits;
    `act` runs at that moment. Both end."""
    held, wanted = threading.Event(), Ticket.objects.all() if later is None else later

    def holding() -> None:
        with transaction.atomic():
            first()
            held.set()
            until_somebody_waits()
            list(wanted.select_for_update(nowait=True))

    def second() -> None:
        held.wait(60)
        act()

    assert [str(one) for one in together(holding, second)] == ["None", "None"]


def until_somebody_waits() -> None:
    """Until another connection waits for a lock of this one. Raises AssertionError if nobody does for a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def of_kind(results: Sequence[Any], kind: type) -> list[Any]:
    """Those results that are of this type; whatever else was raised fails the test."""
    for one in results:
        if isinstance(one, Exception) and not isinstance(one, kind):
            raise one
    return [one for one in results if isinstance(one, kind)]
