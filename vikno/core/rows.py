"""Rows that every letter and every page of a ticket look up, by statements that are made once.

`Model.objects.create` and `filter` compose their SQL anew each time, which costs ten times what the database takes to
run it. Here the SQL of a table is composed once and kept, and PostgreSQL keeps its plan (a prepared statement).
Defaults, types and errors are Django's own. What seldom happens needs none of this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Field

from vikno.core import statements

M = TypeVar("M", bound=models.Model)

_PLAIN_COLUMNS = (
    models.AutoField, models.BigAutoField, models.BigIntegerField, models.BooleanField, models.CharField,
    models.ForeignKey, models.IntegerField, models.OneToOneField, models.PositiveIntegerField,
    models.PositiveSmallIntegerField, models.SmallIntegerField, models.TextField,
)  # fmt: skip
_PLAIN_VALUES: frozenset[type] = frozenset({str, int, bool, type(None)})
_ONLY_NULL: frozenset[type] = frozenset({type(None)})


@dataclass(frozen=True, slots=True)
class _Column:
    name: str  # of the attribute
    field: Field[Any, Any]
    plain: frozenset[type]  # values of these go in as they are; all others are prepared by the field

    def ready(self, value: Any, there: Any) -> Any:
        """The value as the driver takes it."""
        return value if value.__class__ in self.plain else self.field.get_db_prep_save(value, there)


@dataclass(frozen=True, slots=True)
class _Reading:
    columns: tuple[str, ...]  # as SQL
    select: str
    names: tuple[str, ...]
    convert: Callable[[Sequence[tuple[Any, ...]]], Any]


def add(row: M, *, key: str = "", ahead: str = "", values: Sequence[Any] = (), in_turn: bool = False) -> M:
    """Insert a new row to which the database gives an id, as `row.save(force_insert=True)` does; answers it with that
    id. Raises TypeError for a table with a field that sets itself when it is saved (auto_now). `key` is SQL that makes
    the id, if it is not the table's own way, and `ahead` a WITH clause for it, which takes these values. `in_turn`:
    ids tell which came before which, so none is drawn before its turn (vikno.core.statements.draw_id)."""
    there = connections[DEFAULT_DB_ALIAS]
    names, given = _given(row, there)
    drawn = None if key or in_turn else statements.draw_id(row._meta.db_table)
    if drawn is None:
        row.pk = statements.run(_answered(type(row), key, ahead, names), [*values, *given]).fetchall()[0][0]
    else:
        row.pk = drawn
        statements.say(_insert(type(row), "%s", "", names), [drawn, *given])
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def put(row: models.Model, *, key: str = "", ahead: str = "", values: Sequence[Any] = ()) -> None:
    """As `add`, for who needs no id: it waits for the next statement (vikno.core.statements.together)."""
    names, given = _given(row, connections[DEFAULT_DB_ALIAS])
    statements.say(_insert(type(row), key, ahead, names), [*values, *given])


def add_both(first: models.Model, second: models.Model, name: str, *, in_turn: bool = False) -> None:
    """Insert a new row and another new one whose foreign key of this name points to it: on PostgreSQL in one statement,
    if each would be a way to the server. `in_turn`: ids of the first tell which came before which, so none is drawn
    before its turn."""
    there = connections[DEFAULT_DB_ALIAS]
    if there.vendor != "postgresql" or (statements.are_together() and not in_turn):
        add(first)
        setattr(second, name, first)
        add(second)
        return
    names, values = _given(first, there)
    others, more = _given(second, there, but=name)
    sql = _insert_both(type(first), type(second), name, names, others)
    second.pk, first.pk = statements.run(sql, [*values, *more]).fetchall()[0]
    setattr(second, name, first)
    for row in (first, second):
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def change(model: type[models.Model], where: Mapping[str, Any], to: Mapping[str, Any]) -> int:
    """Set columns of the rows in which others have these values; answers how many rows there were. Both are named by
    their attributes ("ticket_id"); a value in `where` is never None."""
    return int(statements.run(*_change(model, where, to)).rowcount)


def change_one(
    model: type[models.Model], where: Mapping[str, Any], to: Mapping[str, Any], otherwise: Exception | None = None
) -> None:
    """As `change`, for who need not know: it waits for the next statement (vikno.core.statements.together). Raises
    `otherwise`, if given, when there is no such row."""
    statements.say(*_change(model, where, to), otherwise)


def changed(model: type[M], change: str, *values: Any) -> list[M]:
    """Change rows as this SQL says ("state = 'x' WHERE id = %s") and answer them as they are now, in any order. Values
    are as the driver takes them."""
    reading = _select(model)
    table = _quoted(model._meta.db_table)
    found = reading.convert(run(f"UPDATE {table} SET {change} RETURNING {', '.join(reading.columns)}", *values))
    return [model.from_db(DEFAULT_DB_ALIAS, reading.names, row) for row in found]


def find(model: type[M], where: str, *values: Any) -> list[M]:
    """The rows for which a condition in SQL holds, with all their columns. Values are as the driver takes them."""
    reading = _select(model)
    found = reading.convert(run(f"{reading.select} WHERE {where}", *values))
    return [model.from_db(DEFAULT_DB_ALIAS, reading.names, row) for row in found]


def find_with(model: type[M], names: Sequence[str], where: str, *values: Any) -> list[M]:
    """As `find`, each with the rows that its foreign keys of these names point to, in one statement. No two of them may
    point to the same table."""
    parts = [_select(model), *(_select(_pointed(model, name)) for name in names)]
    ends = list(accumulate(len(part.columns) for part in parts))
    found = run(_joined(model, tuple(names), where), *values)
    columns = [
        list(part.convert([row[end - len(part.columns) : end] for row in found]))
        for part, end in zip(parts, ends, strict=True)
    ]
    rows = []
    for own, *others in zip(*columns, strict=True):
        row = model.from_db(DEFAULT_DB_ALIAS, parts[0].names, own)
        for name, part, values_there in zip(names, parts[1:], others, strict=True):
            there = _pointed(model, name)
            pointed = getattr(row, f"{name}_id") is not None
            setattr(row, name, there.from_db(DEFAULT_DB_ALIAS, part.names, values_there) if pointed else None)
        rows.append(row)
    return rows


def condition_of(rows: models.QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The condition of these rows, which needs no join, as SQL over their table, with its values."""
    query = rows.query
    if not query.where.children:
        return "1=1", ()
    try:
        sql, values = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS]).compile(query.where)
    except EmptyResultSet:  # Django's word for a condition that nothing meets
        return "1=0", ()
    return sql, tuple(values)


