"""What many tests begin with is made once by the models and poured again: some statements instead of a hundred."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from vikno.core import clock


@dataclass(frozen=True)
class Table:
    """All rows of one model, as parameters of a statement; `instants` are the places of points in time among them."""

    name: str
    statement: str
    parameters: list[Any]
    instants: list[tuple[int, datetime]]


class Cast:
    """What stands in an otherwise empty database, with the Python object that knows its rows."""

    def __init__(self, made: Any, there_anyway: Collection[str]) -> None:
        """`there_anyway`: the tables whose rows are not part of it."""
        self._made = pickle.dumps(made)
        self._at = clock.now()
        every = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
        ours = [model for model in every if model._meta.db_table not in there_anyway]
        self._tables = [table for model in ours if (table := _read(model))]
        asked = " OR ".join(f"EXISTS (SELECT 1 FROM {table.name})" for table in self._tables)
        self._is_taken = f"SELECT {asked}"

    def pour(self) -> Any | None:
        """The rows once more, of today, and a new object that knows them; None if there are such rows already."""
        later = clock.now() - self._at
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._is_taken)
            if cursor.fetchone()[0]:
                return None
            for table in self._tables:
                parameters = list(table.parameters)
                for place, at in table.instants:
                    parameters[place] = connection.ops.adapt_datetimefield_value(at + later)
                cursor.execute(table.statement, parameters)
        made = pickle.loads(self._made)
        for row in rows_known_to(vars(made).values()):
            for name, value in vars(row).items():
                if isinstance(value, datetime):
                    setattr(row, name, value + later)
        return made


def _read(model: type[models.Model]) -> Table | None:
    fields = model._meta.concrete_fields
    rows = list(model._base_manager.order_by("pk").values_list(*(field.attname for field in fields)))
    if not rows:
        return None
    quote = connection.ops.quote_name
    columns, slots = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    name = quote(model._meta.db_table)
    flat = [(field, value) for row in rows for field, value in zip(fields, row, strict=True)]
    return Table(
        name,
        f"INSERT INTO {name} ({columns}) VALUES {', '.join([f'({slots})'] * len(rows))}",
        [field.get_db_prep_save(value, connection) for field, value in flat],
        [(place, value) for place, (_field, value) in enumerate(flat) if isinstance(value, datetime)],
    )


def rows_known_to(values: Iterable[Any]) -> list[models.Model]:
    """All rows among these values, in dictionaries and behind relations that were followed; each once."""
    found: dict[int, models.Model] = {}
    left = list(values)
    while left:
        match left.pop():
            case dict() as more:
                left += more.values()
            case models.Model() as row if id(row) not in found:
                found[id(row)] = row
                left += row._state.fields_cache.values()
    return list(found.values())
