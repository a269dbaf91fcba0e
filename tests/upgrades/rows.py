"""Rows for every table of a historical state, every kind of column filled. They are made from the columns alone, and so
are there for whatever a later migration does to them."""

from __future__ import annotations

import datetime
import decimal
import itertools
import random
import uuid
from typing import Any

from django.db import Error, connection, models, transaction

ROWS = 4  # of each table
TRIES = 200
INSTANT = datetime.datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=datetime.UTC)
_numbers = itertools.count(1)
_VALUES: list[tuple[type[models.Field], Any]] = [
    (models.BooleanField, lambda n: bool(n % 2)),
    (models.DateTimeField, lambda n: INSTANT + datetime.timedelta(minutes=n)),
    (models.DateField, lambda n: INSTANT.date() + datetime.timedelta(days=n)),
    (models.TimeField, lambda n: datetime.time(n % 24, n % 60)),
    (models.DurationField, lambda n: datetime.timedelta(seconds=n)),
    (models.DecimalField, lambda n: decimal.Decimal(n % 90)),
    (models.FloatField, lambda n: n + 0.5),
    (models.SmallIntegerField, lambda n: n % 30_000),
    (models.IntegerField, lambda n: n),
    (models.JSONField, lambda n: {"number": n, "слово": ["ї", None, True]}),
    (models.BinaryField, lambda n: bytes(range(256)) + str(n).encode()),
    (models.GenericIPAddressField, lambda n: f"192.0.2.{n % 250}"),
    (models.UUIDField, lambda n: uuid.UUID(int=n)),
    (models.CharField, lambda n: f"{n}-Їжак"),
    (models.TextField, lambda n: f"Текст {n} з 'лапками' та\nрядками"),
]


def value_of(field: Any, chance: random.Random) -> Any:
    """Something that the column takes; different each time where it is no choice."""
    if field.choices:
        return chance.choice([key for key, _ in field.flatchoices])
    number = next(_numbers)
    for kind, make in _VALUES:
        if isinstance(field, kind):
            made = make(number)
            return made[: field.max_length] if isinstance(made, str) and field.max_length else made
    raise NotImplementedError(f"No value is known for {field.model.__name__}.{field.name} ({type(field).__name__}).")


def columns(model: Any) -> list[Any]:
    return [one for one in model._meta.concrete_fields if not isinstance(one, models.AutoField)]


def one_row(model: Any, chance: random.Random) -> dict[str, Any] | None:
    """Values for one row; None if it needs a row of another table that has none yet. What may be null sometimes is."""
    row: dict[str, Any] = {}
    for field in columns(model):
        if field.null and chance.random() < 0.4:
            row[field.attname] = None
        elif field.is_relation:
            keys = list(field.related_model.objects.values_list("pk", flat=True)[:50])
            if not keys and not field.null:
                return None
            row[field.attname] = chance.choice(keys) if keys else None
        else:
            row[field.attname] = value_of(field, chance)
    return row


def insert(model: Any, row: dict[str, Any]) -> bool:
    """False if a constraint of the table refuses it."""
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            model.objects.create(**row)
    except Error:
        return False
    return True


def fill(apps: Any) -> list[str]:
    """Fill all tables of a state, by trying; answers the tables of which no row was taken."""
    chance = random.Random(20261122)
    tables = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    for _ in range(8):  # tables that need others come later, and once more when what may be null can be filled
        for model in tables:
            wanted, tries = model.objects.count() + 1, 0
            while model.objects.count() < min(wanted, ROWS * 2) and tries < TRIES:
                tries += 1
                row = one_row(model, chance)
                if row is None:
                    break
                insert(model, row)
    return [model._meta.label for model in tables if not model.objects.exists()]
