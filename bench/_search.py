"""What the bench of search does inside the program, in a process of its own: judged queries, times of search."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import asdict
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - Django comes first

from bench._common import percentile  # noqa: E402
from vikno.search import snippets  # noqa: E402
from vikno.search.find import find  # noqa: E402
from vikno.search.state import active_shelf  # noqa: E402
from vikno.staff.access import Viewer, viewer_for_agent  # noqa: E402
from vikno.staff.models import Agent  # noqa: E402

# What is asked for: a word of nearly every letter, one of some, one of few; two words, a phrase, fields, a beginning.
ASKED = {
    "a common word": "день", "a word of some": "принтер", "a rare word": "роз'єм", "two words": "принтер папір",
    "a phrase": '"жує папір"', "a common word and a field": "день status:open", "a name": "Шевченко",
    "a word that is nowhere": "бегемот", "a slip": "прінтер", "another layout": "ghbynth",
}  # fmt: skip
TIMES = 25


def judged() -> dict[str, Any]:
    """The judged queries in an empty database: how good the answers are."""
    from tests.search.judging import judge, precision_at_first, precision_of_first, put_in, recall
    from tests.world import standing

    with transaction.atomic(), standing() as world:
        verdicts = judge(world.viewer(world.iryna), put_in(world))
    return {
        "queries": len(verdicts), "first": precision_at_first(verdicts), "three": precision_of_first(verdicts),
        "recall": recall(verdicts), "verdicts": [[one.query, one.found] for one in verdicts],
    }  # fmt: skip


def viewers() -> dict[str, Viewer]:
    """The owner, who sees all, and an agent of one team alone."""
    everybody = Agent.objects.select_related("person").filter(active=True).order_by("id")
    return {"owner": viewer_for_agent(everybody.filter(role="owner")[0]), "agent": viewer_for_agent(everybody.last())}


def times() -> dict[str, Any]:
    """Milliseconds of search and of the words around what was found, as the page asks for them; p50 and p95."""
    found: dict[str, Any] = {}
    for who, viewer in viewers().items():
        for what, text in ASKED.items():
            took = []
            for _ in range(TIMES):
                began = time.perf_counter()
                answer = find(viewer, text)
                snippets.said(answer.hits[:25])
                took.append((time.perf_counter() - began) * 1000)
            found[f"{what}, {who}"] = [took[0], statistics.median(took), percentile(took, 0.95), len(answer.hits)]
        took = []
        for end in range(2, 8):
            for _ in range(5):
                began = time.perf_counter()
                find(viewer, "принтер"[:end], typing=True)
                took.append((time.perf_counter() - began) * 1000)
        found[f"while typing, {who}"] = [took[0], statistics.median(took), percentile(took, 0.95), 0]
    return {"times": found, "sizes": _sizes()}


def _sizes() -> dict[str, int]:
    name = active_shelf()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM search_entry_{name}")
        entries = cursor.fetchone()[0]
        cursor.execute(f"SELECT COUNT(*) FROM search_word_{name}")
        return {"entries": entries, "words": cursor.fetchone()[0]}


if __name__ == "__main__":
    print(json.dumps({"judged": judged, "times": times}[sys.argv[1]](), default=asdict))
