"""What runs for every letter reads by an index: its cost does not grow with the letters that came before."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from tests.world import World
from vikno.core import clock
from vikno.intake import claiming, lookups

# The planner of PostgreSQL rightly scans small tables.
pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]


def test_every_lookup_has_its_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[str] = []

    def explain(sql: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            plans.extend(row[3] for row in cursor.fetchall())

    monkeypatch.setattr(lookups, "_one", explain)
    limits = lookups.Limits(5, 50, clock.now())
    with suppress(AssertionError):  # a plan answers nothing
        lookups.known(9, "<a@b>", "x", "email", "a@b.example", limits)
    lookups.own_message("<a@b>")
    parts = ("SCAN nth", "SCAN same", "SCAN mine", "SCAN one", "SCAN CONSTANT ROW")  # a row each
    scans = [plan for plan in plans if plan.startswith("SCAN") and not plan.startswith(parts)]
    assert plans
    assert scans == []


def test_claiming_reads_only_what_is_open(world: World) -> None:
    plans = []
    with connection.cursor() as cursor:
        for sql in (claiming._LOOK, claiming._NEXT):
            cursor.execute("EXPLAIN QUERY PLAN " + sql, [None] * sql.count("%s"))
            plans += [row[3] for row in cursor.fetchall()]
    assert len([one for one in plans if "USING INDEX intake_open" in one]) == 2, plans
    assert not [one for one in plans if one in ("SCAN intake_inbound", "SEARCH intake_inbound")], plans


def test_an_idle_look_reads_only_what_is_open(world: World, queries: Any) -> None:
    with queries(at_most=1) as seen:
        assert claiming.claim(20) == []
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + seen[0]["sql"])
        plan = [row[3] for row in cursor.fetchall()]
    assert any("intake_open" in one for one in plan)
    assert not any(one == "SCAN intake_inbound" for one in plan)
