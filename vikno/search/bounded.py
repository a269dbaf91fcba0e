"""How much one statement on PostgreSQL may read for a search. Its index knows no order and gathers the places of all
that answer before the first is read, and its planner would rather read the whole table than ask for a common word."""

from __future__ import annotations

from typing import Any

from django.db import connection

from vikno.search import shelf

READ = 3_000  # entries that one statement may read for answering, and one more
COMMON = 5 * READ  # answering entries whose places alone take the index too long to gather


def condition(*wanted: str) -> tuple[str, list[Any]]:
    """The condition that an entry answers all of these, for a statement that takes no more than the first answers: the
    planner does not foresee how many there are, and so asks the index."""
    return " AND ".join(["found.vector @@ (SELECT %s::tsquery)"] * len(wanted)), [*wanted]


def is_common(active: str, *wanted: str) -> bool:
    """Whether the planner thinks, by what was counted of the table, that more than COMMON entries answer all of these.
    Nothing is read for that."""
    conditions, params = zip(*(shelf.condition(active, one) for one in wanted), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {shelf.source(active)} WHERE {' AND '.join(conditions)}",
            [value for some in params for value in some],
        )
        (plans,) = cursor.fetchone()
        return bool(plans[0]["Plan"]["Plan Rows"] > COMMON)