def places(values: Sequence[Any]) -> str:
    """The places for these values in a list of a statement: "%s, %s"; there has to be one at least."""
    return ", ".join(["%s"] * len(values))


def run(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one statement that is run very often; answers its rows, if it has any."""
    cursor = statements.run(sql, values)
    return cursor.fetchall() if cursor.description else []


# ---- statements, made once -------------------------------------------------------------------------------------------


def _given(row: models.Model, there: Any, but: str = "") -> tuple[tuple[str, ...], list[Any]]:
    """The columns of a new row that hold anything, and what they hold as the driver takes it. `but`: a foreign key that
    is known only later."""
    names, values = [], []
    for column in _columns(type(row)):
        value = getattr(row, column.name)
        if value is not None and column.field.name != but:
            names.append(column.name)
            values.append(column.ready(value, there))
    return tuple(names), values


@cache
def _columns(model: type[models.Model]) -> tuple[_Column, ...]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    if odd := [field.name for field in fields if _sets_itself(field)]:
        raise TypeError(f"{model.__name__}.{odd[0]} sets itself on saving: use Model.save()")
    return tuple(map(_column, fields))


@cache
def _insert(model: type[models.Model], key: str, ahead: str, given: tuple[str, ...], link: str = "") -> str:
    """The statement for a row that holds something in these columns. Half of a ticket's hold nothing: a value less to
    bind, and of more than fifty psycopg would take the statement apart each time. `link`: the foreign key to the row
    that was `made` before."""
    pk, key = _quoted(model._meta.pk.column), key or ("DEFAULT" if connection.vendor == "postgresql" else "NULL")
    names, values, held = [pk], [key], set(given)
    for column in _columns(model):
        names.append(_quoted(column.field.column))
        made = "(SELECT * FROM made)" if column.field.name == link else "NULL"
        values.append("%s" if column.name in held else made)
    return f"{ahead}INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(names)}) VALUES ({', '.join(values)})"


@cache
def _answered(model: type[models.Model], key: str, ahead: str, given: tuple[str, ...], link: str = "") -> str:
    return f"{_insert(model, key, ahead, given, link)} RETURNING {_quoted(model._meta.pk.column)}"


@cache
def _insert_both(
    first: type[models.Model], second: type[models.Model], name: str, given: tuple[str, ...], others: tuple[str, ...]
) -> str:
    into = _answered(second, "", f"WITH made AS ({_answered(first, '', '', given)}) ", others, name)
    return f"{into}, (SELECT * FROM made)"


@cache
def _update(model: type[models.Model], to: tuple[str, ...], where: tuple[str, ...]) -> tuple[str, tuple[_Column, ...]]:
    by_name = {field.attname: field for field in model._meta.local_concrete_fields}
    sets = ", ".join(f"{_quoted(by_name[name].column)} = %s" for name in to)
    conditions = " AND ".join(f"{_quoted(by_name[name].column)} = %s" for name in where)
    sql = f"UPDATE {_quoted(model._meta.db_table)} SET {sets} WHERE {conditions}"
    return sql, tuple(_column(by_name[name]) for name in (*to, *where))


def _change(model: type[models.Model], where: Mapping[str, Any], to: Mapping[str, Any]) -> tuple[str, list[Any]]:
    there = connections[DEFAULT_DB_ALIAS]
    sql, columns = _update(model, tuple(to), tuple(where))
    values = (*to.values(), *where.values())
    return sql, [column.ready(value, there) for column, value in zip(columns, values, strict=True)]


@cache
def _select(model: type[models.Model]) -> _Reading:
    fields = model._meta.local_concrete_fields
    table = _quoted(model._meta.db_table)
    compiler: Any = model._default_manager.all().query.get_compiler(DEFAULT_DB_ALIAS)
    converters = compiler.get_converters([field.cached_col for field in fields])
    columns = tuple(f"{table}.{_quoted(field.column)}" for field in fields)
    return _Reading(
        columns,
        f"SELECT {', '.join(columns)} FROM {table}",
        tuple(field.attname for field in fields),
        lambda found: compiler.apply_converters(found, converters),
    )


@lru_cache(maxsize=1000)
def _joined(model: type[models.Model], names: tuple[str, ...], where: str) -> str:
    mine = _quoted(model._meta.db_table)
    columns, joins = [*_select(model).columns], ""
    for name in names:
        field: Any = model._meta.get_field(name)
        other = field.related_model
        theirs = _quoted(other._meta.db_table)
        columns += _select(other).columns
        way = "LEFT JOIN" if field.null else "JOIN"
        joins += f" {way} {theirs} ON {theirs}.{_quoted(other._meta.pk.column)} = {mine}.{_quoted(field.column)}"
    return f"SELECT {', '.join(columns)} FROM {mine}{joins} WHERE {where}"


def _pointed(model: type[models.Model], name: str) -> type[models.Model]:
    """The model that a foreign key points to."""
    field: Any = model._meta.get_field(name)
    return cast("type[models.Model]", field.related_model)


def _sets_itself(field: Field[Any, Any]) -> bool:
    """Whether `pre_save` of this field does more than to read the attribute."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return True
    ordinary = (Field, models.DateField, models.DateTimeField, models.TimeField)
    return type(field).pre_save not in [one.pre_save for one in ordinary]


def _column(field: Field[Any, Any]) -> _Column:
    if isinstance(field, models.JSONField):
        return _Column(field.attname, field, frozenset())
    return _Column(field.attname, field, _PLAIN_VALUES if type(field) in _PLAIN_COLUMNS else _ONLY_NULL)


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(str(name))
