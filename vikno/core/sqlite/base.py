"""The database backend `vikno.core.sqlite`: django.db.backends.sqlite3, where each write waits for its turn.

A transaction holds the turn from before BEGIN until after COMMIT or ROLLBACK; a single write outside a transaction
(sessions) holds it for that one statement. Reads never wait.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from vikno.core.sqlite.turns import Turns, TurnTimeout, turns_at

# Statements that write. WITH may introduce either, so it counts as writing only if it names a writing one.
_WRITES = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|REINDEX|ANALYZE|VACUUM|WITH\b.*\b(?:INSERT|UPDATE|DELETE)\b)",
    re.IGNORECASE | re.DOTALL,
)
_RETURNS = re.compile(r"\bRETURNING\b", re.IGNORECASE)


@lru_cache(maxsize=500)
def _marked(query: str) -> str:
    """A statement with "?" in place of "%s"."""
    return str(base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))


class Cursor(base.SQLiteCursorWrapper):
    """A cursor whose single writes take a turn."""

    owner: DatabaseWrapper
    _rows: list[Any] | None = None

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """SQLite's own marks for parameters; the same few statements come again and again."""
        return super().convert_query(query, param_names=param_names) if param_names else _marked(query)

    def execute(self, query: str, params: Any = None) -> Any:
        if self._rows is not None:
            self._forget_rows()
        if self.owner.has_turn or self.connection.in_transaction or not _WRITES.match(query):
            return super().execute(query, params)
        self.owner.take_turn()
        try:
            answer = super().execute(query, params)
            if _RETURNS.search(query):
                self._keep_rows(super().fetchall())
            return answer
        finally:
            self.owner.give_turn_back()

    def executemany(self, query: str, param_list: Any) -> Any:
        if self.owner.has_turn or self.connection.in_transaction or not _WRITES.match(query):
            return super().executemany(query, param_list)
        self.owner.take_turn()
        try:
            return super().executemany(query, param_list)
        finally:
            self.owner.give_turn_back()

    def __iter__(self) -> Any:
        return self if self._rows is None else iter(self.fetchall())

    # SQLite commits a statement with RETURNING when its last row was fetched. These rows are fetched while we have the
    # turn; the methods below are set on this one cursor alone, so that ordinary reads stay as fast as they are.

    def _keep_rows(self, rows: list[Any]) -> None:
        self._rows = rows
        self.fetchone = self._fetch_one  # type: ignore[method-assign]
        self.fetchmany = self._fetch_many  # type: ignore[method-assign]
        self.fetchall = self._fetch_all  # type: ignore[method-assign]

    def _forget_rows(self) -> None:
        self._rows = None
        del self.fetchone, self.fetchmany, self.fetchall

    def _fetch_one(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def _fetch_many(self, size: int | None = 1) -> list[Any]:
        count = size or 1
        rows, self._rows = (self._rows or [])[:count], (self._rows or [])[count:]
        return rows

    def _fetch_all(self) -> list[Any]:
        rows, self._rows = self._rows or [], []
        return rows


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that writes in turn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_turn = False
        self._turns: Turns | None = None

    def take_turn(self) -> None:
        """Wait for the turn at writing. Raises OperationalError, in words, if it does not come in time."""
        if self._turns is None:
            self._turns = turns_at(str(self.settings_dict["NAME"]), self.is_in_memory_db())
        try:
            self._turns.take(float(self.settings_dict["OPTIONS"].get("timeout", 5.0)))
        except TurnTimeout as error:
            raise OperationalError(f"database is locked: {error}") from None
        self.has_turn = True

    def give_turn_back(self) -> None:
        if self.has_turn and self._turns is not None:
            self.has_turn = False
            self._turns.give_back()

    def create_cursor(self, name: Any = None) -> Any:
        cursor = self.connection.cursor(factory=Cursor)
        cursor.owner = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        self.take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.give_turn_back()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        # If COMMIT failed, the transaction is still open: Django rolls back, and then the turn goes.
        self.give_turn_back()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self.give_turn_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.give_turn_back()

    def __del__(self) -> None:
        # A thread that ended in the middle of a transaction must not keep the turn with it.
        if getattr(self, "has_turn", False):
            self.give_turn_back()
