"""Races with real threads, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same moment; answers what each returned or raised, in the order given."""
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a call waits for ever"
    return results


def of_kind(results: Sequence[Any], kind: type) -> list[Any]:
    """Those results that are of this type; whatever else was raised fails the test."""
    for one in results:
        if isinstance(one, Exception) and not isinstance(one, kind):
            raise one
    return [one for one in results if isinstance(one, kind)]
