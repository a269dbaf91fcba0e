"""The condition that a column holds one of many numbers."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value

FEW = 20  # that are as good one by one


def one_of(column: str, numbers: Collection[int]) -> Q:
    """To PostgreSQL many numbers are one value: as so many values the sight of an agent in 500 teams was taken apart
    and put together again, value by value, by each statement in which it stands."""
    if len(numbers) > FEW and connection.vendor == "postgresql":
        return Q(_OneOf(column, numbers))
    return Q(**{f"{column}__in": sorted(numbers)})


class _OneOf(Func):
    template = "%(expressions)s"
    arg_joiner = " = ANY"
    output_field = BooleanField()

    def __init__(self, column: str, numbers: Collection[int]) -> None:
        super().__init__(F(column), Func(Value(sorted(numbers)), template="(%(expressions)s)"))
